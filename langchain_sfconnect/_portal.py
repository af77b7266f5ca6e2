"""The one bridge from sync to async: a background thread with an event loop. Knows nothing of this package."""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextlib
import os
import threading
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class _Portal:
    """An event loop on a daemon thread of its own."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._serve, name="langchain-sfconnect", daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def stop(self) -> None:
        """Close what hangs on the loop, then the loop, so that nothing is reported as forgotten at exit."""
        if self.pid != os.getpid() or not self.thread.is_alive():
            return
        asyncio.run_coroutine_threadsafe(self.loop.shutdown_asyncgens(), self.loop).result(timeout=5)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(timeout=5)
        self.loop.close()


_lock = threading.Lock()
_portal: _Portal | None = None


def _current() -> _Portal:
    global _portal
    with _lock:
        # A forked child inherits the object but not the thread.
        if _portal is None or _portal.pid != os.getpid():
            _portal = _Portal()
            atexit.register(_portal.stop)
        return _portal


def run(function: Callable[..., Coroutine[Any, Any, T]], *args: Any, **kwargs: Any) -> T:
    """Run an async function to its end on the background loop and return its result.

    The caller's context variables are visible to it, and an interrupt of the caller (Ctrl-C) cancels it.

    Raises:
        RuntimeError: Called from the background loop itself, where it would wait for ever.
    """
    portal = _current()
    if threading.current_thread() is portal.thread:
        raise RuntimeError("A sync method was called from async code of langchain_sfconnect; await its a-twin instead.")
    future: concurrent.futures.Future[T] | None = None
    try:
        future = asyncio.run_coroutine_threadsafe(function(*args, **kwargs), portal.loop)
        return future.result()
    except BaseException:
        if future is not None:
            future.cancel()
        raise


class PerLoop(Generic[T]):
    """One `T` per running event loop, made on first use and closed when that loop shuts down.

    Async clients belong to the loop that first used them, and notebooks, tests and `asyncio.run` make new loops.

    Args:
        make: Creates the object; called on the loop.
        close: Closes it; awaited on the loop.
    """

    def __init__(self, make: Callable[[], T], close: Callable[[T], Awaitable[None]]) -> None:
        self._make, self._close = make, close
        self._entries: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[T, AsyncIterator[None]]] = (
            weakref.WeakKeyDictionary()
        )

    def get(self) -> T:
        """The object of the running loop."""
        loop = asyncio.get_running_loop()
        entry = self._entries.get(loop)
        return entry[0] if entry is not None else self._open(loop)

    def _open(self, loop: asyncio.AbstractEventLoop) -> T:
        made = self._make()
        closer = self._closer(made)
        self._entries[loop] = (made, closer)
        # A started async generator is registered with its loop, and the loop closes it in shutdown_asyncgens():
        # the only hook asyncio offers to something that must not outlive the loop.
        starting = closer.__anext__()
        with contextlib.suppress(StopIteration):
            starting.send(None)  # type: ignore[attr-defined]
        return made

    async def _closer(self, made: T) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await self._close(made)

    async def aclose(self) -> None:
        """Close the running loop's object now."""
        entry = self._entries.pop(asyncio.get_running_loop(), None)
        if entry is not None:
            await entry[1].aclose()  # type: ignore[attr-defined]
