"""Work that many callers want at once, done once: who comes while it is under way joins. Knows nothing of accounts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, TypeVar

from langchain_sfconnect._portal import PerLoop

T = TypeVar("T")


class Flights(Generic[T]):
    """One task per key and event loop, shielded: a caller that is cancelled does not cut the others off."""

    def __init__(self) -> None:
        self._under_way: PerLoop[dict[str, asyncio.Task[T]]] = PerLoop(dict, _nothing)

    async def join(self, key: str, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Wait for the work of this key, started now if nobody has.

        Raises:
            BaseException: Whatever the work raised, for each who joined.
        """
        under_way = self._under_way.get()
        task = under_way.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(start())
            under_way[key] = task
            task.add_done_callback(lambda done: _land(under_way, key, done))
        return await asyncio.shield(task)

    async def settle(self) -> None:
        """Wait until nothing is under way on this event loop, however it ends."""
        while under_way := list(self._under_way.get().values()):
            await asyncio.wait(under_way)


def _land(under_way: dict[str, asyncio.Task[T]], key: str, done: asyncio.Task[T]) -> None:
    under_way.pop(key, None)
    if not done.cancelled():
        done.exception()  # looked at here, because every caller may have been cancelled


async def _nothing(_: object) -> None:
    return None
