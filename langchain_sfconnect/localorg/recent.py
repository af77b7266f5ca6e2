"""Which records a user last looked at; knows no rule of writing and no query language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from langchain_sfconnect.localorg import sqltext
from langchain_sfconnect.localorg.database import Database
from langchain_sfconnect.localorg.moments import second_stamp
from langchain_sfconnect.localorg.schema import SObject
from langchain_sfconnect.localorg.soql.results import Records
from langchain_sfconnect.localorg.sqltext import Sql

MAX_ITEMS = 5


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

    def items(self, sobject: SObject, records: Records) -> list[dict[str, Any]]:
        """Return the last viewed records of an object that still exist, newest first."""
        name = sobject.name_field or sobject.fields[0]
        shown = Sql('SELECT t."Id",') + sqltext.column("t", name.name) + Sql("FROM _viewed v JOIN")
        source = shown + sqltext.name(sobject.name) + Sql('t ON t."Id" = v.record_id')
        where = Sql("WHERE v.user_id = ? AND v.sobject = ?", (self.user_id, sobject.name))
        if sobject.has_recycle_bin:
            where += Sql('AND t."IsDeleted" = 0')
        rows = self.database.rows(source + where + Sql("ORDER BY v.rowid DESC LIMIT ?", (MAX_ITEMS,)))
        return [
            {"attributes": records.attributes(sobject.name, row[0]), "Id": row[0], name.name: row[1]} for row in rows
        ]
