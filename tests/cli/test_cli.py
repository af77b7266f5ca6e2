"""The `sfconnect` command as a person and as a script meet it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from langchain_sfconnect import SalesforceConnect
from langchain_sfconnect.cli import conversation, demo
from langchain_sfconnect.cli.scripted import ScriptedChatModel
from langchain_sfconnect.cli.stage import Stage
from langchain_sfconnect.stores import KeyRing

SFCONNECT = [sys.executable, "-m", "langchain_sfconnect"]


def sfconnect(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SFCONNECT, *arguments], capture_output=True, text=True, timeout=100, env={**os.environ, **environment}
    )


def test_the_demo_holds_every_step_and_is_plain_when_piped() -> None:
    done = sfconnect("demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "9 of 9 steps held" in done.stdout
    assert "scripted chat model" in done.stdout
    assert "exactly once" in done.stdout
    assert "\x1b[" not in done.stdout
    assert done.stderr == ""


def test_the_demo_fails_where_a_step_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    def lazy(_: str | None) -> ScriptedChatModel:
        script = conversation.script("2030-01-01")
        script[conversation.STAGE] = (script[conversation.STAGE][1],) * 2  # says that it did, and does nothing
        return ScriptedChatModel(script=script)

    monkeypatch.setattr(demo, "_model", lazy)
    assert demo.run_demo(None, Stage()) is False


def test_the_local_org_serves_from_the_shell_until_it_is_told_to_stop() -> None:
    with subprocess.Popen(
        [*SFCONNECT, "local-org", "--port", "0", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        told = json.loads(process.stdout.readline())
        assert list(told) == [
            "instance_url",
            "login_url",
            "sandbox_login_url",
            "client_id",
            "client_secret",
            "redirect_uri",
            "username",
            "access_token",
        ]
        url = f"{told['instance_url']}/services/data/v66.0/query"
        headers = {"Authorization": f"Bearer {told['access_token']}"}
        answer = httpx.get(url, params={"q": "SELECT COUNT() FROM Account"}, headers=headers)
        assert answer.json()["totalSize"] >= 60
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        assert process.stderr.read() == ""


def test_tools_lists_all_25() -> None:
    assert len(set(re.findall(r"salesforce_\w+", sfconnect("tools", COLUMNS="200").stdout))) == 25


def test_a_generated_key_is_a_key() -> None:
    KeyRing([sfconnect("keys", "generate").stdout.strip()])


def test_keys_are_rotated_from_the_shell(tmp_path: Path) -> None:
    home = {"SFCONNECT_CLIENT_ID": "id", "SFCONNECT_HOME": str(tmp_path)}
    done = sfconnect("keys", "rotate", "--new-key", **home)
    assert (done.returncode, done.stdout) == (0, "0 sealed anew, 0 left to the next run, 0 unreadable\n"), done.stderr
    assert len((tmp_path / "accounts.keys").read_text().split()) == 2
    refused = sfconnect("keys", "rotate", "--new-key", **home, SFCONNECT_ENCRYPTION_KEYS=KeyRing.generate_key())
    assert refused.returncode == 1
    assert "in front of SFCONNECT_ENCRYPTION_KEYS" in refused.stderr


@pytest.fixture
def environment(org: Any, key: str, tmp_path: Path) -> dict[str, str]:
    return {
        "SFCONNECT_CLIENT_ID": org.client_id,
        "SFCONNECT_CLIENT_SECRET": org.client_secret,
        "SFCONNECT_REDIRECT_URI": org.redirect_uri,
        "SFCONNECT_LOGIN_URL": org.login_url,
        "SFCONNECT_SANDBOX_LOGIN_URL": org.sandbox_login_url,
        "SFCONNECT_STORE_URL": f"sqlite:///{tmp_path}/accounts.sqlite",
        "SFCONNECT_ENCRYPTION_KEYS": key,
    }


def test_accounts_and_calls_work_from_the_environment(rep: str, environment: dict[str, str]) -> None:
    assert rep in sfconnect("accounts", **environment).stdout
    listed = json.loads(sfconnect("accounts", "--json", **environment).stdout)
    assert (listed["identifier"], listed["status"]) == (rep, "ACTIVE")
    query = json.dumps({"query": "SELECT COUNT() FROM Account"})
    called = sfconnect("call", "--as", rep, "salesforce_query_soql", query, **environment)
    assert json.loads(called.stdout)["totalSize"] >= 60


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("call", "--as", "nobody", "salesforce_limits_get"), "ACCOUNT_NOT_FOUND"),
        (("call", "--as", "rep-42", "salesforce_limit_get"), "UNKNOWN_TOOL"),
        (("call", "--as", "rep-42", "salesforce_limits_get", "{"), "not JSON"),
        (("accounts", "--status", "FINE"), "INVALID_ARGUMENT"),
    ],
)
def test_bad_input_is_one_plain_sentence_and_a_failure(
    environment: dict[str, str], arguments: tuple[str, ...], told: str
) -> None:
    done = sfconnect(*arguments, **environment)
    assert done.returncode != 0
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_setting_is_named() -> None:
    clean = {name: "" for name in os.environ if name.startswith("SFCONNECT_")}
    done = sfconnect("accounts", **clean)
    assert done.returncode == 1
    assert "SFCONNECT_CLIENT_ID" in done.stderr


def test_from_env_without_a_store_keeps_accounts_in_the_home_it_is_given(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, authorize: Callable[..., None]
) -> None:
    for name in ("SFCONNECT_STORE_URL", "SFCONNECT_ENCRYPTION_KEYS"):
        environment.pop(name)
    for name, value in {**environment, "SFCONNECT_HOME": str(tmp_path / "home")}.items():
        monkeypatch.setenv(name, value)
    with SalesforceConnect.from_env() as connect:
        authorize(connect)
    files = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "home").iterdir()}
    assert files["accounts.keys"] == 0o600
    assert files["accounts.sqlite"] == 0o600
    with SalesforceConnect.from_env() as connect:
        assert connect.check_account("rep-42").status == "ACTIVE"
