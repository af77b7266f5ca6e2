"""Mends a history in which a tool call was never answered, because the user went on talking while the graph paused.

Pure functions over messages; they know no graph and no connection.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, RemoveMessage, ToolCall, ToolMessage
from langgraph.graph.message import REMOVE_ALL_MESSAGES

from langchain_sfconnect.errors import SFConnectError
from langchain_sfconnect.guard.verdict import error_message, messages_of


def repair(state: Any) -> dict[str, Any] | None:
    """The state update that answers every abandoned call right after its message; None if there is none."""
    messages = messages_of(state)
    repaired = answered(messages)
    if len(repaired) == len(messages):
        return None
    return {"messages": [RemoveMessage(id=REMOVE_ALL_MESSAGES), *repaired]}


def answered(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """The messages, with an error message for each call that has no answer before the model's next message."""
    repaired: list[BaseMessage] = []
    for index, message in enumerate(messages):
        repaired.append(message)
        if isinstance(message, AIMessage):
            given = set(_answers(messages[index + 1 :]))
            repaired.extend(_abandoned(call) for call in message.tool_calls if call["id"] not in given)
    return repaired


def _answers(later: Sequence[BaseMessage]) -> Iterator[str]:
    for message in later:
        if isinstance(message, AIMessage):
            return
        if isinstance(message, ToolMessage):
            yield message.tool_call_id


def _abandoned(call: ToolCall) -> ToolMessage:
    error = SFConnectError(
        "The conversation went on before this call was answered, so it was given up.",
        code="CALL_ABANDONED",
        hint="Before repeating a write, look whether it happened.",
    )
    error.who = "agent"
    return error_message(call, error.envelope())
