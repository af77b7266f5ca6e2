"""`POST /composite/tree/{sobject}`: records with their children, all saved or none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.rest import refusals
from langchain_sfconnect.localorg.rest.call import Call, Record, Reply
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
    named: set[str] = field(default_factory=set)
    children: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)

    def refuse(self, reference_id: str, refusal: errors.OrgError) -> None:
        self.refused.append({"referenceId": reference_id, "errors": failure(refusal)["errors"]})


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


def _plant(planting: Planting, sobject: str, record: Record, *, parent: Parent | None, level: int) -> None:
    """Save a record, then its children; the children of a refused record are not tried."""
    if level > MOST_LEVELS or len(planting.made) + len(planting.refused) >= MOST_RECORDS:
        raise refusals.tree_too_large(MOST_LEVELS, MOST_RECORDS)
    reference_id = _reference_id(sobject, record)
    fields = {name: value for name, value in record.items() if name != "attributes" and not _is_branch(value)}
    if parent is not None:
        fields[parent.field] = parent.record_id
    record_id = _saved(planting, sobject, reference_id, fields)
    if record_id is None:
        return
    for name, value in record.items():
        if _is_branch(value):
            child, lookup = _relationship(planting, sobject, name)
            for member in _records(value):
                _plant(planting, child, member, parent=Parent(lookup, record_id), level=level + 1)


def _saved(planting: Planting, sobject: str, reference_id: str, fields: Record) -> str | None:
    """The id of the record made; None when it was refused."""
    call = planting.call
    if reference_id in planting.named:
        planting.refuse(reference_id, refusals.reference_id_twice())
        return None
    planting.named.add(reference_id)
    try:
        with call.session.transaction():
            record_id = call.session.create(sobject, fields, options=call.write_options)
    except errors.OrgError as refusal:
        planting.refuse(reference_id, refusal)
        return None
    planting.made.append({"referenceId": reference_id, "id": record_id})
    return record_id


def _relationship(planting: Planting, sobject: str, name: str) -> tuple[str, str]:
    """The child object and its lookup field behind a relationship name."""
    if sobject not in planting.children:
        listed = planting.call.session.describe(sobject)["childRelationships"]
        planting.children[sobject] = {
            item["relationshipName"].lower(): (item["childSObject"], item["field"])
            for item in listed
            if item["relationshipName"]
        }
    if name.lower() not in planting.children[sobject]:
        raise errors.no_such_column(name, sobject)
    return planting.children[sobject][name.lower()]


def _is_branch(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("records"), list)


def _records(document: Record) -> list[Record]:
    records = document.get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise errors.json_parser_error("records must be a list of objects")
    return records


def _reference_id(sobject: str, record: Record) -> str:
    attributes = record.get("attributes")
    if not isinstance(attributes, dict) or not isinstance(attributes.get("referenceId"), str):
        raise refusals.reference_id_missing()
    if str(attributes.get("type", "")).lower() != sobject.lower():
        raise refusals.type_must_be(sobject)
    reference_id: str = attributes["referenceId"]
    return reference_id
