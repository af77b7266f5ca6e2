"""`/composite/sobjects`: the same operation on up to 200 records, each with its own result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from langchain_sfconnect.localorg import errors, ids
from langchain_sfconnect.localorg.rest import refusals
from langchain_sfconnect.localorg.rest.call import Call, Record, Reply

MOST, MOST_READ = 200, 2_000
Outcome = dict[str, Any]
_Item = TypeVar("_Item")


def create(call: Call) -> Reply:
    """`POST /composite/sobjects`."""

    def one(record: Record) -> Outcome:
        return _success(call.session.create(_type(record), _fields(record), options=call.write_options))

    return _each(call, _records(call), one, all_or_none=call.flag("allOrNone"))


def update(call: Call) -> Reply:
    """`PATCH /composite/sobjects`: each record names its own id."""
    seen: set[str] = set()

    def one(record: Record) -> Outcome:
        fields = _fields(record)
        record_id = _taken(fields, "id")
        if not isinstance(record_id, str):
            raise refusals.id_missing()
        _once(seen, ids.normalize(record_id) or record_id, refusals.id_twice(record_id))
        call.session.update(_type(record), record_id, fields, options=call.write_options)
        return _success(ids.normalize(record_id) or record_id)

    return _each(call, _records(call), one, all_or_none=call.flag("allOrNone"))


def upsert(call: Call) -> Reply:
    """`PATCH /composite/sobjects/{sobject}/{field}`: each record carries the external id."""
    sobject, field = call.params["sobject"], call.params["field"]
    seen: set[str] = set()

    def one(record: Record) -> Outcome:
        if _type(record).lower() != sobject.lower():
            raise refusals.type_must_be(sobject)
        fields = _fields(record)
        value = _taken(fields, field)
        if value is None and field.lower() == "id":
            return {**_success(call.session.create(sobject, fields, options=call.write_options)), "created": True}
        if value is None or isinstance(value, dict | list | bool):
            raise refusals.key_missing(field)
        _once(seen, str(value), refusals.key_twice(field, str(value)))
        record_id, created = call.session.upsert(sobject, field, str(value), fields, options=call.write_options)
        return {**_success(record_id), "created": created}

    return _each(call, _records(call), one, all_or_none=call.flag("allOrNone"))


def delete(call: Call) -> Reply:
    """`DELETE /composite/sobjects?ids=…`: the ids may be of several objects."""
    prefixes = {item["keyPrefix"]: item["name"] for item in call.session.describe_global()["sobjects"]}

    def one(record_id: str) -> Outcome:
        sobject = prefixes.get(record_id[:3])
        if sobject is None or ids.normalize(record_id) is None:
            raise refusals.bad_id(record_id)
        call.session.delete(sobject, record_id)
        return _success(ids.normalize(record_id) or record_id)

    call.required_argument("ids")
    all_or_none = (call.argument("allOrNone") or "").lower() == "true"
    return _each(call, _limited(call.names("ids") or [], MOST), one, all_or_none=all_or_none)


def retrieve(call: Call) -> Reply:
    """`GET /composite/sobjects/{sobject}?ids=…&fields=…`, or a POST with both in the body."""
    if call.method == "POST":
        wanted, fields = _texts(call, "ids"), _texts(call, "fields")
    else:
        wanted, fields = call.names("ids") or [], call.names() or []
    if not wanted or not fields:
        raise errors.invalid_parameter("Both ids and fields are required")
    return Reply(body=[_found(call, record_id, fields) for record_id in _limited(wanted, MOST_READ)])


def failure(refusal: errors.OrgError) -> Outcome:
    """A refusal in the shape of a record's result, which differs from an error body."""
    listed = [
        {"statusCode": part.code, "message": part.message, "fields": list(part.fields or ())} for part in refusal.parts
    ]
    return {"success": False, "errors": listed}


def _found(call: Call, record_id: str, fields: Sequence[str]) -> Record | None:
    try:
        return call.session.retrieve(call.params["sobject"], record_id, fields)
    except errors.OrgError as refusal:
        if refusal.status == 404:
            return None
        raise


def _each(call: Call, items: Sequence[_Item], one: Callable[[_Item], Outcome], *, all_or_none: bool) -> Reply:
    """Do it for each record; under allOrNone one failure takes every success back."""
    with call.session.transaction() as transaction:
        outcomes = [_outcome(call, item, one) for item in items]
        if all_or_none and not all(outcome["success"] for outcome in outcomes):
            transaction.rollback()
            back = failure(refusals.rolled_back())
            outcomes = [back if outcome["success"] else outcome for outcome in outcomes]
    return Reply(body=outcomes)


def _outcome(call: Call, item: _Item, one: Callable[[_Item], Outcome]) -> Outcome:
    try:
        with call.session.transaction():
            return one(item)
    except errors.MultipleMatches as several:
        found = [url.rsplit("/", 1)[-1] for url in several.urls]
        return failure(refusals.key_of_several(call.params["field"], found))
    except errors.OrgError as refusal:
        return failure(refusal)


def _success(record_id: str) -> Outcome:
    return {"id": record_id, "success": True, "errors": []}


def _once(seen: set[str], key: str, refusal: errors.OrgError) -> None:
    if key in seen:
        raise refusal
    seen.add(key)


def _taken(fields: Record, name: str) -> Any:
    """A field taken out of a record, whatever the case of its name; None when it is not there."""
    given = next((key for key in fields if key.lower() == name.lower()), None)
    return None if given is None else fields.pop(given)


def _records(call: Call) -> list[Record]:
    records = call.document().get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise errors.json_parser_error("records must be a list of objects")
    return _limited(records, MOST)


def _limited(items: list[_Item], most: int) -> list[_Item]:
    if len(items) > most:
        raise refusals.too_many_records(most)
    return items


def _type(record: Record) -> str:
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(name, str):
        raise refusals.type_missing()
    return name


def _fields(record: Record) -> Record:
    return {name: value for name, value in record.items() if name != "attributes"}


def _texts(call: Call, name: str) -> list[str]:
    value = call.document().get(name)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise errors.json_parser_error(f"{name} must be a list of strings")
    return value
