"""The SQLite file or memory behind the org: one connection, one lock, nested transactions; knows no Salesforce rule."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from langchain_sfconnect.localorg.sqltext import Sql


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
    """

    def __init__(self, path: str | None = None) -> None:
        self.lock = threading.RLock()
        self._connection = sqlite3.connect(
            path or ":memory:", check_same_thread=False, isolation_level=None, cached_statements=512
        )
        self._depth = 0
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA temp_store = MEMORY")

    def close(self) -> None:
        with self.lock:
            self._connection.close()

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
