"""Waits until the checkpoint that a tool runs from is stored, so that a crash after its write does not lose who asked.

With LangGraph's default `durability="async"`, checkpoints are stored while the graph goes on. After a crash the model
would be asked anew, its message and calls would be others, and no ledger could tell that they were carried out before;
or a guard would ask about a turn of which something is already written. It knows no accounts and no messages.

LangGraph is looked up, not imported: it need not be installed.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_log = logging.getLogger(__name__)

# Before each look, because a look costs as much as storing does, and at first it has hardly begun. Together about as
# long as anybody waits for a database.
PAUSES = (0.001, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, *(0.1,) * 100)


class _Place(NamedTuple):
    """Where one checkpoint is to be found."""

    saver: Any
    config: dict[str, Any]


def wait_until_kept(config: Mapping[str, Any]) -> None:
    """Wait for the checkpoints that a graph's task runs from: its graph's, and those of the graphs around it."""
    for place in _places(config):
        for pause in PAUSES:
            time.sleep(pause)
            if _found(place):
                break
        else:
            _give_up()


async def await_until_kept(config: Mapping[str, Any]) -> None:
    """As `wait_until_kept`, without blocking the event loop."""
    for place in _places(config):
        for pause in PAUSES:
            await asyncio.sleep(pause)
            if await _afound(place):
                break
        else:
            _give_up()


def _found(place: _Place) -> bool:
    try:
        return place.saver.get_tuple(place.config) is not None
    except Exception as error:
        return _blind(error)


async def _afound(place: _Place) -> bool:
    # LangGraph cancels a turn's calls when one of them fails; a saver is not left in the middle of a look.
    look = asyncio.ensure_future(place.saver.aget_tuple(place.config))
    look.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        return await asyncio.shield(look) is not None
    except Exception as error:
        return _blind(error)


def _blind(error: Exception) -> bool:
    # A saver that cannot be read where this runs must not keep every write from going.
    _log.warning("Whether this run's checkpoint is stored cannot be told: %s", type(error).__name__)
    return True


def _places(config: Mapping[str, Any]) -> Iterator[_Place]:
    # LangGraph has no public way to ask for its saver, and these keys are its own: without them nothing is waited for.
    # With "sync" there is nothing to wait for either, with "exit" nothing is stored before the end, and what is kept in
    # memory does not outlive a crash.
    known = config.get("configurable", {})
    saver = known.get("__pregel_checkpointer")
    if not hasattr(saver, "get_tuple") or _is_in_memory(saver) or known.get("__pregel_durability") in ("sync", "exit"):
        return
    for namespace, checkpoint_id in (known.get("checkpoint_map") or {}).items():
        at = {"thread_id": known.get("thread_id"), "checkpoint_ns": namespace, "checkpoint_id": checkpoint_id}
        yield _Place(saver, {"configurable": at})


def _is_in_memory(saver: Any) -> bool:
    memory = sys.modules.get("langgraph.checkpoint.memory")
    return memory is not None and type(saver) is memory.InMemorySaver


def _give_up() -> None:
    _log.warning(
        "The checkpoint of this run is not stored yet; should this process crash now, a write may be repeated."
    )
