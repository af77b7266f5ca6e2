"""A model of the ledger: whatever interleaves, a create has one record, and nobody is told of one that is not there.

The real ledger runs in several workers. Every one of its steps that leaves a worker's process is a gate, and the model
decides who passes next, which answer is lost, which request is carried out late, how much time goes by, and who dies.
Of requests it knows one thing: one that has begun is over once it was not answered for as long as a client waits.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from langchain_sfconnect._http import CONNECT_TIMEOUT, READ_TIMEOUT, NoAnswer
from langchain_sfconnect.accounts.grant import Grant
from langchain_sfconnect.accounts.ledger import Ledger
from langchain_sfconnect.accounts.sightings import QUIET, Sightings
from langchain_sfconnect.accounts.status import AccountStatus
from langchain_sfconnect.accounts.vault import Vault
from langchain_sfconnect.connection import Operation, Result
from langchain_sfconnect.errors import SalesforceAPIError, SalesforceUnavailable, SFConnectError, WriteOutcomeUnknown
from langchain_sfconnect.salesforce.hearing import TheirClock
from langchain_sfconnect.stores import KeyRing, MemoryTokenStore, SQLiteTokenStore
from langchain_sfconnect.stores.base import AccountRecord
from langchain_sfconnect.stores.sealing import Sealer

HOST, REP, USER = "https://acme.my.salesforce.com", "rep-42", "005000000000001AAA"
KEYS = KeyRing([KeyRing.generate_key()])
START = datetime(2026, 5, 17, 12, tzinfo=UTC)
LIFE = timedelta(seconds=CONNECT_TIMEOUT + READ_TIMEOUT)
CREATE = Operation("POST", "/sobjects/Account", kind="write", idempotent=False, json={"Name": "Acme"})
WORKERS = 4  # the last has a key of its own, for an equal create
FATES = ["good", "good", "lost", "late", "never", "not sent", "refused"]


@dataclass
class Request:
    """A create on its way."""

    key: str
    deadline: datetime
    record_id: str | None = None
    dead: bool = False


@dataclass
class Salesforce:
    """What time it is, and what was created."""

    now: datetime = START
    requests: list[Request] = field(default_factory=list)
    rows: list[tuple[datetime, str, str]] = field(default_factory=list)

    def land(self, request: Request) -> None:
        if request.record_id is None and not request.dead and self.now <= request.deadline:
            request.record_id = f"001{len(self.rows):012}AAA"
            self.rows.append((self.now.replace(microsecond=0), request.record_id, request.key))

    def since(self, moment: datetime) -> list[dict[str, Any]]:
        return [{"Id": record_id, "Name": "Acme"} for at, record_id, _ in self.rows if at >= moment]

    def keys_of(self, record_id: str) -> list[str]:
        return [key for _, found, key in self.rows if found == record_id]


class Worker:
    """One process that executes the call, held at a gate before each of its steps; also its store and its wire."""

    def __init__(self, store: Any, salesforce: Salesforce, key: str, skew: timedelta) -> None:
        self._store, self._salesforce, self.key, self._skew = store, salesforce, key, skew
        self._gate: asyncio.Future[None] | None = None
        self._at_gate = asyncio.Event()
        self._task: asyncio.Task[Any] | None = None
        self._wakes = START
        self.fate = "good"
        self.began = False
        self.outcomes: list[Result | SFConnectError] = []
        clock = TheirClock(self._clock)
        clock.hear(format_datetime(salesforce.now))
        vault = Vault(self, Sealer(KEYS), connection="salesforce", clock=self._clock)  # type: ignore[arg-type]
        sightings = Sightings(vault, self, self)  # type: ignore[arg-type]
        self._ledger = Ledger(vault, self, sightings, clock, retention=timedelta(days=30), sleep=self._sleep)  # type: ignore[arg-type]

    def _clock(self) -> datetime:
        return self._salesforce.now + self._skew

    async def go(self) -> None:
        """Begin to execute the call, or pass the gate and come to the next."""
        self._at_gate.clear()
        self.began = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._execute())
        elif self._gate is not None:
            self._salesforce.now = max(self._salesforce.now, self._wakes)
            self._gate.set_result(None)
        waiting = asyncio.ensure_future(self._at_gate.wait())
        await asyncio.wait({self._task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._task.done():
            self._task.result()

    async def _execute(self) -> None:
        try:
            self.outcomes.append(await self._ledger.send(CREATE, identifier=REP, key=self.key))
        except SFConnectError as error:
            self.outcomes.append(error)

    async def finish(self, limit: int = 400) -> None:
        """Execute the call to its end, undisturbed."""
        self.fate, before = "good", len(self.outcomes)
        for _ in range(limit):
            if len(self.outcomes) > before:
                return
            await self.go()
        raise AssertionError("it does not come to an end")

    async def end(self) -> None:
        if self._task is not None and not self._task.done():
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _pass(self) -> None:
        self._gate = asyncio.get_running_loop().create_future()
        self._at_gate.set()
        await self._gate

    async def _sleep(self, seconds: float) -> None:
        self._wakes = self._salesforce.now + timedelta(seconds=seconds)
        await self._pass()

    # as its store

    def __getattr__(self, name: str) -> Any:
        work = getattr(self._store, name)

        async def step(*args: Any, **options: Any) -> Any:
            if name.endswith("_write") or name == "list_writes":
                await self._pass()
            return await work(*args, **options)

        return step

    # as its wire

    async def server_time(self, login_url: str) -> datetime:
        await self._pass()
        if self.fate == "never":
            raise NoAnswer("reset")
        return self._salesforce.now.replace(microsecond=0)

    async def send(
        self, operation: Operation, *, identifier: str, may_begin: Callable[[], bool] = lambda: True
    ) -> Result:
        await self._pass()
        if operation.method == "GET":
            return self._look(operation)
        if not may_begin():
            raise SalesforceUnavailable("Too late.")
        request = Request(self.key, self._salesforce.now + LIFE)
        self._salesforce.requests.append(request)
        if self.fate == "lost":
            self._salesforce.land(request)
        await self._pass()
        return self._answer(request)

    def _look(self, operation: Operation) -> Result:
        if self.fate in ("not sent", "refused"):
            raise SalesforceUnavailable("An outage.")
        since = re.search(r"CreatedDate >= (\S+)", operation.params["q"])
        assert since
        moment = datetime.fromisoformat(since[1].replace("Z", "+00:00"))
        return Result(200, {"done": True, "records": self._salesforce.since(moment)})

    def _answer(self, request: Request) -> Result:
        if self.fate in ("not sent", "refused") and request.record_id is None:
            request.dead = True
            raise SalesforceUnavailable("Not sent.") if self.fate == "not sent" else SalesforceAPIError("Refused.")
        if self.fate == "never":
            request.dead = True
        if self.fate == "good":
            self._salesforce.land(request)
        if self.fate != "good" or request.record_id is None:
            raise WriteOutcomeUnknown("No answer came.")
        return Result(201, {"id": request.record_id, "success": True, "errors": []})


class Writing(RuleBasedStateMachine):
    """Workers that execute one call over one store, and one that executes an equal call."""

    def make_store(self) -> Any:
        return MemoryTokenStore()

    @initialize(skews=st.lists(st.sampled_from([-5, 0, 0, 5]), min_size=WORKERS, max_size=WORKERS))
    def an_account(self, skews: list[int]) -> None:
        self.loop = asyncio.new_event_loop()
        self.store, self.salesforce = self.make_store(), Salesforce()
        vault = Vault(self.store, Sealer(KEYS), connection="salesforce", clock=lambda: START)
        record = AccountRecord(
            "salesforce", REP, "id", AccountStatus.ACTIVE, START, START, login_url=HOST, user_id=USER, instance_url=HOST
        )
        self.run(vault.write(record, grant=Grant("access", "refresh", HOST, HOST)))
        self.everybody: list[Worker] = []
        self.workers = [self.hire(number, skew) for number, skew in enumerate(skews)]

    def hire(self, number: int, skew: int = 0) -> Worker:
        async def make() -> Worker:
            key = "other" if number == WORKERS - 1 else "key"
            return Worker(self.store, self.salesforce, key, timedelta(hours=skew))

        worker: Worker = self.run(make())
        self.everybody.append(worker)
        return worker

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    @rule(number=st.integers(0, WORKERS - 1), fate=st.sampled_from(FATES), steps=st.integers(1, 12))
    def a_worker_goes_on(self, number: int, fate: str, steps: int) -> None:
        self.workers[number].fate = fate
        for _ in range(steps):
            self.run(self.workers[number].go())
            self.check_laws()

    @rule(number=st.integers(0, WORKERS - 1))
    def a_worker_dies(self, number: int) -> None:
        self.workers[number] = self.hire(number)

    @rule(seconds=st.sampled_from([1, 5, 30, 61, 129, QUIET.total_seconds(), 3600]))
    def time_goes_by(self, seconds: float) -> None:
        self.salesforce.now += timedelta(seconds=seconds)

    @rule(index=st.integers(0, 5))
    def a_request_is_carried_out_late(self, index: int) -> None:
        if index < len(self.salesforce.requests):
            self.salesforce.land(self.salesforce.requests[index])
        self.check_laws()

    @invariant()
    def no_call_makes_two_records(self) -> None:
        made = [key for _, _, key in self.salesforce.rows]
        assert len(made) == len(set(made)), "two records"

    @invariant()
    def nobody_is_told_of_a_record_that_is_not_the_calls(self) -> None:
        for worker in self.everybody:
            for outcome in worker.outcomes:
                if isinstance(outcome, Result):
                    assert self.salesforce.keys_of(outcome.data["id"]) == [worker.key]
                else:
                    assert isinstance(outcome, SFConnectError)

    def check_laws(self) -> None:
        self.no_call_makes_two_records()
        self.nobody_is_told_of_a_record_that_is_not_the_calls()

    def teardown(self) -> None:
        try:
            self.check_that_nothing_is_lost()
        finally:
            for worker in self.everybody:
                self.run(worker.end())
            self.run(self.store.aclose())
            self.loop.close()

    def check_that_nothing_is_lost(self) -> None:
        """In the end, each call that is executed without a mishap has its record, or is in doubt whose it is."""
        self.salesforce.now += QUIET + timedelta(seconds=2)
        twins = any(worker.began for worker in self.everybody if worker.key == "other")
        for number in (0, WORKERS - 1):
            last = self.hire(number)
            self.run(last.finish())
            self.check_laws()
            assert isinstance(last.outcomes[-1], Result | WriteOutcomeUnknown)
            assert twins or isinstance(last.outcomes[-1], Result)


def explore(make_store: Callable[[], Any], fates: list[str], points: range, skews: tuple[int, ...] = (0,)) -> None:
    """One worker goes so far and perhaps dies, time goes by, another goes so far, the first goes on to its end, then
    the second does: for every pair of points."""
    jumps = (0.0, QUIET.total_seconds() + 2)
    for fate, killed, jump, skew, one, two in itertools.product(fates, (False, True), jumps, skews, points, points):
        machine = Writing()
        machine.make_store = make_store  # type: ignore[method-assign]
        machine.an_account([skew, 0, 0, 0])
        try:
            for _ in range(one):
                machine.a_worker_goes_on(0, fate, 1)
            first = machine.workers[0]
            if killed:
                machine.a_worker_dies(0)
            machine.time_goes_by(jump)
            machine.a_worker_goes_on(1, "good", two)
            for request in machine.salesforce.requests:
                machine.salesforce.land(request)
            machine.check_laws()
            for worker in (machine.workers[0] if killed else first, machine.workers[1]):
                machine.run(worker.finish())
                machine.check_laws()
        finally:
            machine.teardown()


def test_every_way_in_which_one_worker_overtakes_another_makes_one_record() -> None:
    explore(MemoryTokenStore, ["good", "lost", "late"], range(1, 8))


def test_every_way_in_which_workers_with_different_clocks_overtake_each_other_makes_one_record() -> None:
    explore(MemoryTokenStore, ["late"], range(2, 7), skews=(-5, 5))


def test_no_interleaving_of_workers_makes_two_records() -> None:
    run_state_machine_as_test(Writing, settings=settings(max_examples=60, stateful_step_count=40, deadline=None))


def test_no_interleaving_over_a_file_makes_two_records() -> None:
    with tempfile.TemporaryDirectory() as folder:
        made: list[int] = []

        class InAFile(Writing):
            def make_store(self) -> SQLiteTokenStore:
                made.append(1)
                return SQLiteTokenStore(f"{folder}/{len(made)}.sqlite")

        run_state_machine_as_test(InAFile, settings=settings(max_examples=8, stateful_step_count=25, deadline=None))
