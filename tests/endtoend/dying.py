"""A process that takes one step of a conversation, and dies on the way, as `kill -9` does. Judges nothing.

Forked from a small server that has everything loaded, because hundreds of these are started.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from langchain_core.messages import ToolMessage
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from process import connected, stepped

from langchain_sfconnect.accounts import ledger, sightings
from langchain_sfconnect.stores.relational import RelationalTokenStore

FORKS = multiprocessing.get_context("forkserver")
LOADED = [
    "pytest",
    "anyio._backends._asyncio",
    "langchain_sfconnect._transport",
    "langchain_sfconnect.connect",
    "langchain_sfconnect.guard.middleware",
    "langchain_sfconnect.localorg",
    "langchain_sfconnect.stores.postgres",
    "langchain_sfconnect.toolkit",
    "langgraph.checkpoint.postgres.aio",
    "langgraph.checkpoint.sqlite.aio",
]
FORKS.set_forkserver_preload(LOADED)


def take(task: dict[str, Any], death: str | None, ready: Any, answers: Any) -> None:
    """What such a process does: the task's step, unless death comes first.

    Args:
        task: As process.py takes it.
        death: At which step of a write it comes; see `arrange`.
        ready: A barrier to wait at before the step, or None.
        answers: Where the report goes.
    """
    hasten()
    if death is not None:
        arrange(death)
    with connected(task) as connect:
        if ready is not None:
            connect.get_account("rep-42")
            ready.wait(60)
        answers.send(stepped(task, connect))


def hasten(quiet: float = 2.2) -> None:
    """Let the ledger wait for less, in about the same proportions: seconds where it takes minutes.

    Salesforce tells its time in whole seconds, so it may be one less, or one more.
    """
    sightings.QUIET, ledger.BEGIN_WITHIN = timedelta(seconds=quiet), timedelta(seconds=quiet / 3)
    ledger.LOOKS, ledger.PATIENCE = (0.1, 0.1, *(0.2,) * int(quiet / 0.2 + 6)), quiet / 2
    ledger.SETTLE, ledger.SETTLE_PAUSES = timedelta(seconds=quiet / 6), (0.05,) * int(quiet / 0.3 + 6)


def arrange(death: str) -> None:
    """Let this process die before a write is noted, before the graph keeps its result, or at a step the ledger says."""
    if death == "unnoted":
        _die_in(RelationalTokenStore, "begin_write")
    elif death == "returned":
        for saver in (SqliteSaver, PostgresSaver):
            _die_in(saver, "put_writes", _holds_result)
        for asaver in (AsyncSqliteSaver, AsyncPostgresSaver):
            _die_in(asaver, "aput_writes", _holds_result)
    else:
        logger = logging.getLogger("langchain_sfconnect.accounts.ledger")
        logger.setLevel(logging.DEBUG)
        logger.addHandler(Killer(death))


class Killer(logging.Handler):
    """Kills its process the moment a write says it has come to a step."""

    def __init__(self, step: str) -> None:
        super().__init__(logging.DEBUG)
        self._step = step

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith("write ") and self._step in record.getMessage():
            die()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_in(cls: type, name: str, when: Callable[..., bool] = lambda *_: True) -> None:
    original = getattr(cls, name)

    def method(self: Any, *args: Any, **options: Any) -> Any:
        if when(*args):
            die()
        return original(self, *args, **options)

    setattr(cls, name, method)


def _holds_result(_: Any, writes: Any, *__: Any) -> bool:
    values = [value for _, value in writes]
    messages = [message for value in values for message in (value if isinstance(value, list) else [value])]
    return any(isinstance(message, ToolMessage) for message in messages)
