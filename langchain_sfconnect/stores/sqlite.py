"""A token store in one SQLite file, safe for many threads and many processes on one machine.

Write-ahead logging lets readers go on while one writer commits; every commit is synced to disk, because a refresh token
that was rotated and then lost cannot be had again.
"""

from __future__ import annotations

import os
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import anyio.to_thread

from langchain_sfconnect.errors import StoreError
from langchain_sfconnect.stores.relational import RelationalTokenStore
from langchain_sfconnect.stores.scripts import Script

T = TypeVar("T")

BUSY_SECONDS = 30.0

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
)

_NOW = "((julianday('now') - 2440587.5) * 86400.0)"


class SQLiteTokenStore(RelationalTokenStore):
    """Keeps records in one SQLite file, made with mode 0600 on first use.

    Args:
        path: The file; its directory is made if missing.

    Raises:
        StoreError: The file cannot be opened as a database, or a newer version of this package wrote it.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._pid = 0

    async def _one(self, script: Script[T]) -> T:
        return await anyio.to_thread.run_sync(self._locked, _play, script)

    async def _whole(self, script: Script[T]) -> T:
        return await anyio.to_thread.run_sync(self._locked, _play_whole, script)

    async def aclose(self) -> None:
        await anyio.to_thread.run_sync(self._close)

    def _close(self) -> None:
        with self._lock:
            if self._db is not None and self._pid == os.getpid():
                self._db.close()
            self._db = None

    def _locked(self, play: Callable[[sqlite3.Connection, Script[T]], T], script: Script[T]) -> T:
        with self._lock:
            try:
                return play(self._open(), script)
            except sqlite3.Error as error:
                # SQLite's own text may repeat what is stored.
                raise StoreError(
                    f"The token store {self.path} failed with {_name_of(error)}.",
                    hint="Check that the file is an SQLite database of this package, writable, with space on the disk.",
                ) from None

    def _open(self) -> sqlite3.Connection:
        # A connection must not be carried across a fork.
        if self._db is None or self._pid != os.getpid():
            self._db, self._pid = _connect(self.path), os.getpid()
        return self._db

    def __repr__(self) -> str:
        return f"SQLiteTokenStore({str(self.path)!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A SQLiteTokenStore is not pickled; make a new one from its path.")


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        db.row_factory = sqlite3.Row
        db.text_factory = _text
        _write_ahead(db)
        db.execute("PRAGMA synchronous = FULL")
        _migrate(db, path)
    except BaseException:
        db.close()
        raise
    return db


def _play(db: sqlite3.Connection, script: Script[T]) -> T:
    rows: list[Any] | None = None
    while True:
        try:
            statement = script.send(rows)  # type: ignore[arg-type]  # None starts it
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
        rows = db.execute(_spelled(statement.sql), dict(statement.values)).fetchall()


def _play_whole(db: sqlite3.Connection, script: Script[T]) -> T:
    with _writing(db):
        return _play(db, script)


@cache
def _spelled(sql: str) -> str:
    return re.sub(r"%\((\w+)\)s", r":\1", sql.format(s="", now=_NOW))


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")


def _name_of(error: sqlite3.Error) -> str:
    return getattr(error, "sqlite_errorname", None) or type(error).__name__


def _write_ahead(db: sqlite3.Connection) -> None:
    # Of several processes that find a new file, SQLite lets one change the mode and tells the others at once that the
    # file is locked: this is the one statement for which it does not wait by itself.
    deadline = time.monotonic() + BUSY_SECONDS
    while db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


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
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
