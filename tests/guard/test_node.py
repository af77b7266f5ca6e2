"""SalesforceGuard as a node: what it holds back, what it lets pass, where it routes to."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Send

from langchain_sfconnect.errors import (
    AccessRestricted,
    AccountNotFound,
    ConfigurationError,
    SalesforceUnavailable,
    SFConnectError,
)
from langchain_sfconnect.guard import ReauthorizationRequest, SalesforceGuard

pytestmark = pytest.mark.anyio


def failures(result: Any) -> list[dict[str, Any]]:
    messages = [m for m in result["messages"] if isinstance(m, ToolMessage) and m.status == "error"]
    return [json.loads(str(message.content))["error"] for message in messages]


@pytest.mark.parametrize("error", [SalesforceUnavailable("down"), AccessRestricted("ip"), AccountNotFound("who?")])
async def test_a_check_that_fails_blocks_the_writes_with_its_own_error_and_asks_nobody(
    agent: Any, error: SFConnectError
) -> None:
    agent.connect.errors["rep-42"] = error
    agent.calls(
        ("salesforce_account_create", {"Name": "A"}), ("salesforce_account_get", {"account_id": "001000000000001AAA"})
    )
    result = await agent.say()
    assert ReauthorizationRequest.find(result) is None
    assert failures(result) == [error.envelope()["error"]]
    assert (agent.connect.writes, agent.connect.reads) == ([], ["rep-42"])


async def test_a_link_that_cannot_be_made_blocks_the_writes_too(agent: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(identifier: str) -> Any:
        raise ConfigurationError("redirect_uri is missing.")

    agent.connect.statuses["rep-42"] = "REVOKED"
    monkeypatch.setattr(agent.connect, "link", refuse)
    result = await agent.creates("A").say()
    assert [error["code"] for error in failures(result)] == ["CONFIGURATION_ERROR"]


async def test_a_blocked_turn_tells_each_call_its_own_reason(agent: Any) -> None:
    agent.guard = {"account_for": lambda call, config, runtime: call["args"]["Rep__c"]}
    agent.connect.statuses = {"rep-a": "ACTIVE", "rep-b": "ACTIVE"}
    agent.connect.errors = {"rep-b": SalesforceUnavailable("Down for maintenance.")}
    for owner in ("rep-a", "rep-b"):
        agent.calls(("salesforce_account_create", {"Name": owner, "Rep__c": owner}))
    agent.script = [AIMessage("", tool_calls=[call for message in agent.script for call in message.tool_calls])]
    held, failed = failures(await agent.say())
    assert failed["message"] == "Down for maintenance."
    assert held["code"] == failed["code"] == "SALESFORCE_UNAVAILABLE"
    assert held["message"].startswith("Not written, because another write of the same turn")
    assert agent.connect.writes == []


async def test_a_turn_without_writes_is_not_checked(agent: Any) -> None:
    agent.connect.statuses["rep-42"] = "REVOKED"
    await agent.calls(("salesforce_account_get", {"account_id": "001000000000001AAA"})).say()
    assert agent.connect.checks == []
    assert agent.connect.reads == ["rep-42"]


async def test_guarded_reads_wait_as_writes_do(agent: Any) -> None:
    agent.guard["guard_reads"] = True
    agent.connect.statuses["rep-42"] = "REVOKED"
    result = await agent.calls(("salesforce_account_get", {"account_id": "001000000000001AAA"})).say()
    assert ReauthorizationRequest.find(result) is not None
    assert agent.connect.reads == []


async def test_tools_of_the_product_are_guarded_when_named_and_ours_stay_guarded(agent: Any) -> None:
    agent.guard["write_tools"] = ["our_own_upsert"]
    agent.connect.statuses["rep-42"] = "REVOKED"
    agent.calls(("our_own_upsert", {"text": "x"}), ("salesforce_account_create", {"Name": "A"}))
    result = await agent.say()
    assert result["__interrupt__"][0].value["blocked_tool_call_ids"] == ["call_0_0", "call_0_1"]


@pytest.mark.parametrize(("method", "waits"), [("GET", False), ("POST", True)])
async def test_a_composite_waits_unless_it_only_reads(agent: Any, method: str, waits: bool) -> None:
    agent.connect.statuses["rep-42"] = "REVOKED"
    request = {"compositeRequest": [{"method": method, "url": "/sobjects/Account/x", "referenceId": "a"}]}
    result = await agent.calls(("salesforce_composite", {"composite_request": request})).say()
    assert (ReauthorizationRequest.find(result) is not None) is waits


@dataclass
class Tenant:
    name: str


async def test_account_for_sees_the_call_the_config_and_the_runtime(agent: Any) -> None:
    def account_for(call: Any, config: Any, runtime: Any) -> str:
        seen.append((call["name"], config["configurable"]["thread_id"], runtime.context.name))
        return "rep-42"

    seen: list[tuple[str, str, str]] = []
    agent.guard = {"account_for": account_for}
    graph: Any = StateGraph(MessagesState, context_schema=Tenant)
    graph.add_node("guard", SalesforceGuard(agent.connect, **agent.guard).as_node())
    graph.add_edge(START, "guard")
    state = {"messages": [HumanMessage("Go."), agent.creates("A").script[0]]}
    config = {"configurable": {"thread_id": "t"}}
    await graph.compile(checkpointer=InMemorySaver()).ainvoke(state, config, context=Tenant("acme"))
    assert seen == [("salesforce_account_create", "t", "acme")]


def test_max_rounds_below_one_is_refused(fake_connect: Any) -> None:
    with pytest.raises(ConfigurationError, match="max_rounds"):
        SalesforceGuard(fake_connect, max_rounds=0)


@pytest.mark.parametrize("node", [lambda guard: guard, lambda guard: guard.as_node()], ids=["itself", "as_node"])
async def test_the_guard_can_be_a_node_itself(node: Callable[[Any], Any], mode: str, fake_connect: Any) -> None:
    fake_connect.statuses["rep-42"] = "REVOKED"
    builder = StateGraph(MessagesState)
    builder.add_node("guard", node(SalesforceGuard(fake_connect, identifier="rep-42")))
    builder.add_edge(START, "guard")
    graph = builder.compile(checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "t"}}
    state: Any = {"messages": [create_call("call_1")]}
    result = graph.invoke(state, config) if mode == "sync" else await graph.ainvoke(state, config)
    assert ReauthorizationRequest.find(result) is not None


def create_call(*ids: str) -> AIMessage:
    calls = [{"name": "salesforce_account_create", "args": {"Name": "A"}, "id": id_} for id_ in ids]
    return AIMessage("", tool_calls=calls)


def test_routing_sends_one_task_per_open_call_and_otherwise_goes_on() -> None:
    turn = create_call("a", "b")
    done = [ToolMessage("ok", tool_call_id=id_) for id_ in ("a", "b")]
    assert SalesforceGuard.route({"messages": [turn]}) == [Send("tools", [call]) for call in turn.tool_calls]
    assert SalesforceGuard.route({"messages": [turn, done[0]]}) == [Send("tools", [turn.tool_calls[1]])]
    assert SalesforceGuard.route({"messages": [turn, *done]}) == "model"
    assert SalesforceGuard.route({"messages": [turn, *done, AIMessage("Done.")]}) == END
    assert SalesforceGuard.route({"messages": [HumanMessage("Hi.")]}) == "model"


def test_routing_goes_to_the_nodes_it_is_told() -> None:
    route = partial(SalesforceGuard.route, tools="act", model="think")
    turn = create_call("a")
    assert route({"messages": [turn]}) == [Send("act", turn.tool_calls)]
    assert route({"messages": [create_call("a"), ToolMessage("ok", tool_call_id="a")]}) == "think"


async def test_parallel_guards_are_answered_one_by_one_through_their_interrupt_ids(mode: str, agent_of: Any) -> None:
    agents = {name: agent_of("graph", mode).creates(name) for name in ("left", "right")}
    builder = StateGraph(MessagesState)
    for name, agent in agents.items():
        agent.connect.statuses["rep-42"] = "REVOKED"
        builder.add_node(name, agent.build(None))
        builder.add_edge(START, name)
    graph = builder.compile(checkpointer=InMemorySaver())

    async def step(given: Any) -> Any:
        config: Any = {"configurable": {"thread_id": "t"}}
        return graph.invoke(given, config) if mode == "sync" else await graph.ainvoke(given, config)

    await step({"messages": [HumanMessage("Go.")]})
    first, second = (ReauthorizationRequest.from_interrupt(each) for each in graph.get_state(CONFIG).interrupts)
    for agent in agents.values():
        agent.connect.statuses["rep-42"] = "ACTIVE"
    result = await step(first.resume_command("done"))
    assert ReauthorizationRequest.find(result) == second
    assert sum(len(agent.connect.writes) for agent in agents.values()) == 1
    await step(second.resume_command("decline"))
    assert sum(len(agent.connect.writes) for agent in agents.values()) == 1
    assert all(agent.connect.links == ["rep-42"] for agent in agents.values())


async def test_an_answer_with_a_credential_is_not_used_and_not_logged(
    agent: Any, caplog: pytest.LogCaptureFixture
) -> None:
    agent.connect.statuses["rep-42"] = "REVOKED"
    await agent.creates("A").say()
    result = await agent.answer("https://app.example/callback?code=aPrxSecretSecretSecret&state=s")
    assert ReauthorizationRequest.find(result) is not None
    (record,) = [record for record in caplog.records if record.name.startswith("langchain_sfconnect")]
    assert (record.levelname, "aPrx" in record.getMessage()) == ("WARNING", False)


async def test_the_helper_command_answers_its_own_turn_and_no_later_one(agent: Any, question: Any) -> None:
    agent.connect.statuses["rep-42"] = "REVOKED"
    first = question(await agent.creates("First").creates("Second").say())
    agent.connect.statuses["rep-42"] = "ACTIVE"
    agent.connect.then = ["ACTIVE", "REVOKED"]
    second = question(await agent.answer(first.resume_command("done")))
    assert agent.connect.writes == [("rep-42", "First")]
    await agent.answer(first.resume_command("done"))
    assert agent.connect.writes == [("rep-42", "First")]
    await agent.answer(second.resume_command("done"))
    assert agent.connect.writes == [("rep-42", "First"), ("rep-42", "Second")]


CONFIG: Any = {"configurable": {"thread_id": "t"}}
