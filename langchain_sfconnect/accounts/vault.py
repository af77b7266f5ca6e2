"""Reads and writes accounts with their grants: sealing, status changes and versions in one place. Sends nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from langchain_sfconnect.accounts.account import status_of
from langchain_sfconnect.accounts.flights import SharedReads
from langchain_sfconnect.accounts.grant import Grant, place_of
from langchain_sfconnect.accounts.history import StatusListeners, change_of, entry_of
from langchain_sfconnect.accounts.status import AccountStatus, Event, next_status
from langchain_sfconnect.errors import AccountNotFound, ReauthorizationRequired
from langchain_sfconnect.stores.base import AccountRecord, TokenStore
from langchain_sfconnect.stores.sealing import Sealer

# How long a read may serve further calls in this process. Salesforce itself refuses a token that another process has
# revoked meanwhile, so a short memory costs no safety and spares the store one read per call.
MEMORY = timedelta(seconds=1)
MEMORY_SIZE = 10_000

# A token is renewed this long before it dies, and a grant that nobody uses before an idle limit of 30 days ends it.
REFRESH_EARLY = timedelta(minutes=5)
IDLE_TOUCH = timedelta(days=25)

_CONSENTS = frozenset({Event.AUTHORIZED, Event.ANSWERED, Event.VERIFIED})


@dataclass(frozen=True, slots=True)
class Holding:
    """An account as stored, with its grant opened."""

    record: AccountRecord
    grant: Grant | None
    read_at: datetime

    def usable_grant(self) -> Grant:
        """The grant of an ACTIVE account.

        Raises:
            ReauthorizationRequired: The account is not ACTIVE.
        """
        if self.record.status != AccountStatus.ACTIVE or self.grant is None:
            raise ReauthorizationRequired(self.record.identifier, self.record.status, self.record.status_reason)
        return self.grant


class Vault:
    """The accounts of one connection.

    Args:
        store: Where records are kept.
        sealer: Seals and opens grants.
        connection: Name of the connection.
        clock: Tells the time, aware UTC.
    """

    def __init__(self, store: TokenStore, sealer: Sealer, *, connection: str, clock: Callable[[], datetime]) -> None:
        self.store, self.sealer, self.connection, self.clock = store, sealer, connection, clock
        self._memory: dict[str, Holding] = {}
        self._newest: dict[str, int] = {}
        self._reads: SharedReads[Holding] = SharedReads()
        self.listeners = StatusListeners()

    async def find(self, identifier: str) -> AccountRecord | None:
        return await self.store.get(self.connection, identifier)

    async def load(self, identifier: str) -> AccountRecord:
        """The account's record as stored now.

        Raises:
            AccountNotFound: There is none.
        """
        record = await self.find(identifier)
        if record is None:
            raise AccountNotFound(f"There is no Salesforce account for {identifier!r}.")
        return record

    async def open(self, identifier: str) -> Holding:
        """The account with its grant, as stored now; raises as `load` does, and SealBroken."""
        return await self.unsealed(await self.load(identifier))

    async def unsealed(self, record: AccountRecord) -> Holding:
        """A record that was just read, with its grant; remembered. Raises SealBroken."""
        return self._remember(record, await self.grant_of(record))

    async def look(self, identifier: str) -> Holding | None:
        """The account with its grant, as stored now, None if there is none; remembered by nobody. Raises SealBroken."""
        record = await self.find(identifier)
        return Holding(record, await self.grant_of(record), self.clock()) if record else None

    async def recall(self, identifier: str) -> Holding:
        """The account with its grant, as read at most `MEMORY` ago; raises as `open` does."""
        known = self._memory.get(identifier)
        if known is not None and timedelta(0) <= self.clock() - known.read_at < MEMORY:
            return known
        return await self._reads.join(identifier, lambda: self.open(identifier))

    async def grant_of(self, record: AccountRecord) -> Grant | None:
        if record.sealed is None:
            return None
        return await Grant.open(self.sealer, record.sealed, place_of(record))

    async def write(
        self, record: AccountRecord, event: Event | None = None, *, grant: Grant | None = None, **changes: Any
    ) -> AccountRecord:
        """Write a change of a record that was read.

        Args:
            record: The record as read.
            event: What happened to the account; None leaves the status alone.
            grant: A new grant to seal; `sealed=None` among the changes forgets the present one.
            changes: Other fields to set.

        Raises:
            VersionConflict: The record changed meanwhile.
            InvalidTransition: The event cannot happen to the account.
        """
        if event is not None:
            changes["status"] = next_status(status_of(record), event)
        if grant is not None:
            numbered = replace(record, grant_number=record.grant_number + 1)
            changes["grant_number"] = numbered.grant_number
            changes["sealed"] = await grant.seal(self.sealer, place_of(numbered))
            changes["refreshed_at"] = self.clock()
        changed = replace(record, updated_at=self.clock(), **changes)
        if "due_at" not in changes:
            changed = replace(changed, due_at=_due_at(changed))
        return await self._put(record, changed, event)

    async def _put(self, record: AccountRecord, changed: AccountRecord, event: Event | None) -> AccountRecord:
        moved = changed.status != record.status
        # A refresh that went well is no news: it happens every few hours.
        told = moved or event in _CONSENTS or changed.status_reason != record.status_reason
        entry = entry_of(record, changed, str(event)) if event is not None and told else None
        try:
            written = await self.store.put(changed, expected_version=record.version, entry=entry)
        finally:
            self.forget(record.identifier)
        self._newest[record.identifier] = written.version
        if moved:
            await self.listeners.tell(change_of(record, written, str(event)))
        return written

    async def create(self, record: AccountRecord) -> AccountRecord:
        """Write a new account.

        Raises:
            VersionConflict: There is one already.
        """
        return await self.store.put(record, expected_version=0, entry=entry_of(record, record, "created"))

    async def delete(self, identifier: str) -> None:
        """Remove the account and everything about it but its audit trail."""
        record = await self.find(identifier)
        if record is not None:
            gone = replace(record, updated_at=self.clock(), status_reason=None)
            await self.store.delete(self.connection, identifier, entry=entry_of(record, gone, "deleted"))
        self.forget(identifier)
        self._newest.pop(identifier, None)

    async def touch(self, holding: Holding) -> None:
        """Note that the account was used."""
        used = replace(holding.record, last_used_at=self.clock())
        if self._memory.get(used.identifier) is holding:
            self._memory[used.identifier] = replace(holding, record=used)  # so that the next call need not note it
        await self.store.touch(self.connection, used.identifier, last_used_at=self.clock())

    def forget(self, identifier: str) -> None:
        """Read the account from the store next time."""
        self._memory.pop(identifier, None)

    def _remember(self, record: AccountRecord, grant: Grant | None) -> Holding:
        holding = Holding(record, grant, self.clock())
        if len(self._memory) >= MEMORY_SIZE:
            self._memory.clear()
            self._newest.clear()
        # A read that began before a write of ours may end after it: it must not be remembered.
        if record.version >= self._newest.get(record.identifier, 0):
            self._memory[record.identifier] = holding
        return holding


def _due_at(record: AccountRecord) -> datetime | None:
    """When a keeper should look at an account next: its token is about to die, or its grant about to lie idle."""
    if record.status != AccountStatus.ACTIVE or record.sealed is None:
        return None
    idle = idle_at(record)
    return idle if record.token_expires_at is None else min(record.token_expires_at - REFRESH_EARLY, idle)


def idle_at(record: AccountRecord) -> datetime:
    """When a grant should be renewed though nobody uses it."""
    return (record.refreshed_at or record.updated_at) + IDLE_TOUCH
