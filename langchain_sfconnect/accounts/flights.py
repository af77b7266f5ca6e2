"""Work that many callers want at once, done once: who comes while it is under way joins. Knows nothing of accounts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, TypeVar

from langchain_sfconnect._portal import PerLoop
from langchain_sfconnect.errors import SFConnectError

T = TypeVar("T")


class Flights(Generic[T]):
    """One task per key and event loop, shielded: a caller that is cancelled does not cut the others off."""

    def __init__(self) -> None:
        self._under_way: PerLoop[dict[str, asyncio.Task[T]]] = PerLoop(dict, _nothing)

    async def join(self, key: str, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Wait for the work of this key, started now if nobody has.

        Raises:
            BaseException: Whatever the work raised; each who joined gets an error of their own.
        """
        under_way = self._under_way.get()
        task = under_way.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(start())
            under_way[key] = task
            task.add_done_callback(lambda done: _land(under_way, key, done))
        try:
            return await asyncio.shield(task)
        except SFConnectError as error:
            raise again(error) from None

    async def land_all(self, *, within: float) -> None:
        """Wait until nothing is under way on this event loop, or for so many seconds."""
        if tasks := set(self._under_way.get().values()):
            await asyncio.wait(tasks, timeout=within)


class SharedReads(Generic[T]):
    """As `Flights`, for what may be begun again: the first caller does it, without a task, and the others wait.

    A first caller who is cancelled leaves it to the next. Where nothing waits, as in a read of a local file, this costs
    a fraction of a task.
    """

    def __init__(self) -> None:
        self._under_way: PerLoop[dict[str, asyncio.Future[T]]] = PerLoop(dict, _nothing)

    async def join(self, key: str, start: Callable[[], Awaitable[T]]) -> T:
        """Wait for the read of this key, or do it.

        Raises:
            BaseException: Whatever the read raised, for each who joined.
        """
        under_way = self._under_way.get()
        while (first := under_way.get(key)) is not None:
            await asyncio.wait([first])
            if not first.cancelled():
                return first.result()
        first = under_way[key] = asyncio.get_running_loop().create_future()
        try:
            first.set_result(await start())
        except Exception as error:
            first.set_exception(error)
        finally:
            del under_way[key]
            first.cancel()  # nothing is done by it unless we were cancelled
        return first.result()


def again(error: SFConnectError) -> SFConnectError:
    """An error like one before, for another caller: one object raised by many would mix up hints and tracebacks."""
    other = type(error).__new__(type(error), *error.args)
    other.__dict__.update(error.__dict__)
    return other


def _land(under_way: dict[str, asyncio.Task[T]], key: str, done: asyncio.Task[T]) -> None:
    under_way.pop(key, None)
    if not done.cancelled():
        done.exception()  # looked at here, because every caller may have been cancelled


async def _nothing(_: object) -> None:
    return None
