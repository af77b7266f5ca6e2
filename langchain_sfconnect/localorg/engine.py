"""The data side of the local org: one SQLite database behind Salesforce's rules; knows nothing of HTTP or OAuth."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from langchain_sfconnect.localorg import errors, ids, sqltext
from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.database import Database, Transaction
from langchain_sfconnect.localorg.fiscal import FiscalCalendar
from langchain_sfconnect.localorg.ids import IdMinter
from langchain_sfconnect.localorg.schema import STANDARD_OBJECTS, Schema
from langchain_sfconnect.localorg.seed import plant_business, plant_setup
from langchain_sfconnect.localorg.session import Session
from langchain_sfconnect.localorg.soql.cursors import Cursors
from langchain_sfconnect.localorg.soql.results import to_json
from langchain_sfconnect.localorg.sqltext import Sql
from langchain_sfconnect.localorg.tables import create_statements

__all__ = ["Engine", "Session", "Transaction"]


class Engine:
    """An org's data: schema, rows and users, in memory or in one SQLite file. Thread-safe.

    Args:
        path: A file; one that already holds an org is used as it is. None for memory.
        clock: The org's clock; the machine's time when None.
        seed: Whether a new org gets business records besides its users.
    """

    def __init__(self, path: str | None = None, *, clock: Clock | None = None, seed: bool = True) -> None:
        self.clock = clock or Clock()
        self.schema = Schema(STANDARD_OBJECTS)
        self.minter = IdMinter()
        self.cursors = Cursors(self.minter)
        self.database = Database(path)
        with self.database.transaction():
            self._open_or_plant(seed)
        self.calendar = _calendar(self.organization)

    @property
    def organization(self) -> dict[str, Any]:
        """The row of Organization, by API names."""
        return self._rows("Organization")[0]

    def users(self) -> list[dict[str, Any]]:
        """Return all users, the sales representative of the examples first, by API names."""
        return self._rows("User")

    def user(self, user_id: str) -> dict[str, Any] | None:
        """Return a user by id."""
        found = self._rows("User", Sql('WHERE "Id" = ?', (ids.normalize(user_id),)))
        return found[0] if found else None

    def user_by_username(self, username: str) -> dict[str, Any] | None:
        """Return a user by username, in any case."""
        return next((user for user in self.users() if user["Username"].lower() == username.lower()), None)

    def report_definition(self, report_id: str) -> dict[str, Any] | None:
        """Return what a report shows, in plain terms."""
        return self._definition(report_id)

    def dashboard_definition(self, dashboard_id: str) -> dict[str, Any] | None:
        """Return what a dashboard shows, in plain terms."""
        return self._definition(dashboard_id)

    def session(self, user_id: str, *, api_version: str = "66.0") -> Session:
        """Return all data access as one user; `api_version` only shapes URLs.

        Raises:
            OrgError: INVALID_SESSION_ID: there is no such user.
        """
        user = self.user(user_id)
        if user is None:
            raise errors.invalid_session()
        return Session(self, user, api_version)

    def close(self) -> None:
        self.database.close()

    def _open_or_plant(self, seed: bool) -> None:
        if self.database.row(Sql("SELECT 1 FROM sqlite_master WHERE name = ?", ("Organization",))):
            self._resume_ids()
            return
        self.database.run_script(create_statements(self.schema))
        planter = plant_setup(self.database, self.schema, self.minter, self.clock.now())
        if seed:
            plant_business(planter)

    def _resume_ids(self) -> None:
        for sobject in self.schema:
            last = self.database.row(Sql('SELECT max("Id") FROM') + sqltext.name(sobject.name))
            if last and last[0]:
                self.minter.resume_after(last[0])

    def _definition(self, record_id: str) -> dict[str, Any] | None:
        query = Sql("SELECT body FROM _definitions WHERE record_id = ?", (ids.normalize(record_id),))
        row = self.database.row(query)
        return json.loads(row[0]) if row else None

    def _rows(self, name: str, where: Sql | None = None) -> list[dict[str, Any]]:
        fields = self.schema[name].stored_fields
        columns = sqltext.joined(", ", (sqltext.name(item.name) for item in fields))
        query = Sql("SELECT") + columns + Sql("FROM") + sqltext.name(name) + (where or Sql("")) + Sql("ORDER BY rowid")
        rows = self.database.rows(query)
        return [{item.name: to_json(item.type, value) for item, value in zip(fields, row, strict=True)} for row in rows]


def _calendar(organization: Mapping[str, Any]) -> FiscalCalendar:
    return FiscalCalendar(
        organization["FiscalYearStartMonth"] or 1, bool(organization["UsesStartDateAsFiscalYearName"])
    )
