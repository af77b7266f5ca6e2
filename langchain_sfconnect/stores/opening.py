"""From a store URL and keys to a store and a key ring, with safe defaults for a machine of one's own.

With nothing named, the store is an SQLite file in the user's data directory and the key lies in a file beside it that
only the user can read.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from langchain_sfconnect import stores
from langchain_sfconnect.config import data_directory
from langchain_sfconnect.errors import ConfigurationError
from langchain_sfconnect.stores.base import TokenStore
from langchain_sfconnect.stores.keys import KeyFile, KeyProvider, KeyRing
from langchain_sfconnect.stores.memory import MemoryTokenStore
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


def open_keys(keys: Sequence[str] | KeyProvider | None, store: TokenStore) -> KeyProvider:
    """The given provider, the key ring of the given keys or, for a store of this machine, of its own key file.

    Raises:
        ConfigurationError: Keys are needed and none are given, or the key file is missing or others can read it.
    """
    if keys is not None and not isinstance(keys, Sequence):
        return keys
    if keys:
        return KeyRing(keys)
    if isinstance(store, MemoryTokenStore):
        return KeyRing([KeyRing.generate_key()])  # dies with the store
    if isinstance(store, SQLiteTokenStore):
        return open_key_file(store)
    raise ConfigurationError(
        "This store needs encryption_keys.", hint="Make one with KeyRing.generate_key(), and set it for every worker."
    )


def open_key_file(store: SQLiteTokenStore) -> KeyFile:
    """The key file beside an SQLite store, made with a new key if both are new."""
    path = store.path.with_suffix(".keys")
    if not path.exists():
        _make_key_file(path, store.path)
    return KeyFile(path)


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
