"""A crowd that wants one account reads it once, and nobody's mishap is another's."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from langchain_sfconnect.accounts.vault import Holding, Vault
from langchain_sfconnect.errors import StoreError
from langchain_sfconnect.stores import KeyRing, MemoryTokenStore
from langchain_sfconnect.stores.conformance import account
from langchain_sfconnect.stores.sealing import Sealer

pytestmark = pytest.mark.anyio


class GatedStore(MemoryTokenStore):
    """A store whose reads wait at a gate, and fail if told to."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.reads, self.fails = asyncio.Event(), 0, False

    async def get(self, connection: str, identifier: str) -> Any:
        self.reads += 1
        await self.gate.wait()
        if self.fails:
            raise StoreError("It is out of order.")
        return await super().get(connection, identifier)


@pytest.fixture
async def store() -> GatedStore:
    store = GatedStore()
    await store.put(account(), expected_version=0)
    return store


def vault_of(store: GatedStore) -> Vault:
    keys = KeyRing([KeyRing.generate_key()])
    return Vault(store, Sealer(keys), connection="salesforce", clock=lambda: datetime.now(UTC))


def crowd(vault: Vault) -> list[asyncio.Task[Holding]]:
    return [asyncio.create_task(vault.recall("rep-42")) for _ in range(20)]


async def arrive(store: GatedStore, reads: int = 1) -> None:
    for _ in range(10):
        await asyncio.sleep(0)
    assert store.reads == reads


async def test_a_crowd_reads_an_account_once(store: GatedStore) -> None:
    tasks = crowd(vault_of(store))
    await arrive(store)
    store.gate.set()
    assert {holding.record.identifier for holding in await asyncio.gather(*tasks)} == {"rep-42"}
    assert store.reads == 1


async def test_the_first_of_a_crowd_who_is_cancelled_leaves_the_read_to_the_next(store: GatedStore) -> None:
    first, *others = crowd(vault_of(store))
    await arrive(store)
    first.cancel()
    await arrive(store, reads=2)
    store.gate.set()
    assert len(await asyncio.gather(*others)) == 19
    assert first.cancelled()
    assert store.reads == 2


async def test_another_of_a_crowd_who_is_cancelled_disturbs_nobody(store: GatedStore) -> None:
    *others, last = crowd(vault_of(store))
    await arrive(store)
    last.cancel()
    await arrive(store)
    store.gate.set()
    assert len(await asyncio.gather(*others)) == 19


async def test_what_a_read_raises_is_told_to_the_whole_crowd_and_the_next_reads_anew(store: GatedStore) -> None:
    vault, store.fails = vault_of(store), True
    tasks = crowd(vault)
    await arrive(store)
    store.gate.set()
    assert {type(error) for error in await asyncio.gather(*tasks, return_exceptions=True)} == {StoreError}
    store.fails = False
    assert (await vault.recall("rep-42")).record.identifier == "rep-42"
