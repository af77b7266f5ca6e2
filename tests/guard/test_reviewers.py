"""The guard's approval beside LangChain's HumanInTheLoopMiddleware, in both orders, with edits in either or both."""

from __future__ import annotations

import json
from typing import Any

import pytest
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.messages import AIMessage, ToolMessage

pytestmark = pytest.mark.anyio

CREATE = "salesforce_account_create"
APPROVE, REJECT = {"type": "approve"}, {"type": "reject", "message": "no"}


def decide(*decisions: dict[str, Any]) -> dict[str, Any]:
    return {"decisions": list(decisions)}


def edit(name: str, tool: str = CREATE) -> dict[str, Any]:
    return {"type": "edit", "edited_action": {"name": tool, "args": {"Name": name}}}


def asked(result: Any) -> tuple[str, list[str]] | None:
    """Who asks, and for the creation of which names."""
    if "__interrupt__" not in result:
        return None
    (interrupt,) = result["__interrupt__"]
    who = "guard" if "type" in interrupt.value else "hitl"
    return who, [request["args"]["Name"] for request in interrupt.value["action_requests"]]


def answered(result: Any) -> dict[str, str]:
    assert "__interrupt__" not in result
    messages = [message for message in result["messages"] if isinstance(message, ToolMessage)]
    assert len({message.tool_call_id for message in messages}) == len(messages)
    return {message.tool_call_id: message.status for message in messages}


@pytest.fixture(params=[False, True], ids=["guard-first", "guard-last"])
def agent(request: pytest.FixtureRequest, mode: str, agent_of: Any) -> Any:
    made = agent_of("create_agent", mode)
    made.guard = {"identifier": "rep-42", "approve": "all"}
    made.more_middleware = [HumanInTheLoopMiddleware(interrupt_on={CREATE: True})]
    made.guard_last = request.param
    return made


def order(agent: Any) -> tuple[str, str]:
    """Hooks after the model run last-listed first."""
    return ("guard", "hitl") if agent.guard_last else ("hitl", "guard")


async def test_both_are_asked_and_the_write_happens_once(agent: Any) -> None:
    first, second = order(agent)
    assert asked(await agent.creates("A").say()) == (first, ["A"])
    assert asked(await agent.answer(decide(APPROVE))) == (second, ["A"])
    assert agent.connect.writes == []
    assert answered(await agent.answer(decide(APPROVE))) == {"call_0_0": "success"}
    assert agent.connect.writes == [("rep-42", "A")]


async def test_what_the_first_one_edits_is_what_the_second_one_sees_and_what_runs(agent: Any) -> None:
    _, second = order(agent)
    await agent.creates("A").say()
    assert asked(await agent.answer(decide(edit("Edited")))) == (second, ["Edited"])
    assert answered(await agent.answer(decide(APPROVE))) == {"call_0_0": "success"}
    assert agent.connect.writes == [("rep-42", "Edited")]


async def test_what_the_second_one_edits_is_what_runs(agent: Any) -> None:
    await agent.creates("A").say()
    await agent.answer(decide(APPROVE))
    assert answered(await agent.answer(decide(edit("Edited")))) == {"call_0_0": "success"}
    assert agent.connect.writes == [("rep-42", "Edited")]


async def test_of_two_edits_the_later_one_runs(agent: Any) -> None:
    await agent.creates("A", "B").say()
    await agent.answer(decide(edit("First"), edit("Other")))
    assert answered(await agent.answer(decide(edit("Second"), APPROVE))) == {
        "call_0_0": "success",
        "call_0_1": "success",
    }
    assert agent.connect.writes == [("rep-42", "Other"), ("rep-42", "Second")]


async def test_a_call_that_either_rejects_is_not_written(agent: Any) -> None:
    first, _ = order(agent)
    await agent.creates("A", "B").say()
    result = await agent.answer(decide(REJECT, APPROVE))
    # HumanInTheLoopMiddleware asks again about a call that was refused before it; the guard does not.
    left = ["B"] if first == "hitl" else ["A", "B"]
    assert asked(result) == ("guard" if first == "hitl" else "hitl", left)
    result = await agent.answer(decide(*[REJECT] * len(left)))
    assert asked(result) is None
    assert agent.connect.writes == []
    said = await agent.say("Go on.")
    assert answered(said) == {"call_0_0": "error", "call_0_1": "error"}


async def test_a_call_refused_by_the_guard_stays_refused_whatever_is_said_later(agent: Any) -> None:
    await agent.creates("A").say()
    result = await agent.answer(decide(REJECT))
    if asked(result):
        result = await agent.answer(decide(APPROVE))
    assert answered(result) == {"call_0_0": "error"}
    assert agent.connect.writes == []


async def test_the_next_turn_is_not_touched_by_edits_of_the_last_one(agent: Any) -> None:
    for name in ("First", "Second"):
        agent.calls((CREATE, {"Name": name}), ids=["call_0"])
    await agent.say()
    await agent.answer(decide(edit("Edited")))
    first, second = order(agent)
    assert asked(await agent.answer(decide(APPROVE))) == (first, ["Second"])
    assert asked(await agent.answer(decide(APPROVE))) == (second, ["Second"])
    await agent.answer(decide(APPROVE))
    assert agent.connect.writes == [("rep-42", "Edited"), ("rep-42", "Second")]


async def test_the_history_that_the_model_reads_has_one_answer_per_call_after_a_double_refusal(agent: Any) -> None:
    agent.creates("A").creates("B")
    await agent.say()
    result = await agent.answer(decide(REJECT))
    if asked(result) == ("hitl", ["A"]):
        result = await agent.answer(decide(REJECT))
    # The scripted model refuses a history with a call answered twice, so it got as far as its second turn.
    assert asked(result) == (order(agent)[0], ["B"])
    turns = [message for message in result["messages"] if isinstance(message, AIMessage)]
    assert len(turns) == 2
    assert json.loads(json.dumps(turns[1].tool_calls))[0]["args"] == {"Name": "B"}


async def test_edits_of_an_earlier_turn_with_the_same_call_ids_are_not_what_is_asked(agent: Any) -> None:
    for name in ("First", "Second"):
        agent.calls((CREATE, {"Name": name}), ids=["call_0"])
    await agent.say()
    await agent.answer(decide(APPROVE))
    first, second = order(agent)
    assert asked(await agent.answer(decide(edit("Edited")))) == (first, ["Second"])
    assert asked(await agent.answer(decide(APPROVE))) == (second, ["Second"])
    await agent.answer(decide(APPROVE))
    assert agent.connect.writes == [("rep-42", "Edited"), ("rep-42", "Second")]
