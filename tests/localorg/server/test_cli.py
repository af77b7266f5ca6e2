"""The local org as a process of its own."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from click.testing import Result
from typer.testing import CliRunner

from langchain_sfconnect.cli.app import app
from langchain_sfconnect.localorg import LocalOrg

SERVE = [sys.executable, "-m", "langchain_sfconnect", "local-org"]
KEYS = {
    "instance_url",
    "login_url",
    "sandbox_login_url",
    "client_id",
    "client_secret",
    "redirect_uri",
    "username",
    "access_token",
}


@contextlib.contextmanager
def serving(port: int, *options: str) -> Iterator[subprocess.Popen[str]]:
    command = [*SERVE, "--port", str(port), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def steer(*arguments: str) -> Result:
    """A command of its own, but for the process: starting one takes longer than the rest."""
    return CliRunner().invoke(app, ["local-org", *arguments])


def test_json_comes_first_and_ctrl_c_ends_it_well():
    with serving(0, "--json") as process:
        assert process.stdout is not None
        given = json.loads(process.stdout.readline())
        assert set(given) == KEYS
        headers = {"Authorization": f"Bearer {given['access_token']}"}
        url = f"{given['instance_url']}/services/data/v66.0/query?q=SELECT+COUNT()+FROM+Account"
        assert httpx.get(url, headers=headers).json()["totalSize"] > 0
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def test_a_named_port_is_production_and_the_next_is_the_sandbox_and_sigterm_ends_it_well(free_port):
    port = free_port
    with serving(port) as process:
        assert process.stdout is not None
        assert "running" in process.stdout.readline()
        assert httpx.get(f"http://127.0.0.1:{port}/services/data").status_code == 200
        assert httpx.get(f"http://127.0.0.1:{port + 1}/services/data").status_code == 200
        process.terminate()
        assert process.wait(30) == 0


SCHEMA = "objects: {Invoice__c: {label: Invoice, plural: Invoices, fields: {Note__c: {type: text, length: 9}}}}"


@dataclass
class Served:
    """A process that serves an org, as its first two lines tell it."""

    given: dict[str, str]
    ca: str
    path: Path

    @property
    def reach(self) -> tuple[str, ...]:
        return "--port", str(httpx.URL(self.given["instance_url"]).port), "--ca", self.ca

    def http(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.given['access_token']}"}
        trust = ssl.create_default_context(cafile=self.ca)
        base = f"{self.given['instance_url']}/services/data/v66.0"
        return httpx.Client(base_url=base, headers=headers, verify=trust)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A process with everything switched on: https, a schema of its own, a file to keep the data in."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "org.yaml").write_text(SCHEMA)
    options = ("--schema", str(folder / "org.yaml"), "--path", str(folder / "org.db"))
    with serving(0, "--json", "--tls", "--no-seed", *options) as process:
        assert process.stdout is not None
        given, further = (json.loads(process.stdout.readline()) for _ in range(2))
        assert set(given) == KEYS
        served = Served(given, further["ca_certificate"], folder / "org.db")
        yield served
        with replace(served, given={**given, "access_token": session_of(served)}).http() as http:
            assert http.post("/sobjects/Invoice__c", json={"Note__c": "kept"}).status_code == 201
        process.terminate()
        assert process.wait(30) == 0
    with LocalOrg(folder / "org.db", schema=folder / "org.yaml") as org:
        assert "kept" in [row["Note__c"] for row in org.query("SELECT Note__c FROM Invoice__c")]


def test_https_a_schema_and_a_file_come_from_the_options(served):
    with served.http() as http:
        assert http.post("/sobjects/Invoice__c", json={"Note__c": "lost"}).status_code == 201
    assert served.path.exists()


def test_a_running_org_is_steered_by_commands(served):
    def told(*arguments: str) -> str:
        done = steer(*arguments, *served.reach)
        assert done.exit_code == 0, done.stderr
        return done.stdout

    def limits() -> int:
        with served.http() as http:
            return http.get("/limits").status_code

    policy = json.loads(told("policy", "rotation=true", "session_timeout=PT15M", "refresh_idle_limit=null"))
    assert (policy["rotation"], policy["session_timeout"], policy["refresh_idle_limit"]) == (True, "PT15M", None)
    assert json.loads(told("clock", "--freeze", "2026-01-01T00:00:00Z", "--advance", "PT1H"))["now"].startswith(
        "2026-01-01T01"
    )
    assert json.loads(told("clock", "--reset"))["frozen"] is False
    assert json.loads(told("faults", "rate_limit", "--path", "/limits"))[0]["times"] == 1
    assert limits() == 429
    assert json.loads(told("faults", '{"kind": "latency", "seconds": 0.1}', "--times", "0"))[1]["times"] is None
    (listed,) = (json.loads(line) for line in told("requests", "--path", "*/limits").splitlines())
    assert (listed["status"], listed["user"]) == (429, served.given["username"])
    assert told("requests", "--clear", "--status", "429")
    assert told("requests") == ""
    users = json.loads(told("users", "--add", "new@localorg.example", "--last-name", "New"))
    assert users[-1]["Username"] == "new@localorg.example"
    assert json.loads(told("users", "--deactivate", "new@localorg.example"))[-1]["IsActive"] is False
    told("revoke")
    assert limits() == 401
    told("reset")
    assert json.loads(told("policy"))["rotation"] is False
    assert json.loads(told("faults")) == []
    with replace(served, given={**served.given, "access_token": session_of(served)}).http() as http:
        assert http.get("/query?q=SELECT+COUNT()+FROM+Invoice__c").json()["totalSize"] == 0


def session_of(served: Served) -> str:
    trust = ssl.create_default_context(cafile=served.ca)
    token: str = httpx.post(f"{served.given['instance_url']}/_local/sessions", verify=trust).json()["access_token"]
    return token


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("policy", "rotaton=true"), "rotaton: there is no such argument"),
        (("policy", "rotation"), "NAME=VALUE"),
        (("faults", "earthquake"), "there are: maintenance"),
        (("faults", "slow", "--probability", "2"), "probability"),
        (("clock", "--freeze", "soon"), "at: "),
        (("users", "--deactivate", "nobody@example.com"), "no user"),
    ],
)
def test_a_wrong_command_is_one_sentence_and_a_failure(served, arguments, told):
    done = steer(*arguments, *served.reach)
    assert done.exit_code != 0
    assert told in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_an_org_that_is_not_there_is_said_plainly():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        done = steer("reset", "--port", str(taken.getsockname()[1]))
    assert done.exit_code == 1
    assert "No local org answers at http://127.0.0.1:" in done.stderr


def test_what_keeps_an_org_from_starting_is_said_plainly(served, tmp_path):
    (tmp_path / "org.yaml").write_text("objects: {Invoice__c: {label: Invoice, fields: {Total__c: {type: formula}}}}")
    _, port, *_ = served.reach
    for options, code, told in (
        (("--port", port), 1, f"Port {port} is in use"),
        (("--port", "0", "--path", str(tmp_path / "nowhere" / "org.db")), 1, "cannot be opened"),
        (("--port", "0", "--path", str(served.path)), 1, "another local org is using it"),
        (("--port", "0", "--schema", str(tmp_path / "org.yaml")), 2, "Total__c"),
    ):
        done = steer(*options)
        assert (done.exit_code, done.stdout) == (code, "")
        assert told in done.stderr
        assert "Traceback" not in done.stderr


def test_a_certificate_that_is_not_there_is_said_plainly(tmp_path):
    done = steer("reset", "--ca", str(tmp_path / "none.pem"))
    assert done.exit_code == 1
    assert "none.pem" in done.stderr
