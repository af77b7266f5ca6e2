"""Waits until the checkpoint a node runs from is stored, so that a crash after its writes does not lose who asked.

With LangGraph's default `durability="async"`, checkpoints are stored while the graph goes on. After a crash the model
would be asked anew, its message and calls would be others, and no ledger could tell that they were carried out before.
It knows no accounts and no messages.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver

_log = logging.getLogger(__name__)

# Before each look, because a look costs as much as storing does, and at first it has hardly begun. Together about as
# long as anybody waits for a database.
PAUSES = (0.001, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, *(0.1,) * 100)


class _Place(NamedTuple):
    """Where one checkpoint is to be found."""

    saver: Any
    config: RunnableConfig


def wait_until_kept(config: RunnableConfig) -> None:
    """Wait for the checkpoints that a node's task runs from: its graph's, and those of the graphs around it."""
    for place in _places(config):
        for pause in PAUSES:
            time.sleep(pause)
            if place.saver.get_tuple(place.config) is not None:
                break
        else:
            _give_up()


async def await_until_kept(config: RunnableConfig) -> None:
    """As `wait_until_kept`, without blocking the event loop."""
    for place in _places(config):
        for pause in PAUSES:
            await asyncio.sleep(pause)
            if await place.saver.aget_tuple(place.config) is not None:
                break
        else:
            _give_up()


def _places(config: RunnableConfig) -> Iterator[_Place]:
    # LangGraph has no public way to ask for its saver, and these keys are its own: without them nothing is waited for.
    # With "sync" there is nothing to wait for either, with "exit" nothing is stored before the end, and what is kept in
    # memory does not outlive a crash.
    known = config.get("configurable", {})
    saver = known.get("__pregel_checkpointer")
    if (
        not hasattr(saver, "get_tuple")
        or type(saver) is InMemorySaver
        or known.get("__pregel_durability") in ("sync", "exit")
    ):
        return
    for namespace, checkpoint_id in (known.get("checkpoint_map") or {}).items():
        at = {"thread_id": known.get("thread_id"), "checkpoint_ns": namespace, "checkpoint_id": checkpoint_id}
        yield _Place(saver, {"configurable": at})


def _give_up() -> None:
    _log.warning(
        "The checkpoint of this run is not stored yet; should this process crash now, a write may be repeated."
    )
