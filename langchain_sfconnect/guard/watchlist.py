"""Which paused threads wait for which accounts; in memory, and safe to use from many threads of the process.

It decides who may answer what, so that nothing is answered twice. It knows no graph and no connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from langchain_core.runnables import RunnableConfig

from langchain_sfconnect.errors import InvalidArgument
from langchain_sfconnect.guard.payloads import ReauthorizationRequest
from langchain_sfconnect.guard.resuming import id_of

Questions = Mapping[str, frozenset[str]]
"""Interrupt ids, each with the identifiers its question names."""


@dataclass(eq=False, slots=True)
class Watched:
    """A paused thread. Only the list changes it.

    Attributes:
        config: What is needed to run it again.
        context: The run's context.
        loop: The event loop it runs on; None if it runs on a thread, with the graph's sync methods.
        questions: What is pending.
        reported: For each question, the accounts that became active since it was asked.
        answered: Questions that were answered, so that none is twice.
        busy: Whether somebody is resuming it just now.
    """

    config: RunnableConfig
    context: Any = None
    loop: asyncio.AbstractEventLoop | None = None
    questions: dict[str, frozenset[str]] = field(default_factory=dict)
    reported: dict[str, set[str]] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    busy: bool = False

    @property
    def key(self) -> tuple[Any, str]:
        configurable = self.config["configurable"]
        return configurable["thread_id"], configurable.get("checkpoint_ns", "")

    def ready(self) -> list[str]:
        """Questions whose every account was reported, and that nobody has answered."""
        complete = (id_ for id_, names in self.questions.items() if names <= self.reported[id_])
        return [id_ for id_ in complete if id_ not in self.answered]

    def note(self, identifier: str) -> bool:
        """Note that an account became active; whether a question names it."""
        named = [id_ for id_, names in self.questions.items() if identifier in names]
        for id_ in named:
            self.reported[id_].add(identifier)
        return bool(named)


class Watchlist:
    """The threads that are watched."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads: dict[tuple[Any, str], Watched] = {}

    def __len__(self) -> int:
        return len(self._threads)

    def put(self, thread: Watched, questions: Questions) -> Watched | None:
        """Watch a thread, or go on watching it with a newer config and context; None if it waits for nobody."""
        with self._lock:
            known = self._threads.setdefault(thread.key, thread)
            known.config, known.context, known.loop = thread.config, thread.context, thread.loop
            if not known.busy:  # else who resumes it looks later than the caller has
                self._renew(known, questions)
            return known if questions.keys() - known.answered else None

    def see(self, thread: Watched, questions: Questions) -> frozenset[str]:
        """Take over what is pending now; returns the accounts of questions that were not known before."""
        with self._lock:
            new = questions.keys() - thread.questions.keys()
            self._renew(thread, questions)
            return frozenset[str]().union(*(questions[id_] for id_ in new))

    def report(self, identifier: str) -> list[Watched]:
        """An account became active; returns the threads that wait for nothing else any more."""
        with self._lock:
            return [each for each in self._threads.values() if each.note(identifier) and each.ready()]

    def note(self, thread: Watched, identifiers: Iterable[str]) -> bool:
        """Accounts of one thread's questions are active; returns whether it waits for nothing else any more."""
        with self._lock:
            for identifier in identifiers:
                thread.note(identifier)
            return bool(thread.ready())

    def withdraw(self, identifier: str) -> None:
        """An account is not active any more."""
        with self._lock:
            for thread in self._threads.values():
                for names in thread.reported.values():
                    names.discard(identifier)

    def claim(self, thread: Watched) -> bool:
        """Whether the caller, and nobody else, may resume the thread now. Who may must `release` it."""
        with self._lock:
            mine = not thread.busy and bool(thread.ready())
            thread.busy = thread.busy or mine
            return mine

    def take(self, thread: Watched, failed: Iterable[str] = ()) -> list[str]:
        """The questions to answer now, which nobody else will be given; if there is none, it is as after `release`.

        In one step with looking, so that a report that comes meanwhile is either seen here or claims the thread itself.
        """
        with self._lock:
            ready = thread.ready()
            thread.answered.update(ready)
            if not ready:
                self._release(thread, failed)
            return ready

    def release(self, thread: Watched, failed: Iterable[str] = ()) -> None:
        """Let others resume the thread, and answer again where answering failed."""
        with self._lock:
            self._release(thread, failed)

    def _release(self, thread: Watched, failed: Iterable[str]) -> None:
        thread.busy = False
        thread.answered.difference_update(failed)
        self._forget_if_idle(thread)

    def _renew(self, thread: Watched, questions: Questions) -> None:
        thread.questions = dict(questions)
        thread.reported = {id_: thread.reported.get(id_, set()) for id_ in questions}
        thread.answered &= questions.keys()
        self._forget_if_idle(thread)

    def _forget_if_idle(self, thread: Watched) -> None:
        if not thread.questions and not thread.busy and self._threads.get(thread.key) is thread:
            del self._threads[thread.key]


def questions_of(interrupts: Iterable[Any]) -> Questions:
    """The guard's questions about accounts among interrupts; those for an approval are the user's alone to answer."""
    questions: dict[str, frozenset[str]] = {}
    for each in interrupts:
        with contextlib.suppress(InvalidArgument):
            request = ReauthorizationRequest.from_interrupt(each)
            if (id_ := id_of(each)) and request.accounts:
                questions[id_] = frozenset(account["identifier"] for account in request.accounts)
    return questions


def kept(config: RunnableConfig) -> RunnableConfig:
    """What of a config is needed to run its thread again; a `checkpoint_id` would run it from there, as a fork.

    Raises:
        InvalidArgument: It has no `thread_id`.
    """
    given = (config or {}).get("configurable") or {}
    if given.get("thread_id") is None:
        raise InvalidArgument(
            "The config has no thread_id.", hint="Pass the config of the run: {'configurable': {'thread_id': …}}."
        )
    scalars = {name: value for name, value in given.items() if isinstance(value, str | int | float)}
    ours = {name: value for name, value in scalars.items() if name != "checkpoint_id" and not name.startswith("__")}
    return {"configurable": {**ours, "thread_id": given["thread_id"]}}
