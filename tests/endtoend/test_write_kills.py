"""A process killed at any step of a write leaves a conversation that another goes on with, the write done once."""

from __future__ import annotations

import itertools
import json
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from dying import FORKS, take
from langgraph.checkpoint.postgres import PostgresSaver

from langchain_sfconnect import SalesforceConnect
from langchain_sfconnect.localorg import LocalOrg
from langchain_sfconnect.localorg.faults import Answer, Latency, Reset, Truncate

DEADLINE = 60.0
LATE = Latency(0.4)  # well under what the processes take for quiet


class Way(NamedTuple):
    """One way to die, and where."""

    step: str
    write: str
    wiring: str = "create_agent"
    mode: str = "sync"
    durability: str = "sync"
    store: str = "sqlite"
    checkpoints: str = "sqlite"


# Every step with every write, and any two settings somewhere together; `test_any_two_settings_meet` counts them.
WAYS = [
    Way("unnoted", "create", "create_agent", "sync", "sync", "postgres", "sqlite"),
    Way("unnoted", "update", "graph", "sync", "sync", "postgres", "postgres"),
    Way("unnoted", "delete", "graph", "async", "async", "sqlite", "sqlite"),
    Way("recorded", "create", "create_agent", "async", "async", "sqlite", "sqlite"),
    Way("recorded", "update", "graph", "sync", "sync", "sqlite", "sqlite"),
    Way("recorded", "delete", "graph", "sync", "sync", "postgres", "postgres"),
    Way("under way", "create", "graph", "async", "sync", "postgres", "sqlite"),
    Way("under way", "update", "graph", "sync", "sync", "sqlite", "sqlite"),
    Way("under way", "delete", "create_agent", "async", "async", "sqlite", "postgres"),
    Way("answered", "create", "graph", "async", "async", "sqlite", "sqlite"),
    Way("answered", "update", "create_agent", "sync", "async", "sqlite", "sqlite"),
    Way("answered", "delete", "create_agent", "sync", "sync", "postgres", "postgres"),
    Way("finished", "create", "graph", "async", "async", "postgres", "postgres"),
    Way("finished", "update", "create_agent", "sync", "sync", "sqlite", "sqlite"),
    Way("finished", "delete", "graph", "sync", "async", "sqlite", "sqlite"),
    Way("returned", "create", "graph", "sync", "sync", "sqlite", "postgres"),
    Way("returned", "update", "create_agent", "async", "async", "postgres", "postgres"),
    Way("returned", "delete", "create_agent", "async", "async", "sqlite", "sqlite"),
]


@dataclass
class Scene:
    """One thread with one write, and the processes that take its steps."""

    org: LocalOrg
    way: Way
    name: str
    task: dict[str, Any]

    def dies(self, death: str, step: str = "say") -> None:
        """A process takes a step and dies at that step of the write."""
        process, _ = self._start(step, death=death)
        process.join(DEADLINE)
        assert process.exitcode == -signal.SIGKILL, f"it did not come to {death!r}"

    def is_killed(self, when: Callable[[], object], step: str = "say") -> None:
        """A process takes a step and is killed as soon as something is so."""
        process, _ = self._start(step)
        wait_until(when)
        process.kill()
        process.join(DEADLINE)
        assert process.exitcode == -signal.SIGKILL, "it had ended before it was killed"

    def is_killed_under_way(self, step: str = "say") -> None:
        """A process is killed when its write has reached the org, which carries it out all the same, a little later."""
        slow = self.org.faults.add(LATE, path="/sobjects/Account*")
        self.is_killed(lambda: slow.hits, step)
        assert self.carried_out == [], "the org had answered before the process was killed"

    def go_on(self, processes: int = 1) -> list[dict[str, Any]]:
        """So many processes resume the thread at the same moment; what each reports."""
        ready = FORKS.Barrier(processes) if processes > 1 else None
        started = [self._start("go on", ready=ready) for _ in range(processes)]
        reports = [receiver.recv() for _, receiver in started if receiver.poll(DEADLINE)]
        for process, _ in started:
            process.join(DEADLINE)
        assert [process.exitcode for process, _ in started] == [0] * processes
        return reports

    def _start(self, step: str, *, death: str | None = None, ready: Any = None) -> Any:
        receiver, sender = FORKS.Pipe(duplex=False)
        process = FORKS.Process(target=take, args=({**self.task, "step": step}, death, ready, sender))
        process.start()
        sender.close()
        return process, receiver

    @property
    def sent(self) -> int:
        """How often the write reached the org."""
        return len(self._writes())

    @property
    def carried_out(self) -> list[int | None]:
        """What the org answered where it did what it was asked to."""
        return [status for status in self._writes() if status in (201, 204)]

    def _writes(self) -> list[int | None]:
        return [each.status for each in self.org.requests if each.method != "GET" and "/sobjects/" in each.path]

    def check_written_once(self, report: dict[str, Any]) -> None:
        """There is one record, it is as it was to be, and the agent was told so."""
        assert report["calls"] == {"call_0_0": "success"}, report["answers"]
        session = self.org.engine.session(self.org.users[0]["Id"])
        soql = f"SELECT Id, IsDeleted, Description FROM Account WHERE Name = '{self.name}'"
        (record,) = session.query(soql, include_deleted=True)["records"]
        assert record["IsDeleted"] is (self.way.write == "delete")
        assert record["Description"] == ("old" if self.way.write == "delete" else "new")
        if self.way.write == "create":
            assert json.loads(report["answers"]["call_0_0"])["id"] == record["Id"]


@pytest.fixture
def staged(
    request: pytest.FixtureRequest,
    org: LocalOrg,
    connecting: Callable[..., SalesforceConnect],
    authorize: Callable[..., None],
    make: Callable[..., str],
    tmp_path: Path,
    key: str,
) -> Callable[[Way], Scene]:
    """Sets a scene: the rep is connected, and the record that is to be changed is there."""

    def stage(way: Way) -> Scene:
        org.clock.advance(timedelta(minutes=5))  # what earlier tests wrote is no longer looked at
        postgres = request.getfixturevalue("postgres_url") if "postgres" in (way.store, way.checkpoints) else ""
        store = postgres if way.store == "postgres" else f"sqlite:///{tmp_path}/accounts.sqlite"
        authorize(connecting(store=store))
        if way.checkpoints == "postgres":
            with PostgresSaver.from_conn_string(postgres) as saver:
                saver.setup()
        name = f"Killed {request.node.name}"
        turn = [_call(way.write, name, "" if way.write == "create" else make("Account", Name=name, Description="old"))]
        org.requests.clear()
        task = {
            "app": asdict(org.app),
            "store": store,
            "key": key,
            "checkpoints": postgres if way.checkpoints == "postgres" else str(tmp_path / "checkpoints.sqlite"),
            "turns": [turn],
            **{part: getattr(way, part) for part in ("wiring", "mode", "durability")},
        }
        return Scene(org, way, name, task)

    return stage


def _call(write: str, name: str, record_id: str) -> tuple[str, dict[str, Any]]:
    arguments = {
        "create": {"Name": name, "Description": "new"},
        "update": {"account_id": record_id, "Description": "new"},
        "delete": {"account_id": record_id},
    }
    return f"salesforce_account_{write}", arguments[write]


def wait_until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.005)


def test_any_two_settings_meet_in_some_way() -> None:
    values = [set(column) for column in zip(*WAYS, strict=True)]
    for one, other in itertools.combinations(range(len(values)), 2):
        assert {(way[one], way[other]) for way in WAYS} == set(itertools.product(values[one], values[other]))


@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_a_write_is_done_once_at_whatever_step_its_process_is_killed(staged: Callable[[Way], Scene], way: Way) -> None:
    scene = staged(way)
    if way.step == "under way":
        scene.is_killed_under_way()
    else:
        scene.dies(way.step)
    (report,) = scene.go_on()
    scene.check_written_once(report)
    # Only a change that can be repeated harmlessly is sent again, and only where nobody knows of its first sending.
    in_doubt = way.step in ("under way", "answered") and way.write != "create"
    assert scene.sent == (2 if in_doubt else 1)


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_turn_that_has_begun_is_not_asked_about_though_its_account_died_with_the_process(
    staged: Callable[[Way], Scene], mode: str
) -> None:
    scene = staged(Way("finished", "update", "create_agent", mode, "async"))
    scene.dies("finished")
    scene.org.revoke()
    (report,) = scene.go_on()
    scene.check_written_once(report)


@pytest.mark.parametrize(
    ("way", "then"),
    [
        (Way("recorded", "create", "graph", "async", "async", "postgres", "postgres"), "taken over"),
        (Way("recorded", "create", "graph"), "answered"),
        (Way("answered", "create", mode="async"), "the record"),
        (Way("answered", "create", store="postgres"), "finished"),
        (Way("under way", "create", "graph", "async"), "found unfinished"),
        (Way("recorded", "update", mode="async"), "answered"),
        (Way("answered", "update", "graph", store="postgres"), "taken over"),
        (Way("under way", "delete", mode="async"), "answered"),
    ],
    ids=lambda each: each if isinstance(each, str) else f"{each.write}-{each.step}",
)
def test_a_write_is_done_once_though_the_process_that_recovers_it_is_killed_too(
    staged: Callable[[Way], Scene], way: Way, then: str
) -> None:
    scene = staged(way)
    if way.step == "under way":
        scene.is_killed_under_way()
    else:
        scene.dies(way.step)
    scene.dies(then, "go on")
    (report,) = scene.go_on()
    scene.check_written_once(report)
    assert scene.sent == 1 or way.write != "create"


@pytest.mark.parametrize(
    "way",
    [
        Way("unnoted", "create"),
        Way("recorded", "create", "graph", "async", store="postgres", checkpoints="postgres"),
        Way("under way", "create", mode="async"),
        Way("answered", "create", "graph", store="postgres"),
        Way("returned", "create"),
        Way("recorded", "update", mode="async"),
        Way("answered", "delete", "graph"),
    ],
    ids=lambda way: f"{way.write}-{way.step}",
)
def test_two_processes_that_resume_a_thread_at_the_same_moment_write_once(
    staged: Callable[[Way], Scene], way: Way
) -> None:
    scene = staged(way)
    if way.step == "under way":
        scene.is_killed_under_way()
    else:
        scene.dies(way.step)
    first, second = scene.go_on(processes=2)
    scene.check_written_once(first)
    scene.check_written_once(second)
    assert scene.sent == 1 or way.write != "create"


@pytest.mark.parametrize(
    "lost", [Reset(after="handled"), Truncate(), Answer(502, after="handled")], ids=lambda lost: lost.kind
)
def test_a_create_whose_answer_is_lost_is_not_sent_again_though_its_process_is_killed_when_it_has_found_the_record(
    staged: Callable[[Way], Scene], org: LocalOrg, lost: Any
) -> None:
    scene = staged(Way("answer lost", "create"))
    org.faults.add(lost, method="POST", path="/sobjects/Account")
    scene.dies("the record")
    (report,) = scene.go_on()
    scene.check_written_once(report)
    assert scene.sent == 1


def test_a_create_that_was_cut_off_before_it_happened_is_sent_again_though_its_process_is_killed_while_it_looks(
    staged: Callable[[Way], Scene], org: LocalOrg
) -> None:
    scene = staged(Way("answer lost", "create", mode="async"))
    org.faults.add(Reset(), method="POST", path="/sobjects/Account")
    scene.is_killed(lambda: org.requests.matching("*/queryAll"))
    (report,) = scene.go_on()
    scene.check_written_once(report)
    assert (scene.sent, scene.carried_out) == (2, [201])


@pytest.mark.parametrize("write", ["update", "delete"])
def test_a_change_whose_answers_are_lost_is_completed_though_its_process_is_killed(
    staged: Callable[[Way], Scene], org: LocalOrg, write: str
) -> None:
    scene = staged(Way("answer lost", write))
    lost = org.faults.add(Reset(after="handled"), path="/sobjects/Account/*", times=2)
    org.faults.add(LATE, path="/sobjects/Account/*")
    scene.is_killed(lambda: lost.hits == 2)
    (report,) = scene.go_on()
    scene.check_written_once(report)
