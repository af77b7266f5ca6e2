"""Moves records to the recycle bin, with what belongs to them, unless something holds them; knows no single object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from langchain_sfconnect.localorg import sqltext
from langchain_sfconnect.localorg.records import refusals
from langchain_sfconnect.localorg.records.change import Change, Row, Writing, assignments
from langchain_sfconnect.localorg.records.locks import RowLocks
from langchain_sfconnect.localorg.records.rules import HOLD, RECOUNT
from langchain_sfconnect.localorg.schema import SObject
from langchain_sfconnect.localorg.schema.model import ChildRelationship, OnDelete
from langchain_sfconnect.localorg.sqltext import Sql


@dataclass(frozen=True, slots=True)
class Deletion:
    """One deletion: the record of `root_id` and what goes with it, which comes back with it too."""

    writing: Writing
    locks: RowLocks
    root_id: str
    taken: list[Change] = field(default_factory=list)

    def run(self, sobject: SObject, row: Row) -> None:
        """Delete a record with the records that go with it.

        Raises:
            OrgError: DELETE_FAILED: other records hold one of them; UNABLE_TO_LOCK_ROW: somebody holds one.
        """
        self._take(sobject, row)
        recount(self.taken)

    def _take(self, sobject: SObject, row: Row) -> None:
        self.locks.check([row["Id"]])
        change = Change(sobject, row | {"IsDeleted": 1}, row, frozenset(), self.writing)
        for rule in HOLD.get(sobject.name, ()):
            rule(change)
        for relationship in _relationships(sobject, "restrict"):
            self._refuse_if_held(sobject, row, relationship)
        self._bin(sobject, row["Id"])
        for relationship in _relationships(sobject, "clear"):
            self._clear(relationship, row["Id"])
        for relationship in _relationships(sobject, "cascade"):
            for below in self._children(relationship, row["Id"]):
                self._take(self.writing.schema[relationship.child], below)
        self.taken.append(change)

    def _refuse_if_held(self, sobject: SObject, row: Row, relationship: ChildRelationship) -> None:
        child = self.writing.schema[relationship.child]
        name = child.name_field.name if child.name_field is not None and child.name_field.stored else "Id"
        holders = [str(item[name]) for item in self._children(relationship, row["Id"])]
        if holders:
            raise refusals.held(name_of(sobject, row), child.plural.lower(), holders)

    def _children(self, relationship: ChildRelationship, record_id: str) -> list[Row]:
        """Return the live records below one, read before any of them is changed."""
        child = self.writing.schema[relationship.child]
        query = _pointing(relationship, record_id).wrapped('SELECT "Id" FROM ', "")
        if child.has_recycle_bin:
            query += Sql('AND "IsDeleted" = 0')
        found = [self.writing.stored(child, row[0]) for row in self.writing.database.rows(query)]
        return [row for row in found if row is not None]

    def _bin(self, sobject: SObject, record_id: str) -> None:
        if not sobject.has_recycle_bin:
            where = Sql('WHERE "Id" = ?', (record_id,))
            self.writing.database.run(sqltext.name(sobject.name).wrapped("DELETE FROM ", "") + where)
            return
        mark(self.writing, sobject, record_id, deleted=True)
        entry = (record_id, sobject.name, self.root_id, self.writing.stamp)
        self.writing.database.run(Sql("INSERT INTO _bin VALUES (?, ?, ?, ?, 0)", entry))

    def _clear(self, relationship: ChildRelationship, record_id: str) -> None:
        """Empty a lookup, and remember it for the case that the record comes back."""
        pointing, field = _pointing(relationship, record_id), relationship.field.name
        kept = Sql('INSERT OR REPLACE INTO _cleared SELECT "Id", ?, ? FROM', (field, record_id)) + pointing
        self.writing.database.run(kept)
        same = sqltext.name(field) + Sql("= ?", (record_id,))
        emptied = assignments({field: None, "SystemModstamp": self.writing.stamp})
        table = sqltext.name(relationship.child).wrapped("UPDATE ", " SET")
        self.writing.database.run(table + emptied + Sql("WHERE") + same)


def recount(changes: Iterable[Change]) -> None:
    """Keep the sums over records that went or came back, once all of them have."""
    for change in changes:
        for rule in RECOUNT.get(change.sobject.name, ()):
            rule(change)


def mark(writing: Writing, sobject: SObject, record_id: str, *, deleted: bool) -> None:
    """Say of a record whether it is in the recycle bin."""
    marks = {"IsDeleted": int(deleted), "LastModifiedDate": writing.stamp, "LastModifiedById": writing.user_id}
    writing.change(sobject.name, record_id, marks)


def name_of(sobject: SObject, row: Row) -> str:
    """Return what people call a record."""
    own = sobject.name_field
    return str(row[own.name]) if own is not None and own.stored else str(row["Id"])


def _relationships(sobject: SObject, on_delete: OnDelete) -> Iterator[ChildRelationship]:
    for relationship in sobject.children:
        if relationship.field.reference is not None and relationship.field.reference.on_delete == on_delete:
            yield relationship


def _pointing(relationship: ChildRelationship, record_id: str) -> Sql:
    """Return `child WHERE lookup = id`."""
    lookup = sqltext.name(relationship.field.name)
    return sqltext.name(relationship.child) + Sql("WHERE") + lookup + Sql("= ?", (record_id,))
