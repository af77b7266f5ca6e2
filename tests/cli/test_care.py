"""`sfconnect doctor` and `sfconnect serve`, as processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from langchain_sfconnect import AccountStatus, SalesforceConnect
from langchain_sfconnect.localorg.faults import Latency

SFCONNECT = [sys.executable, "-m", "langchain_sfconnect"]


@pytest.fixture
def environment(org: Any, key: str, tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "COLUMNS": "200",
        "SFCONNECT_CLIENT_ID": org.client_id,
        "SFCONNECT_CLIENT_SECRET": org.client_secret,
        "SFCONNECT_REDIRECT_URI": org.redirect_uri,
        "SFCONNECT_LOGIN_URL": org.login_url,
        "SFCONNECT_SANDBOX_LOGIN_URL": org.sandbox_login_url,
        "SFCONNECT_STORE_URL": f"sqlite:///{tmp_path}/accounts.sqlite",
        "SFCONNECT_ENCRYPTION_KEYS": key,
    }


def sfconnect(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*SFCONNECT, *arguments], capture_output=True, text=True, timeout=100, env=environment)


@contextmanager
def serving(*options: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A keeper that is at work."""
    with subprocess.Popen(
        [*SFCONNECT, "serve", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            assert "Keeping accounts alive" in process.stdout.readline()
            yield process
        finally:
            process.kill()


def wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def read_until(told: str, process: subprocess.Popen[str]) -> None:
    """Wait until a process says something on standard error; one that does not is killed, and the test fails."""
    assert process.stderr is not None
    deadline = threading.Timer(60, process.kill)
    deadline.start()
    try:
        assert any(told in line for line in process.stderr)
    finally:
        deadline.cancel()


def token_requests(org: Any) -> int:
    return sum(r.path.endswith("/oauth2/token") for r in org.requests)


def test_the_doctor_prints_a_table_and_its_exit_code_says_whether_all_is_well(
    org: Any, rep: str, environment: dict[str, str]
) -> None:
    well = sfconnect("doctor", rep, environment=environment)
    assert well.returncode == 0, well.stderr
    assert "healthy" in well.stdout
    org.policy.ip_allowed_at_api = False
    ill = sfconnect("doctor", rep, environment=environment)
    assert ill.returncode == 1
    assert "rep-42: ACTIVE" in ill.stdout
    assert "ip_restricted_at_rest" in ill.stdout
    assert "admin" in ill.stdout


def test_the_doctor_speaks_json(org: Any, rep: str, environment: dict[str, str]) -> None:
    org.revoke()
    told = sfconnect("doctor", rep, "--json", environment=environment)
    assert told.returncode == 1
    diagnosis = json.loads(told.stdout)
    assert (diagnosis["identifier"], diagnosis["status"], diagnosis["healthy"]) == (rep, "REVOKED", False)
    assert list(diagnosis["findings"][0]) == ["name", "severity", "message", "advice", "who"]
    assert diagnosis["findings"][0]["name"] == "grant_revoked"


def test_the_doctor_of_nobody_is_one_plain_sentence(environment: dict[str, str]) -> None:
    done = sfconnect("doctor", "nobody", environment=environment)
    assert done.returncode == 1
    assert "ACCOUNT_NOT_FOUND" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def due(connecting: Callable[..., SalesforceConnect], org: Any, authorize: Callable[..., None]) -> SalesforceConnect:
    """A connection with an account whose token is due by the machine's clock, which the keeper's process goes by."""
    org.policy.rotation = True
    org.policy.expires_in_sent = True
    org.policy.session_timeout = timedelta(minutes=4)
    connect = connecting()
    authorize(connect)
    org.policy.session_timeout = timedelta(hours=2)
    return connect


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_serve_renews_what_is_due_until_it_is_told_to_stop(
    org: Any, due: SalesforceConnect, environment: dict[str, str], sign: int
) -> None:
    before = token_requests(org)
    with serving("--every", "0.2", environment=environment) as process:
        read_until("renewed 1 accounts", process)
        assert due.get_account("rep-42").token_expires_at > org.clock.now() + timedelta(hours=1)  # type: ignore[operator]
        process.send_signal(sign)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "Stopped." in output
    assert "Traceback" not in errors
    assert token_requests(org) == before + 1
    assert due.refresh_account("rep-42").status is AccountStatus.ACTIVE


def test_serve_finishes_the_refresh_that_is_under_way_before_it_ends(
    org: Any, due: SalesforceConnect, environment: dict[str, str]
) -> None:
    slow = org.faults.add(Latency(1.5), path="*/oauth2/token")
    with serving(environment=environment) as process:
        wait_for(lambda: slow.hits > 0)
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "Stopped." in output
    account = due.get_account("rep-42")
    assert account.token_expires_at is not None
    assert account.token_expires_at > org.clock.now() + timedelta(hours=1), "the new tokens were thrown away"
    assert due.refresh_account("rep-42").status is AccountStatus.ACTIVE


def test_serve_once_says_what_it_did(org: Any, due: SalesforceConnect, environment: dict[str, str]) -> None:
    org.policy.ip_allowed_at_token = False
    failed = sfconnect("serve", "--once", environment=environment)
    assert (failed.returncode, failed.stdout) == (1, "0 renewed, 0 put off, 1 failed\n"), failed.stderr
    org.policy.ip_allowed_at_token = True
    cold = sfconnect("serve", "--once", "--warm-for", "0", environment=environment)
    assert (cold.returncode, cold.stdout) == (0, "0 renewed, 0 put off, 0 failed\n"), cold.stderr  # not yet again


def test_serve_with_little_warmth_puts_off_what_nobody_uses(
    org: Any, due: SalesforceConnect, environment: dict[str, str]
) -> None:
    before = token_requests(org)
    done = sfconnect("serve", "--once", "--warm-for", "0", environment=environment)
    assert (done.returncode, done.stdout) == (0, "0 renewed, 1 put off, 0 failed\n"), done.stderr
    assert token_requests(org) == before


def test_serve_says_in_its_help_that_it_keeps_accounts_alive() -> None:
    done = sfconnect("serve", "--help", environment={**os.environ, "COLUMNS": "200"})
    assert "Keep accounts alive" in done.stdout
    assert all(option in done.stdout for option in ("--every", "--warm-for", "--once"))
