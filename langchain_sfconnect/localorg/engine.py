"""The data side of the local org: one SQLite database behind Salesforce's rules; knows nothing of HTTP or OAuth."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date
from typing import Any

from langchain_sfconnect.localorg import errors, ids, sqltext, storage
from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.database import Database, Transaction
from langchain_sfconnect.localorg.definitions import find_definition, save_report
from langchain_sfconnect.localorg.fiscal import FiscalCalendar
from langchain_sfconnect.localorg.ids import IdMinter
from langchain_sfconnect.localorg.records.change import Writing
from langchain_sfconnect.localorg.records.locks import RowLocks
from langchain_sfconnect.localorg.rulebook import check_conditions
from langchain_sfconnect.localorg.schema import SchemaError, SchemaSource, load_schema
from langchain_sfconnect.localorg.schema.permissions import DeclaredUser
from langchain_sfconnect.localorg.schema.source import origin_of
from langchain_sfconnect.localorg.seed import plant_business, plant_declared, plant_setup, plant_user
from langchain_sfconnect.localorg.seed.planter import Planter
from langchain_sfconnect.localorg.session import Session
from langchain_sfconnect.localorg.soql.cursors import Cursors
from langchain_sfconnect.localorg.soql.dates import Now
from langchain_sfconnect.localorg.soql.results import to_json
from langchain_sfconnect.localorg.sqltext import Sql

__all__ = ["Engine", "Session", "Transaction"]


class Engine:
    """An org's data: schema, rows and users, in memory or in one SQLite file. Thread-safe.

    Args:
        path: A file; one that already holds an org is used as it is. None for memory.
        clock: The org's clock; the machine's time when None.
        seed: Whether a new org gets business records besides its users.
        schema: What the org has besides the standard objects: the path of a YAML file, or the same as a mapping.

    Attributes:
        described_at: Since when the schema is as it is, as far as anybody can know: the opening.

    Raises:
        SchemaError: the schema cannot be, or would lose what the file holds.
        OSError: the file cannot be used.
    """

    def __init__(
        self,
        path: str | None = None,
        *,
        clock: Clock | None = None,
        seed: bool = True,
        schema: SchemaSource | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.described_at = self.clock.now()
        self.minter = IdMinter()
        self.cursors = Cursors(self.minter)
        self.locks = RowLocks()
        self._seed = seed
        self._founded: date | None = None
        self._minted: Mapping[str, int] = {}
        self.database = Database(path)
        try:
            self.schema = load_schema(schema, prefixes=storage.known_prefixes(self.database))
            self._check_conditions(schema)
            self._open()
            self.calendar = _calendar(self.organization)
        except BaseException:
            self.database.close()
            raise

    # --- who and what there is ----------------------------------------------------------------------------------------

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

    def session(self, user_id: str, *, api_version: str = "66.0", strict_soql: bool = False) -> Session:
        """Return all data access as one user.

        Args:
            user_id: Whose.
            api_version: Shapes URLs, and how deep subqueries may nest.
            strict_soql: Refuse the clauses that only Apex needs.

        Raises:
            OrgError: INVALID_SESSION_ID: there is no such user.
        """
        user = self.user(user_id)
        if user is None:
            raise errors.invalid_session()
        return Session(self, user, api_version, strict_soql=strict_soql)

    # --- reports ------------------------------------------------------------------------------------------------------

    def report_definition(self, report_id: str) -> dict[str, Any] | None:
        """Return what a report shows, in plain terms."""
        return find_definition(self.database, report_id)

    def dashboard_definition(self, dashboard_id: str) -> dict[str, Any] | None:
        """Return what a dashboard shows, in plain terms."""
        return find_definition(self.database, dashboard_id)

    def save_report(self, definition: Mapping[str, Any], user_id: str, report_id: str | None = None) -> str:
        """Keep a new report, or change the one of an id, and return its id."""
        writing = Writing(self.database, self.schema, self.minter, self.calendar, user_id, self.clock.now(), UTC)
        with self.database.lock:
            return save_report(writing, definition, report_id)

    # --- what administrators do ---------------------------------------------------------------------------------------

    def add_user(
        self, username: str, *, last_name: str, first_name: str | None = None, profile: str = "Standard User"
    ) -> dict[str, Any]:
        """Give the org another user and return the row.

        Raises:
            ValueError: there is no such profile, or the username is taken.
        """
        with self.database.transaction():
            row = plant_user(self._planter(), DeclaredUser(username, last_name, profile, first_name))
        return self.user(row["Id"]) or row

    def set_active(self, user_id: str, active: bool) -> None:
        """Let a user log in, or no more."""
        values = (int(active), ids.normalize(user_id))
        self.database.run(Sql('UPDATE "User" SET "IsActive" = ? WHERE "Id" = ?', values))

    def lock_row(self, record_id: str) -> None:
        """Hold a record as another transaction would, so that writing it fails.

        Raises:
            ValueError: this is no record id.
        """
        self.locks.hold(record_id)

    def unlock_row(self, record_id: str) -> None:
        """Undo one `lock_row`.

        Raises:
            ValueError: this is no record id.
        """
        self.locks.release(record_id)

    # --- life ---------------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Make the org as new: what was planted and nothing else, as of today."""
        with self.database.lock:
            if self.database.has_snapshot and self._founded == self.clock.now().date():
                self.database.restore()
                self.minter.rewind(self._minted)
            else:
                with self.database.transaction():
                    storage.raze(self.database, self.schema)
                    self.minter.rewind({})
                    self._found()
                self._remember()
            self.cursors = Cursors(self.minter)
            self.locks.clear()
            self.calendar = _calendar(self.organization)

    def close(self) -> None:
        self.database.close()

    def _check_conditions(self, source: SchemaSource | None) -> None:
        try:
            check_conditions(self.schema, Now(self.clock.now(), UTC, FiscalCalendar()))
        except ValueError as error:
            raise SchemaError(origin_of(source or {}), [f"objects.{error}"]) from None

    def _open(self) -> None:
        new = not storage.is_founded(self.database)
        with self.database.transaction():
            if new:
                self._found()
            else:
                storage.adapt(self.database, self.schema)
                self._resume_ids()
                plant_declared(self._planter())
        if new:
            self._remember()

    def _found(self) -> None:
        storage.found(self.database, self.schema)
        planter = plant_setup(self.database, self.schema, self.minter, self.clock.now())
        plant_declared(planter)
        if self._seed:
            plant_business(planter)

    def _remember(self) -> None:
        self.database.snapshot()
        self._founded = self.clock.now().date()
        self._minted = self.minter.taken()

    def _resume_ids(self) -> None:
        for sobject in self.schema:
            last = self.database.row(Sql('SELECT max("Id") FROM') + sqltext.name(sobject.name))
            if last and last[0]:
                self.minter.resume_after(last[0])

    def _planter(self) -> Planter:
        """Return a planter for an org that has its people already."""
        planter, users = Planter(self.database, self.schema, self.minter, self.clock.now()), self.users()
        administrators = (user for user in users if user["Username"].startswith("admin@"))
        planter.users = {"rep": users[0], "admin": next(administrators, users[0])}
        return planter

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
