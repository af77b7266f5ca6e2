"""Which objects and fields an operation touches, told from the operation itself. Pure; knows no policy and no tool.

Only the resources listed here are understood. Every other is refused where it must be told, whoever asks for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from langchain_sfconnect.connection import Operation
from langchain_sfconnect.errors import InvalidArgument
from langchain_sfconnect.tools.arguments import api_name, field_path
from langchain_sfconnect.tools.statements import Reading, Unreadable, read_soql, read_sosl
from langchain_sfconnect.tools.subrequests import REFERENCE, as_operations

_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")


def reach_of(operation: Operation) -> Reading:
    """What an operation reads or writes.

    Raises:
        Unreadable: It cannot be told.
    """
    try:
        return _reach(operation)
    except (ValueError, InvalidArgument) as error:
        raise Unreadable(str(error)) from None


def _reach(operation: Operation) -> Reading:
    segments = [unquote(segment) for segment in operation.path.strip("/").split("/")]
    match segments:
        case ["limits"] | ["sobjects"] | ["query" | "queryAll", _]:
            return Reading()
        case ["query" | "queryAll"]:
            return read_soql(_statement(operation.params, "q", "explain"))
        case ["search"]:
            return read_sosl(_statement(operation.params, "q"))
        case ["parameterizedSearch"] if operation.method == "GET":
            return _parameterized(operation.params)
        case ["composite"]:
            return Reading().union(*(_reach_inside(inner) for inner in as_operations(operation.json)))
        case ["sobjects", sobject] | ["sobjects", sobject, "describe"]:
            return _record(sobject, operation)
        case ["sobjects", sobject, record_id] if _is_id(record_id):
            return _record(sobject, operation)
        case ["sobjects", sobject, external_id, value] if not _is_id(external_id) and "@{" not in value:
            return _record(sobject, operation).union(_paths(sobject, [external_id]))
    raise Unreadable("what this resource holds cannot be told")


def _record(sobject: str, operation: Operation) -> Reading:
    _require_known(operation.params, {"fields"})
    fields = [name.strip() for name in operation.params.get("fields", "").split(",") if name.strip()]
    touched = Reading(objects=frozenset({api_name(sobject).lower()})).union(_paths(sobject, fields))
    if operation.json is None:
        return touched
    if not isinstance(operation.json, Mapping) or "attributes" in operation.json:
        raise Unreadable("its body is not an object of fields")
    return touched.union(_paths(sobject, _written(operation.json)), _referred(operation.json))


def _written(fields: Mapping[str, Any]) -> list[str]:
    return [
        path
        for name, value in fields.items()
        for path in ([f"{name}.{inner}" for inner in value] if isinstance(value, Mapping) else [name])
    ]


def _paths(sobject: str, fields: list[str]) -> Reading:
    paths = (tuple(field_path(name).split(".")) for name in fields)
    return Reading(paths=frozenset((sobject.lower(), path) for path in paths))


def _referred(body: Any) -> Reading:
    """Fields of other subrequests whose values a body copies by `@{…}`; of which object is not known."""
    names = (reference[2:-1].split(".")[-1] for reference in REFERENCE.findall(json.dumps(body)))
    return Reading(paths=frozenset((None, (api_name(name),)) for name in names))


def _parameterized(params: Mapping[str, str]) -> Reading:
    sobject = api_name(params.get("sobject", ""))
    _require_known(params, {"q", "sobject", f"{sobject}.fields", f"{sobject}.limit"})
    fields = [name for name in params.get(f"{sobject}.fields", "").split(",") if name]
    return Reading(objects=frozenset({sobject.lower()})).union(_paths(sobject, fields))


def _reach_inside(operation: Operation) -> Reading:
    if operation.path.startswith("/composite"):
        raise Unreadable("it holds a composite, tree or collection of its own; use subrequests of one record each")
    return _reach(operation)


def _statement(params: Mapping[str, str], *names: str) -> str:
    _require_known(params, set(names))
    if len(params) != 1:
        raise Unreadable("it does not hold one statement")
    statement = next(iter(params.values()))
    # The value of a text field could end a literal of the statement it is put into; an id cannot.
    if any(not reference.lower().endswith(".id}") for reference in REFERENCE.findall(statement)):
        raise Unreadable("a statement may refer to the id of another subrequest's record only")
    return statement


def _require_known(params: Mapping[str, str], known: set[str]) -> None:
    if not params.keys() <= known:
        raise Unreadable("its URL has parameters that cannot be followed")


def _is_id(segment: str) -> bool:
    """By shape alone: a record id, or a reference to one."""
    return bool(_ID.fullmatch(segment) or (REFERENCE.fullmatch(segment) and segment.lower().endswith(".id}")))
