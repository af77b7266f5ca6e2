"""Mends a history in which a tool call was never answered, or was answered twice.

The first happens when the user goes on talking while the graph pauses; the second when two reviewers refuse one call.

Pure functions over messages; they know no graph and no connection.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, RemoveMessage, ToolCall, ToolMessage
from langgraph.graph.message import REMOVE_ALL_MESSAGES

from langchain_sfconnect.errors import SFConnectError
from langchain_sfconnect.guard.verdict import error_message, messages_of, newest_turn


def mended(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """The messages with one answer to every call."""
    return answered(without_repeats(messages))


def with_mended_past(state: Any, update: Mapping[str, Any]) -> dict[str, Any]:
    """An update of the newest turn, which mends what came before that turn too, if anything is wrong there."""
    messages = messages_of(state)
    newest, later = newest_turn(messages)
    past = messages[: len(messages) - len(later) - (newest is not None)]
    repaired = mended(past)
    if newest is None or is_same(repaired, past):
        return dict(update)
    changes = update.get("messages", ())
    replaced = {message.id: message for message in changes if isinstance(message, AIMessage)}
    turn = [replaced.get(newest.id, newest), *later, *(each for each in changes if not isinstance(each, AIMessage))]
    return {**update, "messages": [RemoveMessage(id=REMOVE_ALL_MESSAGES), *repaired, *turn]}


def is_same(some: Sequence[BaseMessage], others: Sequence[BaseMessage]) -> bool:
    """Whether both are the very same messages."""
    return [id(message) for message in some] == [id(message) for message in others]


def answered(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """The messages, with an error message for each call that has no answer before the model's next message."""
    repaired: list[BaseMessage] = []
    for index, message in enumerate(messages):
        repaired.append(message)
        if isinstance(message, AIMessage):
            given = set(_answers(messages[index + 1 :]))
            repaired.extend(_abandoned(call) for call in message.tool_calls if call["id"] not in given)
    return repaired


def without_repeats(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """The messages, without second answers to a call of the same turn: the first one is what happened."""
    kept: list[BaseMessage] = []
    given: set[str] = set()
    for message in messages:
        if isinstance(message, AIMessage):
            given = set()
        if isinstance(message, ToolMessage):
            if message.tool_call_id in given:
                continue
            given.add(message.tool_call_id)
        kept.append(message)
    return kept


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
