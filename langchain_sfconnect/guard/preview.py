"""What a write would do, for a person to judge: which record, field by field before and after, who acts and where.

All is pure but `preview`, which reads the present values through the connection. It knows no graph and no messages.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import unquote

from langchain_core.messages import ToolCall

# pydantic takes no other before Python 3.12
from typing_extensions import TypedDict

from langchain_sfconnect.connection import Connection, Operation, Result
from langchain_sfconnect.errors import InvalidArgument, SFConnectError
from langchain_sfconnect.guard.shown import cut
from langchain_sfconnect.tools import SPECS, records
from langchain_sfconnect.tools.policy import UNRESTRICTED
from langchain_sfconnect.tools.spec import CallContext
from langchain_sfconnect.tools.subrequests import as_operations

T = TypeVar("T")


class Change(TypedDict):
    """One field; of a composite, one subrequest. `before` is null where it is empty or could not be read."""

    field: str
    before: Any
    after: Any


class Approval(TypedDict):
    """One write to approve; plain JSON. `note` says what the preview could not show."""

    tool_call_id: str
    tool: str
    action: str
    object: str | None
    record_id: str | None
    record_name: str | None
    changes: list[Change]
    identifier: str
    username: str | None
    org_name: str | None
    environment: str | None
    note: str | None


class Actor(TypedDict):
    """Whose account a call uses, and in which org that is."""

    identifier: str
    username: str | None
    org_name: str | None
    environment: str | None


_NAME_FIELDS = {
    "case": "CaseNumber",
    "contract": "ContractNumber",
    "event": "Subject",
    "note": "Title",
    "order": "OrderNumber",
    "solution": "SolutionName",
    "task": "Subject",
}
# By which a person knows a record again that is about to go.
_FACTS: Mapping[str, tuple[str, ...]] = {
    "account": ("Type", "BillingCity"),
    "case": ("Subject", "Status"),
    "contact": ("Account.Name", "Email"),
    "event": ("StartDateTime",),
    "lead": ("Company", "Status"),
    "opportunity": ("Account.Name", "StageName", "Amount", "CloseDate"),
    "task": ("Status", "ActivityDate"),
}
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_OBJECT, _PATH = re.compile(r"\w+", re.ASCII), re.compile(r"\w+(\.\w+)*", re.ASCII)
_GONE = {"NOT_FOUND", "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY"}

NOT_FOUND = "The record could not be found: it may be deleted, or not visible to this user."
NOT_READ = "The present values can be read only when the account is authorized again."
UNFIT = "The arguments do not fit, so the call would not be sent as it stands: "
FOREIGN = "What this tool changes cannot be told; these are the arguments of the call."


@dataclass(frozen=True)
class Plan:
    """What one operation does to one record.

    Attributes:
        action: create, update, delete, or read.
        sobject: The object.
        record_id: The record; None where there is none yet.
        values: The fields it writes.
    """

    action: str
    sobject: str
    record_id: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name_field(self) -> str:
        return _NAME_FIELDS.get(self.sobject.lower(), "Name")

    @property
    def paths(self) -> list[str]:
        """The fields as a read names them; a related record is named by one of its own fields."""
        return [
            path
            for name, value in self.values.items()
            for path in ([f"{name}.{inner}" for inner in value] if isinstance(value, Mapping) else [name])
            if _PATH.fullmatch(path)
        ]

    def attempts(self) -> list[list[str]]:
        """The fields to read, and what to read instead where Salesforce does not know one of them."""
        if self.action == "delete":
            facts = _FACTS.get(self.sobject.lower(), ())
            return [[self.name_field, *facts, "Owner.Name", "CreatedDate"], [self.name_field], ["CreatedDate"]]
        return [[self.name_field, *self.paths], self.paths, [self.name_field]]


async def preview(connection: Connection, call: ToolCall, actor: Actor, *, readable: bool) -> Approval:
    """What a call would do. It always comes back: what cannot be read is left out and said in `note`.

    Args:
        connection: To read the present values with, by one small read.
        call: The call.
        actor: Whose account it uses.
        readable: Whether that account can read now.
    """
    bare: Approval = {
        "tool_call_id": call["id"] or "",
        "tool": call["name"],
        "action": "write",
        "object": None,
        "record_id": None,
        "record_name": None,
        "changes": _arguments(call["args"]),
        "note": None,
        **actor,
    }
    spec = SPECS.get(call["name"])
    if spec is None:
        return {**bare, "note": FOREIGN}
    try:
        operation = spec.build(spec.parse(call["args"]), CallContext(connection.api_version, UNRESTRICTED))
    except InvalidArgument as error:
        return {**bare, "action": spec.action, "note": UNFIT + ", ".join(error.fields)}
    if operation.path == "/composite":
        return await _composite(connection, operation, bare, readable=readable)
    plan = plan_of(operation)
    return await _single(connection, plan, bare, readable=readable) if plan else {**bare, "action": spec.action}


def plan_of(operation: Operation) -> Plan | None:
    """What an operation does to one record; None where it is about something else."""
    segments = [unquote(segment) for segment in operation.path.strip("/").split("/")]
    written = operation.json if isinstance(operation.json, Mapping) else {}
    match operation.method, segments:
        case _, ["sobjects", sobject, *_] if not _OBJECT.fullmatch(sobject):
            return None
        case "POST", ["sobjects", sobject]:
            return Plan("create", sobject, None, written)
        case "PATCH", ["sobjects", sobject, record_id] if _ID.fullmatch(record_id):
            return Plan("update", sobject, record_id, written)
        case "DELETE", ["sobjects", sobject, record_id] if _ID.fullmatch(record_id):
            return Plan("delete", sobject, record_id)
    return None


async def _single(connection: Connection, plan: Plan, bare: Approval, *, readable: bool) -> Approval:
    found, note = None, None
    if plan.record_id and not readable:
        note = NOT_READ
    elif plan.record_id:
        outcome = await _outcome(_read(connection, plan, bare["identifier"]))
        found, note = (None, why_not(outcome)) if isinstance(outcome, BaseException) else outcome
    return {
        **bare,
        "action": plan.action,
        "object": plan.sobject,
        "record_id": plan.record_id,
        "record_name": _name(plan, plan.values if plan.action == "create" else found),
        "changes": changes_of(plan, found),
        "note": note,
    }


async def _read(connection: Connection, plan: Plan, identifier: str) -> tuple[dict[str, Any] | None, str | None]:
    """The record as far as it could be read, and what could not be."""
    refused: SFConnectError | None = None
    for fields in filter(None, plan.attempts()):
        try:
            result = await connection.send(
                records.get(plan.sobject, plan.record_id or "", _distinct(fields)), identifier=identifier
            )
        except SFConnectError as error:
            if error.code != "INVALID_FIELD":
                raise
            refused = refused or error
            continue
        partly = refused and plan.action == "update" and fields == [plan.name_field]
        return records.found(result, fields).artifact, why_not(refused) if partly else None
    return None, why_not(refused)


async def _outcome(reading: Awaitable[T]) -> T | BaseException:
    """What came of a read. Whatever it may raise, the run goes on, so no exception is let out, whatever its class."""
    (outcome,) = await asyncio.gather(reading, return_exceptions=True)
    return outcome


def changes_of(plan: Plan, found: Mapping[str, Any] | None) -> list[Change]:
    """Field by field, what is there and what will be; of a delete, what goes."""
    if plan.action != "delete":
        return [Change(field=n, before=cut(_at(found, n, v)), after=cut(v)) for n, v in plan.values.items()]
    facts = [path for path in plan.attempts()[0][1:] if _at(found, path) is not None]
    return [Change(field=path, before=cut(_at(found, path)), after=None) for path in facts]


def why_not(error: object) -> str:
    """Why the present values are missing; by code, because a message may repeat data."""
    code = error.code if isinstance(error, SFConnectError) else "INTERNAL_ERROR"
    return NOT_FOUND if code in _GONE else f"The present values could not be read ({code})."


async def _composite(connection: Connection, operation: Operation, bare: Approval, *, readable: bool) -> Approval:
    subrequests = operation.json["compositeRequest"]
    bare = {**bare, "action": "mixed", "changes": [_unread(subrequest) for subrequest in subrequests]}
    try:
        plans = [plan_of(each) for each in as_operations(operation.json)]
    except InvalidArgument as error:
        return {**bare, "note": UNFIT + ", ".join(error.fields)}
    wanted = {str(place): plan for place, plan in enumerate(plans) if plan and plan.record_id}
    if not wanted:
        return bare
    if not readable:
        return {**bare, "note": NOT_READ}
    reading = _read_all(wanted, connection.api_version)
    outcome = await _outcome(connection.send(reading, identifier=bare["identifier"]))
    if isinstance(outcome, BaseException):
        return {**bare, "note": why_not(outcome)}
    return _with_values(bare, wanted, outcome)


def _read_all(plans: Mapping[str, Plan], api_version: str) -> Operation:
    """One request that reads all the records: a composite of GETs, of which each fails alone."""
    requests = [
        {
            "method": "GET",
            "url": f"/services/data/v{api_version}/sobjects/{plan.sobject}/{plan.record_id}"
            f"?fields={','.join(_distinct([plan.name_field, *(p for p in plan.paths if '.' not in p)]))}",
            "referenceId": f"r{place}",
        }
        for place, plan in plans.items()
    ]
    return Operation("POST", "/composite", kind="read", json={"compositeRequest": requests})


def _with_values(bare: Approval, plans: Mapping[str, Plan], result: Result) -> Approval:
    answers = result.data.get("compositeResponse", ()) if isinstance(result.data, Mapping) else ()
    bodies = {answer.get("referenceId"): answer.get("body") for answer in answers if isinstance(answer, Mapping)}
    changes, missing = list(bare["changes"]), False
    for place in plans:
        body = bodies.get(f"r{place}")
        known = {n: v for n, v in _plain(body).items() if n != "Id"} if isinstance(body, Mapping) else {}
        missing = missing or not known
        changes[int(place)] = {**changes[int(place)], "before": cut(known) or None}
    note = "The present values of some of the records could not be read." if missing else None
    return {**bare, "changes": changes, "note": note}


def _unread(subrequest: Mapping[str, Any]) -> Change:
    url = re.sub(r"^/services/data/v\d+\.\d+", "", unquote(str(subrequest["url"])))
    name = f"{subrequest['referenceId']}: {subrequest['method']} {url}"
    return Change(field=cut(name), before=None, after=cut(subrequest.get("body")))


def _arguments(args: Mapping[str, Any]) -> list[Change]:
    return [Change(field=cut(str(name)), before=None, after=cut(value)) for name, value in args.items()]


def _name(plan: Plan, record: Mapping[str, Any] | None) -> str | None:
    name = _at(record, plan.name_field)
    if name is None and plan.action == "create":
        parts = (_at(record, part) for part in ("FirstName", "LastName", "Subject"))
        name = " ".join(str(part) for part in parts if part)
    return cut(str(name)) if name else None


def _at(record: Any, path: str, value: Any = None) -> Any:
    """A field of a record, whatever its capitals; of a related record, where `value` names one by its fields."""
    if isinstance(value, Mapping):
        return {inner: found for inner in value if (found := _at(record, f"{path}.{inner}")) is not None} or None
    for step in path.split("."):
        record = next(_named(record, step), None) if isinstance(record, Mapping) else None
    return record if not isinstance(record, Mapping) else _plain(record)


def _named(record: Mapping[str, Any], name: str) -> Iterator[Any]:
    return (value for key, value in record.items() if key.casefold() == name.casefold())


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "attributes"}


def _distinct(fields: Sequence[str]) -> list[str]:
    first: dict[str, str] = {}
    for name in fields:
        first.setdefault(name.casefold(), name)
    return list(first.values())
