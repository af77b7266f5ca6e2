"""Which records a user last looked at; knows no rule of writing and no query language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from langchain_sfconnect.localorg import sqltext
from langchain_sfconnect.localorg.database import Database
from langchain_sfconnect.localorg.moments import second_stamp
from langchain_sfconnect.localorg.schema import Schema, SObject
from langchain_sfconnect.localorg.soql.results import Records
from langchain_sfconnect.localorg.sqltext import Sql

MAX_ITEMS = 5
MAX_OVERALL = 200
Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recent:
    """The recently viewed records of one user."""

    database: Database
    user_id: str
    now: datetime

    def note(self, sobject: SObject, record_id: str) -> None:
        """Remember that the user looked at a record now."""
        values = (self.user_id, record_id, sobject.name, second_stamp(self.now))
        self.database.run(Sql("INSERT OR REPLACE INTO _viewed VALUES (?, ?, ?, ?)", values))

    def items(self, sobject: SObject, records: Records) -> list[Item]:
        """Return the last viewed records of an object that still exist, newest first."""
        return [item for _, item in self._numbered(sobject, records, MAX_ITEMS)]

    def overall(self, schema: Schema, records: Records, limit: int) -> list[Item]:
        """Return the last viewed records of all objects of a schema that still exist, newest first."""
        most = max(0, min(limit, MAX_OVERALL))
        seen = Sql("SELECT DISTINCT sobject FROM _viewed WHERE user_id = ?", (self.user_id,))
        objects = [found for row in self.database.rows(seen) if (found := schema.find(row[0])) is not None]
        items = [pair for sobject in objects for pair in self._numbered(sobject, records, most)]
        return [item for _, item in sorted(items, key=lambda pair: -pair[0])[:most]]

    def _numbered(self, sobject: SObject, records: Records, limit: int) -> list[tuple[int, Item]]:
        """Return items with the order in which they were looked at."""
        own = sobject.name_field
        name = own if own is not None and own.stored else sobject.fields[0]
        shown = Sql('SELECT v.rowid, t."Id",') + sqltext.column("t", name.name) + Sql("FROM _viewed v JOIN")
        source = shown + sqltext.name(sobject.name) + Sql('t ON t."Id" = v.record_id')
        where = Sql("WHERE v.user_id = ? AND v.sobject = ?", (self.user_id, sobject.name))
        if sobject.has_recycle_bin:
            where += Sql('AND t."IsDeleted" = 0')
        rows = self.database.rows(source + where + Sql("ORDER BY v.rowid DESC LIMIT ?", (limit,)))
        return [
            (number, {"attributes": records.attributes(sobject.name, record_id), "Id": record_id, name.name: text})
            for number, record_id, text in rows
        ]
