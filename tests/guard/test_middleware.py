"""SalesforceGuardMiddleware in company: with human-in-the-loop approval, and with users who go on talking."""

from __future__ import annotations

import json
from typing import Any

import pytest
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.messages import AIMessage, HumanMessage, ToolCall, ToolMessage

from langchain_sfconnect.guard import ReauthorizationRequest
from langchain_sfconnect.guard.repair import answered, mended

pytestmark = pytest.mark.anyio


@pytest.fixture
def agent(mode: str, agent_of: Any) -> Any:
    made = agent_of("create_agent", mode)
    made.connect.statuses["rep-42"] = "REVOKED"
    return made


def approval(*names: str) -> HumanInTheLoopMiddleware:
    return HumanInTheLoopMiddleware(interrupt_on=dict.fromkeys(names, True))


def decide(*decisions: dict[str, Any]) -> dict[str, Any]:
    return {"decisions": list(decisions)}


async def test_a_call_the_reviewer_rejects_asks_for_no_authorization(agent: Any) -> None:
    agent.more_middleware = [approval("salesforce_account_create")]
    result = await agent.creates("Acme").say()
    assert ReauthorizationRequest.find(result) is None
    result = await agent.answer(decide({"type": "reject", "message": "no"}))
    assert "__interrupt__" not in result
    assert (agent.connect.checks, agent.connect.writes) == ([], [])


async def test_a_call_the_reviewer_approves_is_then_guarded(agent: Any) -> None:
    agent.more_middleware = [approval("salesforce_account_create")]
    await agent.creates("Acme").say()
    result = await agent.answer(decide({"type": "approve"}))
    assert ReauthorizationRequest.find(result) is not None
    agent.connect.statuses["rep-42"] = "ACTIVE"
    await agent.answer(decide({"type": "approve"}))
    assert agent.connect.writes == [("rep-42", "Acme")]


async def test_a_read_the_reviewer_edits_into_a_write_is_guarded(agent: Any) -> None:
    agent.more_middleware = [approval("salesforce_account_get")]
    await agent.calls(("salesforce_account_get", {"account_id": "001000000000001AAA"})).say()
    edited = {"name": "salesforce_account_create", "args": {"Name": "Edited"}}
    result = await agent.answer(decide({"type": "edit", "edited_action": edited}))
    assert ReauthorizationRequest.find(result) is not None
    result = await agent.answer("decline")
    assert agent.connect.writes == []


async def test_the_other_order_asks_for_authorization_first_and_ends_as_well(agent: Any) -> None:
    agent.more_middleware = [approval("salesforce_account_create")]
    agent.guard_last = True
    result = await agent.creates("Acme").say()
    assert ReauthorizationRequest.find(result) is not None
    agent.connect.statuses["rep-42"] = "ACTIVE"
    await agent.answer("done")
    result = await agent.answer(decide({"type": "reject"}))
    assert "__interrupt__" not in result
    assert agent.connect.writes == []


async def test_talking_on_instead_of_answering_leaves_a_history_the_model_accepts(agent: Any) -> None:
    agent.creates("Acme", "Globex").script.append(AIMessage("All right."))
    assert ReauthorizationRequest.find(await agent.say()) is not None
    result = await agent.say("Forget it. What is the weather?")
    assert [message.type for message in result["messages"]] == ["human", "ai", "tool", "tool", "human", "ai"]
    given_up = [message for message in result["messages"] if isinstance(message, ToolMessage)]
    assert {json.loads(str(m.content))["error"]["code"] for m in given_up} == {"CALL_ABANDONED"}
    assert all(message.status == "error" for message in given_up)
    assert agent.connect.writes == []


async def test_a_conversation_with_nothing_open_is_left_as_it_is(agent: Any) -> None:
    agent.connect.statuses["rep-42"] = "ACTIVE"
    first = await agent.creates("Acme").say()
    second = await agent.say("Thanks.")
    assert [m.id for m in second["messages"][: len(first["messages"])]] == [m.id for m in first["messages"]]


def test_repairing_answers_only_what_is_open_and_minds_call_ids_used_again() -> None:
    def turn() -> AIMessage:
        calls = [ToolCall(name="t", args={}, id=id_) for id_ in ("call_0", "call_1")]
        return AIMessage("", tool_calls=calls)

    ok = [ToolMessage("ok", tool_call_id=id_) for id_ in ("call_0", "call_1")]
    history = [HumanMessage("1"), turn(), *ok, turn(), ok[1], HumanMessage("2")]
    repaired = answered(history)
    (new,) = [message for message in repaired if message not in history]
    assert isinstance(new, ToolMessage)
    assert (new.tool_call_id, repaired.index(new)) == ("call_0", 5)
    assert answered(repaired) == repaired


def test_repairing_keeps_the_first_of_two_answers_and_minds_call_ids_used_again() -> None:
    turn = AIMessage("", tool_calls=[ToolCall(name="t", args={}, id="call_0")])
    first, second, later = (ToolMessage(text, tool_call_id="call_0") for text in ("1", "2", "3"))
    history = [HumanMessage("1"), turn, first, second, turn.model_copy(), later]
    repaired = mended(history)
    assert repaired == [*history[:3], *history[4:]]
    assert mended(repaired) == repaired
