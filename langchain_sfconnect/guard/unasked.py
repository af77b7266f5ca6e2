"""Knows which of the model's messages are so new that nobody can have been asked about their calls yet.

Somebody was asked only if the guard ran for the message before, so a message is new once, and only in the run whose
model made it: whoever resumes has another run. It knows no accounts and looks at no call.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage
from langgraph.runtime import Runtime

# Runs that end between their model and the guard leave their messages here. A forgotten one is merely not new.
LIMIT = 1000


class Unasked:
    """The messages that models have made and the guard has not seen."""

    def __init__(self) -> None:
        self._run_of: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def note(self, messages: Iterable[BaseMessage], runtime: Runtime[Any]) -> None:
        """Remember what the model has just made in this run."""
        for message in messages:
            key = _key(message, runtime)
            if key is not None:
                self._remember(key, runtime.control)

    def take(self, message: BaseMessage | None, runtime: Runtime[Any]) -> bool:
        """Whether the model made the message in this very run and nobody has asked this before."""
        key = _key(message, runtime)
        if key is None:
            return False
        with self._lock:
            return self._run_of.pop(key, None) is runtime.control

    def _remember(self, key: tuple[str, str], run: Any) -> None:
        with self._lock:
            self._run_of[key] = run
            while len(self._run_of) > LIMIT:
                del self._run_of[next(iter(self._run_of))]


def _key(message: BaseMessage | None, runtime: Runtime[Any]) -> tuple[str, str] | None:
    # LangGraph makes one RunControl per run; where there is none, runs cannot be told apart.
    info = runtime.execution_info
    if not isinstance(message, AIMessage) or not message.id or runtime.control is None or info is None:
        return None
    return (info.thread_id or "", message.id)
