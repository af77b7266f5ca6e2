"""A model of the lease and the version: whatever interleaves, no two holders save and no refresh token is spent twice.

The real refresher runs in several workers. Every one of its steps that leaves a worker's process (a read, a write, a
lease, a request) is a gate, and the model decides who passes next, whose lease runs out, and who dies on the spot. Of
time it knows one thing: a request has its deadline before its lease runs out, so who has lost the lease sends no more.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sqlite3
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from langchain_sfconnect._http import NoAnswer, NotSent
from langchain_sfconnect.accounts.expiry import ExpiryTeacher
from langchain_sfconnect.accounts.grant import Grant
from langchain_sfconnect.accounts.refresh import Refresher
from langchain_sfconnect.accounts.status import AccountStatus, Event
from langchain_sfconnect.accounts.vault import Holding, Vault
from langchain_sfconnect.errors import ReauthorizationRequired, SalesforceUnavailable
from langchain_sfconnect.oauth.client import TokenRefusal
from langchain_sfconnect.oauth.token import TokenResponse
from langchain_sfconnect.stores import KeyRing, MemoryTokenStore, SQLiteTokenStore
from langchain_sfconnect.stores.base import AccountRecord, Lease
from langchain_sfconnect.stores.sealing import Sealer

HOST, REP = "https://acme.my.salesforce.com", "rep-42"
KEYS = KeyRing([KeyRing.generate_key()])
NOW = datetime(2026, 5, 17, tzinfo=UTC)
WORKERS = st.integers(0, 2)
FATES = st.sampled_from(["good", "good", "good", "lost", "never sent", "not sent", "hiccup"])


@dataclass
class Salesforce:
    """What the token endpoint knows: whose turn each token is, and which were spent."""

    rotates: bool
    family: int = 0
    issued: int = 0
    spent: set[str] = field(default_factory=set)
    replays: list[str] = field(default_factory=list)
    before: dict[str, str] = field(default_factory=dict)

    def consent(self) -> Grant:
        self.family += 1
        return Grant(f"access-{self.family}", f"{self.family}:0", HOST, HOST)

    def take(self, token: str) -> TokenResponse:
        self.issued += 1
        new = token
        if self.rotates:
            if token in self.spent:
                self.replays.append(token)
            self.spent.add(token)
            new = f"{token.partition(':')[0]}:{self.issued}"
            self.before[new] = token
        sent = new if self.rotates else None
        return TokenResponse(f"access-{new}-{self.issued}", sent, HOST, "", (), NOW, timedelta(hours=2))


@dataclass
class Leases:
    """Who may refresh, as the model sees it."""

    holder: Lease | None = None
    fence: int = 0

    def taken(self, lease: Lease) -> None:
        assert self.holder is None, "two hold the lease"
        assert lease.fence > self.fence, "a fence did not grow"
        self.holder, self.fence = lease, lease.fence

    def given_back(self, lease: Lease) -> None:
        self.holder = None if self.holder == lease else self.holder


class Worker:
    """One process that refreshes, held at a gate before each of its steps; also its own store and token endpoint."""

    def __init__(self, store: Any, salesforce: Salesforce, leases: Leases) -> None:
        self._store, self._salesforce, self._leases = store, salesforce, leases
        self._gate: asyncio.Future[None] | None = None
        self._at_gate = asyncio.Event()
        self._task: asyncio.Task[Any] | None = None
        self._lease: Lease | None = None
        self.fate = "good"
        self.revoked: list[str] = []
        self.vault = Vault(self, Sealer(KEYS), connection="salesforce", clock=lambda: NOW)  # type: ignore[arg-type]
        expiry = ExpiryTeacher(self, timedelta(hours=2))  # type: ignore[arg-type]
        self._refresher = Refresher(self.vault, self, expiry, allows=lambda url: None, sleep=self._pause)  # type: ignore[arg-type]

    async def go(self, seen: str) -> None:
        """Begin a refresh, or pass the gate and come to the next."""
        self._at_gate.clear()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._refresh(seen))
        elif self._gate is not None:
            self._gate.set_result(None)
        waiting = asyncio.ensure_future(self._at_gate.wait())
        await asyncio.wait({self._task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._task.done():
            self._task.result()

    async def _refresh(self, seen: str) -> None:
        with suppress(ReauthorizationRequired, SalesforceUnavailable):
            await self._refresher.run(REP, seen)

    async def end(self) -> None:
        """Only at the very end: until then a dead worker stays at its gate, as a dead process gives nothing back."""
        if self._task is not None and not self._task.done():
            self._store = MemoryTokenStore()
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _pass(self) -> None:
        if isinstance(self._store, MemoryTokenStore) and not self._store._accounts:
            return  # at the very end
        self._gate = asyncio.get_running_loop().create_future()
        self._at_gate.set()
        await self._gate

    async def _pause(self, _: float) -> None:
        await self._pass()

    # as its store

    async def get(self, connection: str, identifier: str) -> AccountRecord | None:
        await self._pass()
        return await self._store.get(connection, identifier)  # type: ignore[no-any-return]

    async def put(self, record: AccountRecord, **expected: Any) -> AccountRecord:
        await self._pass()
        return await self._store.put(record, **expected)  # type: ignore[no-any-return]

    async def acquire_lease(self, name: str, *, owner: str, ttl: timedelta) -> Lease | None:
        await self._pass()
        lease: Lease | None = await self._store.acquire_lease(name, owner=owner, ttl=ttl)
        if lease is not None:
            self._leases.taken(lease)
            self._lease = lease
        return lease

    async def release_lease(self, lease: Lease) -> None:
        await self._pass()
        await self._store.release_lease(lease)
        self._leases.given_back(lease)

    # as its token endpoint

    async def refresh(self, login_url: str, *, refresh_token: str) -> TokenResponse:
        await self._pass()
        if self._leases.holder != self._lease:
            raise TimeoutError
        if self.fate == "not sent":
            raise NotSent
        if self.fate == "hiccup":
            raise TokenRefusal("unknown_error", "retry your request", 400)
        answer = None if self.fate == "never sent" else self._salesforce.take(refresh_token)
        await self._pass()
        if answer is None or self.fate == "lost":
            raise NoAnswer
        return answer

    async def grant_lives(self, login_url: str, *, refresh_token: str) -> bool:
        await self._pass()
        return refresh_token not in self._salesforce.spent

    async def revoke(self, login_url: str, *, token: str) -> bool:
        await self._pass()
        self.revoked.append(token)
        return True


class Refreshing(RuleBasedStateMachine):
    """Three workers of one account over one store."""

    def make_store(self) -> Any:
        return MemoryTokenStore()

    @initialize(rotates=st.sampled_from([True, True, True, False]), known=st.booleans())
    def an_account(self, rotates: bool, known: bool) -> None:
        self.loop = asyncio.new_event_loop()
        self.store, self.salesforce, self.leases = self.make_store(), Salesforce(rotates), Leases()
        self.vault = Vault(self.store, Sealer(KEYS), connection="salesforce", clock=lambda: NOW)
        record = AccountRecord("salesforce", REP, "id", AccountStatus.ACTIVE, NOW, NOW)
        record = replace(record, rotates=rotates if known else None)
        self.run(self.vault.write(record, grant=self.salesforce.consent()))
        self.dead: list[Worker] = []
        self.workers = self.run(self._hire(3))
        self.last = self.run(self.vault.open(REP))

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    async def _hire(self, count: int) -> list[Worker]:
        return [Worker(self.store, self.salesforce, self.leases) for _ in range(count)]

    @rule(number=WORKERS, fate=FATES, steps=st.integers(1, 12))
    def a_worker_goes_on(self, number: int, fate: str, steps: int) -> None:
        for _ in range(steps):
            self.workers[number].fate = fate
            seen = self.last.grant.access_token
            self.run(self.workers[number].go(seen))
            self.check_what_was_saved()

    @rule(number=WORKERS, killed=st.booleans(), runs_out=st.booleans())
    def something_goes_wrong(self, number: int, killed: bool, runs_out: bool) -> None:
        if killed:
            self.dead.append(self.workers[number])
            self.workers[number] = self.run(self._hire(1))[0]
        if runs_out:
            self.run(expire_leases(self.store))
            self.leases.holder = None

    @rule(really=st.integers(0, 3))
    def the_user_consents_anew(self, really: int) -> None:
        if really:
            return
        record = self.last.record
        changes = {"rotates": None, "status_reason": None, "refresh_started_at": None}
        self.run(self.vault.write(record, Event.AUTHORIZED, grant=self.salesforce.consent(), **changes))
        self.last = self.run(self.vault.open(REP))

    def check_what_was_saved(self) -> None:
        """Each new grant was given for the one that was stored until then, so no two holders ever both save."""
        now: Holding = self.run(self.vault.open(REP))
        assert now.grant is not None
        assert self.last.grant is not None
        if self.salesforce.rotates and now.grant != self.last.grant:
            parent = self.salesforce.before.get(str(now.grant.refresh_token))
            assert parent == self.last.grant.refresh_token, "two holders saved"
        assert now.record.version - self.last.record.version in (0, 1)
        self.last = now

    @invariant()
    def no_refresh_token_is_spent_twice(self) -> None:
        assert self.salesforce.replays == []

    @invariant()
    def an_account_that_is_active_and_at_rest_holds_the_token_that_is_good(self) -> None:
        record, grant = self.last.record, self.last.grant
        if record.status == AccountStatus.ACTIVE and record.refresh_started_at is None:
            assert grant.refresh_token not in self.salesforce.spent

    @invariant()
    def only_what_is_nobodys_is_revoked(self) -> None:
        kept = self.last.grant.refresh_token.partition(":")[0]
        assert kept not in {t.partition(":")[0] for worker in (*self.workers, *self.dead) for t in worker.revoked}

    @invariant()
    def an_account_is_active_or_says_why_not(self) -> None:
        record = self.last.record
        if record.status != AccountStatus.ACTIVE:
            assert record.status == AccountStatus.EXPIRED
            assert record.status_reason in ("refresh_interrupted", "refresh_outcome_unknown")

    def check_laws(self) -> None:
        self.no_refresh_token_is_spent_twice()
        self.an_account_that_is_active_and_at_rest_holds_the_token_that_is_good()
        self.only_what_is_nobodys_is_revoked()
        self.an_account_is_active_or_says_why_not()

    def teardown(self) -> None:
        for worker in (*self.workers, *self.dead):
            self.run(worker.end())
        self.run(self.store.aclose())
        self.loop.close()


async def expire_leases(store: Any) -> None:
    if isinstance(store, MemoryTokenStore):
        for held in store._leases.values():
            held.expires_at = float("-inf")
    else:
        with contextlib.closing(sqlite3.connect(store.path)) as db, db:
            db.execute("UPDATE leases SET expires_at = 0")


def explore(make_store: Callable[[], Any], fates: tuple[str, ...], points: range) -> None:
    """One worker goes so far, its lease runs out and perhaps it dies, another goes so far, the first goes on to its
    end, then the second does: for every pair of points."""
    for fate, killed, first, second in itertools.product(fates, (False, True), points, points):
        machine = Refreshing()
        machine.make_store = make_store  # type: ignore[method-assign]
        machine.an_account(rotates=True, known=True)
        try:
            machine.a_worker_goes_on(0, fate, first)
            machine.something_goes_wrong(0, killed, runs_out=True)
            machine.a_worker_goes_on(1, "good", second)
            machine.check_laws()
            machine.something_goes_wrong(0, killed=False, runs_out=True)
            for number in (0, 1):
                machine.a_worker_goes_on(number, fate, 10)
                machine.check_laws()
        finally:
            machine.teardown()


def test_every_way_in_which_one_worker_overtakes_another_is_safe() -> None:
    explore(MemoryTokenStore, ("good", "lost"), range(11))


def test_every_way_in_which_one_worker_overtakes_another_is_safe_over_a_file(tmp_path: Path) -> None:
    names = itertools.count()
    explore(lambda: SQLiteTokenStore(tmp_path / f"{next(names)}.sqlite"), ("good",), range(4, 9))


def test_no_interleaving_of_workers_in_one_process_saves_or_spends_twice() -> None:
    run_state_machine_as_test(Refreshing, settings=settings(max_examples=60, stateful_step_count=40, deadline=None))


def test_no_interleaving_over_a_file_saves_or_spends_twice() -> None:
    with tempfile.TemporaryDirectory() as folder:
        made: list[int] = []

        class InAFile(Refreshing):
            def make_store(self) -> SQLiteTokenStore:
                made.append(1)
                return SQLiteTokenStore(f"{folder}/{len(made)}.sqlite")

        run_state_machine_as_test(InAFile, settings=settings(max_examples=10, stateful_step_count=30, deadline=None))
