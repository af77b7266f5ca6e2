"""A token store in Postgres, for many workers on many machines.

Safe behind pgbouncer in transaction mode: no prepared statements, no session settings, no session locks. Everything is
in the schema `sfconnect`, which is made on first use.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from langchain_sfconnect._portal import PerLoop
from langchain_sfconnect.errors import ConfigurationError, StoreError
from langchain_sfconnect.stores.relational import RelationalTokenStore
from langchain_sfconnect.stores.scripts import Script

T = TypeVar("T")

log = logging.getLogger(__name__)

POOL_SIZE = 10
WAIT_SECONDS = 30.0
_LOCK = 0x5FC0_99EC  # any number that others are unlikely to lock
_NOW = "extract(epoch from clock_timestamp())"

# Append only: sfconnect.migrations says how many of these the database has seen.
MIGRATIONS = (
    """
    CREATE TABLE sfconnect.accounts (
        connection TEXT COLLATE "C" NOT NULL, identifier TEXT COLLATE "C" NOT NULL, status TEXT NOT NULL,
        version BIGINT NOT NULL, last_used_at TEXT, due_at TEXT COLLATE "C", key_id TEXT COLLATE "C",
        facts TEXT NOT NULL, sealed BYTEA,
        PRIMARY KEY (connection, identifier)
    );
    CREATE INDEX accounts_by_status ON sfconnect.accounts (connection, status, identifier);
    CREATE INDEX accounts_by_due ON sfconnect.accounts (connection, due_at, identifier) WHERE due_at IS NOT NULL;
    CREATE TABLE sfconnect.authorizations (
        connection TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, identifier TEXT COLLATE "C" NOT NULL,
        login_url TEXT NOT NULL, state_hash TEXT NOT NULL, created_at TEXT NOT NULL,
        expires_at TEXT COLLATE "C" NOT NULL, answered INTEGER NOT NULL, sealed BYTEA NOT NULL,
        PRIMARY KEY (connection, id),
        UNIQUE (connection, identifier, login_url)
    );
    CREATE UNIQUE INDEX authorizations_by_state ON sfconnect.authorizations (connection, state_hash);
    CREATE INDEX authorizations_by_expiry ON sfconnect.authorizations (expires_at);
    CREATE TABLE sfconnect.leases (
        name TEXT COLLATE "C" PRIMARY KEY, owner TEXT NOT NULL, fence BIGINT NOT NULL,
        expires_at DOUBLE PRECISION NOT NULL
    );
    CREATE TABLE sfconnect.audit (
        seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, connection TEXT COLLATE "C" NOT NULL,
        identifier TEXT COLLATE "C" NOT NULL, account_id TEXT NOT NULL, at TEXT NOT NULL, event TEXT NOT NULL,
        status_before TEXT NOT NULL, status_after TEXT NOT NULL, reason TEXT
    );
    CREATE INDEX audit_by_account ON sfconnect.audit (connection, identifier, seq);
    """,
    """
    CREATE TABLE sfconnect.writes (
        connection TEXT COLLATE "C" NOT NULL, key TEXT COLLATE "C" NOT NULL, identifier TEXT COLLATE "C" NOT NULL,
        owner TEXT NOT NULL, started_at TEXT COLLATE "C" NOT NULL, done INTEGER NOT NULL, sealed BYTEA NOT NULL,
        PRIMARY KEY (connection, key)
    );
    CREATE INDEX writes_by_account ON sfconnect.writes (connection, identifier, started_at);
    CREATE INDEX writes_by_start ON sfconnect.writes (connection, started_at);
    """,
)


class PostgresTokenStore(RelationalTokenStore):
    """Keeps records in the schema `sfconnect` of a Postgres database.

    Args:
        database: A URL (`postgresql://…`), or an open `psycopg_pool.AsyncConnectionPool` of your own, which stays
            yours to close and serves only the event loop it was opened on.

    Raises:
        ConfigurationError: The URL is not one of Postgres.
    """

    def __init__(self, database: str | AsyncConnectionPool[Any]) -> None:
        if isinstance(database, str) and urlsplit(database).scheme not in ("postgresql", "postgres"):
            raise ConfigurationError("A Postgres URL begins with postgresql://.", hint="Or pass a pool of your own.")
        self._database = database
        self._pools: PerLoop[_Pool] = PerLoop(self._make_pool, _Pool.close)

    def _make_pool(self) -> _Pool:
        if isinstance(self._database, str):
            return _Pool(_new_pool(self._database), owned=True)
        return _Pool(self._database, owned=False)

    async def _one(self, script: Script[T]) -> T:
        async with self._connection() as connection:
            return await _play(connection, script)

    async def _whole(self, script: Script[T]) -> T:
        async with self._connection() as connection, connection.transaction():
            return await _play(connection, script)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection[Any]]:
        try:
            async with self._pools.get().connection() as connection:
                yield connection
        except (psycopg.Error, PoolTimeout, PoolClosed) as error:
            raise _failure(error) from None  # Postgres's own text may repeat what is stored

    async def aclose(self) -> None:
        await self._pools.aclose()

    def __repr__(self) -> str:
        if not isinstance(self._database, str):
            return "PostgresTokenStore(a pool)"
        parts = urlsplit(self._database)
        return f"PostgresTokenStore({parts.hostname or 'local'}{parts.path})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A PostgresTokenStore is not pickled; make a new one from its URL.")


@dataclass
class _Pool:
    """A pool on one event loop, opened and its tables made by whoever comes first."""

    pool: AsyncConnectionPool[Any]
    owned: bool
    ready: bool = False
    opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    ending: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[Any]]:
        if not self.ready:
            await self._open()
        async with self.pool.connection(timeout=WAIT_SECONDS) as connection:
            yield connection

    async def _open(self) -> None:
        async with self.opening:
            if self.ready:
                return
            if self.owned:
                await self.pool.open()
                self.ending = asyncio.create_task(self._close_when_cancelled())
            async with self.pool.connection(timeout=WAIT_SECONDS) as connection:
                await _migrate(connection)
            self.ready = True

    async def _close_when_cancelled(self) -> None:
        # A loop that ends cancels its tasks and waits for them. The pool's own swallow that while they connect, and
        # would go on for ever; this one tells them.
        try:
            await asyncio.Event().wait()
        finally:
            await self.pool.close()

    async def close(self) -> None:
        if self.ending is not None:
            self.ending.cancel()
            await asyncio.wait([self.ending])
        elif self.owned:
            await self.pool.close()


def _new_pool(url: str) -> AsyncConnectionPool[Any]:
    return AsyncConnectionPool(
        url,
        kwargs={"autocommit": True, "prepare_threshold": None},
        # A round trip at each use, so that a server or pooler that was restarted costs no failed write.
        check=AsyncConnectionPool.check_connection,
        min_size=0,
        max_size=POOL_SIZE,
        open=False,
        name="sfconnect",
    )


async def _play(connection: AsyncConnection[Any], script: Script[T]) -> T:
    rows: list[Any] | None = None
    async with connection.cursor(row_factory=dict_row) as cursor:
        while True:
            try:
                statement = script.send(rows)  # type: ignore[arg-type]  # None starts it
            except StopIteration as done:
                return done.value  # type: ignore[no-any-return]
            await cursor.execute(_spelled(statement.sql), statement.values, prepare=False)
            rows = await cursor.fetchall() if cursor.description else []


@cache
def _spelled(sql: str) -> str:
    return sql.format(s="sfconnect.", now=_NOW)


async def _migrate(connection: AsyncConnection[Any]) -> None:
    async with connection.transaction():
        # Of several workers that start at once, one makes the tables and the others find them made.
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        await connection.execute("CREATE SCHEMA IF NOT EXISTS sfconnect")
        await connection.execute("CREATE TABLE IF NOT EXISTS sfconnect.migrations (seen INTEGER NOT NULL)")
        cursor = await connection.execute("SELECT coalesce(max(seen), 0) FROM sfconnect.migrations")
        row = await cursor.fetchone()
        seen = int(row[0]) if row else 0
        if seen > len(MIGRATIONS):
            raise StoreError(
                "The token store's tables were made by a newer version of this package.", hint="Upgrade the package."
            )
        for script in MIGRATIONS[seen:]:
            await connection.execute(script)
        if seen < len(MIGRATIONS):
            await connection.execute("INSERT INTO sfconnect.migrations VALUES (%s)", (len(MIGRATIONS),))


def _failure(error: Exception) -> StoreError:
    name = getattr(error, "sqlstate", None) or type(error).__name__
    return StoreError(
        f"The token store in Postgres failed with {name}.",
        hint="Check that the database can be reached and that its user may write the schema sfconnect; see its log.",
    )
