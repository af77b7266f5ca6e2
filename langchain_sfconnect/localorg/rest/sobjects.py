"""Records: everything below `/sobjects` that reads or writes them, and what the user looked at last."""

from __future__ import annotations

from datetime import datetime

from langchain_sfconnect.localorg.moments import parse_moment
from langchain_sfconnect.localorg.rest import conditional, refusals
from langchain_sfconnect.localorg.rest.call import Call, Record, Reply
from langchain_sfconnect.localorg.rest.conditional import State

UPSERT_ANSWERS_BODY_SINCE = 46
MOST_RECENT = 200
_TAGGED = "account"
"""The one object whose records carry an ETag."""


def basic_info(call: Call) -> Reply:
    """`GET /sobjects/{sobject}`."""
    return Reply(body=call.session.basic_info(call.params["sobject"]))


def create(call: Call) -> Reply:
    """`POST /sobjects/{sobject}`."""
    sobject = call.params["sobject"]
    return _created(call, call.session.create(sobject, call.fields(), options=call.write_options))


def retrieve(call: Call) -> Reply:
    """`GET /sobjects/{sobject}/{record_id}`."""
    return _retrieved(call, call.params["record_id"])


def update(call: Call) -> Reply:
    """`PATCH /sobjects/{sobject}/{record_id}`."""
    _require(call, call.params["record_id"])
    call.session.update(call.params["sobject"], call.params["record_id"], call.fields(), options=call.write_options)
    return Reply(status=204)


def delete(call: Call) -> Reply:
    """`DELETE /sobjects/{sobject}/{record_id}`."""
    _require(call, call.params["record_id"])
    call.session.delete(call.params["sobject"], call.params["record_id"])
    return Reply(status=204)


def retrieve_by(call: Call) -> Reply:
    """`GET /sobjects/{sobject}/{field}/{value}`."""
    return _retrieved(call, _found(call))


def delete_by(call: Call) -> Reply:
    """`DELETE /sobjects/{sobject}/{field}/{value}`."""
    record_id = _found(call)
    _require(call, record_id)
    call.session.delete(call.params["sobject"], record_id)
    return Reply(status=204)


def upsert(call: Call) -> Reply:
    """`PATCH /sobjects/{sobject}/{field}/{value}`."""
    record_id, created = call.session.upsert(*_external(call), call.fields(), options=call.write_options)
    if created:
        return _created(call, record_id, created=True)
    if call.release < UPSERT_ANSWERS_BODY_SINCE:
        return Reply(status=204)
    return Reply(body={"id": record_id, "success": True, "errors": [], "created": False})


def deleted(call: Call) -> Reply:
    """`GET /sobjects/{sobject}/deleted?start=…&end=…`."""
    start, end = call.required_argument("start"), call.required_argument("end")
    return Reply(body=call.session.deleted(call.params["sobject"], _moment("start", start), _moment("end", end)))


def updated(call: Call) -> Reply:
    """`GET /sobjects/{sobject}/updated?start=…&end=…`."""
    start, end = call.required_argument("start"), call.required_argument("end")
    return Reply(body=call.session.updated(call.params["sobject"], _moment("start", start), _moment("end", end)))


def recent(call: Call) -> Reply:
    """`GET /recent?limit=…`."""
    return Reply(body=call.session.recently_viewed(min(call.number("limit", MOST_RECENT), MOST_RECENT)))


def _external(call: Call) -> tuple[str, str, str]:
    return call.params["sobject"], call.params["field"], call.params["value"]


def _found(call: Call) -> str:
    return str(call.session.retrieve_by(*_external(call), ["Id"])["Id"])


def _retrieved(call: Call, record_id: str) -> Reply:
    names = call.names()
    record = call.session.retrieve(call.params["sobject"], record_id, names)
    if conditional.is_conditional(call) or (names is None and call.params["sobject"].lower() == _TAGGED):
        return conditional.answered(call, record, _state(call, record if names is None else _whole(call, record_id)))
    return Reply(body=record)


def _require(call: Call, record_id: str) -> None:
    if conditional.is_conditional(call):
        conditional.require(call, _state(call, _whole(call, record_id)))


def _whole(call: Call, record_id: str) -> Record:
    return call.session.retrieve(call.params["sobject"], record_id)


def _state(call: Call, record: Record) -> State:
    modified = record.get("SystemModstamp") or record.get("LastModifiedDate") or record.get("CreatedDate")
    tag = conditional.tag_of(record) if call.params["sobject"].lower() == _TAGGED else None
    return State(parse_moment(modified) if modified else call.session.described_at(), tag)


def _moment(name: str, text: str) -> datetime:
    """A moment of the query, where a plus sign that was not percent-encoded has become a space."""
    try:
        return parse_moment(text.strip().replace(" ", "+"))
    except ValueError:
        raise refusals.not_a_moment(name, text) from None


def _created(call: Call, record_id: str, **more: bool) -> Reply:
    location = f"{call.base}/sobjects/{call.params['sobject']}/{record_id}"
    body = {"id": record_id, "success": True, "errors": [], **more}
    return Reply(status=201, body=body, headers={"Location": location})
