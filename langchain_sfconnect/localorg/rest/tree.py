"""`POST /composite/tree/{sobject}`: records with their children, all saved or none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.rest.call import Call, Reply
from langchain_sfconnect.localorg.rest.collections import failure

MOST_RECORDS, MOST_LEVELS = 200, 5


@dataclass(frozen=True, slots=True)
class Parent:
    """What a child is linked to: by which field, and to which record."""

    field: str
    record_id: str


@dataclass
class Planting:
    """A tree being saved: what was made and what was refused so far."""

    call: Call
    made: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    children: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)


def create(call: Call) -> Reply:
    """Save the trees of a request; one refusal takes everything back, and only refusals are answered."""
    planting = Planting(call)
    records = _records(call.document())
    with call.session.transaction() as transaction:
        for record in records:
            _plant(planting, call.params["sobject"], record, parent=None, level=1)
        if planting.refused:
            transaction.rollback()
    if planting.refused:
        return Reply(status=400, body={"hasErrors": True, "results": planting.refused})
    return Reply(status=201, body={"hasErrors": False, "results": planting.made})


def _plant(planting: Planting, sobject: str, record: dict[str, Any], *, parent: Parent | None, level: int) -> None:
    """Save a record, then its children; the children of a refused record are not tried."""
    if level > MOST_LEVELS or len(planting.made) + len(planting.refused) >= MOST_RECORDS:
        text = f"A tree has at most {MOST_LEVELS} levels and {MOST_RECORDS} records in total"
        raise errors.OrgError(400, "INVALID_INPUT", text)
    reference_id = _reference_id(sobject, record)
    fields = {name: value for name, value in record.items() if name != "attributes" and not _is_branch(value)}
    if parent is not None:
        fields[parent.field] = parent.record_id
    try:
        with planting.call.session.transaction():
            record_id = planting.call.session.create(sobject, fields)
    except errors.OrgError as refusal:
        planting.refused.append({"referenceId": reference_id, "errors": failure(refusal)["errors"]})
        return
    planting.made.append({"referenceId": reference_id, "id": record_id})
    for name, value in record.items():
        if _is_branch(value):
            child, lookup = _relationship(planting, sobject, name)
            for member in _records(value):
                _plant(planting, child, member, parent=Parent(lookup, record_id), level=level + 1)


def _relationship(planting: Planting, sobject: str, name: str) -> tuple[str, str]:
    """The child object and its lookup field behind a relationship name."""
    if sobject not in planting.children:
        listed = planting.call.session.describe(sobject)["childRelationships"]
        planting.children[sobject] = {
            item["relationshipName"]: (item["childSObject"], item["field"])
            for item in listed
            if item["relationshipName"]
        }
    if name not in planting.children[sobject]:
        raise errors.no_such_column(name, sobject)
    return planting.children[sobject][name]


def _is_branch(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("records"), list)


def _records(document: dict[str, Any]) -> list[dict[str, Any]]:
    records = document.get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise errors.json_parser_error("records must be a list of objects")
    return records


def _reference_id(sobject: str, record: dict[str, Any]) -> str:
    attributes = record.get("attributes")
    if not isinstance(attributes, dict) or not isinstance(attributes.get("referenceId"), str):
        raise errors.OrgError(400, "INVALID_INPUT", "Include attributes.referenceId in every record of the request")
    if str(attributes.get("type", "")).lower() != sobject.lower():
        raise errors.OrgError(400, "INVALID_INPUT", f"attributes.type must be {sobject} here")
    reference_id: str = attributes["referenceId"]
    return reference_id
