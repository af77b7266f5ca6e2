"""What an application allows its agent, checked on every operation before it is sent.

Knows operations only: no tool's arguments, no LangChain. What is taken out of answers is decided in redaction.py.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from langchain_sfconnect.connection import Operation
from langchain_sfconnect.errors import InvalidArgument, PolicyDenied
from langchain_sfconnect.tools.arguments import api_name, field_path, shown
from langchain_sfconnect.tools.names import TOOL_NAMES, suggestion
from langchain_sfconnect.tools.reach import reach_of
from langchain_sfconnect.tools.relationships import parent_object, reference_field, same_data
from langchain_sfconnect.tools.statements import Path, Reading, Unreadable

if TYPE_CHECKING:
    from langchain_sfconnect.tools.spec import ToolSpec


@dataclass(frozen=True)
class AccessPolicy:
    """Narrows what a toolkit lists and executes. What it forbids is neither listed nor executed.

    With `objects`, the free-form tools, whose argument can name any object (`salesforce_query_soql`,
    `salesforce_soql_execute`, `salesforce_search_sosl`, `salesforce_composite`), are forbidden unless `tools` names
    them.

    Where `objects` or `deny_fields` are given, everything must be provable from the request: statements that cannot be
    followed, relationships that lead nobody knows where, reports and dashboards are refused. A full-text search may
    still match on a denied field; it never shows it.

    Args:
        read_only: Only tools that read are listed. A composite is executed if all its subrequests are GETs.
        tools: Names of the tools that are allowed; None allows all.
        objects: API names of the objects that may be touched; None allows all. The owner of a record is a `User`.
        deny_fields: Fields that may be neither read nor written: `Field` on any object, or `Object.Field`.
        max_rows: The most rows that one call returns; None sets no limit.
        allow_delete: Whether records may be deleted.

    Raises:
        InvalidArgument: A value is not of its kind, or names an unknown tool.
    """

    read_only: bool = False
    tools: Collection[str] | None = None
    objects: Collection[str] | None = None
    deny_fields: Collection[str] = ()
    max_rows: int | None = None
    allow_delete: bool = True
    _objects: frozenset[str] = field(init=False, repr=False, compare=False)
    _denied: Mapping[str, frozenset[str | None]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _require_switch("read_only", self.read_only)
        _require_switch("allow_delete", self.allow_delete)
        _require_count("max_rows", self.max_rows)
        self._set("tools", _names("tools", self.tools, _tool_name))
        self._set("objects", _names("objects", self.objects, api_name))
        self._set("deny_fields", _names("deny_fields", self.deny_fields, _denied_field) or frozenset())
        self._set("_objects", frozenset(name.lower() for name in self.objects or ()))
        self._set("_denied", _by_field(self.deny_fields))

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    @property
    def restricts_data(self) -> bool:
        """Whether only some objects or fields may be touched."""
        return self.objects is not None or bool(self.deny_fields)

    def lists(self, spec: ToolSpec[Any]) -> bool:
        """Whether a tool is shown to the agent at all."""
        return (
            (self.tools is None or spec.name in self.tools)
            and not (self.read_only and spec.kind == "write")
            and (self.allow_delete or spec.action != "delete")
            and (spec.sobject is None or self.allows_object(spec.sobject))
            and not (spec.opaque and self.restricts_data)
            and not (spec.free_form and self._wants_named(spec.name))
        )

    def authorize(self, spec: ToolSpec[Any], operation: Operation) -> None:
        """Let an operation pass, or refuse it before it is sent.

        Raises:
            PolicyDenied: It is not allowed, or it cannot be told whether it is.
        """
        if self.tools is not None and spec.name not in self.tools:
            raise PolicyDenied(f"The tool {spec.name} is not allowed here.")
        if spec.free_form and self._wants_named(spec.name):
            raise _unnamed(spec.name)
        if self.read_only and operation.kind == "write":
            raise PolicyDenied("Only reading is allowed here, and this would change records.")
        if not self.allow_delete and "DELETE" in _methods(operation):
            raise PolicyDenied("Deleting records is not allowed here.")
        if self.restricts_data and (objection := self._objection_to(operation)):
            raise PolicyDenied(f"{objection} is not allowed here.")

    def allows_object(self, name: str) -> bool:
        """Whether an object may be touched."""
        return self.objects is None or name.lower() in self._objects

    def denies_field(self, sobject: str | None, name: str) -> bool:
        """Whether a field is denied; where its object is not known, whether it is denied on any."""
        owners = self._denied.get(name.lower(), frozenset())
        return bool(owners) and (sobject is None or None in owners or sobject.lower() in owners)

    def readable(self, sobject: str, columns: Iterable[str]) -> list[str]:
        """Those columns of a tool's own choice that may be read."""
        return [column for column in columns if not self._path_objection(sobject.lower(), tuple(column.split(".")))]

    def clamp(self, rows: int) -> int:
        """A number of rows, no greater than allowed."""
        return rows if self.max_rows is None else min(rows, self.max_rows)

    def _wants_named(self, tool_name: str) -> bool:
        """Whether a tool that may touch any object is forbidden for want of its name."""
        return self.objects is not None and (self.tools is None or tool_name not in self.tools)

    def _objection_to(self, operation: Operation) -> str | None:
        """What speaks against an operation, as the subject of a sentence."""
        try:
            reading = reach_of(operation)
        except Unreadable as error:
            return f"A request of which it cannot be told what it touches ({error})"
        paths = (self._path_objection(root, path) for root, path in reading.paths)
        return self._object_objection(reading) or next(filter(None, paths), None) or self._whole_objection(reading)

    def _object_objection(self, reading: Reading) -> str | None:
        if self.objects is None:
            return None
        if reading.everything:
            return "Searching all objects (name the allowed ones after RETURNING)"
        foreign = [f"The object {shown(name)}" for name in reading.objects if not self.allows_object(name)]
        unknown = [f"The relationship {shown(name)}, whose object is not known," for name in reading.unknown]
        return min(foreign + unknown, default=None)

    def _whole_objection(self, reading: Reading) -> str | None:
        return "FIELDS(), where some fields are denied," if reading.whole and self.deny_fields else None

    def _path_objection(self, root: str | None, path: Path) -> str | None:
        at = root
        for step in path[:-1]:
            # To follow a relationship is to read the reference behind it.
            denied = self.denies_field(at, reference_field(step))
            at = parent_object(at, step)
            if denied or (self.objects is not None and (at is None or not self.allows_object(at))):
                return f"The relationship {shown(step)}"
        return f"The field {shown(path[-1])}" if self.denies_field(at, path[-1]) else None


def _unnamed(tool_name: str) -> PolicyDenied:
    return PolicyDenied(
        f"The tool {tool_name} can touch any object, and only some are allowed here.",
        hint="Use the tools of the allowed objects. The application can allow this one by naming it:"
        f" AccessPolicy(tools=[{tool_name!r}, …]).",
    )


def _methods(operation: Operation) -> set[str]:
    inner = operation.json.get("compositeRequest", ()) if operation.path == "/composite" else ()
    return {operation.method, *(subrequest["method"] for subrequest in inner)}


def _by_field(denied: Collection[str]) -> Mapping[str, frozenset[str | None]]:
    """Denied fields, and those that show the same data, each with the objects it is denied on; None is any object."""
    owners: dict[str, set[str | None]] = {}
    for entry in denied:
        sobject, _, name = entry.lower().rpartition(".")
        for same in same_data(name):
            owners.setdefault(same, set()).add(sobject or None)
    return {name: frozenset(of) for name, of in owners.items()}


def _names(argument: str, values: Any, check: Callable[[str], str]) -> frozenset[str] | None:
    if values is None:
        return None
    if isinstance(values, str) or not isinstance(values, Collection) or not all(isinstance(v, str) for v in values):
        raise _refused(argument, "must be a list, tuple or set of names")
    try:
        return frozenset(check(value) for value in values)
    except ValueError as error:
        raise _refused(argument, str(error)) from None


def _tool_name(name: str) -> str:
    if name not in TOOL_NAMES:
        raise ValueError(f"has {shown(name)}, which no tool is called. {suggestion(name)}")
    return name


def _denied_field(name: str) -> str:
    if name.count(".") > 1:
        raise ValueError(f"has {shown(name)}: write Field or Object.Field")
    return field_path(name)


def _require_switch(argument: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise _refused(argument, "must be True or False")


def _require_count(argument: str, value: Any) -> None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        raise _refused(argument, "must be a whole number above 0, or None")


def _refused(argument: str, problem: str) -> InvalidArgument:
    return InvalidArgument(f"AccessPolicy: {argument} {problem.rstrip('.')}.", fields=[argument])


UNRESTRICTED = AccessPolicy()
