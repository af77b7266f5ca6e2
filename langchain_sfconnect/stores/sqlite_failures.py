"""What went wrong with an SQLite file, in words, and what to do about it. Shows SQLite's name of it, never its text."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path
from typing import NamedTuple

from langchain_sfconnect.errors import StoreError


class Cause(NamedTuple):
    """A kind of failure: what the file is, what to do, and whether the same call may do better later."""

    what: str
    hint: str
    passes: bool = False


READ_ONLY = Cause(
    "is read-only",
    "Let the user this process runs as write the file and its directory, where SQLite keeps two more files beside it;"
    " nothing was changed.",
)
FULL = Cause(
    "has no room to grow: the disk or a quota is full", "Free some space; nothing was changed, nothing is lost.", True
)
LOCKED = Cause(
    "is locked: another process has held it for too long",
    "Find out who holds it, such as a backup or an sqlite3 shell in a transaction, and call again.",
    True,
)
CORRUPT = Cause(
    "is corrupt, or no database",
    "Check that the file is an SQLite database of this package. If it is a damaged one, stop every process that uses"
    " it, keep it with its -wal file, and restore a backup; users whose tokens it lacks authorize again.",
)
UNOPENED = Cause(
    "cannot be opened", "Check that the path leads to a file, in a directory that this process may enter and write."
)
BROKEN = Cause("cannot be read or written: the disk refuses", "Look for a full quota or a failing disk; see its log.")
MOVED = Cause(
    "is gone: the file was deleted, moved or replaced while in use",
    "Put the very same file back; or, to go on with what is there now, restart every process that uses it.",
)
NO_WRITE_AHEAD = Cause(
    "cannot keep a write-ahead log where it lies",
    "Put it on a disk of this machine, not on a network share; or use Postgres.",
)
OTHER = Cause("failed", "Check that the file is an SQLite database of this package, writable, with space on the disk.")

# By the beginning of SQLite's name of an error; the first that fits.
_BY_NAME = {
    "SQLITE_READONLY_DBMOVED": MOVED,
    "SQLITE_READONLY": READ_ONLY,
    "SQLITE_PERM": READ_ONLY,
    "SQLITE_FULL": FULL,
    "SQLITE_IOERR_WRITE": FULL,
    "SQLITE_IOERR_SHMSIZE": FULL,
    "SQLITE_IOERR_CORRUPTFS": CORRUPT,
    "SQLITE_IOERR": BROKEN,
    "SQLITE_BUSY": LOCKED,
    "SQLITE_LOCKED": LOCKED,
    "SQLITE_PROTOCOL": LOCKED,
    "SQLITE_CORRUPT": CORRUPT,
    "SQLITE_NOTADB": CORRUPT,
    "SQLITE_CANTOPEN": UNOPENED,
}
_BY_ERRNO = {
    errno.EACCES: READ_ONLY,
    errno.EPERM: READ_ONLY,
    errno.EROFS: READ_ONLY,
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: FULL,
    errno.EIO: BROKEN,
}


def failure(path: Path, error: sqlite3.Error | OSError) -> StoreError:
    """The StoreError of what SQLite or the operating system said."""
    if isinstance(error, OSError):
        name = errno.errorcode.get(error.errno or 0, type(error).__name__)
        return because(path, _BY_ERRNO.get(error.errno or 0, UNOPENED), name)
    name = name_of(error)
    return because(path, next((cause for start, cause in _BY_NAME.items() if name.startswith(start)), OTHER), name)


def because(path: Path, cause: Cause, name: str = "") -> StoreError:
    """The StoreError of a cause."""
    error = StoreError(f"The token store {path} {cause.what}{f' ({name})' if name else ''}.", hint=cause.hint)
    error.retryable = cause.passes
    return error


def name_of(error: sqlite3.Error) -> str:
    """What SQLite calls an error."""
    return getattr(error, "sqlite_errorname", None) or type(error).__name__
