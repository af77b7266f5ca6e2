"""Tells the application how a resumed thread went, in its callback and in the log. Knows no graph and no account."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphBubbleUp

from langchain_sfconnect import _portal

OnResumed = Callable[[RunnableConfig, Any], Awaitable[None] | None]

_log = logging.getLogger(__name__)


class Teller:
    """Calls the application's callback. What that raises is logged, and changes nothing."""

    def __init__(self, callback: OnResumed | None) -> None:
        self._callback: Callable[..., Any] = callback or (lambda config, outcome: None)

    def tell(self, config: RunnableConfig, outcome: Any) -> None:
        """Call it here; an async callback is awaited on the background loop."""
        try:
            told = self._callback(_copied(config), outcome)
            if told is not None:
                _portal.run(_finished, told)
        except GraphBubbleUp:
            raise
        except Exception as error:
            _log.error("on_resumed failed with %s", type(error).__name__)

    async def atell(self, config: RunnableConfig, outcome: Any) -> None:
        """Await it here; a plain callback is called on a thread, so that it may block."""
        try:
            if inspect.iscoroutinefunction(self._callback):
                told = self._callback(_copied(config), outcome)
            else:
                told = await asyncio.to_thread(self._callback, _copied(config), outcome)
            if told is not None:
                await told
        except GraphBubbleUp:
            raise
        except Exception as error:
            _log.error("on_resumed failed with %s", type(error).__name__)


def logged(error: Exception) -> Exception:
    """The error of a thread that could not be resumed, after it was logged."""
    # The message is the graph's own and may show anything.
    _log.error("a thread could not be resumed: %s", type(error).__name__)
    return error


async def _finished(told: Awaitable[None]) -> None:
    await told


def _copied(config: RunnableConfig) -> RunnableConfig:
    return {"configurable": dict(config["configurable"])}
