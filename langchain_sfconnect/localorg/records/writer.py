"""Writes records: reads the request, applies defaults and rules, checks, stores; knows no query language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from langchain_sfconnect.localorg import errors, ids, sqltext
from langchain_sfconnect.localorg.records.change import Change, Writing
from langchain_sfconnect.localorg.records.deletion import delete_with_children
from langchain_sfconnect.localorg.records.incoming import read_fields
from langchain_sfconnect.localorg.records.rules import AFTER, BEFORE
from langchain_sfconnect.localorg.schema import SObject
from langchain_sfconnect.localorg.sqltext import Sql


@dataclass(frozen=True, slots=True)
class Writer:
    """Creates, updates and deletes records for one user at one moment. Each call is all or nothing."""

    writing: Writing

    def create(self, sobject: SObject, body: Mapping[str, Any]) -> str:
        """Create a record and return its id.

        Raises:
            OrgError: a rule refused it.
        """
        if not sobject.createable:
            raise errors.entity_not_writable(sobject.name, "inserted")
        row = read_fields(self.writing, sobject, body, "create")
        with self.writing.database.transaction():
            change = self.prepare(sobject, row, frozenset(row))
            _check_required(change)
            self._check_unique(change)
            self.insert(sobject, [change.row])
            self._after(change)
        return str(change.row["Id"])

    def update(self, sobject: SObject, record_id: str, body: Mapping[str, Any]) -> None:
        """Change the given fields of a record and leave the others alone.

        Raises:
            OrgError: there is no such record, or a rule refused the change.
        """
        before = self.live(sobject, record_id)
        if not sobject.updateable:
            raise errors.entity_not_writable(sobject.name, "updated")
        given = read_fields(self.writing, sobject, body, "update")
        with self.writing.database.transaction():
            change = Change(sobject, {**before, **given}, before, frozenset(given), self.writing)
            self._stamp(change)
            for rule in BEFORE.get(sobject.name, ()):
                rule(change)
            _check_required(change)
            self._check_unique(change)
            self._store(change)
            self._after(change)

    def delete(self, sobject: SObject, record_id: str) -> None:
        """Move a record and what belongs to it to the recycle bin.

        Raises:
            OrgError: there is no such record, or others hold it.
        """
        row = self.live(sobject, record_id)
        if not sobject.deletable:
            raise errors.entity_not_writable(sobject.name, "deleted")
        with self.writing.database.transaction():
            delete_with_children(self.writing, sobject, row)

    def live(self, sobject: SObject, record_id: str) -> dict[str, Any]:
        """Return the stored row of a record that a write names.

        Raises:
            OrgError: MALFORMED_ID, NOT_FOUND or ENTITY_IS_DELETED.
        """
        wanted = ids.normalize(record_id)
        if wanted is None:
            raise errors.unknown_external_field(record_id)
        if ids.prefix(wanted) != sobject.prefix:
            raise errors.malformed_id(f"{sobject.label} ID", record_id)
        row = self.writing.stored(sobject, wanted)
        if row is None:
            raise errors.not_found()
        if row.get("IsDeleted"):
            raise errors.entity_is_deleted()
        return row

    def prepare(self, sobject: SObject, given: Mapping[str, Any], names: frozenset[str]) -> Change:
        """Return a new record with its id, defaults and derived fields, not yet stored."""
        row = blank_row(sobject) | {"Id": self.writing.minter.mint(sobject.prefix)}
        if "OwnerId" in row:
            row["OwnerId"] = self.writing.user_id
        given_or_default = {
            name: value for name, value in given.items() if value is not None or not _defaults(sobject, name)
        }
        change = Change(sobject, row | given_or_default, None, names, self.writing)
        self._stamp(change)
        for rule in BEFORE.get(sobject.name, ()):
            rule(change)
        return change

    def insert(self, sobject: SObject, rows: Iterable[Mapping[str, Any]]) -> None:
        """Store new rows as they are."""
        names = [item.name for item in sobject.stored_fields]
        columns = sqltext.joined(", ", map(sqltext.name, names)).wrapped("(", ")")
        marks = sqltext.values(names).wrapped("(", ")")
        statement = Sql("INSERT INTO") + sqltext.name(sobject.name) + columns + Sql("VALUES") + marks
        self.writing.database.run_many(statement.text, (tuple(row[name] for name in names) for row in rows))

    def _stamp(self, change: Change) -> None:
        now, user = self.writing.stamp, self.writing.user_id
        if change.creates:
            change.row |= {"CreatedDate": now, "CreatedById": user}
        change.row |= {"LastModifiedDate": now, "LastModifiedById": user, "SystemModstamp": now}

    def _store(self, change: Change) -> None:
        before = change.before or {}
        changed = {name: value for name, value in change.row.items() if value != before.get(name)}
        if not changed:
            return
        pairs = sqltext.joined(", ", (sqltext.name(name) + Sql("= ?", (value,)) for name, value in changed.items()))
        where = Sql('WHERE "Id" = ?', (change.row["Id"],))
        self.writing.database.run(Sql("UPDATE") + sqltext.name(change.sobject.name) + Sql("SET") + pairs + where)

    def _after(self, change: Change) -> None:
        for follow_up in AFTER.get(change.sobject.name, ()):
            follow_up(self, change)

    def _check_unique(self, change: Change) -> None:
        for item in change.sobject.stored_fields:
            value = change.row[item.name]
            if "unique" not in item.roles or value is None or not change.changed(item.name):
                continue
            same = sqltext.name(item.name) + Sql('= ? AND "Id" <> ?', (value, change.row["Id"]))
            table = Sql('SELECT "Id" FROM') + sqltext.name(change.sobject.name)
            other = self.writing.database.row(table + Sql("WHERE") + same)
            if other is not None:
                raise errors.duplicate_value(item.name, ids.short(other[0]))


def blank_row(sobject: SObject) -> dict[str, Any]:
    """Return a row of an object with nothing but its defaults."""
    return {
        item.name: int(bool(item.default)) if item.type == "boolean" else item.default for item in sobject.stored_fields
    }


def _defaults(sobject: SObject, name: str) -> bool:
    item = sobject.field(name)
    return item is not None and item.defaulted


def _check_required(change: Change) -> None:
    """A create must give what has no default; an update must not take away what cannot be empty."""
    missing = [
        item.name
        for item in change.sobject.stored_fields
        if item.createable and not item.nillable and change.row[item.name] is None
    ]
    if missing:
        raise errors.required_missing(missing)
