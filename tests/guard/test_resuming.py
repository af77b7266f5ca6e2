"""resume_command answers all the guard's questions and nothing else; repair_history answers what nobody did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import GraphOutput, Interrupt, interrupt

from langchain_sfconnect.errors import InvalidArgument
from langchain_sfconnect.guard import ReauthorizationRequest, SalesforceGuard, repair_history, resume_command

pytestmark = pytest.mark.anyio

ONE, TWO, THREE = ("0" * 31 + digit for digit in "123")
CONFIG: Any = {"configurable": {"thread_id": "t"}}


def asked(id_: str | None, type_: str = "salesforce_reauth_required") -> Any:
    value = {"type": type_, "schema_version": 1, "accounts": []}
    return Interrupt(value, id=id_) if id_ else Interrupt(value)


def of_another_tool(id_: str = THREE) -> Any:
    return Interrupt({"action_requests": []}, id=id_)


class Snapshot:
    def __init__(self, *interrupts: Any) -> None:
        self.interrupts = interrupts


FORMS: dict[str, Callable[..., Any]] = {
    "result": lambda *found: {"messages": [], "__interrupt__": list(found)},
    "typed result": lambda *found: GraphOutput({"messages": []}, interrupts=found),
    "snapshot": Snapshot,
    "list": lambda *found: list(found),
    "tuple": lambda *found: found,
    "json": lambda *found: [{"value": each.value, "id": each.id} for each in found],
    "json of a result": lambda *found: {"__interrupt__": [{"value": each.value, "id": each.id} for each in found]},
    "results": lambda *found: [Snapshot(each) for each in found],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("decision", ["done", "decline", "approve"])
def test_every_question_of_the_guard_is_answered_by_its_id_and_no_other(form: str, decision: Any) -> None:
    questions = asked(ONE), of_another_tool(), asked(TWO, "salesforce_approval_required")
    command = resume_command(FORMS[form](*questions), decision)
    assert command.resume == {ONE: decision, TWO: decision}


@pytest.mark.parametrize("one", [asked(ONE), {"value": asked(ONE).value, "id": ONE}], ids=["object", "json"])
def test_one_interrupt_is_answered_by_its_id(one: Any) -> None:
    assert resume_command(one).resume == {ONE: "done"}


@pytest.mark.parametrize(
    "one",
    [
        asked(None),  # LangGraph gives it the id "placeholder-id"
        {"value": asked(None).value, "id": None},
        {"value": asked(None).value, "id": "not-one-of-langgraphs"},
        asked(None).value,
    ],
    ids=["object", "json", "foreign id", "payload"],
)
def test_a_lone_question_without_an_id_is_answered_plainly_and_one_of_several_is_refused(one: Any) -> None:
    assert resume_command(one, "decline").resume == "decline"
    for others in ([asked(ONE)], [of_another_tool()], [one]):
        with pytest.raises(InvalidArgument, match=r"get_state\(config\)"):
            resume_command([one, *others])


@pytest.mark.parametrize(
    "nothing",
    [None, [], {}, {"messages": []}, {"__interrupt__": []}, [of_another_tool()], "done", Snapshot()],
    ids=["none", "list", "mapping", "result", "unpaused result", "another tool's", "a word", "snapshot"],
)
def test_where_the_guard_asks_nothing_there_is_nothing_to_answer(nothing: Any) -> None:
    with pytest.raises(InvalidArgument, match="No question of the Salesforce guard"):
        resume_command(nothing)


@pytest.mark.parametrize("decision", [None, "", "yes", True, [{"type": "ignore"}]], ids=str)
def test_an_unknown_decision_is_refused(decision: Any) -> None:
    with pytest.raises(InvalidArgument, match="'done', 'decline' or 'approve'"):
        resume_command([asked(ONE)], decision)


def test_each_question_can_have_an_answer_of_its_own_in_any_dialect() -> None:
    inbox, reviewed = [{"type": "ignore"}], {"decisions": [{"type": "approve"}]}
    pending = [asked(ONE), asked(TWO), of_another_tool()]
    assert resume_command(pending, {ONE: inbox, TWO: reviewed}).resume == {ONE: inbox, TWO: reviewed}
    assert resume_command(pending, {TWO: "decline"}).resume == {TWO: "decline"}


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"decisions": [{"type": "approve"}]},
        {THREE: "done"},
        {ONE: "done", TWO: "done"},
        {ONE: None},
        {ONE: "https://app.example/callback?code=aPrxSecretSecretSecret"},
        {ONE: {"code": "aPrxSecretSecretSecret"}},
    ],
    ids=["none", "one dialect's answer", "another tool's", "one too many", "null", "a callback", "a code"],
)
def test_answers_that_fit_no_question_or_carry_a_secret_are_refused(answers: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument) as caught:
        resume_command([asked(ONE), of_another_tool()], answers)
    assert "aPrx" not in str(caught.value)


async def test_parallel_questions_are_all_answered_at_once_and_another_tools_stays(mode: str, agent_of: Any) -> None:
    agents = {name: agent_of("graph", mode).creates(name) for name in ("left", "right")}
    builder = StateGraph(MessagesState)
    for name, agent in agents.items():
        agent.connect.statuses["rep-42"] = "REVOKED"
        builder.add_node(name, agent.build(None))
        builder.add_edge(START, name)
    builder.add_node("other", lambda state: {"messages": [HumanMessage(interrupt("Another tool asks."))]})
    builder.add_edge(START, "other")
    graph = builder.compile(checkpointer=InMemorySaver())

    async def step(given: Any) -> Any:
        return graph.invoke(given, CONFIG) if mode == "sync" else await graph.ainvoke(given, CONFIG)

    paused = await step({"messages": [HumanMessage("Go.")]})
    for agent in agents.values():
        agent.connect.statuses["rep-42"] = "ACTIVE"
    assert resume_command(paused) == resume_command(graph.get_state(CONFIG, subgraphs=True))
    result = await step(resume_command(paused))
    assert [each.value for each in result["__interrupt__"]] == ["Another tool asks."]
    assert all(len(agent.connect.writes) == 1 for agent in agents.values())


@pytest.mark.parametrize(("decision", "writes"), [("done", 1), ("decline", 0)])
async def test_the_command_goes_on_or_gives_up(agent: Any, decision: Any, writes: int) -> None:
    agent.connect.statuses["rep-42"] = "REVOKED"
    result = await agent.creates("Acme").say()
    agent.connect.statuses["rep-42"] = "ACTIVE"
    result = await agent.answer(resume_command(result, decision))
    assert ReauthorizationRequest.find(result) is None
    assert len(agent.connect.writes) == writes


async def test_a_graph_of_ones_own_goes_on_with_a_repaired_history(mode: str, fake_connect: Any) -> None:
    fake_connect.statuses["rep-42"] = "REVOKED"
    seen: list[Any] = []

    def model(state: Any) -> dict[str, Any]:
        seen.append(repair_history(state["messages"]))
        call = {"name": "salesforce_account_create", "args": {"Name": "Acme"}, "id": "call_1"}
        return {"messages": [AIMessage("", tool_calls=[call]) if len(seen) == 1 else AIMessage("Fine.")]}

    builder: Any = StateGraph(MessagesState).add_node("model", model)
    builder.add_node("guard", SalesforceGuard(fake_connect, identifier="rep-42").as_node())
    graph = builder.add_edge(START, "model").add_edge("model", "guard").compile(checkpointer=InMemorySaver())
    for text in ("Create Acme.", "Never mind."):
        given: Any = {"messages": [HumanMessage(text)]}
        _ = graph.invoke(given, CONFIG) if mode == "sync" else await graph.ainvoke(given, CONFIG)
    kinds = [type(message).__name__ for message in seen[1]]
    assert kinds == ["HumanMessage", "AIMessage", "ToolMessage", "HumanMessage"]
    assert seen[1][2].status == "error"
    assert repair_history(seen[1]) == seen[1]
