"""A storm: many accounts and processes, kills, faults and clock jumps, and in the end a judgement with figures."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from crew import FORKS, Diary, Orders, call_at_once, set_clock, weather
from judge import Diaries, Showing, check_account, check_calls, check_no_family_ended, check_no_replay, showings

from langchain_sfconnect import ReauthorizationRequired, SalesforceConnect
from langchain_sfconnect.errors import SalesforceUnavailable
from langchain_sfconnect.localorg.mishaps import Reset

if TYPE_CHECKING:
    from langchain_sfconnect.localorg import LocalOrg


def one_dead_session(org: LocalOrg, orders: Orders, processes: int) -> dict[str, Any]:
    """Every process calls as one account whose access token has died, all at the same moment."""
    prepare(org, orders)
    org.clock.advance(timedelta(hours=3))
    set_clock(orders, timedelta(hours=3))
    org.requests.clear()
    ready, answers = FORKS.Barrier(processes), FORKS.Queue()
    workers = [FORKS.Process(target=call_at_once, args=(orders, ready, answers)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    told = Counter(outcome for _ in workers for outcome in answers.get(timeout=200))
    for worker in workers:
        worker.join(60)
    assert told == {"ok": processes * orders.tasks}
    shown = showings(org.requests)
    assert [showing.status for showing in shown] == [200]
    paths = Counter(request.path.rpartition("/")[2] for request in org.requests)
    assert paths == {"limits": processes * orders.tasks, "token": 1, "introspect": 1}
    check_no_family_ended(org, 1)
    return {"calls": sum(told.values()), "refreshes": len(shown), "requests": dict(paths)}


def timed_refreshes(org: LocalOrg, orders: Orders, count: int) -> dict[str, Any]:
    """How long one refresh after the other is in danger: with its request under way, and until its tokens are saved."""
    prepare(org, orders)
    diary = Diary(orders.diary)
    with closing(diary), orders.connect() as connect:
        for _ in range(count):
            connect.refresh_account(orders.identifiers[0])
    windows = Diaries.read(orders.folder, set()).windows
    assert len(windows) == count
    return {
        "mark to answer, ms": spread([before for before, _ in windows]),
        "answer to commit, ms": spread([after for _, after in windows]),
    }


def prepare(org: LocalOrg, orders: Orders) -> None:
    """Connect every account, each to a user of its own."""
    set_clock(orders, timedelta(0))
    with orders.connect() as connect:
        for number, identifier in enumerate(orders.identifiers):
            username = f"storm-{number}@acme.example"
            org.add_user(username, last_name=f"Storm {number}")
            connect.get_or_create_account(identifier)
            url = connect.authorization_link(identifier).url
            connect.complete_authorization(org.approve(url, username), identifier)


@dataclass
class Storm:
    """Workers under rough weather.

    Args:
        org: The rotating org.
        orders: What every worker is told.
        seed: Of all dice.
        workers: How many work at a time.
        seconds: How long it blows.
        kill_every: Seconds between kills.
        jump_every: Seconds between clock jumps.
    """

    org: LocalOrg
    orders: Orders
    seed: int
    workers: int
    seconds: float
    kill_every: float
    jump_every: float
    killed: set[str] = field(default_factory=set)
    ahead: timedelta = timedelta(0)
    jumped_at: list[int] = field(default_factory=list)
    _crew: list[Any] = field(default_factory=list)
    _started: int = 0

    def run(self) -> dict[str, Any]:
        """Blow, calm down, judge; returns the figures."""
        self._dice = Random(self.seed)
        prepare(self.org, self.orders)
        self.org.requests.clear()
        self.org.policy.refresh_duration = timedelta(seconds=0.2)  # long enough for kills to meet requests under way
        self._plan_faults()
        for _ in range(self.workers):
            self._start()
        self._blow()
        self._calm_down()
        return self._judge()

    def _plan_faults(self) -> None:
        """5 % resets, half of them after the request took effect, and 2 % 503."""
        plans: list[tuple[Any, float]] = [(Reset(), 0.025), (Reset(after="handled"), 0.025), ("unavailable", 0.02)]
        for number, (action, probability) in enumerate(plans):
            self.org.faults.add(action, times=None, probability=probability, seed=self.seed + number)

    def _start(self) -> None:
        self._started += 1
        orders = self.orders.named(f"worker-{self._started}", skew=self._dice.uniform(-120, 120))
        worker = FORKS.Process(target=weather, args=(orders, self._dice.random()), name=orders.name)
        worker.start()
        self._crew.append(worker)

    def _blow(self) -> None:
        events: list[tuple[float, Callable[[], None]]] = [(self.kill_every, self._kill), (self.jump_every, self._jump)]
        end = time.monotonic() + self.seconds
        due = [time.monotonic() + every for every, _ in events]
        while (now := time.monotonic()) < end:
            for number, (every, happens) in enumerate(events):
                if due[number] <= now:
                    happens()
                    due[number] = now + every * self._dice.uniform(0.5, 1.5)
            threading.Event().wait(max(0.0, min(*due, end) - time.monotonic()))

    def _kill(self) -> None:
        victim = self._crew.pop(self._dice.randrange(len(self._crew)))
        victim.kill()
        victim.join(60)
        self.killed.add(victim.name)
        self._start()

    def _jump(self) -> None:
        """Mostly so far that every token dies; sometimes back."""
        by = timedelta(minutes=self._dice.choice([130, 130, 20, -15]))
        self.jumped_at.append(time.time_ns())
        self.org.clock.advance(by)
        self.ahead += by
        set_clock(self.orders, self.ahead)

    def _calm_down(self) -> None:
        """End the workers, then let one more process use every account."""
        self.orders.stop_file.touch()
        for worker in self._crew:
            worker.join(90)
            assert worker.exitcode == 0, f"{worker.name} ended with {worker.exitcode}"
        self.org.faults.clear()
        asyncio.run(self._use_all())

    async def _use_all(self) -> None:
        async with self.orders.connect() as connect:

            async def use(identifier: str) -> None:
                with suppress(ReauthorizationRequired):
                    await _when_known(connect, identifier)
                    await connect.arequest("GET", "/limits", identifier=identifier)

            await asyncio.gather(*map(use, self.orders.identifiers))

    def _judge(self) -> dict[str, Any]:
        shown, diaries = showings(self.org.requests), Diaries.read(self.orders.folder, self.killed)
        check_no_replay(shown)
        check_no_family_ended(self.org, len(self.orders.identifiers))
        assert not [request for request in self.org.requests if request.path.endswith("/revoke")]
        check_calls(diaries, self.jumped_at)
        with self.orders.connect() as connect:
            ends = Counter(check_account(self.org, connect, each, shown, diaries) for each in self.orders.identifiers)
        return self._figures(shown, diaries, ends)

    def _figures(self, shown: list[Showing], diaries: Diaries, ends: Counter[str]) -> dict[str, Any]:
        return {
            "requests": len(self.org.requests),
            "calls": dict(diaries.calls),
            "refresh requests": dict(Counter(str(showing.status) for showing in shown)),
            "kills": len(self.killed),
            "died refreshing": len(diaries.died_refreshing),
            "clock jumps": len(self.jumped_at),
            "accounts": dict(ends),
            "mark to answer, ms": spread([before for before, _ in diaries.windows]),
            "answer to commit, ms": spread([after for _, after in diaries.windows]),
        }


async def _when_known(connect: SalesforceConnect, identifier: str) -> None:
    """Refresh, once it is known what became of the refresh before: the leases of the dead run out by themselves."""
    deadline = time.monotonic() + 60
    while True:
        try:
            await connect.arefresh_account(identifier)
            return
        except SalesforceUnavailable:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.1)


def spread(values: list[float]) -> dict[str, float]:
    """Median, 99th percentile and maximum."""
    if len(values) < 2:
        return {}
    cuts = quantiles(values, n=100, method="inclusive")
    return {"median": round(cuts[49], 2), "p99": round(cuts[98], 2), "max": round(max(values), 2)}


def orders_for(org: LocalOrg, store: str, folder: Path, key: str, *, accounts: int, tasks: int, lease: float) -> Orders:
    """Orders for a number of accounts."""
    identifiers = tuple(f"rep-{number}" for number in range(accounts))
    return Orders.of(org, store=store, key=key, folder=folder, identifiers=identifiers, tasks=tasks, lease=lease)
