"""Seals everything anew with the key that seals now, while others read and write. Can be stopped and begun again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from langchain_sfconnect.accounts.consent import place_of_request
from langchain_sfconnect.accounts.grant import place_of
from langchain_sfconnect.accounts.outcome import place_of_write
from langchain_sfconnect.accounts.vault import Vault
from langchain_sfconnect.errors import SealBroken, VersionConflict
from langchain_sfconnect.stores.base import AccountRecord, AuthorizationRecord, WriteRecord

PAGE = 100


@dataclass(frozen=True, slots=True)
class KeyRotationReport:
    """How far a rotation has come.

    Attributes:
        resealed: Accounts, open authorizations and noted writes sealed anew.
        left: Those somebody changed at the same moment; run it once more.
        unreadable: Those that no present key opens; they stay as they are.
    """

    resealed: int = 0
    left: int = 0
    unreadable: int = 0


class Rekeying:
    """One walk over the accounts, the open authorizations and the noted writes of a vault.

    Args:
        vault: What is sealed.
        progress: Called after each page with the report so far.
    """

    def __init__(self, vault: Vault, progress: Callable[[KeyRotationReport], None]) -> None:
        self._vault, self._progress = vault, progress
        self._report = KeyRotationReport()

    async def run(self) -> KeyRotationReport:
        """Seal anew what another key has sealed.

        Raises:
            StoreError: The store cannot be read or written.
        """
        await self._accounts()
        await self._authorizations()
        await self._writes()
        return self._report

    async def _accounts(self) -> None:
        store, after = self._vault.store, ""
        key_id = self._vault.sealer.keys.primary
        while page := await store.list_sealed_otherwise(self._vault.connection, key_id=key_id, after=after, limit=PAGE):
            for record in page:
                await self._count(self._account(record))
            after = page[-1].identifier
            self._progress(self._report)

    async def _account(self, record: AccountRecord) -> bool:
        sealer, place = self._vault.sealer, place_of(record)
        sealed = await sealer.seal(await sealer.open(record.sealed or b"", place=place), place=place)
        try:
            await self._vault.store.put(replace(record, sealed=sealed), expected_version=record.version)
        except VersionConflict:
            return False
        finally:
            self._vault.forget(record.identifier)
        return True

    async def _authorizations(self) -> None:
        store, after = self._vault.store, ""
        while page := await store.list_authorizations(self._vault.connection, after=after, limit=PAGE):
            for record in page:
                if not self._vault.sealer.is_current(record.sealed):
                    await self._count(self._authorization(record))
            after = page[-1].id
            self._progress(self._report)

    async def _authorization(self, record: AuthorizationRecord) -> bool:
        sealer, place = self._vault.sealer, place_of_request(record)
        sealed = await sealer.seal(await sealer.open(record.sealed, place=place), place=place)
        return await self._vault.store.reseal_authorization(replace(record, sealed=sealed), expected=record.sealed)

    async def _writes(self) -> None:
        store, after = self._vault.store, ""
        while page := await store.list_writes(self._vault.connection, after=after, limit=PAGE):
            for record in page:
                if not self._vault.sealer.is_current(record.sealed):
                    await self._count(self._write(record))
            after = page[-1].key
            self._progress(self._report)

    async def _write(self, record: WriteRecord) -> bool:
        sealer, place = self._vault.sealer, place_of_write(record)
        sealed = await sealer.seal(await sealer.open(record.sealed, place=place), place=place)
        return await self._vault.store.reseal_write(replace(record, sealed=sealed), expected=record.sealed)

    async def _count(self, work: Awaitable[bool]) -> None:
        try:
            kind = "resealed" if await work else "left"
        except SealBroken:
            kind = "unreadable"
        self._report = replace(self._report, **{kind: getattr(self._report, kind) + 1})
