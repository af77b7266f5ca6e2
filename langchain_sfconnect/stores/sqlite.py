"""A token store in one SQLite file, safe for many threads and many processes on one machine.

Write-ahead logging lets readers go on while one writer commits; every commit is synced to disk, because a refresh token
that was rotated and then lost cannot be had again.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import anyio.to_thread

from langchain_sfconnect.errors import StoreError
from langchain_sfconnect.stores import scripts
from langchain_sfconnect.stores.base import AccountRecord
from langchain_sfconnect.stores.relational import RelationalTokenStore
from langchain_sfconnect.stores.scripts import Script
from langchain_sfconnect.stores.sqlite_failures import failure
from langchain_sfconnect.stores.sqlite_session import Session, StoreFile, connect, connect_reading

T = TypeVar("T")

# Append only: a file's user_version says how many of these it has seen.
MIGRATIONS = (
    """
    CREATE TABLE accounts (
        connection TEXT NOT NULL, identifier TEXT NOT NULL, status TEXT NOT NULL, version INTEGER NOT NULL,
        last_used_at TEXT, facts TEXT NOT NULL, sealed BLOB,
        PRIMARY KEY (connection, identifier)
    ) WITHOUT ROWID;
    CREATE INDEX accounts_by_status ON accounts (connection, status, identifier);
    CREATE TABLE authorizations (
        connection TEXT NOT NULL, id TEXT NOT NULL, identifier TEXT NOT NULL, login_url TEXT NOT NULL,
        state_hash TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT NOT NULL, answered INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (connection, id),
        UNIQUE (connection, identifier, login_url)
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX authorizations_by_state ON authorizations (connection, state_hash);
    CREATE TABLE leases (name TEXT PRIMARY KEY, owner TEXT NOT NULL, fence INTEGER NOT NULL, expires_at REAL NOT NULL)
        WITHOUT ROWID;
    """,
    """
    ALTER TABLE accounts ADD COLUMN due_at TEXT;
    ALTER TABLE accounts ADD COLUMN key_id TEXT;
    UPDATE accounts SET key_id = lower(hex(substr(sealed, 5, 8))) WHERE sealed IS NOT NULL;
    UPDATE accounts SET due_at = json_extract(facts, '$.token_expires_at') WHERE status = 'ACTIVE';
    CREATE INDEX accounts_by_due ON accounts (connection, due_at) WHERE due_at IS NOT NULL;
    CREATE INDEX authorizations_by_expiry ON authorizations (expires_at);
    CREATE TABLE audit (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, connection TEXT NOT NULL, identifier TEXT NOT NULL,
        account_id TEXT NOT NULL, at TEXT NOT NULL, event TEXT NOT NULL, status_before TEXT NOT NULL,
        status_after TEXT NOT NULL, reason TEXT
    );
    CREATE INDEX audit_by_account ON audit (connection, identifier, seq);
    """,
    # An index over whole accounts has few of them to a page and grows deep; one over their names stays flat.
    """
    ALTER TABLE accounts RENAME TO accounts_until_now;
    CREATE TABLE accounts (
        connection TEXT NOT NULL, identifier TEXT NOT NULL, status TEXT NOT NULL, version INTEGER NOT NULL,
        last_used_at TEXT, facts TEXT NOT NULL, sealed BLOB, due_at TEXT, key_id TEXT,
        PRIMARY KEY (connection, identifier)
    );
    INSERT INTO accounts SELECT connection, identifier, status, version, last_used_at, facts, sealed, due_at, key_id
        FROM accounts_until_now;
    DROP TABLE accounts_until_now;
    CREATE INDEX accounts_by_status ON accounts (connection, status, identifier);
    CREATE INDEX accounts_by_due ON accounts (connection, due_at, identifier) WHERE due_at IS NOT NULL;
    """,
    """
    CREATE TABLE writes (
        connection TEXT NOT NULL, key TEXT NOT NULL, identifier TEXT NOT NULL, owner TEXT NOT NULL,
        started_at TEXT NOT NULL, done INTEGER NOT NULL, sealed BLOB NOT NULL,
        PRIMARY KEY (connection, key)
    );
    CREATE INDEX writes_by_account ON writes (connection, identifier, started_at);
    CREATE INDEX writes_by_start ON writes (connection, started_at);
    """,
)

_NOW = "((julianday('now') - 2440587.5) * 86400.0)"


class SQLiteTokenStore(RelationalTokenStore):
    """Keeps records in one SQLite file, made with mode 0600 on first use.

    Args:
        path: The file; its directory is made if missing.

    Raises:
        StoreError: The file cannot be opened, read or written, or a newer version of this package wrote it. The error
            says which, and what to do.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._file = StoreFile(self.path)
        self._writing = Session(lambda: connect(self._file, prepare=self._migrate))
        self._reading = Session(lambda: connect_reading(self._file))

    async def get(self, connection: str, identifier: str) -> AccountRecord | None:
        # A lookup takes microseconds and waits for nobody: handing it to a thread would take several times as long.
        script = partial(scripts.get_account, connection, identifier)
        if self._writing.is_open:
            try:
                return self._reading.run(partial(self._read, script=script()))
            except sqlite3.Error:
                pass  # the thread can wait, and tells what is wrong
        return await self._one(script())

    async def _one(self, script: Script[T]) -> T:
        return await anyio.to_thread.run_sync(self._work, partial(_play, script=script))

    async def _soon(self, script: Script[T]) -> T:
        return await anyio.to_thread.run_sync(self._work, partial(_play_unsynced, script=script))

    async def _whole(self, script: Script[T]) -> T:
        return await anyio.to_thread.run_sync(self._work, partial(_play_whole, script=script))

    async def aclose(self) -> None:
        await anyio.to_thread.run_sync(self._close)

    def _close(self) -> None:
        self._reading.close()
        self._writing.close()
        self._file.forget()

    def _read(self, db: sqlite3.Connection, script: Script[T]) -> T:
        self._file.check()
        return _play(db, script)

    def _work(self, play: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return self._writing.run(partial(self._write, play=play))
        except (sqlite3.Error, OSError) as error:
            raise failure(self.path, error) from None  # SQLite's own text may repeat what is stored

    def _write(self, db: sqlite3.Connection, play: Callable[[sqlite3.Connection], T]) -> T:
        self._file.check()
        done = play(db)
        self._file.check()  # what went into a file that was deleted meanwhile is lost
        return done

    def _migrate(self, db: sqlite3.Connection) -> None:
        _migrate(db, self.path)

    def __repr__(self) -> str:
        return f"SQLiteTokenStore({str(self.path)!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A SQLiteTokenStore is not pickled; make a new one from its path.")


def _play(db: sqlite3.Connection, script: Script[T]) -> T:
    rows: list[Any] | None = None
    while True:
        try:
            statement = script.send(rows)  # type: ignore[arg-type]  # None starts it
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
        rows = db.execute(_spelled(statement.sql), dict(statement.values)).fetchall()


def _play_unsynced(db: sqlite3.Connection, script: Script[T]) -> T:
    # Safe from a crash of this process: the log is written, and only the disk is not waited for.
    db.execute("PRAGMA synchronous = NORMAL")
    try:
        return _play(db, script)
    finally:
        db.execute("PRAGMA synchronous = FULL")


def _play_whole(db: sqlite3.Connection, script: Script[T]) -> T:
    with _writing(db):
        return _play(db, script)


@cache
def _spelled(sql: str) -> str:
    return re.sub(r"%\((\w+)\)s", r":\1", sql.format(s="", now=_NOW))


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    if db.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS):
        return
    with _writing(db):
        seen = db.execute("PRAGMA user_version").fetchone()[0]
        if seen > len(MIGRATIONS):
            raise StoreError(
                f"The token store {path} was written by a newer version of this package.", hint="Upgrade the package."
            )
        for script in MIGRATIONS[seen:]:
            for statement in filter(str.strip, script.split(";")):
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


@contextmanager
def _writing(db: sqlite3.Connection) -> Iterator[None]:
    # IMMEDIATE takes the write lock at once, so that what is read inside is what the write is decided on.
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # of a full disk or a broken one SQLite rolls back by itself
            db.execute("ROLLBACK")
        raise
