"""Reads the body of a parameterized search into the same tree as SOSL text; knows no objects and no SQL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.encoding import encodable
from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.soql import tree
from langchain_sfconnect.localorg.soql.parser import parse_condition

_PATH = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\Z", re.ASCII)
_LABEL = re.compile(r"tolabel\(\s*([A-Za-z_][\w.]*)\s*\)\Z", re.ASCII | re.IGNORECASE)


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
    if group not in ("ALL", "NAME", "EMAIL", "PHONE", "SIDEBAR"):
        raise errors.invalid_parameter(f"in: {request.group} is not one of ALL, NAME, EMAIL, PHONE, SIDEBAR")
    if request.fields and not request.sobjects:
        raise errors.invalid_parameter("fields: needs at least one sobject")
    if request.offset is not None and len(request.sobjects) != 1:
        raise errors.invalid_parameter("offset: needs exactly one sobject")
    targets = tuple(_target(request, target) for target in request.sobjects)
    return tree.Search(request.q, group, targets, request.overall_limit)


def _refusal(error: ValidationError) -> OrgError:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "body"
    return errors.invalid_parameter(f"{where}: {first['msg']}")


def _target(request: Request, target: Target) -> tree.SearchTarget:
    names = target.fields if target.fields is not None else request.fields or []
    where = parse_condition(target.where) if target.where else None
    order = tuple(_ordering(item) for item in target.order_by)
    limit = target.limit or request.default_limit
    return tree.SearchTarget(target.name, 0, tuple(map(_field, names)), where, order, limit, request.offset)


def _ordering(item: OrderBy) -> tree.Ordering:
    nulls = None if item.nulls is None else item.nulls.upper().removeprefix("NULLS ") == "FIRST"
    return tree.Ordering(_field(item.field), item.direction.upper() == "DESC", nulls)


def _field(text: str) -> tree.Expression:
    clean = text.strip()
    if _PATH.match(clean):
        return tree.Path(tuple(clean.split(".")), 0)
    label = _LABEL.match(clean)
    if label is None:
        raise errors.invalid_query_field(errors.no_such_query_column(clean[:255], "the searched object"))
    return tree.Call("toLabel", (tree.Path(tuple(label[1].split(".")), 0),), 0)
