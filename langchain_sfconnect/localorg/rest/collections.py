"""`/composite/sobjects`: the same operation on up to 200 records, each with its own result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.rest.call import Call, Reply

MOST = 200
ROLLED_BACK = "Record rolled back because not all records were valid and the request was using AllOrNone header"
Record = dict[str, Any]
Outcome = dict[str, Any]
_Item = TypeVar("_Item")


def create(call: Call) -> Reply:
    """`POST /composite/sobjects`."""
    return _each(call, _records(call), lambda record: _success(call.session.create(_type(record), _fields(record))))


def update(call: Call) -> Reply:
    """`PATCH /composite/sobjects`: each record names its own id."""

    def one(record: Record) -> Outcome:
        fields = _fields(record)
        record_id = next((fields.pop(name) for name in ("id", "Id") if name in fields), None)
        if not isinstance(record_id, str):
            raise errors.OrgError(400, "MISSING_ARGUMENT", "Id not specified in an update call", ())
        call.session.update(_type(record), record_id, fields)
        return _success(record_id)

    return _each(call, _records(call), one)


def upsert(call: Call) -> Reply:
    """`PATCH /composite/sobjects/{sobject}/{field}`: each record carries the external id."""
    sobject, field = call.params["sobject"], call.params["field"]

    def one(record: Record) -> Outcome:
        fields = _fields(record)
        given = next((name for name in fields if name.lower() == field.lower()), None)
        if given is None or fields[given] is None:
            raise errors.OrgError(400, "MISSING_ARGUMENT", f"{field} not specified", ())
        record_id, created = call.session.upsert(sobject, field, str(fields.pop(given)), fields)
        return {**_success(record_id), "created": created}

    return _each(call, _records(call), one)


def delete(call: Call) -> Reply:
    """`DELETE /composite/sobjects?ids=…`: the ids may be of several objects."""
    prefixes = {item["keyPrefix"]: item["name"] for item in call.session.describe_global()["sobjects"]}

    def one(record: Record) -> Outcome:
        sobject = prefixes.get(record["id"][:3])
        if sobject is None:
            raise errors.OrgError(400, "MALFORMED_ID", f"bad id {record['id']}", ())
        call.session.delete(sobject, record["id"])
        return _success(record["id"])

    ids = _limited(call.names("ids") or [])
    return _each(call, [{"id": record_id} for record_id in ids], one, all_or_none=call.argument("allOrNone") == "true")


def retrieve(call: Call) -> Reply:
    """`GET /composite/sobjects/{sobject}?ids=…&fields=…`, or a POST with both in the body."""
    if call.method == "POST":
        document = call.document()
        ids, fields = _texts(document.get("ids")), _texts(document.get("fields"))
    else:
        ids, fields = call.names("ids") or [], call.names() or []
    if not ids or not fields:
        raise errors.invalid_parameter("Both ids and fields are required")
    return Reply(body=[_found(call, record_id, fields) for record_id in _limited(ids)])


def _found(call: Call, record_id: str, fields: Sequence[str]) -> Record | None:
    try:
        return call.session.retrieve(call.params["sobject"], record_id, fields)
    except errors.OrgError as refusal:
        if refusal.status == 404:
            return None
        raise


def _each(
    call: Call, records: Sequence[Record], one: Callable[[Record], Outcome], *, all_or_none: bool | None = None
) -> Reply:
    """Do it for each record; under allOrNone one failure takes every success back."""
    if all_or_none is None:
        all_or_none = call.document().get("allOrNone") is True
    with call.session.transaction() as transaction:
        outcomes = [_outcome(call, record, one) for record in records]
        if all_or_none and not all(outcome["success"] for outcome in outcomes):
            transaction.rollback()
            outcomes = [_taken_back() if outcome["success"] else outcome for outcome in outcomes]
    return Reply(body=outcomes)


def _outcome(call: Call, record: Record, one: Callable[[Record], Outcome]) -> Outcome:
    try:
        with call.session.transaction():
            return one(record)
    except errors.OrgError as refusal:
        return failure(refusal)


def failure(refusal: errors.OrgError) -> Outcome:
    """A refusal in the shape of a record's result, which differs from an error body."""
    error = {"statusCode": refusal.code, "message": refusal.message, "fields": list(refusal.fields or ())}
    return {"success": False, "errors": [error]}


def _taken_back() -> Outcome:
    return failure(errors.OrgError(400, "ALL_OR_NONE_OPERATION_ROLLED_BACK", ROLLED_BACK))


def _success(record_id: str) -> Outcome:
    return {"id": record_id, "success": True, "errors": []}


def _records(call: Call) -> list[Record]:
    records = call.document().get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise errors.json_parser_error("records must be a list of objects")
    return _limited(records)


def _limited(items: list[_Item]) -> list[_Item]:
    if len(items) > MOST:
        text = f"record limit reached. cannot submit more than {MOST} records into this call"
        raise errors.OrgError(400, "EXCEEDED_ID_LIMIT", text)
    return items


def _type(record: Record) -> str:
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(name, str):
        raise errors.OrgError(400, "INVALID_INPUT", "Include attributes.type in every record of the request", ())
    return name


def _fields(record: Record) -> Record:
    return {name: value for name, value in record.items() if name != "attributes"}


def _texts(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
