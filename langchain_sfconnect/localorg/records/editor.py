"""Creates, updates and deletes records at a user's request: reads, asks every rule, stores; knows no query language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from langchain_sfconnect.localorg import errors, ids
from langchain_sfconnect.localorg.records import refusals
from langchain_sfconnect.localorg.records.change import Change, Row, Writing
from langchain_sfconnect.localorg.records.checks import (
    broken_validation_rules,
    check_unique,
    emptied,
    missing_at_creation,
)
from langchain_sfconnect.localorg.records.deletion import Deletion
from langchain_sfconnect.localorg.records.duplicates import check_duplicates
from langchain_sfconnect.localorg.records.incoming import read_fields
from langchain_sfconnect.localorg.records.record_types import unavailable_choices
from langchain_sfconnect.localorg.records.recycle_bin import is_purged
from langchain_sfconnect.localorg.records.rules import AFTER, RECOUNT
from langchain_sfconnect.localorg.records.terms import Terms
from langchain_sfconnect.localorg.records.writer import Writer
from langchain_sfconnect.localorg.schema import SObject


@dataclass(frozen=True, slots=True)
class Editor:
    """Writes for one user at one moment. Each call is all or nothing.

    Objects are handed in as the user sees them; rows always have all their fields.
    """

    writing: Writing
    terms: Terms

    def create(self, seen: SObject, body: Mapping[str, Any]) -> str:
        """Create a record and return its id.

        Raises:
            OrgError: a rule refused it.
        """
        if not seen.createable:
            raise refusals.entity_not_writable(seen.name, "inserted")
        sobject = self.writing.schema[seen.name]
        with self.writing.database.transaction():
            incoming = read_fields(self.writing, self.terms.seen, seen, body, action="create")
            missing = missing_at_creation(sobject, incoming.values, incoming.refused)
            errors.refuse([*incoming.refused.values(), *missing])
            writer = Writer(self.writing)
            change = writer.prepare(sobject, incoming.values, frozenset(incoming.values))
            self._save(writer, change)
        return str(change.row["Id"])

    def update(self, seen: SObject, record_id: str, body: Mapping[str, Any]) -> None:
        """Change the given fields of a record and leave the others alone.

        Raises:
            OrgError: there is no such record, or a rule refused the change.
        """
        before = self.live(seen, record_id)
        sobject = self.writing.schema[seen.name]
        _check_right(sobject.updateable, seen.updateable, seen.name, "updated")
        with self.writing.database.transaction():
            incoming = read_fields(self.writing, self.terms.seen, seen, body, action="update")
            errors.refuse([*incoming.refused.values(), *emptied(sobject, incoming.values)])
            writer = Writer(self.writing)
            self._save(writer, writer.revise(sobject, before, incoming.values))

    def delete(self, seen: SObject, record_id: str) -> None:
        """Move a record and what belongs to it to the recycle bin.

        Raises:
            OrgError: there is no such record, or others hold it.
        """
        sobject = self.writing.schema[seen.name]
        wanted = ids.normalize(record_id)
        if wanted is not None and is_purged(self.writing.database, wanted):
            raise refusals.invalid_cross_reference(status=404)
        row = self.live(seen, record_id)
        _check_right(sobject.deletable, seen.deletable, seen.name, "deleted")
        with self.writing.database.transaction():
            Deletion(self.writing, self.terms.locks, row["Id"]).run(sobject, row)

    def live(self, sobject: SObject, record_id: str) -> Row:
        """Return the stored row of a record that a request names.

        Raises:
            OrgError: MALFORMED_ID, NOT_FOUND or ENTITY_IS_DELETED.
        """
        wanted = ids.normalize(record_id)
        if wanted is None:
            raise errors.unknown_external_field(record_id)
        if ids.prefix(wanted) != sobject.prefix:
            raise refusals.malformed_id(f"{sobject.label} ID", record_id)
        row = self.writing.stored(sobject, wanted)
        if row is None:
            raise errors.not_found()
        if row.get("IsDeleted"):
            raise errors.entity_is_deleted()
        return row

    def _save(self, writer: Writer, change: Change) -> None:
        """Store a change and let everything that watches the stored record speak against it."""
        self._check_locks(change)
        errors.refuse(unavailable_choices(change))
        writer.store(change)
        errors.refuse(broken_validation_rules(change, self.terms.holds))
        check_duplicates(change, self.terms)
        check_unique(change)
        for follow_up in (*AFTER.get(change.sobject.name, ()), *RECOUNT.get(change.sobject.name, ())):
            follow_up(change)
        org = replace(self, terms=self.terms.of_the_org(self.writing.schema))
        for name, fields in change.others:
            org.create(self.writing.schema[name], fields)

    def _check_locks(self, change: Change) -> None:
        """A write needs its own row and those that the record goes with."""
        self.terms.locks.check(
            [change.row["Id"], *(owner_id for item, owner_id in change.owners() if change.changed(item.name))]
        )


def _check_right(of_anyone: bool, of_the_user: bool, name: str, action: str) -> None:
    """Tell what nobody may do from what only this user may not do."""
    if not of_anyone:
        raise refusals.entity_not_writable(name, action)
    if not of_the_user:
        raise refusals.insufficient_access()
