"""The token store's methods over a database that can run scripts; what differs between databases is below it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime, timedelta
from typing import TypeVar

from langchain_sfconnect.stores import scripts, writes
from langchain_sfconnect.stores.base import (
    AccountRecord,
    AuditEntry,
    AuthorizationRecord,
    DueAccount,
    Lease,
    WriteRecord,
)
from langchain_sfconnect.stores.scripts import Script

T = TypeVar("T")


class RelationalTokenStore(ABC):
    """A token store on SQL. Subclasses say how a script is run."""

    @abstractmethod
    async def _one(self, script: Script[T]) -> T:
        """Run a script of a single statement, which needs no transaction around it."""

    @abstractmethod
    async def _whole(self, script: Script[T]) -> T:
        """Run a script in one transaction: all of it is written, durably, or nothing."""

    async def _soon(self, script: Script[T]) -> T:
        """As `_one`, where a crash of the machine may lose it: a write that is done is found in the org then."""
        return await self._one(script)

    @abstractmethod
    async def aclose(self) -> None:
        """Close what the store opened."""

    async def get(self, connection: str, identifier: str) -> AccountRecord | None:
        return await self._one(scripts.get_account(connection, identifier))

    async def put(
        self, record: AccountRecord, *, expected_version: int, entry: AuditEntry | None = None
    ) -> AccountRecord:
        script = scripts.put_account(record, expected_version, entry)
        return await (self._one(script) if entry is None else self._whole(script))

    async def delete(self, connection: str, identifier: str, *, entry: AuditEntry | None = None) -> bool:
        return await self._whole(scripts.delete_account(connection, identifier, entry))

    async def list_accounts(
        self, connection: str, *, status: str | None = None, after: str | None = None, limit: int = 100
    ) -> list[AccountRecord]:
        return await self._one(scripts.list_accounts(connection, status=status, after=after, limit=limit))

    async def list_due(
        self, connection: str, *, now: datetime, after: DueAccount | None = None, limit: int = 100
    ) -> list[DueAccount]:
        return await self._one(scripts.list_due(connection, now=now, after=after, limit=limit))

    async def list_sealed_otherwise(
        self, connection: str, *, key_id: str, after: str = "", limit: int = 100
    ) -> list[AccountRecord]:
        return await self._one(scripts.list_sealed_otherwise(connection, key_id=key_id, after=after, limit=limit))

    async def list_audit(
        self, connection: str, identifier: str, *, after: int = 0, limit: int = 100
    ) -> list[AuditEntry]:
        return await self._one(scripts.list_audit(connection, identifier, after=after, limit=limit))

    async def touch(self, connection: str, identifier: str, *, last_used_at: datetime) -> None:
        await self._one(scripts.touch(connection, identifier, last_used_at))

    async def acquire_lease(self, name: str, *, owner: str, ttl: timedelta) -> Lease | None:
        return await self._one(scripts.acquire_lease(name, owner, ttl))

    async def release_lease(self, lease: Lease) -> None:
        await self._one(scripts.release_lease(lease))

    async def add_authorization(self, record: AuthorizationRecord) -> AuthorizationRecord:
        return await self._whole(scripts.add_authorization(record))

    async def find_authorization(
        self, connection: str, *, state_hash: str | None = None, id: str | None = None
    ) -> AuthorizationRecord | None:
        return await self._one(scripts.find_authorization(connection, state_hash=state_hash, id=id))

    async def take_authorization(self, connection: str, id: str) -> AuthorizationRecord | None:
        return await self._one(scripts.take_authorization(connection, id))

    async def put_authorization(self, record: AuthorizationRecord) -> None:
        await self._one(scripts.put_authorization(record))

    async def list_authorizations(
        self, connection: str, *, after: str | None = None, limit: int = 100
    ) -> list[AuthorizationRecord]:
        return await self._one(scripts.list_authorizations(connection, after=after, limit=limit))

    async def reseal_authorization(self, record: AuthorizationRecord, *, expected: bytes) -> bool:
        return await self._one(scripts.reseal_authorization(record, expected))

    async def begin_write(self, record: WriteRecord) -> WriteRecord:
        return await self._whole(writes.begin(record))

    async def find_write(self, connection: str, key: str) -> WriteRecord | None:
        return await self._one(writes.find(connection, key))

    async def put_write(self, record: WriteRecord, *, expected_owner: str) -> bool:
        script = writes.put(record, expected_owner)
        return await (self._soon(script) if record.done else self._one(script))

    async def drop_write(self, record: WriteRecord) -> bool:
        return await self._one(writes.drop(record))

    async def list_writes(
        self,
        connection: str,
        *,
        identifier: str | None = None,
        since: datetime | None = None,
        after: str = "",
        limit: int = 100,
    ) -> list[WriteRecord]:
        script = writes.page(connection, identifier=identifier, since=since, after=after, limit=limit)
        return await self._one(script)

    async def reseal_write(self, record: WriteRecord, *, expected: bytes) -> bool:
        return await self._one(writes.reseal(record, expected))

    async def prune_writes(self, connection: str, *, before: datetime) -> int:
        return await self._one(writes.prune(connection, before))
