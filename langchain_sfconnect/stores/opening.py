"""From a store URL and keys to a store and a key ring, with safe defaults for a machine of one's own.

With nothing named, the store is an SQLite file in the user's data directory and the key lies in a file beside it that
only the user can read.
"""

from __future__ import annotations

import logging
import os
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from langchain_sfconnect import stores
from langchain_sfconnect.config import data_directory
from langchain_sfconnect.errors import ConfigurationError
from langchain_sfconnect.stores.base import TokenStore
from langchain_sfconnect.stores.memory import MemoryTokenStore
from langchain_sfconnect.stores.sealing import KeyRing
from langchain_sfconnect.stores.sqlite import SQLiteTokenStore

log = logging.getLogger(__name__)


def open_store(url: str | None) -> TokenStore:
    """The store a URL names: `memory://`, `sqlite:///relative`, `sqlite:////absolute`, `postgresql://…`, or None.

    None is the SQLite file of this machine's user.

    Raises:
        MissingExtra: The store's driver is not installed.
        ConfigurationError: The URL names no store this version has.
    """
    if url is None:
        return SQLiteTokenStore(data_directory() / "accounts.sqlite")
    parts = urlsplit(url)
    if parts.scheme == "memory":
        return MemoryTokenStore()
    if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1:
        return SQLiteTokenStore(unquote(parts.path[1:]))
    if parts.scheme in ("postgresql", "postgres"):
        return stores.PostgresTokenStore(url)
    raise ConfigurationError(
        f"{parts.scheme or 'This'}:// names no token store.",
        hint="Use sqlite:///path/to/file.sqlite (four slashes for an absolute path), postgresql://… or memory://.",
    )


def open_keys(keys: Sequence[str] | None, store: TokenStore) -> KeyRing:
    """The key ring of the given keys or, for a store of this machine, of its own key file.

    Raises:
        ConfigurationError: Keys are needed and none are given, or the key file is missing or others can read it.
    """
    if keys:
        return KeyRing(keys)
    if isinstance(store, MemoryTokenStore):
        return KeyRing([KeyRing.generate_key()])  # dies with the store
    if isinstance(store, SQLiteTokenStore):
        return KeyRing(_read_key_file(store.path.with_suffix(".keys"), store.path))
    raise ConfigurationError(
        "This store needs encryption_keys.", hint="Make one with KeyRing.generate_key(), and set it for every worker."
    )


def _read_key_file(path: Path, database: Path) -> list[str]:
    if not path.exists():
        _make_key_file(path, database)
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ConfigurationError(f"Others can read the key file {path}.", hint=f"Run: chmod 600 {path}")
    return path.read_text(encoding="ascii").split()


def _make_key_file(path: Path, database: Path) -> None:
    if database.exists() and database.stat().st_size > 0:
        raise ConfigurationError(
            f"The token store {database} exists, but its key file {path} does not.",
            hint="Bring the key file back, or pass encryption_keys; a new key could not open the stored tokens.",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as file:  # made with mode 0600
        file.write(KeyRing.generate_key() + "\n")
        file.flush()
        try:
            os.link(file.name, path)  # whole or not at all, and never over a key that is there
        except FileExistsError:
            return  # another process made it just now
    log.warning("made a new encryption key in %s; without it the stored tokens cannot be read: back it up", path)
