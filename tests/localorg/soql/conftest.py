"""Small orgs whose every row is known, at a fixed moment; the expected answers of the case files are told from them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.engine import Engine, Session
from langchain_sfconnect.localorg.fiscal import FiscalCalendar

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)  # a Monday
FOLDER = Path(__file__).parent / "cases"
ROW = re.compile(
    r"\+ (?P<sobject>\w+) (?P<key>\S+) (?P<fields>\{.*\})(?: by (?P<user>\w+))?(?: each day (?P<days>\S+))?"
)
DELETION = re.compile(r"- (?P<sobject>\w+) (?P<key>\S+)")


@dataclass
class World:
    """An org and the ids of its rows by the keys they have in the files."""

    engine: Engine
    ids: dict[str, str] = field(default_factory=dict)

    def session(self, user: str = "rep") -> Session:
        return self.engine.session(self.ids[user])

    @contextmanager
    def asked(self, *, at: datetime, zone: str, fiscal: int, user: str) -> Iterator[Session]:
        """Give a user's session at a moment, in a time zone and a fiscal calendar; then undo all that happened."""
        usual = self.engine.calendar
        self.engine.clock.freeze(at)
        self.engine.calendar = FiscalCalendar(fiscal)
        try:
            with self.engine.database.transaction() as everything:
                everything.rollback()
                if zone:
                    self.session("admin").update("User", self.ids[user], {"TimeZoneSidKey": zone})
                yield self.session(user)
        finally:
            self.engine.calendar = usual
            self.engine.clock.freeze(NOW)

    def plant(self, lines: Iterable[str]) -> None:
        """Make, and with `-` delete, one row per line; `cases/README` tells how they are written."""
        for line in lines:
            if gone := DELETION.fullmatch(line):
                self.session().delete(gone["sobject"], self.ids[gone["key"]])
                continue
            row = ROW.fullmatch(line)
            assert row is not None, line
            session = self.session(row["user"] or "rep")
            for day in days(row["days"]) if row["days"] else [""]:
                text = self.known(line=row["fields"].replace("{day}", day))
                self.ids[row["key"].replace("{day}", day)] = session.create(row["sobject"], json.loads(text))

    def known(self, line: str) -> str:
        """Put ids where a text names rows: `<alpha>`, or `<alpha:15>` for the short form."""
        return re.sub(r"<([a-z]\w*)(:15)?>", lambda found: self.ids[found[1]][: 15 if found[2] else 18], line)


def days(between: str) -> Iterator[str]:
    first, last = map(date.fromisoformat, between.split(".."))
    return ((first + timedelta(days=count)).isoformat() for count in range((last - first).days + 1))


@pytest.fixture(scope="package")
def world() -> Iterator[Callable[[str], World]]:
    """Return an org by the name of its `.rows` file, planted when it is first asked for."""
    known: dict[str, World] = {}
    with ExitStack() as opened:

        def find(name: str) -> World:
            if name not in known:
                engine = opened.enter_context(fresh(name))
                users = {user["Username"].partition("@")[0]: user["Id"] for user in engine.users()}
                known[name] = World(engine, users)
                with known[name].engine.database.transaction():
                    known[name].plant((FOLDER / f"{name}.rows").read_text().splitlines())
            return known[name]

        yield find


@pytest.fixture(scope="package")
def engine(world: Callable[[str], World]) -> Engine:
    return world("company").engine


@pytest.fixture(scope="package")
def session(engine: Engine) -> Session:
    return engine.session(engine.users()[0]["Id"])


@contextmanager
def fresh(name: str) -> Iterator[Engine]:
    """Open an org without business rows, with the objects that `<name>.yaml` declares if there is one."""
    declared = FOLDER / f"{name}.yaml"
    more: dict[str, Any] = {"schema": declared} if declared.exists() else {}
    clock = Clock()
    clock.freeze(NOW)
    engine = Engine(clock=clock, seed=False, **more)
    try:
        yield engine
    finally:
        engine.close()
