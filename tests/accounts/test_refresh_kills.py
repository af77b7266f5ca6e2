"""A process killed at each step of a refresh leaves an account that the next uses, renews, or reports as expired."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from langchain_sfconnect import AccountStatus, ReauthorizationRequired, SalesforceApp, SalesforceConnect
from langchain_sfconnect.accounts import refresh
from langchain_sfconnect.errors import SalesforceUnavailable
from langchain_sfconnect.localorg.mishaps import Latency, Reset

if TYPE_CHECKING:
    from langchain_sfconnect.localorg import LocalOrg

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["pytest", "langchain_sfconnect._transport", "langchain_sfconnect.stores.postgres", "langchain_sfconnect.localorg"]
)
REP = "rep-42"
STEPS = ["leased", "marked", "under way", "answered", "saved"]
DEADLINE = 60.0


class Killer(logging.Handler):
    """Kills its process, as `kill -9` does, the moment a refresh says it has come to a step."""

    def __init__(self, step: str) -> None:
        super().__init__(logging.DEBUG)
        self._step = step

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == f"refresh of {REP}: {self._step}":
            os.kill(os.getpid(), signal.SIGKILL)


def refresh_until_killed(app: dict[str, Any], store: str, key: str, step: str) -> None:
    """The process that dies; what it has leased is free again soon."""
    refresh.LEASE = timedelta(seconds=1)
    logger = logging.getLogger("langchain_sfconnect.accounts.refresh")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(Killer(step))
    SalesforceConnect(SalesforceApp(**app), store, [key]).refresh_account(REP)


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "postgres":
        return request.getfixturevalue("postgres_url")
    return f"sqlite:///{tmp_path}/accounts.sqlite"


@pytest.fixture
def refreshed(
    org: LocalOrg, connecting: Callable[..., SalesforceConnect], store: str, authorize: Callable[..., None]
) -> Callable[[bool], SalesforceConnect]:
    """A connection whose rep's tokens are known to rotate, or known not to."""

    def make(rotation: bool) -> SalesforceConnect:
        org.policy.rotation = rotation
        connect = connecting(store=store)
        authorize(connect)
        connect.refresh_account(REP)
        org.requests.clear()
        return connect

    return make


def killed_at(step: str, org: LocalOrg, store: str, key: str) -> None:
    names = ("client_id", "client_secret", "redirect_uri", "login_url", "sandbox_login_url")
    app = {name: getattr(org, name) for name in names}
    slow = org.faults.add(Latency(0.5), path="*/oauth2/token") if step == "under way" else None
    worker = FORKS.Process(target=refresh_until_killed, args=(app, store, key, step))
    worker.start()
    if slow is not None:
        wait_until(lambda: slow.hits > 0)
        worker.kill()
    worker.join(DEADLINE)
    assert worker.exitcode == -signal.SIGKILL
    if slow is not None:
        assert shown(org) == [], "the org had answered before the process was killed"
        wait_until(lambda: shown(org))  # Salesforce does its part, though nobody waits for it


def shown(org: LocalOrg) -> list[tuple[str, int | None]]:
    """Every refresh token that reached the org, and the status answered."""
    requests = org.requests.matching("*/oauth2/token")
    return [(parse_qs(r.body.decode())["refresh_token"][0], r.status) for r in requests]


def wait_until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.005)


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_under_rotation_replays_nothing_and_costs_a_consent_only_after_salesforce_rotated(
    org: LocalOrg, refreshed: Any, authorize: Callable[..., None], store: str, key: str, step: str
) -> None:
    connect = refreshed(rotation=True)
    killed_at(step, org, store, key)
    if step in ("leased", "marked", "saved"):
        assert "DailyApiRequests" in connect.request("GET", "/limits", identifier=REP)
        assert connect.refresh_account(REP).status is AccountStatus.ACTIVE
    else:
        with pytest.raises(ReauthorizationRequired, match="refresh_interrupted"):
            connect.refresh_account(REP)
        account = connect.get_account(REP)
        assert (account.status, account.status_reason) == (AccountStatus.EXPIRED, "refresh_interrupted")
    requests_by_the_killed = {"leased": 0, "marked": 0, "under way": 1, "answered": 1, "saved": 1}[step]
    requests_by_the_next = 1 if step in ("leased", "marked", "saved") else 0
    tokens = [token for token, _ in shown(org)]
    assert len(tokens) == len(set(tokens)) == requests_by_the_killed + requests_by_the_next
    assert {status for _, status in shown(org)} <= {200}, "the family was revoked"
    authorize(connect)
    assert connect.refresh_account(REP).status is AccountStatus.ACTIVE


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_kill_after_a_lost_answer_that_cost_nothing_is_named_for_what_it_is(
    org: LocalOrg, refreshed: Any, store: str, key: str, leases_run_out: Callable[[], None]
) -> None:
    connect = refreshed(rotation=True)
    org.faults.add(Reset(), path="*/oauth2/token")
    with pytest.raises(SalesforceUnavailable):
        connect.refresh_account(REP)
    leases_run_out()
    killed_at("answered", org, store, key)
    with pytest.raises(ReauthorizationRequired, match="refresh_interrupted"):
        connect.refresh_account(REP)


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_where_tokens_do_not_rotate_costs_nothing(
    org: LocalOrg, refreshed: Any, store: str, key: str, step: str
) -> None:
    connect = refreshed(rotation=False)
    killed_at(step, org, store, key)
    assert connect.refresh_account(REP).status is AccountStatus.ACTIVE
    assert "DailyApiRequests" in connect.request("GET", "/limits", identifier=REP)
    requests_by_the_killed = {"leased": 0, "marked": 0}.get(step, 1)
    assert [status for _, status in shown(org)] == [200] * (requests_by_the_killed + 1)


@pytest.mark.parametrize("step", ["under way", "answered"])
def test_a_kill_is_found_out_by_an_ordinary_call_once_the_session_is_dead(
    org: LocalOrg, refreshed: Any, store: str, key: str, step: str
) -> None:
    connect = refreshed(rotation=True)
    killed_at(step, org, store, key)
    before = len(shown(org))
    assert "DailyApiRequests" in connect.request("GET", "/limits", identifier=REP)  # until then the token serves
    org.expire_sessions()
    with pytest.raises(ReauthorizationRequired, match="refresh_interrupted"):
        connect.request("GET", "/limits", identifier=REP)
    assert len(shown(org)) == before
