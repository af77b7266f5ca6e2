"""What a conversation left in SQLite is enough to go on with, in another process, with every write exactly once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

import langchain_sfconnect
from langchain_sfconnect import SalesforceConnect
from langchain_sfconnect.localorg import LocalOrg
from langchain_sfconnect.localorg.faults import Latency

PROCESS = Path(__file__).with_name("process.py")
DEADLINE = 60.0

Task = Callable[..., dict[str, Any]]
Process = subprocess.Popen[str]


@pytest.fixture
def task(org: LocalOrg, tmp_path: Path, key: str, rep: str) -> Task:
    """A step of one conversation, for a process that shares nothing with this one but files and the org."""

    def make(step: str, *turns: list[Any], wiring: str, mode: str = "sync", then: str = "exit") -> dict[str, Any]:
        return {
            "app": asdict(org.app),
            "store": f"sqlite:///{tmp_path}/accounts.sqlite",
            "key": key,
            "checkpoints": str(tmp_path / "checkpoints.sqlite"),
            "wiring": wiring,
            "mode": mode,
            "step": step,
            "turns": turns,
            "then": then,
        }

    return make


@contextmanager
def started(task: dict[str, Any]) -> Iterator[Process]:
    """The task's process; whatever happens here, it is ended and waited for."""
    # Strictly: a checkpoint that held any class of ours could not be read back.
    strict = {"LANGGRAPH_STRICT_MSGPACK": "true", "PYTHONPATH": str(Path(langchain_sfconnect.__file__).parents[1])}
    with subprocess.Popen(
        [sys.executable, str(PROCESS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **strict},
    ) as process:
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps(task) + "\n")
            process.stdin.flush()
            yield process
        finally:
            process.kill()


def report_of(process: Process) -> dict[str, Any]:
    assert process.stdout is not None
    report: dict[str, Any] = json.loads(process.stdout.readline())
    return report


def done(task: dict[str, Any]) -> dict[str, Any]:
    with started(task) as process:
        report = report_of(process)
        assert process.wait(DEADLINE) == 0
        return report


def wait_until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.01)


def creating(name: str) -> list[Any]:
    return [["salesforce_account_create", {"Name": name}]]


@pytest.mark.parametrize(("wiring", "mode", "ending"), [("create_agent", "sync", "exit"), ("graph", "async", "kill")])
def test_another_process_resumes_after_the_authorization_and_writes_once(
    org: LocalOrg, connect: SalesforceConnect, task: Task, sent: Any, wiring: str, mode: str, ending: str
) -> None:
    turn, how = creating(f"After {ending}"), {"wiring": wiring, "mode": mode}
    org.revoke()
    if ending == "exit":
        asked = done(task("say", turn, **how))
    else:
        with started(task("say", turn, **how, then="wait")) as process:
            asked = report_of(process)
            process.kill()
            assert process.wait(DEADLINE) < 0
    assert asked["calls"] == {}
    assert asked["urls"] == [connect.authorization_link("rep-42").url]
    assert sent("POST") == []
    connect.complete_authorization(org.approve(asked["urls"][0]), "rep-42")
    assert done(task("answer", turn, **how))["calls"] == {"call_0_0": "success"}
    assert [(request.status, json.loads(request.body)["Name"]) for request in sent("POST")] == [
        (201, f"After {ending}")
    ]


def test_a_crash_during_a_write_repeats_neither_an_earlier_write_nor_that_one(
    org: LocalOrg, task: Task, sent: Any
) -> None:
    turns = [creating("First"), [["salesforce_contact_create", {"LastName": "In flight"}]]]
    slow = org.faults.add(action=Latency(0.5), method="POST", path="/sobjects/Contact")
    with started(task("say", *turns, wiring="create_agent")) as process:
        wait_until(lambda: slow.hits)
        process.kill()
        assert process.wait(DEADLINE) < 0
    assert sent("POST", "/sobjects/Contact") == [], "the org had answered before the process was killed"
    # The org carries the request out all the same, as Salesforce does when nobody waits for the answer any more.
    wait_until(lambda: sent("POST", "/sobjects/Contact"))
    resumed = done(task("go on", *turns, wiring="create_agent"))
    assert resumed["calls"] == {"call_0_0": "success", "call_1_0": "success"}
    assert len(sent("POST", "/sobjects/Account")) == 1
    # Nothing in the checkpoint tells that the second write had been begun, so LangGraph runs its task again.
    assert [request.status for request in sent("POST", "/sobjects/Contact")] == [201]
    assert len(org.query("SELECT Id FROM Contact WHERE LastName = 'In flight'")) == 1
