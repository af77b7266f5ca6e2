"""Keeps grants alive without anybody calling: renews tokens that are about to die and grants that lie idle.

Any number of keepers may run, in any number of processes: a lease per account shares the work, and what makes a refresh
correct is in `refresh`.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from langchain_sfconnect.accounts.tokens import Tokens
from langchain_sfconnect.accounts.vault import Holding, Vault, idle_at
from langchain_sfconnect.errors import SFConnectError, StoreError, VersionConflict
from langchain_sfconnect.stores.base import AccountRecord, DueAccount

log = logging.getLogger(__name__)

WARM_FOR = timedelta(days=1)
PAGE = 100
AT_ONCE = 8
CLAIM = timedelta(minutes=3)  # longer than a refresh with all its waiting
AFTER_FAILURE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class KeepAliveReport:
    """What one pass did.

    Attributes:
        refreshed: Accounts whose tokens were renewed.
        put_off: Accounts nobody has used lately; they are looked at again before their grant lies idle too long.
        failed: Accounts that could not be renewed; each is logged, and its status tells more.
    """

    refreshed: int = 0
    put_off: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Keeper:
    """Tends the accounts of one vault.

    Args:
        vault: The accounts.
        tokens: Refreshes them.
        warm_for: Tokens of accounts used within this time are kept fresh; those of others are renewed when next used.
        sleep: Awaited between passes.
    """

    vault: Vault
    tokens: Tokens
    warm_for: timedelta
    sleep: Callable[[float], Awaitable[None]]

    async def run(self, *, every: timedelta) -> NoReturn:
        """Tend what is due, again and again, until cancelled. A store that fails is tried again."""
        while True:
            try:
                report = await self.tend()
                if report != KeepAliveReport():
                    told = (report.refreshed, report.put_off, report.failed)
                    log.info("the keeper renewed %d accounts, put off %d, failed at %d", *told)
            except StoreError as error:
                log.error("the keeper cannot read the token store: %s", error)
            await self.sleep(every.total_seconds())

    async def tend(self) -> KeepAliveReport:
        """Tend everything that is due now.

        Raises:
            StoreError: The store cannot be read.
        """
        outcomes: list[str | None] = []
        after: DueAccount | None = None
        while page := await self._due(after):
            outcomes += await self._tend_page(page)
            after = page[-1]
        return KeepAliveReport(*(outcomes.count(kind) for kind in ("refreshed", "put_off", "failed")))

    async def _due(self, after: DueAccount | None) -> list[DueAccount]:
        return await self.vault.store.list_due(self.vault.connection, now=self.vault.clock(), after=after, limit=PAGE)

    async def _tend_page(self, page: list[DueAccount]) -> list[str | None]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def tend(account: DueAccount) -> str | None:
            async with gate:
                return await self._claimed(account.identifier)

        return await asyncio.gather(*map(tend, page))

    async def _claimed(self, identifier: str) -> str | None:
        """Tend an account unless another keeper does, or has. What fails here holds up no other account."""
        name = f"keep:{self.vault.connection}:{identifier}"
        lease = await self.vault.store.acquire_lease(name, owner=uuid.uuid4().hex, ttl=CLAIM)
        if lease is None:
            return None
        try:
            holding = await self.vault.look(identifier)
            return await self._tend(holding) if holding is not None and self._is_due(holding.record) else None
        except SFConnectError as error:
            log.warning("the account %r could not be kept alive: %s", identifier, error)
            return "failed"
        finally:
            await self.vault.store.release_lease(lease)

    def _is_due(self, record: AccountRecord) -> bool:
        return record.due_at is not None and record.due_at <= self.vault.clock()

    async def _tend(self, holding: Holding) -> str:
        record, grant = holding.record, holding.usable_grant()
        if grant.refresh_token is None:
            await self._look_again(record, None)  # nothing can be done for it
            return "put_off"
        if not self._is_warm(record) and idle_at(record) > self.vault.clock():
            await self._look_again(record, idle_at(record))
            return "put_off"
        try:
            await self.tokens.renew(record.identifier, rejected=grant.access_token)
        except SFConnectError:
            if (now := await self.vault.find(record.identifier)) is not None and now.due_at is not None:
                await self._look_again(now, self.vault.clock() + AFTER_FAILURE)
            raise
        return "refreshed"

    def _is_warm(self, record: AccountRecord) -> bool:
        used = record.last_used_at or record.created_at
        return self.vault.clock() - used < self.warm_for

    async def _look_again(self, record: AccountRecord, at: datetime | None) -> None:
        try:
            await self.vault.write(record, due_at=at)
        except VersionConflict:
            log.debug("account %s changed while it was put off", record.id)
