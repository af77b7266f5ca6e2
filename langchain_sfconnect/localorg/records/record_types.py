"""Record types: which one a record gets, and which values its type leaves to its picklists; knows no other rule."""

from __future__ import annotations

from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.records import refusals
from langchain_sfconnect.localorg.records.change import Change, Writing
from langchain_sfconnect.localorg.schema import Field, SObject
from langchain_sfconnect.localorg.schema.rules import RecordTypeRule

MASTER = "012000000000000AAA"


def default_record_type(sobject: SObject) -> str | None:
    """Return the id of the type that a record gets when the request names none."""
    chosen = next((rule for rule in sobject.record_types if rule.default and rule.active), None)
    return chosen.id_on(sobject.name) if chosen is not None else None


def check_record_type(writing: Writing, sobject: SObject, field: Field, record_id: str) -> None:
    """Let a record be of a type.

    Raises:
        OrgError: INVALID_CROSS_REFERENCE_KEY: it is no active type of this object.
    """
    found = writing.find(record_id) if record_id.startswith("012") else None
    if found is None or found["SobjectType"] != sobject.name or not found["IsActive"]:
        raise refusals.invalid_record_type(field.label, record_id, field.name)


def unavailable_choices(change: Change) -> list[OrgError]:
    """Return a refusal for each given value of a restricted picklist that the record's type does not offer."""
    rule = _rule(change)
    if rule is None:
        return []
    found = []
    for name, offered in rule.picklists.items():
        field = change.sobject.field(name)
        if field is not None and field.name in change.given and field.picklist and field.picklist.restricted:
            found += [
                refusals.bad_picklist_value(field.label, value, field.name)
                for value in (change.row[field.name] or "").split(";")
                if value and value not in offered
            ]
    return found


def _rule(change: Change) -> RecordTypeRule | None:
    record_type = change.row.get("RecordTypeId")
    named = (rule for rule in change.sobject.record_types if rule.id_on(change.sobject.name) == record_type)
    return next(named, None)
