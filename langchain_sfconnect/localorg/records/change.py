"""One record on its way into the database, and the rules' view of it; knows no particular object."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from langchain_sfconnect.localorg import sqltext
from langchain_sfconnect.localorg.database import Database
from langchain_sfconnect.localorg.fiscal import FiscalCalendar
from langchain_sfconnect.localorg.ids import IdMinter
from langchain_sfconnect.localorg.moments import second_stamp
from langchain_sfconnect.localorg.schema import Field, Schema, SObject
from langchain_sfconnect.localorg.sqltext import Sql

Row = dict[str, Any]


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

    def stored(self, sobject: SObject, record_id: str) -> Row | None:
        """Return the stored row of a record, deleted or not."""
        where = Sql("SELECT * FROM") + sqltext.name(sobject.name) + Sql('WHERE "Id" = ?', (record_id,))
        return self.database.record(where)

    def find(self, record_id: str | None) -> Row | None:
        """Return the stored row of a record of whichever object its id tells."""
        sobject = self.schema.of_id(record_id) if record_id else None
        return self.stored(sobject, record_id) if sobject is not None and record_id else None

    def change(self, name: str, record_id: str, values: Mapping[str, Any]) -> None:
        """Set columns of a record that follow from others; no rule is asked, and nobody is named as the author."""
        table = sqltext.name(name).wrapped("UPDATE ", " SET")
        where = Sql('WHERE "Id" = ?', (record_id,))
        self.database.run(table + assignments({**values, "SystemModstamp": self.stamp}) + where)


@dataclass(slots=True)
class Change:
    """A create or an update in the making.

    Attributes:
        sobject: The object.
        row: The record as it will be stored; rules complete it.
        before: The record as it is stored now; None for a create.
        given: The API names of the fields the caller gave.
        writing: Who, when, and other records.
        others: Records that are created in the wake of this one: object names and fields.
    """

    sobject: SObject
    row: Row
    before: Mapping[str, Any] | None
    given: frozenset[str]
    writing: Writing
    others: list[tuple[str, Row]] = field(default_factory=list)

    @property
    def creates(self) -> bool:
        return self.before is None

    def changed(self, *names: str) -> bool:
        """Say whether any of the fields gets another value than it has."""
        return self.before is None or any(self.row.get(name) != self.before[name] for name in names)

    def owners(self) -> Iterator[tuple[Field, str]]:
        """Yield the references to records that this one goes with, and the ids there."""
        for item in self.sobject.stored_fields:
            if item.reference is not None and item.reference.on_delete == "cascade" and self.row[item.name]:
                yield item, self.row[item.name]


Rule = Callable[[Change], None]


def assignments(values: Mapping[str, Any]) -> Sql:
    """Return `"a" = ?, "b" = ?` for columns and their new values."""
    return sqltext.joined(", ", (sqltext.name(name) + Sql("= ?", (value,)) for name, value in values.items()))
