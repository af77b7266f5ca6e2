"""The Connection of this process: accounts and HTTP are here. What agents hold of it shows no token."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from langchain_sfconnect.accounts.service import Accounts
from langchain_sfconnect.connection import Account, Link, Operation, Result

log = logging.getLogger(__name__)

Authorize = Callable[[str, Any], bool]
"""From the identifier that a run names, and the user whom the server has authenticated, to whether that may be."""


@dataclass(frozen=True, slots=True)
class LocalConnection:
    """The Connection of this process: accounts and HTTP are here."""

    accounts: Accounts
    authorize: Authorize | None = None

    @property
    def api_version(self) -> str:
        return self.accounts.salesforce.api_version

    def permits(self, identifier: str, user: Any) -> bool:
        if self.authorize is None:
            return True
        try:
            return self.authorize(identifier, user) is True
        except Exception as error:
            # The message is the application's own and may show anything.
            log.error("authorize failed with %s; the account is not used", type(error).__name__)
            return False

    async def send(self, operation: Operation, *, identifier: str, write_key: str | None = None) -> Result:
        if write_key is not None and operation.kind == "write":
            return await self.accounts.ledger.send(operation, identifier=identifier, key=write_key)
        return await self.accounts.salesforce.send(operation, identifier=identifier)

    async def reserve(self, write_keys: Sequence[str], *, identifier: str) -> None:
        await self.accounts.ledger.reserve(write_keys, identifier=identifier)

    async def check(self, identifier: str) -> Account:
        return await self.accounts.check(identifier)

    async def link(self, identifier: str) -> Link:
        return await self.accounts.link(identifier)

    def __reduce__(self) -> NoReturn:
        raise TypeError("A connection is not pickled: it leads to tokens.")
