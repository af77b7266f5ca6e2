"""Records and descriptions: everything below `/sobjects`."""

from __future__ import annotations

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.rest.call import Call, Reply

UPSERT_ANSWERS_BODY_SINCE = 46


def describe_global(call: Call) -> Reply:
    """`GET /sobjects`."""
    return Reply(body=call.session.describe_global())


def describe(call: Call) -> Reply:
    """`GET /sobjects/{sobject}/describe`."""
    return Reply(body=call.session.describe(call.params["sobject"]))


def basic_info(call: Call) -> Reply:
    """`GET /sobjects/{sobject}`."""
    return Reply(body=call.session.basic_info(call.params["sobject"]))


def create(call: Call) -> Reply:
    """`POST /sobjects/{sobject}`."""
    sobject = call.params["sobject"]
    return _created(call, call.session.create(sobject, call.fields()))


def retrieve(call: Call) -> Reply:
    """`GET /sobjects/{sobject}/{record_id}`."""
    return Reply(body=call.session.retrieve(call.params["sobject"], call.params["record_id"], call.names()))


def update(call: Call) -> Reply:
    """`PATCH /sobjects/{sobject}/{record_id}`."""
    call.session.update(call.params["sobject"], call.params["record_id"], call.fields())
    return Reply(status=204)


def delete(call: Call) -> Reply:
    """`DELETE /sobjects/{sobject}/{record_id}`."""
    call.session.delete(call.params["sobject"], call.params["record_id"])
    return Reply(status=204)


def retrieve_by(call: Call) -> Reply:
    """`GET /sobjects/{sobject}/{field}/{value}`."""
    return Reply(body=call.session.retrieve_by(*_external(call), call.names()))


def delete_by(call: Call) -> Reply:
    """`DELETE /sobjects/{sobject}/{field}/{value}`."""
    record = call.session.retrieve_by(*_external(call), ["Id"])
    call.session.delete(call.params["sobject"], record["Id"])
    return Reply(status=204)


def upsert(call: Call) -> Reply:
    """`PATCH /sobjects/{sobject}/{field}/{value}`."""
    sobject, field, value = _external(call)
    fields = call.fields()
    if field.lower() in {name.lower() for name in fields}:
        raise errors.id_in_body() if field.lower() == "id" else errors.external_id_in_body(field)
    record_id, created = call.session.upsert(sobject, field, value, fields)
    if created:
        return _created(call, record_id, created=True)
    if call.release < UPSERT_ANSWERS_BODY_SINCE:
        return Reply(status=204)
    return Reply(body={"id": record_id, "success": True, "errors": [], "created": False})


def _external(call: Call) -> tuple[str, str, str]:
    return call.params["sobject"], call.params["field"], call.params["value"]


def _created(call: Call, record_id: str, **more: bool) -> Reply:
    location = f"{call.base}/sobjects/{call.params['sobject']}/{record_id}"
    body = {"id": record_id, "success": True, "errors": [], **more}
    return Reply(status=201, body=body, headers={"Location": location})
