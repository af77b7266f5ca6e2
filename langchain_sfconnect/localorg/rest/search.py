"""Searches over REST: SOSL, and the parameterized form in both of its spellings."""

from __future__ import annotations

from typing import Any

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.rest.call import Call, Reply, whole_number

WRAPPED_SINCE = 37
_NUMBERS = ("overallLimit", "defaultLimit", "offset")
_TEXTS = ("in", "metadata", "division", "dataCategory", "netWorkIds", "pricebookId", "snippet", "spellCorrection")
_PER_OBJECT = ("fields", "limit", "where", "orderBy")


def search(call: Call) -> Reply:
    """`GET /search?q=FIND …`."""
    return _found(call, call.session.search(call.required_argument("q")))


def parameterized_get(call: Call) -> Reply:
    """`GET /parameterizedSearch?q=…&sobject=…`."""
    return _found(call, call.session.parameterized_search(_as_document(call)))


def parameterized_post(call: Call) -> Reply:
    """`POST /parameterizedSearch`."""
    request = call.document()
    if not isinstance(request.get("q"), str) or not request["q"].strip():
        raise errors.invalid_parameter("The parameter q is required")
    return _found(call, call.session.parameterized_search(request))


def _found(call: Call, result: dict[str, Any]) -> Reply:
    return Reply(body=result if call.release >= WRAPPED_SINCE else result["searchRecords"])


def _as_document(call: Call) -> dict[str, Any]:
    """The body that a POST of the same search would carry."""
    request: dict[str, Any] = {"q": call.required_argument("q")}
    request |= {name: value for name in _TEXTS if (value := call.argument(name)) is not None}
    request |= {name: whole_number(name, value) for name in _NUMBERS if (value := call.argument(name)) is not None}
    fields = call.names("fields")
    if fields:
        request["fields"] = fields
    sobjects = [name for value in call.query.get("sobject", ()) for name in value.split(",") if name]
    if sobjects:
        request["sobjects"] = [_sobject(call, name) for name in sobjects]
    return request


def _sobject(call: Call, name: str) -> dict[str, Any]:
    settings: dict[str, Any] = {"name": name}
    for key in _PER_OBJECT:
        value = call.argument(f"{name}.{key}")
        if value is not None:
            settings[key] = _setting(key, value)
    return settings


def _setting(key: str, value: str) -> Any:
    if key == "fields":
        return [part.strip() for part in value.split(",") if part.strip()]
    if key == "limit":
        return whole_number(key, value)
    if key == "orderBy":
        return [_ordering(part) for part in value.split(",") if part.strip()]
    return value


def _ordering(text: str) -> dict[str, str]:
    """`Name DESC NULLS LAST` as the POST form spells it."""
    field, *rest = text.split()
    words = " ".join(rest).upper()
    order = {"field": field}
    if words.startswith(("ASC", "DESC")):
        order["direction"] = words.split()[0]
    if "NULLS" in words:
        order["nulls"] = words.rsplit(maxsplit=1)[-1]
    return order
