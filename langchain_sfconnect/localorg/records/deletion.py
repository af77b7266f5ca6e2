"""Moves records to the recycle bin, with what belongs to them, unless something holds them; knows no single object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from langchain_sfconnect.localorg import errors, sqltext
from langchain_sfconnect.localorg.records.change import Writing
from langchain_sfconnect.localorg.records.rules.activity import refresh_last_activity
from langchain_sfconnect.localorg.schema import SObject
from langchain_sfconnect.localorg.schema.model import ChildRelationship
from langchain_sfconnect.localorg.sqltext import Sql


def delete_with_children(writing: Writing, sobject: SObject, row: dict[str, Any]) -> None:
    """Delete a record and, first, the records that go with it.

    Raises:
        OrgError: DELETE_FAILED: other records hold it.
    """
    for relationship in sobject.children:
        if _on_delete(relationship) == "restrict":
            _refuse_if_held(writing, sobject, row, relationship)
    _mark(writing, sobject, row["Id"])
    for child, child_row in _below(writing, sobject, row["Id"]):
        delete_with_children(writing, child, child_row)
    if sobject.name in ("Task", "Event"):
        refresh_last_activity(writing, row)


def _on_delete(relationship: ChildRelationship) -> str:
    reference = relationship.field.reference
    return reference.on_delete if reference else "keep"


def _refuse_if_held(writing: Writing, sobject: SObject, row: dict[str, Any], relationship: ChildRelationship) -> None:
    child = writing.schema[relationship.child]
    name_field = child.name_field
    held = [str(item[name_field.name]) for item in _children(writing, relationship, row["Id"]) if name_field]
    if held:
        own_name = sobject.name_field
        raise errors.delete_failed(str(row[own_name.name]) if own_name else row["Id"], child.plural.lower(), held)


def _below(writing: Writing, sobject: SObject, record_id: str) -> Iterator[tuple[SObject, dict[str, Any]]]:
    for relationship in sobject.children:
        if _on_delete(relationship) == "cascade":
            for row in _children(writing, relationship, record_id):
                yield writing.schema[relationship.child], row


def _children(writing: Writing, relationship: ChildRelationship, record_id: str) -> list[dict[str, Any]]:
    child = writing.schema[relationship.child]
    same = sqltext.name(relationship.field.name) + Sql("= ?", (record_id,))
    query = Sql('SELECT "Id" FROM') + sqltext.name(child.name) + Sql("WHERE") + same + Sql('AND "IsDeleted" = 0')
    found = (writing.stored(child, row[0]) for row in writing.database.rows(query))
    return [row for row in found if row is not None]


def _mark(writing: Writing, sobject: SObject, record_id: str) -> None:
    now, user = writing.stamp, writing.user_id
    marks = Sql('SET "IsDeleted" = 1, "LastModifiedDate" = ?, "SystemModstamp" = ?', (now, now))
    marks += Sql(', "LastModifiedById" = ? WHERE "Id" = ?', (user, record_id))
    writing.database.run(Sql("UPDATE") + sqltext.name(sobject.name) + marks)
