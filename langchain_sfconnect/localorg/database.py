"""The SQLite file or memory behind the org: one connection, one lock, nested transactions; knows no Salesforce rule."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from langchain_sfconnect.localorg import sqlfunctions
from langchain_sfconnect.localorg.sqltext import Sql

LOCK_TIMEOUT = 2.0
_MARK = 0x5FC0_0096  # SQLite's application id of our files
_START = "start"  # the savepoint of a snapshot in memory


class Transaction:
    """A savepoint in progress."""

    def __init__(self) -> None:
        self.rolled_back = False

    def rollback(self) -> None:
        """Undo everything since the transaction began, when it ends."""
        self.rolled_back = True


class Database:
    """One SQLite connection that threads take turns with.

    Args:
        path: A file, or None for memory.

    Raises:
        OSError: The file cannot be opened, is in use by another org, or is something else than an org.
    """

    def __init__(self, path: str | None = None) -> None:
        self.lock = threading.RLock()
        self._depth = 0
        self._in_memory = path is None
        self._has_snapshot = False
        self._copy: sqlite3.Connection | None = None
        self._connection = _memory() if path is None else _file(path)
        sqlfunctions.install(self._connection)

    def close(self) -> None:
        with self.lock:
            self._connection.close()
            if self._copy is not None:
                self._copy.close()

    def snapshot(self) -> None:
        """Remember everything as it is now, for `restore`; an earlier snapshot is forgotten."""
        with self.lock:
            self._require_no_transaction()
            if self._in_memory:
                self._keep_savepoint()
            else:
                self._copy = self._copy or _memory()
                self._connection.backup(self._copy)
            self._has_snapshot = True

    def restore(self) -> None:
        """Go back to the snapshot, which stays.

        Raises:
            RuntimeError: There is no snapshot, or a transaction is open.
        """
        with self.lock:
            self._require_no_transaction()
            if not self._has_snapshot:
                raise RuntimeError("There is nothing to go back to: snapshot() was not called")
            if self._copy is None:
                self._connection.execute(f"ROLLBACK TO {_START}")
            else:
                self._copy.backup(self._connection)

    @property
    def has_snapshot(self) -> bool:
        """Whether `restore` has something to go back to."""
        return self._has_snapshot

    def _keep_savepoint(self) -> None:
        # In memory nothing needs to be committed, and unlike a copy, a savepoint leaves prepared statements valid.
        if self._has_snapshot:
            self._connection.execute(f"RELEASE {_START}")
        self._connection.execute(f"SAVEPOINT {_START}")

    def _require_no_transaction(self) -> None:
        if self._depth:
            raise RuntimeError("Not inside a transaction")

    def rows(self, statement: Sql) -> list[tuple[Any, ...]]:
        """Run a statement and return all its rows."""
        with self.lock:
            return self._connection.execute(statement.text, statement.params).fetchall()

    def row(self, statement: Sql) -> tuple[Any, ...] | None:
        """Run a statement and return its first row."""
        rows = self.rows(statement)
        return rows[0] if rows else None

    def record(self, statement: Sql) -> dict[str, Any] | None:
        """Run a statement and return its first row by column name."""
        with self.lock:
            cursor = self._connection.execute(statement.text, statement.params)
            row = cursor.fetchone()
            names = [item[0] for item in cursor.description]
            cursor.close()
        return None if row is None else dict(zip(names, row, strict=True))

    def run(self, statement: Sql) -> int:
        """Run a statement that changes rows and return how many it changed."""
        with self.lock:
            return self._connection.execute(statement.text, statement.params).rowcount

    def run_many(self, text: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Run one statement for many rows of parameters."""
        with self.lock:
            self._connection.executemany(text, rows)

    def run_script(self, statements: Iterable[str]) -> None:
        """Run statements without parameters, such as the ones that create tables."""
        with self.lock:
            for statement in statements:
                self._connection.execute(statement)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Keep all changes of the block or, after an exception or `rollback()`, none of them. Nests."""
        with self.lock:
            transaction, point = Transaction(), f"p{self._depth}"
            self._connection.execute(f"SAVEPOINT {point}")
            self._depth += 1
            try:
                yield transaction
            except BaseException:
                transaction.rollback()
                raise
            finally:
                self._depth -= 1
                if transaction.rolled_back:
                    self._connection.execute(f"ROLLBACK TO {point}")
                self._connection.execute(f"RELEASE {point}")


def _memory() -> sqlite3.Connection:
    return _connect(":memory:")


def _file(path: str) -> sqlite3.Connection:
    """A file of our own, which no second process opens as long as we have it: both would hand out the same ids."""
    try:
        connection = _connect(path)
    except sqlite3.Error as error:
        raise OSError(f"The file {path!r} cannot be opened: {error}") from None
    try:
        _require_ours(connection, path)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA application_id = {_MARK:d}")  # a write in any case: with it the file is ours alone
    except sqlite3.Error as error:
        connection.close()
        trouble = "another local org is using it" if "locked" in str(error) else str(error)
        raise OSError(f"The file {path!r} cannot be used: {trouble}") from None
    except OSError:
        connection.close()
        raise
    return connection


def _require_ours(connection: sqlite3.Connection, path: str) -> None:
    """Leave a file that holds something else as it is."""
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and mark != _MARK:
        raise OSError(f"The file {path!r} holds something else than a local org; name another, or a new one")


def _connect(place: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        place, check_same_thread=False, isolation_level=None, cached_statements=512, timeout=LOCK_TIMEOUT
    )
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection
