"""Reads the body of a parameterized search into the same tree as SOSL text; knows no objects and no SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.encoding import encodable
from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.soql import tree
from langchain_sfconnect.localorg.soql.parser import parse_condition
from langchain_sfconnect.localorg.sosl import refusals

_NAME = r"[A-Za-z_]\w*"
_PATH = re.compile(rf"{_NAME}(?:\.{_NAME})*\Z", re.ASCII)
_CALL = re.compile(rf"(tolabel|convertcurrency|format)\s*\(\s*(.+?)\s*\)(?:\s+({_NAME}))?\Z", re.ASCII | re.IGNORECASE)
_SPELLED = {"tolabel": "toLabel", "convertcurrency": "convertCurrency", "format": "FORMAT"}
MAX_LEVELS = 2
_GROUPS = ("ALL", "NAME", "EMAIL", "PHONE", "SIDEBAR")

Text = Annotated[str, AfterValidator(encodable)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class OrderBy(_Part):
    field: Text
    direction: Text = "ASC"
    nulls: Text | None = None


class Target(_Part):
    """One entry of `sobjects`."""

    name: Text
    fields: list[Text] | None = None
    limit: int | None = Field(None, ge=1, le=2000)
    where: Text | None = None
    order_by: list[OrderBy] = Field(default_factory=list, alias="orderBy")


class Request(_Part):
    """The body of a parameterized search."""

    q: Text
    fields: list[Text] | None = None
    group: Text = Field("ALL", alias="in")
    overall_limit: int | None = Field(None, ge=1, le=2000, alias="overallLimit")
    default_limit: int | None = Field(None, ge=1, le=2000, alias="defaultLimit")
    offset: int | None = Field(None, ge=0, le=2000)
    sobjects: list[Target] = Field(default_factory=list)
    metadata: Text | None = None
    snippet: int | None = None
    highlight: bool = False
    spell_correction: bool | None = Field(None, alias="spellCorrection")
    pricebook: Text | None = Field(None, alias="pricebookId")
    division: Text | None = None
    category: Any = Field(None, alias="dataCategory")
    categories: Any = Field(None, alias="dataCategories")
    networks: Any = Field(None, alias="netWorkIds")


def read_parameters(body: Mapping[str, Any]) -> tree.Search:
    """Return the search a request asks for.

    Raises:
        OrgError: a parameter is missing, unknown in its value, or not allowed with the others.
    """
    try:
        request = Request.model_validate(dict(body))
    except ValidationError as error:
        raise _refusal(error) from None
    group = request.group.upper().removesuffix(" FIELDS")
    if group not in _GROUPS:
        raise refusals.unknown_group(request.group)
    if request.fields and not request.sobjects:
        raise refusals.needs_objects("fields")
    if request.offset is not None and len(request.sobjects) != 1:
        raise refusals.needs_objects("offset", "exactly one")
    targets = tuple(_target(request, target) for target in request.sobjects)
    return tree.Search(request.q, group, targets, request.overall_limit, tuple(_settings(request)))


def _refusal(error: ValidationError) -> OrgError:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "body"
    return refusals.invalid_parameter(f"{where}: {first['msg']}")


def _settings(request: Request) -> Iterator[tree.SearchSetting]:
    """What SOSL says with WITH."""
    given = {
        "metadata": request.metadata,
        "snippet": request.snippet,
        "spell_correction": request.spell_correction,
        "pricebookid": request.pricebook,
        "division": request.division,
        "data category": request.category or request.categories,
        "network": request.networks,
    }
    yield from (tree.SearchSetting(name, str(value), 0) for name, value in given.items() if value is not None)
    if request.highlight:
        yield tree.SearchSetting("highlight", None, 0)


def _target(request: Request, target: Target) -> tree.SearchTarget:
    names = target.fields if target.fields is not None else request.fields or []
    where = parse_condition(target.where) if target.where else None
    order = tuple(_ordering(item) for item in target.order_by)
    limit = target.limit or request.default_limit
    return tree.SearchTarget(target.name, 0, tuple(map(_selected, names)), where, order, limit, request.offset)


def _ordering(item: OrderBy) -> tree.Ordering:
    nulls = None if item.nulls is None else item.nulls.upper().removeprefix("NULLS ") == "FIRST"
    return tree.Ordering(_selected(item.field).expression, item.direction.upper() == "DESC", nulls)


def _selected(text: str, *, level: int = 0) -> tree.Selected:
    """A field, or a function of one, or a function of that, with its alias; nothing else can come of any text."""
    clean = text.strip()
    call = _CALL.match(clean)
    if call is None:
        return tree.Selected(_path(clean))
    inner = _selected(call[2], level=level + 1)
    if inner.alias is not None or level == MAX_LEVELS:
        raise _no_field(clean)
    return tree.Selected(tree.Call(_SPELLED[call[1].lower()], (inner.expression,), 0), call[3])


def _path(text: str) -> tree.Path:
    if not _PATH.match(text):
        raise _no_field(text)
    return tree.Path(tuple(text.split(".")), 0)


def _no_field(text: str) -> OrgError:
    return errors.invalid_query_field(errors.no_such_query_column(text[:255], "the searched object"))
