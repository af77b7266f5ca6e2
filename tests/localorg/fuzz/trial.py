"""Asks an org statement after statement and judges every answer; knows nothing of how statements are made."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from statements import Statement

from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.engine import Engine
from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.sqltext import Sql

CODES = frozenset({
    "MALFORMED_QUERY", "MALFORMED_SEARCH", "INVALID_FIELD", "INVALID_TYPE", "INVALID_QUERY_FILTER_OPERATOR",
    "NUMBER_OUTSIDE_VALID_RANGE", "QUERY_TOO_COMPLICATED", "EXCEEDED_ID_LIMIT",
})  # fmt: skip
READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})
NOTING = frozenset({sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE})
TURNS = frozenset({sqlite3.SQLITE_SAVEPOINT, sqlite3.SQLITE_TRANSACTION})


@dataclass
class Report:
    """What came of many statements."""

    outcomes: Counter[str] = field(default_factory=Counter)
    messages: set[str] = field(default_factory=set)
    failures: list[tuple[Statement, str]] = field(default_factory=list)
    slowest: list[tuple[float, Statement]] = field(default_factory=list)

    def timed(self, seconds: float, statement: Statement) -> None:
        self.slowest = sorted([*self.slowest, (seconds, statement)], key=lambda pair: -pair[0])[:10]


@contextmanager
def org() -> Iterator[Engine]:
    """Open an org with business records and a few made to be slow to match."""
    clock = Clock()
    clock.freeze(datetime(2026, 11, 23, 10, 30, tzinfo=UTC))
    engine = Engine(clock=clock)
    session = engine.session(engine.users()[0]["Id"])
    for text in ("a" * 255, "ab" * 127, "%" * 255, "\\'\"", "é" * 255):
        deal = {"Name": "Long", "NextStep": text, "StageName": "Prospecting", "CloseDate": "2026-12-01"}
        session.create("Opportunity", deal)
    try:
        yield engine
    finally:
        engine.close()


def run(engine: Engine, statements: Iterable[Statement], report: Report) -> None:
    """Ask all statements; nothing but reading may reach the database, and nothing in it may change."""
    session = engine.session(engine.users()[0]["Id"])
    ask: dict[str, Callable[[str], Any]] = {"soql": session.query, "sosl": session.search}
    before = fingerprint(engine)
    with only_reading(engine) as broken:
        for statement in statements:
            begun = time.perf_counter()
            outcome = judged(ask[statement.language], statement, report)
            report.timed(time.perf_counter() - begun, statement)
            report.outcomes[f"{statement.kind}: {outcome}"] += 1
            report.failures.extend((statement, f"reached the database: {what}") for what in broken)
            broken.clear()
    if fingerprint(engine) != before:
        report.failures.append((Statement("all", "soql", ""), "rows or tables have changed"))


def judged(ask: Callable[[str], Any], statement: Statement, report: Report) -> str:
    """Return a short name for what came of a statement, and note what must not come of any."""
    try:
        answer = ask(statement.text)
    except OrgError as error:
        report.messages.add(f"{error.code} {error.message}")
        if error.code not in CODES or not 400 <= error.status < 500:
            report.failures.append((statement, f"{error.status} {error.code}"))
        json.dumps(error.body()).encode()
        return error.code
    except Exception as error:
        report.failures.append((statement, repr(error)))
        return "an exception"
    wrong = whats_wrong(answer, statement)
    if wrong:
        report.failures.append((statement, wrong))
    return "answered"


def whats_wrong(answer: Any, statement: Statement) -> str | None:
    """Return what makes an answer no page of results."""
    json.dumps(answer).encode()
    records = answer["searchRecords" if statement.language == "sosl" else "records"]
    if any(next(iter(record)) != "attributes" for record in records):
        return "a record does not begin with its attributes"
    if statement.language == "soql" and records and answer["done"] and answer["totalSize"] != len(records):
        return f"{len(records)} records of {answer['totalSize']}"
    return None


@contextmanager
def only_reading(engine: Engine) -> Iterator[list[str]]:
    """Note all that statements ask of SQLite beyond reading; the list of what a user has seen is the one exception."""
    broken: list[str] = []
    tables = {sobject.name for sobject in engine.schema}

    # SQLite sets this function up the first time it is used, by writing to its own tables.
    engine.database.rows(Sql("SELECT value FROM json_each('[]')"))

    def authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
        noted = action in NOTING and first is not None and first not in tables and not first.startswith("sqlite_")
        fts_asks = action == sqlite3.SQLITE_PRAGMA and first == "data_version"
        if action in READING or action in TURNS or noted or fts_asks:
            unsafe = action == sqlite3.SQLITE_READ and str(first).startswith("sqlite_")
            unsafe = unsafe or (action == sqlite3.SQLITE_FUNCTION and second in ("load_extension", "writefile"))
            if not unsafe:
                return sqlite3.SQLITE_OK
        broken.append(f"action {action} on {first}.{second}")
        return sqlite3.SQLITE_OK

    connection = engine.database._connection
    connection.set_authorizer(authorize)
    try:
        yield broken
    finally:
        connection.set_authorizer(None)


def fingerprint(engine: Engine) -> int:
    """Return a number that changes with any row of an object and any table."""
    parts: list[Any] = [engine.database.rows(Sql("SELECT type, name, sql FROM sqlite_master ORDER BY name"))]
    for sobject in engine.schema:
        parts.append(engine.database.rows(Sql(f'SELECT * FROM "{sobject.name}" ORDER BY "Id"')))
    return hash(repr(parts))
