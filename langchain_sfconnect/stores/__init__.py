"""Where accounts are kept: the protocol, the backends, and the sealing that no backend can open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_sfconnect.errors import MissingExtra
from langchain_sfconnect.stores.base import TokenStore
from langchain_sfconnect.stores.keys import KeyRing
from langchain_sfconnect.stores.memory import MemoryTokenStore
from langchain_sfconnect.stores.sqlite import SQLiteTokenStore

if TYPE_CHECKING:
    from langchain_sfconnect.stores.postgres import PostgresTokenStore

__all__ = ["KeyRing", "MemoryTokenStore", "PostgresTokenStore", "SQLiteTokenStore", "TokenStore"]


def __getattr__(name: str) -> Any:
    if name != "PostgresTokenStore":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from langchain_sfconnect.stores.postgres import PostgresTokenStore
    except ImportError:  # psycopg, or the libpq it wraps
        raise MissingExtra("PostgresTokenStore", "postgres") from None
    return PostgresTokenStore
