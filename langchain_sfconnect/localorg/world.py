"""What a session needs of an org, whoever provides it; knows no particular provider."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.database import Database
from langchain_sfconnect.localorg.fiscal import FiscalCalendar
from langchain_sfconnect.localorg.ids import IdMinter
from langchain_sfconnect.localorg.records.locks import RowLocks
from langchain_sfconnect.localorg.schema import Schema
from langchain_sfconnect.localorg.soql.cursors import Cursors


class World(Protocol):
    """An org as its sessions share it."""

    @property
    def database(self) -> Database: ...

    @property
    def schema(self) -> Schema: ...

    @property
    def minter(self) -> IdMinter: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def calendar(self) -> FiscalCalendar: ...

    @property
    def cursors(self) -> Cursors: ...

    @property
    def locks(self) -> RowLocks: ...

    @property
    def described_at(self) -> datetime: ...
