"""Puts records into a new org quickly, through the same defaults and rules as later writes; knows no particular one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from langchain_sfconnect.localorg.database import Database
from langchain_sfconnect.localorg.fiscal import FiscalCalendar
from langchain_sfconnect.localorg.ids import IdMinter
from langchain_sfconnect.localorg.moments import second_stamp
from langchain_sfconnect.localorg.records.change import Writing
from langchain_sfconnect.localorg.records.writer import Writer
from langchain_sfconnect.localorg.schema import Schema
from langchain_sfconnect.localorg.sqltext import Sql

SEED = 20_261_123
Row = dict[str, Any]


@dataclass(slots=True)
class Planter:
    """Makes and stores records as if users had made them on past days.

    Attributes:
        now: The org's present; all days are told relative to it.
        users: The rows of the users by a short name, filled in by the set-up.
        price_book_id: The standard price book, filled in by the set-up.
        chance: Fixed random numbers. How many are drawn must never depend on today's date.
    """

    database: Database
    schema: Schema
    minter: IdMinter
    now: datetime
    users: dict[str, Row] = field(default_factory=dict)
    price_book_id: str = ""
    chance: Random = field(default_factory=lambda: Random(SEED))  # noqa: S311 - invented data, not secrets

    @property
    def today(self) -> date:
        return self.now.date()

    def make(self, name: str, values: Mapping[str, Any], *, owner: str, age: int, quiet: int | None = None) -> Row:
        """Return a complete record, not yet stored.

        Args:
            name: The object.
            values: Stored values by API name.
            owner: The short name of the user who made and owns it.
            age: How many days ago it was made.
            quiet: How many days ago it was last changed; `age` when None.
        """
        writer = self._writer(owner, self.moment(age))
        row = writer.prepare(self.schema[name], values, frozenset(values)).row
        changed = second_stamp(self.moment(age if quiet is None else quiet))
        return row | {"LastModifiedDate": changed, "SystemModstamp": changed}

    def store(self, name: str, rows: Iterable[Row]) -> list[Row]:
        """Store records and return them."""
        stored = list(rows)
        self._writer("rep", self.now).insert(self.schema[name], stored)
        return stored

    def define(self, record_id: str, definition: Mapping[str, Any]) -> None:
        """Store what a report or a dashboard shows."""
        values = (record_id, json.dumps(definition))
        self.database.run(Sql("INSERT INTO _definitions VALUES (?, ?)", values))

    def writing(self, owner: str, at: datetime) -> Writing:
        """Return the circumstances of a write by a user at a moment."""
        return Writing(self.database, self.schema, self.minter, FiscalCalendar(), self.users[owner]["Id"], at, UTC)

    def moment(self, days_ago: int) -> datetime:
        """Return a working hour of a past day, or this moment for today."""
        if days_ago <= 0:
            return self.now
        hour = 8 + days_ago * 7 % 10
        return datetime.combine(self.day(days_ago), time(hour, days_ago * 13 % 60), UTC)

    def day(self, days_ago: int) -> date:
        """Return a past day, or with a negative count a coming one."""
        return self.today - timedelta(days=days_ago)

    def upto(self, limit: int) -> int:
        """Return a number from 0 to `limit`, at the price of exactly one random number."""
        return int(self.chance.random() * (limit + 1))

    def _writer(self, owner: str, at: datetime) -> Writer:
        return Writer(self.writing(owner, at))
