"""Connections to one SQLite file: opened late, used by one thread at a time, and never carried across a fork.

Knows nothing of accounts. A file that is deleted or replaced under a running process is noticed, because what is
written into a deleted file is lost.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from langchain_sfconnect.stores.sqlite_failures import MOVED, NO_WRITE_AHEAD, because, name_of

T = TypeVar("T")

BUSY_SECONDS = 30.0
READ_CACHE_KB = 16_000


class StoreFile:
    """The file as it was first seen here.

    Args:
        path: Where it lies.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int] | None = None

    def make(self) -> None:
        """Make it, with mode 0600, unless it is there or was seen before.

        Raises:
            OSError: It cannot be made, or not be written.
            StoreError: It is not the file that was seen before.
        """
        if self._seen is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            self._seen = self._present()
        self.check()

    def check(self) -> None:
        """Raise a StoreError if another file, or none, lies where the one seen first lay."""
        if self._present() != self._seen:
            raise because(self.path, MOVED)

    def forget(self) -> None:
        """Take whatever lies there next."""
        self._seen = None

    def _present(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.path)
        except OSError:
            return None
        return found.st_dev, found.st_ino


class Session:
    """One connection, opened by the first who uses it.

    Args:
        open: Opens it.
    """

    def __init__(self, open: Callable[[], sqlite3.Connection]) -> None:
        self._open = open
        self.lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        with _guard:
            _sessions.add(self)

    @property
    def is_open(self) -> bool:
        return self._db is not None

    def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do something with the connection, alone."""
        with self.lock:
            if self._db is None:
                self._db = self._open()
            return work(self._db)

    def close(self) -> None:
        """Close the connection; the next use opens another."""
        with self.lock:
            self.drop()

    def drop(self) -> None:
        """Close the connection; whoever calls holds the lock."""
        db, self._db = self._db, None
        if db is not None:
            db.close()


_guard = threading.Lock()
_sessions: weakref.WeakSet[Session] = weakref.WeakSet()
_held: list[Session] = []


def _before_fork() -> None:
    # SQLite must not find itself forked with an open connection: the child would take locks for held that it does not
    # hold, and the parent, closing, would delete a log that the child still writes.
    _guard.acquire()
    _held.extend(_sessions)
    for session in _held:
        session.lock.acquire()
        session.drop()


def _after_fork() -> None:
    for session in _held:
        session.lock.release()
    _held.clear()
    _guard.release()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)


def connect(file: StoreFile, *, prepare: Callable[[sqlite3.Connection], None]) -> sqlite3.Connection:
    """Open a file for writing: with a write-ahead log, every commit synced to disk.

    Args:
        file: The file, made if it is not there.
        prepare: Brings the tables up to date.
    """
    file.make()
    db = sqlite3.connect(file.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        _set_up(db)
        _write_ahead(db, file.path)
        db.execute("PRAGMA synchronous = FULL")
        prepare(db)
    except BaseException:
        db.close()
        raise
    return db


def connect_reading(file: StoreFile) -> sqlite3.Connection:
    """Open a file that is there and has its tables, for reads that wait for nobody."""
    file.check()
    db = sqlite3.connect(file.path, timeout=0, isolation_level=None, check_same_thread=False)
    _set_up(db)
    db.execute("PRAGMA query_only = ON")
    db.execute(f"PRAGMA cache_size = -{READ_CACHE_KB}")
    return db


def _set_up(db: sqlite3.Connection) -> None:
    db.row_factory = sqlite3.Row
    db.text_factory = _text


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")


def _write_ahead(db: sqlite3.Connection, path: Path) -> None:
    # Of several processes that find a new file, SQLite lets one change the mode and tells the others at once that the
    # file is locked: this is the one statement for which it does not wait by itself.
    deadline = time.monotonic() + BUSY_SECONDS
    while db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            if db.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
                raise because(path, NO_WRITE_AHEAD)
        except sqlite3.OperationalError as error:
            if not name_of(error).startswith("SQLITE_BUSY") or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
