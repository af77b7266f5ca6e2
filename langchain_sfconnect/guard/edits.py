"""Puts a reviewer's edits into the model's message, so that what is kept and what runs are the same call.

Pure functions over messages; they know no graph and no connection.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, ToolCall, ToolMessage, message_chunk_to_message

from langchain_sfconnect.errors import ConfigurationError
from langchain_sfconnect.guard.verdict import EDITS, edits_in, messages_of, newest_turn


def update_after(edited: Sequence[ToolCall], refused: Sequence[ToolMessage], state: Any) -> dict[str, Any]:
    """The state update of a guarded turn: the model's message with the edits in it, and the refused calls' answers."""
    update: dict[str, Any] = {"messages": list(refused)} if refused else {}
    newest, _ = newest_turn(messages_of(state))
    if not edited or newest is None:
        return update
    update["messages"] = [with_edits(newest, edited), *refused]
    replaced = {call["id"] for call in edited}
    if replaced & (others := edits_in(state)).keys():
        # An earlier edit of the same call, kept by LangChain's middleware, would run in place of this one.
        update[EDITS] = {id_: edit for id_, edit in others.items() if id_ not in replaced}
    return update


def with_edits(message: AIMessage, edited: Sequence[ToolCall]) -> AIMessage:
    """The message with these calls in place of those of the same id, wherever a provider keeps them.

    Raises:
        ConfigurationError: The message has no id, so it could not be replaced.
    """
    if message.id is None:
        raise ConfigurationError(
            "A reviewer edited a call, but the model's message has no id by which to replace it.",
            hint="Keep the graph's messages with add_messages, as MessagesState does.",
        )
    if isinstance(message, AIMessageChunk):
        message = _whole(message)
    calls = {call["id"]: call for call in edited}
    changes: dict[str, Any] = {"tool_calls": [calls.get(call["id"], call) for call in message.tool_calls]}
    if isinstance(message.content, list):
        changes["content"] = [_edited_block(block, calls) for block in message.content]
    if isinstance(raw := message.additional_kwargs.get("tool_calls"), list):
        calls_as_sent = [_edited_function(each, calls) for each in raw]
        changes["additional_kwargs"] = {**message.additional_kwargs, "tool_calls": calls_as_sent}
    return message.model_copy(update=changes)


def _whole(chunk: AIMessageChunk) -> AIMessage:
    whole = message_chunk_to_message(chunk)
    assert isinstance(whole, AIMessage)  # noqa: S101 - what a chunk of one becomes
    return whole


def _edited_block(block: Any, calls: Mapping[str | None, ToolCall]) -> Any:
    if not isinstance(block, Mapping):
        return block
    call = calls.get(block.get("call_id") or block.get("id"))
    if call is None:
        return block
    match block.get("type"):
        case "tool_use":  # Anthropic, Bedrock
            kept = {name: value for name, value in block.items() if name != "partial_json"}
            return {**kept, "name": call["name"], "input": call["args"]}
        case "tool_call":  # LangChain's own
            return {**block, "name": call["name"], "args": call["args"]}
        case "tool_call_chunk":
            return {**block, "name": call["name"], "args": json.dumps(call["args"])}
        case "function_call":  # OpenAI Responses
            return {**block, "name": call["name"], "arguments": json.dumps(call["args"])}
    return block


def _edited_function(sent: Any, calls: Mapping[str | None, ToolCall]) -> Any:
    """OpenAI's chat completions keep the calls as they came, with the arguments as text."""
    call = calls.get(sent.get("id")) if isinstance(sent, Mapping) else None
    if call is None or not isinstance(sent.get("function"), Mapping):
        return sent
    function = {**sent["function"], "name": call["name"], "arguments": json.dumps(call["args"])}
    return {**sent, "function": function}
