"""A token store in one SQLite file, safe for many threads and many processes on one machine.

Write-ahead logging lets readers go on while one writer commits; every commit is synced to disk, because a refresh token
that was rotated and then lost cannot be had again.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import anyio.to_thread

from langchain_sfconnect.errors import StoreError, VersionConflict
from langchain_sfconnect.stores.base import AccountRecord, AuthorizationRecord, Lease
from langchain_sfconnect.stores.rows import account_record, account_row, authorization_record, authorization_row

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
)


class SQLiteTokenStore:
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

    async def get(self, connection: str, identifier: str) -> AccountRecord | None:
        return await self._run(self._get, connection, identifier)

    def _get(self, db: sqlite3.Connection, connection: str, identifier: str) -> AccountRecord | None:
        row = db.execute(
            "SELECT * FROM accounts WHERE connection = ? AND identifier = ?", (connection, identifier)
        ).fetchone()
        return account_record(row) if row else None

    async def put(self, record: AccountRecord, *, expected_version: int) -> AccountRecord:
        return await self._run(self._put, record, expected_version)

    def _put(self, db: sqlite3.Connection, record: AccountRecord, expected: int) -> AccountRecord:
        written = replace(record, version=expected + 1)
        values = account_row(written)
        with _writing(db):
            if expected == 0:
                sql = f"INSERT OR IGNORE INTO accounts ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})"  # noqa: S608 - our own column names
                changed = db.execute(sql, tuple(values.values())).rowcount
            else:
                names = ", ".join(f"{name} = :{name}" for name in values)
                sql = f"UPDATE accounts SET {names} WHERE connection = :connection AND identifier = :identifier AND version = :expected"  # noqa: S608, E501 - our own column names
                changed = db.execute(sql, {**values, "expected": expected}).rowcount
        if changed != 1:
            raise VersionConflict(f"The account {record.identifier!r} was changed by somebody else.")
        return written

    async def delete(self, connection: str, identifier: str) -> bool:
        return await self._run(self._delete, connection, identifier)

    def _delete(self, db: sqlite3.Connection, connection: str, identifier: str) -> bool:
        with _writing(db):
            db.execute("DELETE FROM authorizations WHERE connection = ? AND identifier = ?", (connection, identifier))
            gone = db.execute("DELETE FROM accounts WHERE connection = ? AND identifier = ?", (connection, identifier))
            return gone.rowcount == 1

    async def list_accounts(
        self, connection: str, *, status: str | None = None, after: str | None = None, limit: int = 100
    ) -> list[AccountRecord]:
        return await self._run(self._list, connection, status, after, limit)

    def _list(
        self, db: sqlite3.Connection, connection: str, status: str | None, after: str | None, limit: int
    ) -> list[AccountRecord]:
        rows = db.execute(
            "SELECT * FROM accounts WHERE connection = :connection AND (:status IS NULL OR status = :status)"
            " AND (:after IS NULL OR identifier > :after) ORDER BY identifier LIMIT :limit",
            {"connection": connection, "status": status, "after": after, "limit": limit},
        )
        return [account_record(row) for row in rows]

    async def touch(self, connection: str, identifier: str, *, last_used_at: datetime) -> None:
        await self._run(self._touch, connection, identifier, last_used_at)

    def _touch(self, db: sqlite3.Connection, connection: str, identifier: str, at: datetime) -> None:
        with _writing(db):
            db.execute(
                "UPDATE accounts SET last_used_at = ? WHERE connection = ? AND identifier = ?",
                (at.isoformat(), connection, identifier),
            )

    async def acquire_lease(self, name: str, *, owner: str, ttl: timedelta) -> Lease | None:
        return await self._run(self._acquire_lease, name, owner, ttl)

    def _acquire_lease(self, db: sqlite3.Connection, name: str, owner: str, ttl: timedelta) -> Lease | None:
        now = time.time()
        with _writing(db):
            row = db.execute(
                "INSERT INTO leases (name, owner, fence, expires_at) VALUES (:name, :owner, 1, :expires_at)"
                " ON CONFLICT (name) DO UPDATE SET owner = :owner, fence = fence + 1, expires_at = :expires_at"
                " WHERE expires_at <= :now RETURNING fence",
                {"name": name, "owner": owner, "expires_at": now + ttl.total_seconds(), "now": now},
            ).fetchone()
        return Lease(name, owner, row["fence"]) if row else None

    async def release_lease(self, lease: Lease) -> None:
        await self._run(self._release_lease, lease)

    def _release_lease(self, db: sqlite3.Connection, lease: Lease) -> None:
        with _writing(db):
            db.execute(
                "UPDATE leases SET expires_at = 0 WHERE name = ? AND owner = ? AND fence = ?",
                (lease.name, lease.owner, lease.fence),
            )

    async def add_authorization(self, record: AuthorizationRecord) -> AuthorizationRecord:
        return await self._run(self._add_authorization, record)

    def _add_authorization(self, db: sqlite3.Connection, record: AuthorizationRecord) -> AuthorizationRecord:
        account = (record.connection, record.identifier, record.login_url)
        now = record.created_at.isoformat()
        with _writing(db):
            db.execute("DELETE FROM authorizations WHERE expires_at <= ?", (now,))
            standing = db.execute(
                "SELECT * FROM authorizations WHERE connection = ? AND identifier = ? AND login_url = ?", account
            ).fetchone()
            if standing is not None and not standing["answered"]:
                return authorization_record(standing)
            self._write_authorization(db, record)
        return record

    def _write_authorization(self, db: sqlite3.Connection, record: AuthorizationRecord) -> None:
        values = authorization_row(record)
        db.execute(
            f"INSERT OR REPLACE INTO authorizations ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",  # noqa: S608 - our own column names
            tuple(values.values()),
        )

    async def find_authorization(
        self, connection: str, *, state_hash: str | None = None, id: str | None = None
    ) -> AuthorizationRecord | None:
        return await self._run(self._find_authorization, connection, state_hash, id)

    def _find_authorization(
        self, db: sqlite3.Connection, connection: str, state_hash: str | None, id: str | None
    ) -> AuthorizationRecord | None:
        row = db.execute(
            "SELECT * FROM authorizations WHERE connection = ? AND (state_hash = ? OR id = ?)",
            (connection, state_hash, id),
        ).fetchone()
        return authorization_record(row) if row else None

    async def take_authorization(self, connection: str, id: str) -> AuthorizationRecord | None:
        return await self._run(self._take_authorization, connection, id)

    def _take_authorization(self, db: sqlite3.Connection, connection: str, id: str) -> AuthorizationRecord | None:
        with _writing(db):
            row = db.execute(
                "DELETE FROM authorizations WHERE connection = ? AND id = ? RETURNING *", (connection, id)
            ).fetchone()
        return authorization_record(row) if row else None

    async def put_authorization(self, record: AuthorizationRecord) -> None:
        await self._run(self._put_authorization, record)

    def _put_authorization(self, db: sqlite3.Connection, record: AuthorizationRecord) -> None:
        with _writing(db):
            self._write_authorization(db, record)

    async def aclose(self) -> None:
        await anyio.to_thread.run_sync(self._close)

    def _close(self) -> None:
        with self._lock:
            if self._db is not None and self._pid == os.getpid():
                self._db.close()
            self._db = None

    async def _run(self, work: Callable[..., T], *args: Any) -> T:
        return await anyio.to_thread.run_sync(partial(self._locked, work, *args))

    def _locked(self, work: Callable[..., T], *args: Any) -> T:
        with self._lock:
            try:
                return work(self._open(), *args)
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
