"""Many processes and killed processes: one refresh for all, and a lost answer is never guessed at."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from langchain_sfconnect import AccountStatus, ReauthorizationRequired, SalesforceApp, SalesforceConnect
from langchain_sfconnect.accounts import refresh
from langchain_sfconnect.localorg.mishaps import Latency

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_sfconnect.localorg import LocalOrg

SPAWN = multiprocessing.get_context("spawn")


def app_of(org: LocalOrg) -> dict[str, Any]:
    """What a worker process needs to make the app anew: the app itself is not pickled."""
    names = ("client_id", "client_secret", "redirect_uri", "login_url", "sandbox_login_url")
    return {name: getattr(org, name) for name in names}


def call_limits(app: dict[str, Any], store: str, key: str, ready: Any, answers: Any) -> None:
    """A worker: waits for the others, then calls as the account."""
    with SalesforceConnect(SalesforceApp(**app), store, [key]) as connect:
        connect.get_account("rep-42")
        ready.wait(60)
        answers.put("DailyApiRequests" in connect.request("GET", "/limits", identifier="rep-42"))


def refresh_with_a_short_lease(app: dict[str, Any], store: str, key: str) -> None:
    """A worker that will be killed in the middle."""
    refresh.LEASE = timedelta(seconds=1)
    SalesforceConnect(SalesforceApp(**app), store, [key]).refresh_account("rep-42")


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        os.sched_yield()


@pytest.fixture
def store(tmp_path: Any) -> str:
    return f"sqlite:///{tmp_path}/accounts.sqlite"


def token_requests(org: LocalOrg) -> int:
    return sum(r.path.endswith("/oauth2/token") for r in org.requests)


@pytest.mark.usefixtures("rep")
def test_of_many_processes_with_a_dead_session_one_refreshes(org: LocalOrg, key: str, store: str) -> None:
    org.policy.rotation = True
    org.expire_sessions()
    before = token_requests(org)
    ready, answers = SPAWN.Barrier(4), SPAWN.Queue()
    workers = [SPAWN.Process(target=call_limits, args=(app_of(org), store, key, ready, answers)) for _ in range(4)]
    for worker in workers:
        worker.start()
    assert [answers.get(timeout=60) for _ in workers] == [True] * 4
    for worker in workers:
        worker.join(60)
    assert token_requests(org) == before + 1


def kill_in_the_middle_of_a_refresh(org: LocalOrg, key: str, store: str) -> None:
    """Kill a worker whose request Salesforce is at work on, and let Salesforce finish it."""
    before, slow = token_requests(org), org.faults.add(Latency(0.5), path="*/oauth2/token")
    worker = SPAWN.Process(target=refresh_with_a_short_lease, args=(app_of(org), store, key))
    worker.start()
    wait_until(lambda: slow.hits > 0)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    worker.join(60)
    wait_until(lambda: token_requests(org) > before)


def test_a_worker_killed_in_the_middle_of_a_rotating_refresh_costs_the_grant_and_no_family(
    connect: SalesforceConnect, org: LocalOrg, rep: str, key: str, store: str
) -> None:
    org.policy.rotation = True
    kill_in_the_middle_of_a_refresh(org, key, store)
    before = token_requests(org)
    with pytest.raises(ReauthorizationRequired, match="refresh_interrupted"):
        connect.refresh_account(rep)
    assert connect.get_account(rep).status is AccountStatus.EXPIRED
    assert token_requests(org) == before


def test_a_worker_killed_in_the_middle_of_a_refresh_that_does_not_rotate_costs_nothing(
    connect: SalesforceConnect, org: LocalOrg, rep: str, key: str, store: str
) -> None:
    connect.refresh_account(rep)  # seen once: this app's tokens do not rotate
    kill_in_the_middle_of_a_refresh(org, key, store)
    assert connect.refresh_account(rep).status is AccountStatus.ACTIVE


@pytest.mark.anyio
async def test_closing_waits_for_a_refresh_whose_caller_was_cancelled(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg, rep: str
) -> None:
    org.policy.rotation = True
    slow = org.faults.add(Latency(0.3), path="*/oauth2/token")
    async with connecting() as connect:
        call = asyncio.create_task(connect.arefresh_account(rep))
        while not slow.hits:
            await asyncio.sleep(0.005)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert (await connecting().arefresh_account(rep)).status is AccountStatus.ACTIVE


def test_closing_from_another_thread_waits_for_a_refresh_under_way(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg, rep: str
) -> None:
    org.policy.rotation = True
    slow = org.faults.add(Latency(0.3), path="*/oauth2/token")
    connect = connecting()
    caller = threading.Thread(target=connect.refresh_account, args=(rep,))
    caller.start()
    wait_until(lambda: slow.hits > 0)
    connect.close()
    caller.join(60)
    assert connecting().refresh_account(rep).status is AccountStatus.ACTIVE
