"""However workers interleave, are cancelled and lose answers: no rotated-out refresh token is ever shown again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_sfconnect._http import NoAnswer, NotSent
from langchain_sfconnect.accounts.expiry import ExpiryTeacher
from langchain_sfconnect.accounts.grant import Grant
from langchain_sfconnect.accounts.refresh import Refresher
from langchain_sfconnect.accounts.status import AccountStatus, Event
from langchain_sfconnect.accounts.vault import Vault
from langchain_sfconnect.errors import ReauthorizationRequired, SalesforceUnavailable, VersionConflict
from langchain_sfconnect.oauth.client import TokenRefusal
from langchain_sfconnect.oauth.token import TokenResponse
from langchain_sfconnect.stores import KeyRing, MemoryTokenStore
from langchain_sfconnect.stores.base import AccountRecord
from langchain_sfconnect.stores.sealing import Sealer

HOST = "https://acme.my.salesforce.com"
KEYS = KeyRing([KeyRing.generate_key()])
NOW = datetime(2026, 5, 17, tzinfo=UTC)

Draw = Callable[[st.SearchStrategy[Any]], Any]


@dataclass
class RotatingSalesforce:
    """A token endpoint that rotates, revokes the family on reuse, and loses answers as told."""

    draw: Draw
    current: str = "refresh-0"
    issued: int = 0
    reused: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    revoked: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=lambda: ["refresh-0"])

    async def refresh(self, login_url: str, *, refresh_token: str) -> TokenResponse:
        fate = self.draw(st.sampled_from(["good", "good", "good", "not sent", "lost before", "lost after", "hiccup"]))
        if fate == "not sent":
            raise NotSent
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await pause(self.draw)
            return self._answer(refresh_token, fate)
        finally:
            self.in_flight -= 1

    def _answer(self, refresh_token: str, fate: str) -> TokenResponse:
        if fate == "lost before":
            raise NoAnswer
        if fate == "hiccup":
            raise TokenRefusal("unknown_error", "retry your request", 400)
        if refresh_token != self.current:
            self.reused += 1
            raise TokenRefusal("invalid_grant", "expired access/refresh token", 400)
        self.issued += 1
        self.current = f"refresh-{self.issued}"
        if fate == "lost after":
            raise NoAnswer
        self.told.append(self.current)
        return TokenResponse(f"access-{self.issued}", self.current, HOST, "", (), NOW, timedelta(hours=2))

    async def grant_lives(self, login_url: str, *, refresh_token: str) -> bool:
        return refresh_token == self.current

    async def revoke(self, login_url: str, *, token: str) -> bool:
        self.revoked.append(token)
        return True


class YieldingStore(MemoryTokenStore):
    """A store that lets others run before and after each of its steps."""

    def __init__(self, draw: Draw) -> None:
        super().__init__()
        for name in ("get", "put", "acquire_lease", "release_lease"):
            setattr(self, name, self._yielding(getattr(self, name), draw))

    @staticmethod
    def _yielding(step: Callable[..., Any], draw: Draw) -> Callable[..., Any]:
        async def yielding(*args: Any, **kwargs: Any) -> Any:
            await pause(draw)
            try:
                return await step(*args, **kwargs)
            finally:
                await pause(draw)

        return yielding


async def pause(draw: Draw) -> None:
    for _ in range(draw(st.integers(0, 2))):
        await asyncio.sleep(0)


@dataclass
class World:
    """Three workers of one account, each with a vault of its own over one store."""

    draw: Draw
    salesforce: Any
    vaults: list[Vault]

    async def sleep(self, _: float) -> None:
        await pause(self.draw)
        await asyncio.sleep(0)

    async def work(self, vault: Vault) -> None:
        expiry = ExpiryTeacher(self.salesforce, timedelta(hours=2))
        refresher = Refresher(vault, self.salesforce, expiry, allows=lambda url: None, sleep=self.sleep)
        for _ in range(self.draw(st.integers(1, 3))):
            with contextlib.suppress(SalesforceUnavailable):
                holding = await vault.open("rep-42")
                if holding.grant is not None:
                    await refresher.run("rep-42", holding.grant.access_token)

    async def disconnect(self) -> None:
        """As the accounts do it: no more use, revoke, forget."""
        for _ in range(self.draw(st.integers(0, 40))):
            await asyncio.sleep(0)
        with contextlib.suppress(VersionConflict):
            holding = await self.vaults[0].open("rep-42")
            await self.vaults[0].write(holding.record, Event.DISCONNECTED, sealed=None, refresh_started_at=None)
            if holding.grant is not None:
                await self.salesforce.revoke(HOST, token=holding.grant.refresh_token)

    async def cancel_some(self, jobs: list[asyncio.Task[None]]) -> bool:
        cancelled = jobs[: self.draw(st.integers(0, 1))]
        for job in cancelled:
            for _ in range(self.draw(st.integers(0, 30))):
                await asyncio.sleep(0)
            job.cancel()
        return bool(cancelled)


async def simulate(draw: Draw, *, disconnects: bool) -> None:
    store = YieldingStore(draw)
    vaults = [Vault(store, Sealer(KEYS), connection="salesforce", clock=lambda: NOW) for _ in range(3)]
    record = AccountRecord("salesforce", "rep-42", "id", AccountStatus.ACTIVE, NOW, NOW)
    await vaults[0].write(record, grant=Grant("access-0", "refresh-0", HOST, HOST))
    world = World(draw, RotatingSalesforce(draw), vaults)
    jobs = [asyncio.create_task(world.work(vault)) for vault in vaults]
    if disconnects:
        jobs.append(asyncio.create_task(world.disconnect()))
    cancelled = await world.cancel_some(jobs)
    for error in await asyncio.gather(*jobs, return_exceptions=True):
        assert error is None or isinstance(error, (asyncio.CancelledError, ReauthorizationRequired)), error
    await check_laws(world.salesforce, vaults[1], all_finished=not cancelled)


async def check_laws(salesforce: RotatingSalesforce, vault: Vault, *, all_finished: bool) -> None:
    assert salesforce.reused == 0
    assert salesforce.most_in_flight <= 1
    holding = await vault.open("rep-42")
    assert holding.record.status is not AccountStatus.REVOKED
    interrupted = holding.record.refresh_started_at is not None
    if holding.record.status == AccountStatus.ACTIVE and not interrupted:
        assert holding.grant is not None
        assert holding.grant.refresh_token == salesforce.current
    if holding.record.status == AccountStatus.DISCONNECTED:
        assert holding.grant is None
        if all_finished and salesforce.current in salesforce.told:
            assert salesforce.current in salesforce.revoked


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_interleaving_shows_a_rotated_token_or_loses_the_current_one(data: st.DataObject) -> None:
    asyncio.run(simulate(data.draw, disconnects=False))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_disconnect_in_between_changes_nothing_of_that(data: st.DataObject) -> None:
    asyncio.run(simulate(data.draw, disconnects=True))
