"""Where accounts are kept: the protocol, the backends, and the sealing that no backend can open."""

from langchain_sfconnect.stores.base import TokenStore
from langchain_sfconnect.stores.memory import MemoryTokenStore
from langchain_sfconnect.stores.sealing import KeyRing
from langchain_sfconnect.stores.sqlite import SQLiteTokenStore

__all__ = ["KeyRing", "MemoryTokenStore", "SQLiteTokenStore", "TokenStore"]
