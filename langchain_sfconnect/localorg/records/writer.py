"""Makes rows complete and stores them, with their defaults, numbers and derived fields; asks nobody's permission."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from langchain_sfconnect.localorg import ids, sqltext
from langchain_sfconnect.localorg.records.change import Change, Row, Writing, assignments
from langchain_sfconnect.localorg.records.record_types import default_record_type
from langchain_sfconnect.localorg.records.rules import BEFORE
from langchain_sfconnect.localorg.schema import Field, SObject
from langchain_sfconnect.localorg.sqltext import Sql


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes rows for one user at one moment."""

    writing: Writing

    def prepare(self, sobject: SObject, given: Mapping[str, Any], names: frozenset[str]) -> Change:
        """Return a new record with its id, defaults and derived fields, not yet stored.

        Args:
            sobject: The object, with all its fields.
            given: Stored values by API name.
            names: The fields that count as given.

        Raises:
            OrgError: a rule of the object refused it.
        """
        row = self._defaults(sobject) | {
            name: value for name, value in given.items() if value is not None or not _defaulted(sobject, name)
        }
        change = Change(sobject, row, None, names, self.writing)
        change.row |= {"CreatedDate": self.writing.stamp, "CreatedById": self.writing.user_id}
        self._complete(change)
        return change

    def revise(self, sobject: SObject, before: Row, given: Mapping[str, Any]) -> Change:
        """Return a stored record with other values and what follows from them, not yet stored.

        Raises:
            OrgError: a rule of the object refused it.
        """
        change = Change(sobject, {**before, **given}, before, frozenset(given), self.writing)
        self._complete(change)
        return change

    def insert(self, sobject: SObject, rows: Iterable[Mapping[str, Any]]) -> None:
        """Store new rows as they are."""
        names = [item.name for item in sobject.stored_fields]
        columns = sqltext.joined(", ", map(sqltext.name, names)).wrapped("(", ")")
        marks = sqltext.values(names).wrapped("(", ")")
        statement = Sql("INSERT INTO") + sqltext.name(sobject.name) + columns + Sql("VALUES") + marks
        self.writing.database.run_many(statement.text, (tuple(row[name] for name in names) for row in rows))

    def store(self, change: Change) -> None:
        """Store a new record, or what is new of an old one."""
        if change.before is None:
            self.insert(change.sobject, [change.row])
            return
        before = change.before
        changed = {name: value for name, value in change.row.items() if value != before.get(name)}
        if changed:
            table = sqltext.name(change.sobject.name).wrapped("UPDATE ", " SET")
            self.writing.database.run(table + assignments(changed) + Sql('WHERE "Id" = ?', (change.row["Id"],)))

    def _defaults(self, sobject: SObject) -> Row:
        row = blank_row(sobject) | {"Id": self.writing.minter.mint(sobject.prefix)}
        if "OwnerId" in row:
            row["OwnerId"] = self.writing.user_id
        if "RecordTypeId" in row:
            row["RecordTypeId"] = default_record_type(sobject)
        name = sobject.name_field
        if sobject.custom and name is not None and name.createable and row[name.name] is None:
            row[name.name] = ids.short(row["Id"])
        return row | {item.name: self._number(sobject, item) for item in sobject.stored_fields if item.auto_number}

    def _number(self, sobject: SObject, item: Field) -> str:
        """Return the next number of a field that counts records."""
        assert item.auto_number is not None  # noqa: S101
        count = Sql("INSERT INTO _numbers VALUES (?, ?)", (f"{sobject.name}.{item.name}", item.auto_number.first))
        count += Sql("ON CONFLICT (field) DO UPDATE SET last = last + 1 RETURNING last")
        row = self.writing.database.row(count)
        assert row is not None  # noqa: S101
        return item.auto_number.text(row[0])

    def _complete(self, change: Change) -> None:
        now, user = self.writing.stamp, self.writing.user_id
        change.row |= {"LastModifiedDate": now, "LastModifiedById": user, "SystemModstamp": now}
        for rule in BEFORE.get(change.sobject.name, ()):
            rule(change)


def blank_row(sobject: SObject) -> Row:
    """Return a row of an object with nothing but its defaults."""
    return dict(_blank(sobject))


@lru_cache(maxsize=256)
def _blank(sobject: SObject) -> Mapping[str, Any]:
    return {
        item.name: int(bool(item.default)) if item.type == "boolean" else item.default for item in sobject.stored_fields
    }


def _defaulted(sobject: SObject, name: str) -> bool:
    item = sobject.field(name)
    return item is not None and item.defaulted
