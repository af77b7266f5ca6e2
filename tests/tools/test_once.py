"""A call of an agent has one key however often a graph executes it, and no two calls have the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import BaseTool, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.types import Command, Send, interrupt

from langchain_sfconnect import SalesforceConnect
from langchain_sfconnect.localorg import LocalOrg
from langchain_sfconnect.localorg.faults import Latency
from langchain_sfconnect.tools.once import write_key

CREATE = "salesforce_account_create"
ARGUMENTS = {"Name": "Acme", "Industry": "Energy"}


# --- keys -------------------------------------------------------------------------------------------------------------


def calls(*ids: str | None, message: str | None = "ai-1", name: str = CREATE) -> AIMessage:
    made = [{"name": name, "args": dict(ARGUMENTS), "id": id_, "type": "tool_call"} for id_ in ids]
    return AIMessage("", id=message, tool_calls=made)


def runtime(messages: Any, thread: str | None = "t", task: str | None = "task-1") -> Any:
    state = {"messages": messages} if isinstance(messages, list) else messages
    return SimpleNamespace(state=state, execution_info=SimpleNamespace(thread_id=thread, task_id=task))


def key(run: Any, call_id: str | None = "call_0", name: str = CREATE, **arguments: Any) -> str | None:
    return write_key(run, {}, tool=name, call_id=call_id, arguments=arguments or ARGUMENTS)


def test_a_key_is_the_same_in_another_execution_whatever_the_order_of_the_arguments() -> None:
    first = key(runtime([HumanMessage("go"), calls("call_0")], task="task-1"), Name="A", Phone="1")
    again = key(runtime([HumanMessage("go"), calls("call_0"), ToolMessage("x", tool_call_id="y")], task="task-2"))
    assert first == key(runtime([calls("call_0")], task="task-2"), Phone="1", Name="A")
    assert again == key(runtime([calls("call_0")]))
    assert first is not None
    assert len(first) == 64


def test_every_part_makes_another_key() -> None:
    plain = runtime([calls("call_0", "call_1")])
    keys = [
        key(plain),
        key(plain, "call_1"),
        key(plain, name="salesforce_contact_create"),
        key(plain, Name="Acme"),
        key(plain, Name="Acme", Industry=None),
        key(runtime([calls("call_0")], thread="u")),
        key(runtime([calls("call_0", message="ai-2")])),
    ]
    assert len(set(keys)) == len(keys)
    assert None not in keys


def test_an_id_that_is_used_again_in_another_turn_is_another_call() -> None:
    first = [calls("call_0", message="ai-1")]
    second = [*first, ToolMessage("done", tool_call_id="call_0"), calls("call_0", message="ai-2")]
    assert key(runtime(first)) != key(runtime(second))


@pytest.mark.parametrize("wrap", [lambda m: m, lambda m: {"messages": m}, lambda m: SimpleNamespace(messages=m)])
def test_the_message_is_found_in_every_form_of_state(wrap: Callable[[Any], Any]) -> None:
    found = key(runtime(wrap([calls("call_0")]), task="one"))
    assert found == key(runtime([calls("call_0")], task="other"))


@pytest.mark.parametrize(
    "state",
    [
        None,
        {},
        [],
        "text",
        {"messages": None},
        [{"role": "ai", "tool_calls": []}],
        [calls("other")],
        [calls("call_0", message=None)],
    ],
)
def test_where_no_message_tells_it_the_task_does(state: Any) -> None:
    assert key(runtime(state, task="one")) == key(runtime(state, task="one"))
    assert key(runtime(state, task="one")) != key(runtime(state, task="two"))
    assert key(runtime(state, task=None)) is None


def test_calls_that_are_no_mappings_are_passed_over() -> None:
    odd = [SimpleNamespace(tool_calls=["text", None]), SimpleNamespace(tool_calls=None)]
    assert key(runtime(odd, task="one")) is not None


def test_a_call_without_an_id_is_told_by_its_task_and_arguments() -> None:
    assert key(runtime({}), None) == key(runtime({}), None)
    assert key(runtime({}), None) != key(runtime({}), None, Name="Other")


@pytest.mark.parametrize("run", [None, SimpleNamespace(state={}), runtime([calls("call_0")], thread=None)])
def test_without_a_thread_there_is_no_key(run: Any) -> None:
    assert key(run) is None


@given(
    st.dictionaries(st.text(max_size=5), st.none() | st.booleans() | st.integers() | st.text(max_size=5), max_size=4)
)
def test_arguments_in_any_order_have_one_key_and_others_have_another(arguments: dict[str, Any]) -> None:
    run = runtime([calls("call_0")])
    backwards = dict(reversed(arguments.items()))
    made = [write_key(run, {}, tool=CREATE, call_id="c", arguments=a) for a in (arguments, backwards)]
    assert made[0] == made[1]
    assert write_key(run, {}, tool=CREATE, call_id="c", arguments={**arguments, "one more": 1}) != made[0]


# --- graphs -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def org() -> Iterator[LocalOrg]:
    with LocalOrg() as org:
        yield org


class Scripted(BaseChatModel):
    """Answers with its script, message by message, counted in the history."""

    script: list[AIMessage]

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Scripted:
        return self

    def _generate(self, messages: list[Any], *args: Any, **kwargs: Any) -> ChatResult:
        turn = sum(isinstance(message, AIMessage) for message in messages)
        reply = self.script[turn] if turn < len(self.script) else AIMessage("Done.")
        return ChatResult(generations=[ChatGeneration(message=reply.model_copy(deep=True))])


@tool
def ask(question: str) -> str:
    """Ask a human."""
    return str(interrupt(question))


@dataclass
class Sibling:
    """A tool that fails the first time, while other calls are under way."""

    started: Callable[[], bool]
    failures: list[str] = field(default_factory=list)

    def tool(self) -> BaseTool:
        @tool
        async def wobble(question: str) -> str:
            """Fail once."""
            if not self.failures:
                while not self.started():
                    await asyncio.sleep(0.005)
                self.failures.append(question)
                raise RuntimeError("the sibling failed")
            return "fine"

        return wobble


def turn(*names: str, ids: Sequence[str] = ()) -> AIMessage:
    arguments: dict[str, Any] = {CREATE: ARGUMENTS}
    made = [
        {"name": name, "args": dict(arguments.get(name, {"question": "?"})), "id": id_, "type": "tool_call"}
        for name, id_ in zip(names, ids or [f"call_{n}" for n in range(len(names))], strict=True)
    ]
    return AIMessage("", tool_calls=made)


def whole_state(tools: list[BaseTool], model: Scripted) -> Any:
    graph = StateGraph(MessagesState)
    graph.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]})
    graph.add_node("tools", ToolNode(tools, handle_tool_errors=False))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", lambda s: "tools" if s["messages"][-1].tool_calls else END, ["tools", END])
    graph.add_edge("tools", "model")
    return graph.compile(checkpointer=InMemorySaver())


def send_per_call(tools: list[BaseTool], model: Scripted) -> Any:
    def route(state: Any) -> Any:
        last = state["messages"][-1]
        return [Send("tools", [call]) for call in last.tool_calls] if last.tool_calls else END

    graph = StateGraph(MessagesState)
    graph.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]})
    graph.add_node("tools", ToolNode(tools, handle_tool_errors=False))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", route, ["tools", END])
    graph.add_edge("tools", "model")
    return graph.compile(checkpointer=InMemorySaver())


def by_hand(tools: list[BaseTool], model: Scripted) -> Any:
    named = {each.name: each for each in tools}

    async def work_async(state: Any) -> Any:
        return {"messages": [await named[call["name"]].ainvoke(call) for call in state["messages"][-1].tool_calls]}

    def work(state: Any) -> Any:
        return {"messages": [named[call["name"]].invoke(call) for call in state["messages"][-1].tool_calls]}

    from langchain_core.runnables import RunnableLambda

    graph = StateGraph(MessagesState)
    graph.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]})
    graph.add_node("tools", RunnableLambda(work, work_async))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", lambda s: "tools" if s["messages"][-1].tool_calls else END, ["tools", END])
    graph.add_edge("tools", "model")
    return graph.compile(checkpointer=InMemorySaver())


def agent(tools: list[BaseTool], model: Scripted) -> Any:
    return create_agent(model, tools, checkpointer=InMemorySaver())


WIRINGS = {"whole state": whole_state, "send": send_per_call, "by hand": by_hand, "create_agent": agent}
EVERY_WIRING = pytest.mark.parametrize("wiring", WIRINGS.values(), ids=WIRINGS)
THREAD: Any = {"configurable": {"thread_id": "thread-1"}}
START_MESSAGES: Any = {"messages": [HumanMessage("go")]}


def posts(org: LocalOrg) -> int:
    return len(org.requests.matching("*/sobjects/Account", method="POST"))


def made(org: LocalOrg) -> int:
    return len(org.query("SELECT Id FROM Account WHERE Name = 'Acme'"))


def tools_of(connect: SalesforceConnect, rep: str) -> list[BaseTool]:
    return connect.toolkit(rep).get_tools()


@EVERY_WIRING
@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["sync", "async"])
async def test_a_sibling_that_interrupts_makes_no_write_twice(
    connect: SalesforceConnect, org: LocalOrg, rep: str, wiring: Any, mode: str
) -> None:
    graph = wiring([*tools_of(connect, rep), ask], Scripted(script=[turn(CREATE, "ask")]))

    async def go(message: Any) -> Any:
        if mode == "async":
            return await graph.ainvoke(message, THREAD)
        return await asyncio.to_thread(graph.invoke, message, THREAD)

    asked = await go(START_MESSAGES)
    assert asked["__interrupt__"]
    result = await go(Command(resume="yes"))
    answers = [message for message in result["messages"] if isinstance(message, ToolMessage)]
    assert [message.status for message in answers] == ["success", "success"]
    assert answers[0].artifact["id"] == org.query("SELECT Id FROM Account WHERE Name = 'Acme'")[0]["Id"]
    assert (posts(org), made(org)) == (1, 1)
    await connect.aclose()


@EVERY_WIRING
@pytest.mark.anyio
async def test_a_sibling_that_fails_makes_no_write_twice(
    connect: SalesforceConnect, org: LocalOrg, rep: str, wiring: Any
) -> None:
    slow = org.faults.add(Latency(0.3), method="POST", path="/sobjects/*")
    sibling = Sibling(lambda: slow.hits > 0)
    graph = wiring([*tools_of(connect, rep), sibling.tool()], Scripted(script=[turn(CREATE, "wobble")]))
    with pytest.raises(RuntimeError, match="the sibling failed"):
        await graph.ainvoke(START_MESSAGES, THREAD)
    result = await graph.ainvoke(None, THREAD)
    assert result["messages"][-1].content == "Done."
    assert sibling.failures == ["?"]
    assert (posts(org), made(org)) == (1, 1)
    await connect.aclose()


@EVERY_WIRING
def test_ids_used_again_in_two_turns_are_two_writes(
    connect: SalesforceConnect, org: LocalOrg, rep: str, wiring: Any
) -> None:
    graph = wiring(tools_of(connect, rep), Scripted(script=[turn(CREATE), turn(CREATE)]))
    graph.invoke(START_MESSAGES, THREAD)
    assert (posts(org), made(org)) == (2, 2)


@EVERY_WIRING
def test_two_equal_calls_of_one_turn_are_two_writes(
    connect: SalesforceConnect, org: LocalOrg, rep: str, wiring: Any
) -> None:
    graph = wiring(tools_of(connect, rep), Scripted(script=[turn(CREATE, CREATE)]))
    graph.invoke(START_MESSAGES, THREAD)
    assert (posts(org), made(org)) == (2, 2)


@EVERY_WIRING
def test_two_threads_are_two_writes(connect: SalesforceConnect, org: LocalOrg, rep: str, wiring: Any) -> None:
    graph = wiring(tools_of(connect, rep), Scripted(script=[turn(CREATE)]))
    for thread in ("one", "two"):
        graph.invoke(START_MESSAGES, {"configurable": {"thread_id": thread}})
    assert (posts(org), made(org)) == (2, 2)


@pytest.mark.parametrize("wiring", [whole_state, send_per_call, agent])
def test_a_run_that_is_repeated_from_before_the_write_makes_it_once(
    connect: SalesforceConnect, org: LocalOrg, rep: str, wiring: Any
) -> None:
    graph = wiring(tools_of(connect, rep), Scripted(script=[turn(CREATE)]))
    graph.invoke(START_MESSAGES, THREAD)
    before = next(s for s in graph.get_state_history(THREAD) if s.next == ("tools",))
    result = graph.invoke(None, before.config)
    assert result["messages"][-1].content == "Done."
    assert (posts(org), made(org)) == (1, 1)


@pytest.mark.parametrize("wiring", [whole_state, agent])
def test_a_fork_in_which_the_model_spoke_anew_writes_anew(
    connect: SalesforceConnect, org: LocalOrg, rep: str, wiring: Any
) -> None:
    graph = wiring(tools_of(connect, rep), Scripted(script=[turn(CREATE)]))
    graph.invoke(START_MESSAGES, THREAD)
    before = [s for s in graph.get_state_history(THREAD) if s.next == ("model",)][-1]
    graph.invoke(None, before.config)
    assert (posts(org), made(org)) == (2, 2)


def test_a_graph_without_a_thread_and_no_graph_at_all_write_each_time(
    connect: SalesforceConnect, org: LocalOrg, rep: str
) -> None:
    graph = StateGraph(MessagesState)
    graph.add_node("tools", ToolNode(tools_of(connect, rep)))
    graph.add_edge(START, "tools")
    compiled = graph.compile()
    message = turn(CREATE)
    message.id = "ai-1"
    for _ in range(2):
        compiled.invoke({"messages": [message]})
    create = next(each for each in tools_of(connect, rep) if each.name == CREATE)
    for _ in range(2):
        create.invoke(message.tool_calls[0])
    assert (posts(org), made(org)) == (4, 4)


def test_a_crowd_that_is_refused_is_told_once_each_that_nothing_was_written(
    connect: SalesforceConnect, org: LocalOrg, rep: str
) -> None:
    org.revoke()
    graph = whole_state(tools_of(connect, rep), Scripted(script=[turn(*[CREATE] * 4, ids=["same"] * 4)]))
    result = graph.invoke(START_MESSAGES, THREAD)
    told = [message.content for message in result["messages"] if isinstance(message, ToolMessage)]
    assert len(told) == 4
    assert [content.count("Nothing was written") for content in told] == [1] * 4
    assert made(org) == 0
