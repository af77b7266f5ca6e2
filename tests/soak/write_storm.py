"""A write storm: agents in many conversations, kills, faults and revocations, and in the end figures to judge."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from agents import Call, Plan, file_of, work
from conversation import opened
from crew import FORKS, Orders
from storm import prepare
from write_judge import UNKNOWN, Told, Truth, check_writes, told_in

from langchain_sfconnect import AccountStatus
from langchain_sfconnect._portal import run
from langchain_sfconnect.errors import SFConnectError
from langchain_sfconnect.localorg.mishaps import READY, Answer, Latency, Reset

if TYPE_CHECKING:
    from langchain_sfconnect.localorg import LocalOrg

FOLDERS = ("claims", "done", "questions", "waiting", "answers", "died", "crashed")
KINDS = ("account_create",) * 4 + ("contact_create",) * 2 + ("account_update",) * 2 + ("account_delete",)


@dataclass
class WriteStorm:
    """Agents under rough weather.

    Args:
        org: The rotating org.
        orders: What every worker is told.
        checkpoints: Where LangGraph's are: a file, or the URL of a Postgres with its tables.
        seed: Of all dice.
        workers: How many work at a time.
        conversations: How many each of the accounts has.
        turns: Of each conversation.
        quiet: See Plan.
        kill_every: Seconds between kills; revocations and ends of all sessions are rarer.
        deadline: Seconds until all must be at its end.
    """

    org: LocalOrg
    orders: Orders
    checkpoints: str
    seed: int
    workers: int
    conversations: int
    turns: int
    quiet: float
    kill_every: float
    deadline: float = 600.0
    kills: int = 0
    happened: Counter[str] = field(default_factory=Counter)
    _crew: list[Any] = field(default_factory=list)

    def run(self) -> dict[str, Any]:
        """Blow until every conversation is at its end; judge; returns the figures."""
        self._dice, self._names = Random(self.seed), count(1)
        self._begun = time.monotonic()
        prepare(self.org, self.orders)
        self.plan = self._made_plan()
        self.org.policy.refresh_duration = timedelta(seconds=0.05)
        self.org.requests.clear()
        self._plan_faults()
        with self.orders.connect() as connect:
            self._user = connect
            try:
                self._blow()
            finally:
                for worker in self._crew:
                    worker.kill()
                    worker.join(60)
        self.org.faults.clear()
        return self._judge()

    def _made_plan(self) -> Plan:
        for folder in FOLDERS:
            (self.orders.folder / folder).mkdir()
        threads = [
            f"{identifier}/{number}" for identifier in self.orders.identifiers for number in range(self.conversations)
        ]
        turns = {thread: [self._turn(thread, turn) for turn in range(self.turns)] for thread in threads}
        return Plan(self.orders, self.checkpoints, turns, self.quiet, suicides=0.02)

    def _turn(self, thread: str, turn: int) -> list[Call]:
        return [self._call(f"{thread} {turn} {number}") for number in range(self._dice.choice([1, 2]))]

    def _call(self, name: str) -> Call:
        kind = self._dice.choice(KINDS)
        if kind == "account_create":
            return "salesforce_account_create", {"Name": f"Made {name}", "Description": "made"}
        if kind == "contact_create":
            return "salesforce_contact_create", {"LastName": f"Made {name}"}
        session = self.org.engine.session(self.org.users[0]["Id"])
        target = {"account_id": session.create("Account", {"Name": f"Target {name}"})}
        changed = {**target, "Description": "changed"}
        return f"salesforce_{kind}", changed if kind == "account_update" else target

    def _plan_faults(self) -> None:
        """Of all that agents send: lost before and after it took effect, refused, or late."""
        plans: list[tuple[Any, str, float]] = [
            (Latency(0.0, upto=0.3), "/sobjects/*", 0.15),
            (Reset(), "/sobjects/*", 0.025),
            (Reset(after="handled"), "/sobjects/*", 0.025),
            (Answer(502, after="handled"), "/sobjects/*", 0.02),
            (READY["unavailable"], "/sobjects/*", 0.02),
            (READY["lock_row"], "/sobjects/*", 0.03),
            (READY["unavailable"], "/query*", 0.05),
            (Reset(), "/query*", 0.05),
            (READY["unavailable"], "*/oauth2/token", 0.02),
            (Reset(after="handled"), "*/oauth2/token", 0.02),
        ]
        for number, (action, path, probability) in enumerate(plans):
            self.org.faults.add(action, path=path, times=None, probability=probability, seed=self.seed + number)

    def _blow(self) -> None:
        events: list[tuple[float, Callable[[], None]]] = [
            (self.kill_every, self._kill),
            (self.kill_every * 3, self._revoke),
            (self.kill_every * 4, self._end_sessions),
        ]
        due = [time.monotonic() + every for every, _ in events]
        while self._open_conversations():
            now = time.monotonic()
            assert now - self._begun < self.deadline, f"not at its end: {sorted(self._open_conversations())}"
            self._man()
            self._answer_questions()
            for number, (every, happens) in enumerate(events):
                if due[number] <= now:
                    happens()
                    due[number] = now + every * self._dice.uniform(0.5, 1.5)
            threading.Event().wait(0.02)
        self.orders.stop_file.touch()
        for worker in self._crew:
            worker.join(60)
            assert worker.exitcode in (0, -9), f"{worker.name} ended with {worker.exitcode}"

    def _open_conversations(self) -> set[str]:
        done = {path.name for path in self.plan.folder("done").iterdir()}
        return {thread for thread in self.plan.turns if file_of(thread) not in done}

    def _man(self) -> None:
        """Have as many workers as there should be; what the dead were at is free again."""
        for worker in [worker for worker in self._crew if not worker.is_alive()]:
            self._bury(worker)
        while len(self._crew) < self.workers:
            name = f"worker-{next(self._names)}"
            worker = FORKS.Process(target=work, args=(self.plan, name, self._dice.random()), name=name)
            worker.start()
            self._crew.append(worker)

    def _bury(self, worker: Any) -> None:
        worker.join(60)
        assert worker.exitcode == -9, f"{worker.name} ended with {worker.exitcode}"
        self.kills += 1
        self._crew.remove(worker)
        for claim in self.plan.folder("claims").iterdir():
            if claim.is_symlink() and claim.readlink().name == worker.name:
                claim.unlink()

    def _kill(self) -> None:
        self.happened["killed from outside"] += 1
        self._dice.choice(self._crew).kill()

    def _revoke(self) -> None:
        self.happened["revocations"] += 1
        self.org.revoke(self._username(self._dice.choice(self.orders.identifiers)))

    def _end_sessions(self) -> None:
        self.happened["sessions ended"] += 1
        self.org.expire_sessions()

    def _username(self, identifier: str) -> str:
        return f"storm-{identifier.rpartition('-')[2]}@acme.example"

    def _answer_questions(self) -> None:
        """The users: mostly they authorize and say so; some only say so, and some decline."""
        for question in list(self.plan.folder("questions").iterdir()):
            answer = self.plan.folder("answers") / question.name
            if question.suffix or answer.exists():
                continue
            asked = json.loads(question.read_text())
            self._check_held(asked["held"])
            word = self._dice.choices(["done", "only says so", "decline"], [8, 1, 1])[0]
            self.happened[f"answered: {word}"] += 1
            if word == "done":
                self._authorize(asked["thread"].partition("/")[0])
            new = answer.with_suffix(".new")
            new.write_text("decline" if word == "decline" else "done")
            new.rename(answer)

    def _check_held(self, held: list[dict[str, Any]]) -> None:
        """Nothing of a turn is written before its question is answered."""
        truth = Truth.of(self.org)
        for args in held:
            kind = "create" if "account_id" not in args else "update" if "Description" in args else "delete"
            assert not truth.holds(Told(f"_{kind}", args, None, "", "")), f"written before the question: {args}"

    def _authorize(self, identifier: str) -> None:
        username = self._username(identifier)
        for _ in range(20):
            if self._user.get_account(identifier).status == AccountStatus.ACTIVE:
                return
            try:
                url = self._user.authorization_link(identifier).url
                self._user.complete_authorization(self.org.approve(url, username), identifier)
            except SFConnectError:
                continue  # the weather: the user tries again
        raise AssertionError(f"{identifier} cannot be authorized")

    def _judge(self) -> dict[str, Any]:
        told = [write for thread, messages in self._histories() for write in told_in(messages, self.turns)]
        truth = Truth.of(self.org)
        check_writes(truth, told)
        return self._figures(truth, told)

    def _lines(self, name: str) -> list[str]:
        path = self.plan.folder(name)
        return path.read_text().splitlines() if path.exists() else []

    def _histories(self) -> Iterator[tuple[str, Any]]:
        async def read() -> list[tuple[str, Any]]:
            async with opened(self.checkpoints, "async") as saver:
                found = []
                for thread in self.plan.turns:
                    kept = await saver.aget_tuple({"configurable": {"thread_id": thread}})
                    assert kept is not None
                    found.append((thread, kept.checkpoint["channel_values"]["messages"]))
                return found

        return iter(run(read))

    def _figures(self, truth: Truth, told: list[Told]) -> dict[str, Any]:
        seconds = time.monotonic() - self._begun
        writes = [r for r in self.org.requests if r.method != "GET" and "/sobjects/" in r.path]
        return {
            "seconds": round(seconds, 1),
            "turns": len(self.plan.turns) * self.turns,
            "writes": dict(Counter(write.kind for write in told)),
            "told": dict(Counter(write.code or "success" for write in told)),
            "unknown": [(write.kind, truth.holds(write), write.message) for write in told if write.code == UNKNOWN],
            "writes sent": dict(Counter(f"{request.method} {request.status}" for request in writes)),
            "requests": len(self.org.requests),
            "kills": self.kills,
            "died at": dict(Counter(path.name.partition(" ")[2] for path in self.plan.folder("died").iterdir())),
            "looks that failed": dict(Counter(self._lines("looks"))),
            "crashed": dict(Counter(path.name.partition(" ")[2] for path in self.plan.folder("crashed").iterdir())),
            **self.happened,
        }


def checkpoints_of(store: str, folder: Path) -> str:
    """Where LangGraph's checkpoints are: beside the accounts, in Postgres with its tables made."""
    if not store.startswith("postgres"):
        return str(folder / "checkpoints.sqlite")
    from langgraph.checkpoint.postgres import PostgresSaver

    with PostgresSaver.from_conn_string(store) as saver:
        saver.setup()
    return store
