"""A reviewer's edit in the model's message: every place where a provider keeps the call says the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolCall, ToolMessage

from langchain_sfconnect.errors import ConfigurationError
from langchain_sfconnect.guard.edits import update_after, with_edits

OLD = {"name": "salesforce_account_delete", "args": {"account_id": "x"}, "id": "call_0", "type": "tool_call"}
KEPT = {"name": "other", "args": {"a": 1}, "id": "call_1", "type": "tool_call"}
NEW = ToolCall(name="salesforce_account_update", args={"account_id": "x", "Industry": "Retail"}, id="call_0")


def message(content: Any = "", **more: Any) -> AIMessage:
    return AIMessage(content, id="m1", tool_calls=[OLD, KEPT], **more)


def test_the_call_is_replaced_and_everything_else_stays() -> None:
    before = message("I will.", response_metadata={"model": "x"})
    after = with_edits(before, [NEW])
    assert [(call["id"], call["name"]) for call in after.tool_calls] == [("call_0", NEW["name"]), ("call_1", "other")]
    assert (after.id, after.content, after.response_metadata) == ("m1", "I will.", {"model": "x"})
    assert before.tool_calls[0]["name"] == OLD["name"]


@pytest.mark.parametrize(
    ("block", "edited"),
    [
        (
            {"type": "tool_use", "id": "call_0", "name": "old", "input": {}, "partial_json": "{", "cache_control": 1},
            {"type": "tool_use", "id": "call_0", "name": NEW["name"], "input": NEW["args"], "cache_control": 1},
        ),
        (
            {"type": "tool_call", "id": "call_0", "name": "old", "args": {}},
            {"type": "tool_call", "id": "call_0", "name": NEW["name"], "args": NEW["args"]},
        ),
        (
            {"type": "tool_call_chunk", "id": "call_0", "name": "old", "args": "{}"},
            {"type": "tool_call_chunk", "id": "call_0", "name": NEW["name"], "args": json.dumps(NEW["args"])},
        ),
        (
            {"type": "function_call", "id": "fc_1", "call_id": "call_0", "name": "old", "arguments": "{}"},
            {
                "type": "function_call",
                "id": "fc_1",
                "call_id": "call_0",
                "name": NEW["name"],
                "arguments": json.dumps(NEW["args"]),
            },
        ),
        ({"type": "tool_use", "id": "call_1", "name": "other", "input": {}},) * 2,
        ({"type": "text", "text": "call_0"},) * 2,
        ({"type": "server_tool_use", "id": "call_0", "name": "web"},) * 2,
    ],
)
def test_a_providers_content_block_says_the_same_as_the_call(block: Any, edited: Any) -> None:
    assert with_edits(message(["Text.", block]), [NEW]).content == ["Text.", edited]


def test_the_calls_as_openai_sent_them_say_the_same() -> None:
    sent = [{"id": i, "type": "function", "function": {"name": "old", "arguments": "{}"}} for i in ("call_0", "call_1")]
    first, second = with_edits(message(additional_kwargs={"tool_calls": sent}), [NEW]).additional_kwargs["tool_calls"]
    assert first["function"] == {"name": NEW["name"], "arguments": json.dumps(NEW["args"])}
    assert second == sent[1]


def test_a_streamed_message_becomes_a_whole_one() -> None:
    chunk = AIMessageChunk(
        "",
        id="m1",
        tool_call_chunks=[{"name": "old", "args": "{}", "id": "call_0", "index": 0, "type": "tool_call_chunk"}],
    )
    after = with_edits(chunk, [NEW])
    assert type(after) is AIMessage
    assert (after.id, after.tool_calls[0]["name"]) == ("m1", NEW["name"])


def test_a_message_without_an_id_cannot_be_replaced() -> None:
    with pytest.raises(ConfigurationError, match="no id"):
        with_edits(AIMessage("", tool_calls=[OLD]), [NEW])


def test_the_update_replaces_the_message_before_it_answers_calls_and_drops_older_edits_of_the_same_call() -> None:
    refusal = ToolMessage("no", tool_call_id="call_1")
    older = {"call_0": {"name": "x", "args": {}}, "call_1": {"name": "y", "args": {}}}
    state = {"messages": [HumanMessage("Go."), message()], "hitl_edited_tool_calls": older}
    update = update_after([NEW], [refusal], state)
    assert [each.type for each in update["messages"]] == ["ai", "tool"]
    assert update["hitl_edited_tool_calls"] == {"call_1": older["call_1"]}
    assert update_after([], [refusal], state) == {"messages": [refusal]}
    assert update_after([], [], state) == {}
