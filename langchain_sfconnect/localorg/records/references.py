"""Checks what a field of a request points at: it exists, is of the right object, may be used; knows no other value."""

from __future__ import annotations

from typing import Any

from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.records import refusals
from langchain_sfconnect.localorg.records.change import Writing
from langchain_sfconnect.localorg.records.record_types import MASTER, check_record_type
from langchain_sfconnect.localorg.schema import Field, Schema, SObject


def check_reference(writing: Writing, seen: Schema, sobject: SObject, field: Field, record_id: str) -> None:
    """Let a record of `sobject` point at another one.

    Raises:
        OrgError: there is no such record, it is of another object or in the recycle bin, or the user may not use it.
    """
    if field.reference is not None and field.reference.targets == ("RecordType",):
        if record_id != MASTER:
            check_record_type(writing, sobject, field, record_id)
        return
    target = writing.schema.of_id(record_id)
    if target is not None and (field.reference is None or target.name not in field.reference.targets):
        raise refusals.malformed_id(field.label, record_id, field.name)
    row = writing.stored(target, record_id) if target is not None else None
    if target is None or row is None:
        raise refusals.invalid_cross_reference((field.name,))
    if row.get("IsDeleted"):
        raise refusals.reference_deleted()
    problem = _out_of_bounds(seen, sobject, field, target, row)
    if problem is not None:
        raise problem


def _out_of_bounds(
    seen: Schema, sobject: SObject, field: Field, target: SObject, row: dict[str, Any]
) -> OrgError | None:
    """A user needs to read what a record points at, and to edit the master that it becomes a part of."""
    visible = seen.find(target.name)
    is_master = field.reference is not None and field.reference.order is not None
    if visible is None or (is_master and target.updateable and not visible.updateable):
        return refusals.insufficient_access_to_reference(row["Id"])
    if field.name == "OwnerId" and row.get("IsActive") == 0:
        return refusals.inactive_owner(row["Id"], sobject.name)
    return None
