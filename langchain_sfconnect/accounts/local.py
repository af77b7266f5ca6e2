"""The Connection of this process: accounts and HTTP are here. What agents hold of it shows no token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from langchain_sfconnect.accounts.service import Accounts
from langchain_sfconnect.connection import Account, Link, Operation, Result


@dataclass(frozen=True, slots=True)
class LocalConnection:
    """The Connection of this process: accounts and HTTP are here."""

    accounts: Accounts

    @property
    def api_version(self) -> str:
        return self.accounts.salesforce.api_version

    async def send(self, operation: Operation, *, identifier: str) -> Result:
        return await self.accounts.salesforce.send(operation, identifier=identifier)

    async def check(self, identifier: str) -> Account:
        return await self.accounts.check(identifier)

    async def link(self, identifier: str) -> Link:
        return await self.accounts.link(identifier)

    def __reduce__(self) -> NoReturn:
        raise TypeError("A connection is not pickled: it leads to tokens.")
