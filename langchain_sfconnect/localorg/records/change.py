"""One record on its way into the database, and the rules' view of it; knows no particular object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from langchain_sfconnect.localorg import sqltext
from langchain_sfconnect.localorg.database import Database
from langchain_sfconnect.localorg.fiscal import FiscalCalendar
from langchain_sfconnect.localorg.ids import IdMinter
from langchain_sfconnect.localorg.moments import second_stamp
from langchain_sfconnect.localorg.schema import Schema, SObject
from langchain_sfconnect.localorg.sqltext import Sql


@dataclass(frozen=True, slots=True)
class Writing:
    """What every rule may use while records are written: who writes, when, and a look at other records."""

    database: Database
    schema: Schema
    minter: IdMinter
    calendar: FiscalCalendar
    user_id: str
    now: datetime
    zone: tzinfo

    @property
    def stamp(self) -> str:
        return second_stamp(self.now)

    def stored(self, sobject: SObject, record_id: str) -> dict[str, Any] | None:
        """Return the stored row of a record, deleted or not."""
        where = Sql("SELECT * FROM") + sqltext.name(sobject.name) + Sql('WHERE "Id" = ?', (record_id,))
        return self.database.record(where)

    def find(self, record_id: str | None) -> dict[str, Any] | None:
        """Return the stored row of a record of whichever object its id tells."""
        sobject = self.schema.of_id(record_id) if record_id else None
        return self.stored(sobject, record_id) if sobject is not None and record_id else None


@dataclass(slots=True)
class Change:
    """A create or an update in the making.

    Attributes:
        sobject: The object.
        row: The record as it will be stored; rules complete it.
        before: The record as it is stored now; None for a create.
        given: The API names of the fields the caller gave.
        writing: Who, when, and other records.
    """

    sobject: SObject
    row: dict[str, Any]
    before: Mapping[str, Any] | None
    given: frozenset[str]
    writing: Writing

    @property
    def creates(self) -> bool:
        return self.before is None

    def changed(self, *names: str) -> bool:
        """Say whether any of the fields gets another value than it has."""
        return self.before is None or any(self.row.get(name) != self.before[name] for name in names)


Rule = Callable[[Change], None]
