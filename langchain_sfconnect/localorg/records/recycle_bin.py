"""The recycle bin from its other side: what is in it, what comes back, what goes for good; knows no single object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from langchain_sfconnect.localorg import sqltext
from langchain_sfconnect.localorg.database import Database
from langchain_sfconnect.localorg.moments import second_stamp
from langchain_sfconnect.localorg.records import refusals
from langchain_sfconnect.localorg.records.change import Change, Row, Writing
from langchain_sfconnect.localorg.records.checks import check_unique
from langchain_sfconnect.localorg.records.deletion import mark, recount
from langchain_sfconnect.localorg.records.locks import RowLocks
from langchain_sfconnect.localorg.schema import Field, SObject
from langchain_sfconnect.localorg.sqltext import Sql

KEPT_FOR = timedelta(days=15)
_IN_BIN = Sql("FROM _bin WHERE purged = 0")


def is_purged(database: Database, record_id: str) -> bool:
    """Say whether a record was deleted for good."""
    return database.row(Sql("SELECT 1 FROM _bin WHERE record_id = ? AND purged = 1", (record_id,))) is not None


@dataclass(frozen=True, slots=True)
class RecycleBin:
    """The org's recycle bin, as one user empties it or takes from it at one moment."""

    writing: Writing
    locks: RowLocks

    def undelete(self, record_id: str) -> None:
        """Bring a record back with all that was deleted along with it.

        Raises:
            OrgError: it is not in the bin or came there with another record, its master is deleted, another record
                has taken its unique value, or somebody holds it.
        """
        self.purge_expired()
        database = self.writing.database
        with database.transaction():
            members = list(self._members(record_id))
            if not members:
                raise refusals.not_in_recycle_bin()
            self.locks.check(row["Id"] for _, row in members)
            self._check_parents(*members[0])
            recount([self._restore(sobject, row) for sobject, row in members])
            database.run(Sql("DELETE FROM _bin WHERE root_id = ?", (record_id,)))

    def purge(self) -> int:
        """Empty the bin and return how many records are gone for good."""
        return self._purge(Sql(""))

    def purge_expired(self) -> None:
        """Let go of what has been in the bin for too long."""
        limit = second_stamp(self.writing.now - KEPT_FOR)
        self._purge(Sql("AND deleted_at < ?", (limit,)))

    def _members(self, root_id: str) -> Iterator[tuple[SObject, Row]]:
        """Yield the records of one deletion, the one that was asked for first."""
        query = Sql("SELECT sobject, record_id") + _IN_BIN + Sql("AND root_id = ? ORDER BY rowid", (root_id,))
        for name, record_id in self.writing.database.rows(query):
            sobject = self.writing.schema[name]
            row = self.writing.stored(sobject, record_id)
            if row is not None:
                yield sobject, row

    def _check_parents(self, sobject: SObject, row: Row) -> None:
        for item in sobject.stored_fields:
            if item.reference is None or item.nillable or not row[item.name]:
                continue
            parent = self.writing.find(row[item.name])
            if parent is None or parent.get("IsDeleted"):
                raise refusals.parent_is_deleted()

    def _restore(self, sobject: SObject, row: Row) -> Change:
        mark(self.writing, sobject, row["Id"], deleted=False)
        change = Change(sobject, row | {"IsDeleted": 0}, None, frozenset(), self.writing)
        check_unique(change)
        self._point_again(row["Id"])
        return change

    def _point_again(self, record_id: str) -> None:
        """Fill the lookups that were emptied when the record was deleted, unless they point elsewhere by now."""
        database = self.writing.database
        emptied = Sql("SELECT record_id, field FROM _cleared WHERE parent_id = ?", (record_id,))
        for child_id, name in database.rows(emptied):
            sobject, row = self.writing.schema.of_id(child_id), self.writing.find(child_id)
            if sobject is not None and row is not None and row.get(name) is None:
                self.writing.change(sobject.name, child_id, {name: record_id})
        database.run(Sql("DELETE FROM _cleared WHERE parent_id = ?", (record_id,)))

    def _purge(self, which: Sql) -> int:
        chosen, database = _IN_BIN + which, self.writing.database
        with database.transaction():
            names = [row[0] for row in database.rows(Sql("SELECT DISTINCT sobject") + chosen)]
            for name in names:
                self._purge_object(self.writing.schema[name], chosen)
            gone = chosen.wrapped("IN (SELECT record_id ", ")")
            database.run(Sql("DELETE FROM _cleared WHERE parent_id") + gone)
            return database.run(Sql("UPDATE _bin SET purged = 1 WHERE record_id") + gone)

    def _purge_object(self, sobject: SObject, chosen: Sql) -> None:
        of_object = chosen + Sql("AND sobject = ?", (sobject.name,))
        gone = of_object.wrapped("IN (SELECT record_id ", ")")
        for child, lookup in self._pointing_at(sobject):
            column = sqltext.name(lookup.name)
            table = sqltext.name(child.name).wrapped("UPDATE ", " SET")
            self.writing.database.run(table + column + Sql("= NULL WHERE") + column + gone)
        table = sqltext.name(sobject.name).wrapped("DELETE FROM ", "")
        self.writing.database.run(table + Sql('WHERE "Id"') + gone)

    def _pointing_at(self, sobject: SObject) -> Iterator[tuple[SObject, Field]]:
        for relationship in sobject.children:
            if relationship.field.stored:
                yield self.writing.schema[relationship.child], relationship.field
