"""What tells one write of an agent from all others: the same key when a graph executes the same call again. Pure.

LangGraph is looked up, not imported: it need not be installed.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any


def write_key(
    runtime: Any, config: Mapping[str, Any], *, tool: str, call_id: str | None, arguments: Mapping[str, Any]
) -> str | None:
    """The key of a call; None outside a graph, and in one without a checkpointer, where nothing is executed again.

    Made of the thread, the model's message, the call, the tool and its arguments. Some models use the same call ids in
    every turn, so the message belongs to it; where the message cannot be seen, the graph's task stands for it.
    """
    info = getattr(runtime, "execution_info", None) or _execution_info()
    thread = getattr(info, "thread_id", None)
    moment = _message_id(getattr(runtime, "state", None), call_id) or getattr(info, "task_id", None)
    if thread is None or moment is None:
        return None
    parts = [str(thread), str(moment), call_id, tool, arguments]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _message_id(state: Any, call_id: str | None) -> str | None:
    """The id of the newest model message in a graph's state that holds the call."""
    for message in reversed(_messages(state)):
        calls = getattr(message, "tool_calls", None) or ()
        if any(isinstance(call, Mapping) and call.get("id") == call_id for call in calls):
            found: str | None = getattr(message, "id", None)
            return found
    return None


def _messages(state: Any) -> Sequence[Any]:
    if isinstance(state, Sequence) and not isinstance(state, str):
        return state
    found = state.get("messages") if isinstance(state, Mapping) else getattr(state, "messages", None)
    return found if isinstance(found, Sequence) else ()


def _execution_info() -> Any:
    """Of the graph's task that runs this, for a call that a node makes without LangGraph's own tool node."""
    module = sys.modules.get("langgraph.runtime")
    try:
        return module.get_runtime().execution_info if module is not None else None
    except Exception:  # outside a graph there is none, and LangGraph says so in ways that differ between versions
        return None
