"""ThreadResumer: which threads go on, when, how often, and what holds up nothing else."""

from __future__ import annotations

import asyncio
import copy
import logging
import pickle
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import interrupt

from langchain_sfconnect.errors import ConfigurationError, InvalidArgument
from langchain_sfconnect.guard import ReauthorizationRequest, ThreadResumer, resume_command

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Rep:
    salesforce_identifier: str


def config_of(thread: str, **more: Any) -> Any:
    return {"configurable": {"thread_id": thread, **more}}


@dataclass
class Desk:
    """One graph over an open saver, sync only or async only, and a resumer that notes what it tells."""

    agent: Any
    graph: Any
    told: list[tuple[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.resumer = self.new_resumer()

    def new_resumer(self, **options: Any) -> ThreadResumer:
        return ThreadResumer(self.graph, **{"on_resumed": self.note, **options})

    def note(self, config: Any, outcome: Any) -> None:
        self.told.append((config["configurable"]["thread_id"], outcome))

    async def do(self, target: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        if self.agent.mode == "sync":
            return await asyncio.to_thread(getattr(target, name), *args, **kwargs)
        return await getattr(target, f"a{name}")(*args, **kwargs)

    async def pause(self, thread: str, identifier: str = "rep-42", **configurable: Any) -> Any:
        """Say something that makes the guard ask, and watch the thread."""
        config, context = config_of(thread, **configurable), Rep(identifier)
        given = {"messages": [HumanMessage("Go.")]}
        result = await self.do(self.graph, "invoke", given, config, context=context)
        assert ReauthorizationRequest.find(result) is not None
        assert await self.watch(config, context)
        return result

    async def watch(self, config: Any, context: Any = None) -> bool:
        return bool(await self.do(self.resumer, "watch", config, context))

    async def resume(self, identifier: str = "rep-42") -> int:
        return int(await self.do(self.resumer, "resume", identifier))

    async def answer(self, command: Any, thread: str, identifier: str = "rep-42") -> Any:
        return await self.do(self.graph, "invoke", command, config_of(thread), context=Rep(identifier))

    @property
    def writes(self) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = self.agent.connect.writes
        return found

    def all_are(self, status: str) -> None:
        statuses = self.agent.connect.statuses
        statuses.update(dict.fromkeys(statuses, status))


@pytest.fixture
async def saver_of_the_mode(mode: str, tmp_path: Path) -> AsyncIterator[Any]:
    if mode == "sync":
        with SqliteSaver.from_conn_string(str(tmp_path / "checkpoints.db")) as saver:
            yield saver
    else:
        async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "checkpoints.db")) as asaver:
            yield asaver


@pytest.fixture
def desk(agent: Any, saver_of_the_mode: Any) -> Desk:
    """Every conversation creates one Salesforce account, for whom its context names."""
    agent.guard = {}
    agent.connect.statuses = {"rep-42": "REVOKED", "rep-7": "REVOKED"}
    return Desk(agent.creates("Acme"), agent.build(saver_of_the_mode))


@pytest.fixture
def hold(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Holds the guard's checks up until the test lets them go."""

    class Hold:
        def __init__(self) -> None:
            self.reached, self.go_on = threading.Semaphore(0), threading.Event()

        async def wait_for(self, count: int = 1) -> None:
            for _ in range(count):
                assert await asyncio.to_thread(self.reached.acquire, timeout=30)

    hold, check = Hold(), desk.agent.connect.check

    async def held(identifier: str) -> Any:
        hold.reached.release()
        assert await asyncio.to_thread(hold.go_on.wait, 30)
        return await check(identifier)

    def begin() -> Hold:
        monkeypatch.setattr(desk.agent.connect, "check", held)
        return hold

    return begin


async def test_a_watched_thread_goes_on_once_its_account_is_authorized(desk: Desk) -> None:
    await desk.pause("t")
    desk.all_are("ACTIVE")
    assert await desk.resume("rep-7") == 0
    assert desk.writes == []
    assert await desk.resume() == 1
    assert desk.writes == [("rep-42", "Acme")]
    ((thread, result),) = desk.told
    assert (thread, result["messages"][-1].content) == ("t", "Done.")
    assert await desk.resume() == 0
    assert repr(desk.resumer) == "ThreadResumer(watched=0)"


async def test_each_thread_runs_in_its_own_context_and_with_its_own_scalars(desk: Desk) -> None:
    seen: list[Any] = []

    def remember(config: Any, outcome: Any) -> None:
        seen.append(dict(config["configurable"]))
        config["configurable"].clear()  # a copy, so that nothing goes wrong

    desk.resumer = desk.new_resumer(on_resumed=remember)
    await desk.pause("a", "rep-42", tenant="acme", budget=3, live=object(), __hidden="x")
    await desk.pause("b", "rep-7")
    desk.all_are("ACTIVE")
    assert await desk.resume("rep-7") == 1
    assert desk.writes == [("rep-7", "Acme")]
    assert await desk.resume("rep-42") == 1
    assert desk.writes == [("rep-42", "Acme"), ("rep-7", "Acme")]
    assert seen == [{"thread_id": "b"}, {"thread_id": "a", "tenant": "acme", "budget": 3}]


async def test_what_is_kept_of_a_config_are_scalars_and_never_a_checkpoint_id(desk: Desk) -> None:
    kept: list[Any] = []
    desk.resumer = desk.new_resumer(on_resumed=lambda config, outcome: kept.append(dict(config["configurable"])))
    await desk.pause("t", tenant="acme", budget=3, live=object())
    state = await desk.do(desk.graph, "get_state", config_of("t"))
    given = {**state.config["configurable"], "tenant": "acme", "budget": 3, "live": object(), "__hidden": "x"}
    assert "checkpoint_id" in given
    assert await desk.watch({"configurable": given, "callbacks": [], "tags": ["x"]}, Rep("rep-42"))
    desk.all_are("ACTIVE")
    assert await desk.resume() == 1
    assert kept == [{"thread_id": "t", "checkpoint_ns": "", "tenant": "acme", "budget": 3}]


@pytest.mark.parametrize("config", [{}, {"configurable": {}}, {"configurable": {"thread_id": None}}, None], ids=str)
async def test_a_config_without_a_thread_is_refused(desk: Desk, config: Any) -> None:
    with pytest.raises(InvalidArgument, match="thread_id"):
        await desk.watch(config)


async def test_a_thread_that_asks_nothing_is_not_watched(desk: Desk) -> None:
    assert not await desk.watch(config_of("nobody"))
    await desk.pause("t")
    desk.all_are("ACTIVE")
    state = await desk.do(desk.graph, "get_state", config_of("t"))
    await desk.answer(resume_command(state, "decline"), "t")
    assert repr(desk.resumer) == "ThreadResumer(watched=1)"
    assert not await desk.watch(config_of("t"))
    assert repr(desk.resumer) == "ThreadResumer(watched=0)"


@pytest.mark.parametrize(
    "value",
    [
        "Another tool asks.",
        {"type": "salesforce_approval_required", "schema_version": 1, "accounts": [{"identifier": "rep-42"}]},
    ],
    ids=["another tool", "approval"],
)
async def test_what_is_no_question_about_accounts_is_neither_watched_nor_answered(mode: str, value: Any) -> None:
    answers: list[Any] = []
    builder: Any = StateGraph(MessagesState).add_node("ask", lambda state: answers.append(interrupt(value)))
    graph = builder.add_edge(START, "ask").compile(checkpointer=InMemorySaver())
    graph.invoke({"messages": []}, config_of("t"))
    resumer = ThreadResumer(graph)
    if mode == "sync":
        assert not resumer.watch(config_of("t"))
        assert resumer.resume("rep-42") == 0
    else:
        assert not await resumer.awatch(config_of("t"))
        assert await resumer.aresume("rep-42") == 0
    assert answers == []


async def test_a_question_about_two_accounts_waits_for_both_and_spends_no_round(desk: Desk, mode: str) -> None:
    desk.agent.guard = {"account_for": lambda call, config, runtime: call["args"]["Rep__c"]}
    desk.agent.script.clear()
    desk.agent.calls(*(("salesforce_account_create", {"Name": n, "Rep__c": n}) for n in ("rep-42", "rep-7")))
    desk.graph = desk.agent.build(desk.graph.checkpointer)
    desk.resumer = desk.new_resumer()
    await desk.pause("t")
    desk.agent.connect.statuses["rep-42"] = "ACTIVE"
    assert await desk.resume("rep-42") == 0
    assert await desk.resume("rep-42") == 0
    desk.agent.connect.statuses["rep-7"] = "ACTIVE"
    assert await desk.resume("rep-7") == 1
    assert desk.writes == [("rep-42", "rep-42"), ("rep-7", "rep-7")]
    assert sorted(desk.agent.connect.links) == ["rep-42", "rep-7"]  # asked once


async def test_a_thread_is_resumed_once_however_many_say_so_at_the_same_time(desk: Desk, hold: Any) -> None:
    await desk.pause("t")
    desk.all_are("ACTIVE")
    held = hold()
    resuming = [asyncio.create_task(desk.resume()) for _ in range(5)]
    await held.wait_for()
    assert await desk.resume() == 0  # while it runs
    assert not await desk.watch(config_of("t"), Rep("rep-42"))
    held.go_on.set()
    assert sorted(await asyncio.gather(*resuming)) == [0, 0, 0, 0, 1]
    assert desk.writes == [("rep-42", "Acme")]
    assert len(desk.told) == 1


async def test_what_the_user_answered_meanwhile_is_not_answered_again(desk: Desk) -> None:
    result = await desk.pause("t")
    desk.all_are("ACTIVE")
    await desk.answer(resume_command(result), "t")
    assert await desk.resume() == 0
    assert (desk.writes, desk.told) == ([("rep-42", "Acme")], [])
    assert repr(desk.resumer) == "ThreadResumer(watched=0)"


async def test_a_later_question_is_not_answered_in_the_name_of_an_earlier_report(desk: Desk) -> None:
    desk.agent.creates("Second")
    desk.graph = desk.agent.build(desk.graph.checkpointer)
    desk.resumer = desk.new_resumer()
    result = await desk.pause("t")
    desk.agent.connect.then = ["ACTIVE", "REVOKED"]  # the first turn passes, the second asks
    await desk.answer(resume_command(result), "t")
    assert desk.writes == [("rep-42", "Acme")]
    assert await desk.resume() == 0  # it was about the first question
    desk.all_are("ACTIVE")
    assert await desk.resume() == 1
    assert desk.writes == [("rep-42", "Acme"), ("rep-42", "Second")]


async def test_a_run_that_pauses_again_stays_watched(desk: Desk) -> None:
    await desk.pause("t")
    assert await desk.resume() == 1  # not authorized after all
    ((_, result),) = desk.told
    assert ReauthorizationRequest.find(result) is not None
    desk.all_are("ACTIVE")
    assert await desk.resume() == 1
    assert desk.writes == [("rep-42", "Acme")]


async def test_a_thread_can_be_watched_from_the_callback_after_its_run(desk: Desk) -> None:
    async def watch_again(config: Any, outcome: Any) -> None:
        waits.append(await desk.watch(config, Rep("rep-42")))

    waits: list[bool] = []
    desk.resumer = desk.new_resumer(on_resumed=watch_again)
    await desk.pause("t")
    assert await desk.resume() == 1  # not authorized after all
    desk.all_are("ACTIVE")
    assert await desk.resume() == 1
    assert waits == [True, False]
    assert desk.writes == [("rep-42", "Acme")]
    assert repr(desk.resumer) == "ThreadResumer(watched=0)"


async def test_a_thread_that_fails_holds_up_no_other_and_can_be_tried_again(
    desk: Desk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for thread in ("a", "b", "c"):
        await desk.pause(thread)
    desk.all_are("ACTIVE")
    name = "invoke" if desk.agent.mode == "sync" else "ainvoke"
    invoke = getattr(desk.graph, name)

    def fail(command: Any, config: Any, **kwargs: Any) -> Any:
        if config["configurable"]["thread_id"] == "b":
            raise OSError("the secret of b")
        return invoke(command, config, **kwargs)

    monkeypatch.setattr(desk.graph, name, fail)
    assert await desk.resume() == 3
    assert len(desk.writes) == 2
    outcomes = dict(desk.told)
    assert isinstance(outcomes["b"], OSError)
    assert all(outcomes[thread]["messages"][-1].content == "Done." for thread in ("a", "c"))
    assert "OSError" in caplog.text
    assert "secret" not in caplog.text
    monkeypatch.undo()
    assert await desk.resume() == 1
    assert len(desk.writes) == 3


async def test_a_state_that_cannot_be_read_is_told_and_can_be_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.pause("t")
    desk.all_are("ACTIVE")

    def fail(*args: Any, **kwargs: Any) -> Any:
        raise OSError("disk")

    monkeypatch.setattr(desk.graph, "get_state" if desk.agent.mode == "sync" else "aget_state", fail)
    assert await desk.resume() == 0
    assert [type(outcome) for _, outcome in desk.told] == [OSError]
    monkeypatch.undo()
    assert await desk.resume() == 1
    assert desk.writes == [("rep-42", "Acme")]


async def test_after_a_restart_the_checkpoint_says_what_waits(desk: Desk) -> None:
    await desk.pause("t")
    desk.graph = desk.agent.build(desk.graph.checkpointer)
    desk.resumer = desk.new_resumer()
    desk.all_are("ACTIVE")
    assert await desk.resume() == 0
    assert await desk.watch(config_of("t"), Rep("rep-42"))
    assert await desk.resume() == 1
    assert desk.writes == [("rep-42", "Acme")]


async def test_a_question_inside_a_subgraph_is_found_and_answered(mode: str, agent_of: Any) -> None:
    agent = agent_of("graph", mode).creates("Acme")
    agent.connect.statuses["rep-42"] = "REVOKED"
    inner: Any = StateGraph(MessagesState).add_node("agent", agent.build(None)).add_edge(START, "agent").compile()
    builder: Any = StateGraph(MessagesState).add_node("inner", inner).add_edge(START, "inner")
    desk = Desk(agent, builder.add_edge("inner", END).compile(checkpointer=InMemorySaver()))
    await desk.do(desk.graph, "invoke", {"messages": [HumanMessage("Go.")]}, config_of("t"))
    assert await desk.watch(config_of("t"))
    desk.all_are("ACTIVE")
    assert await desk.resume() == 1
    assert desk.writes == [("rep-42", "Acme")]


async def test_parallel_questions_go_on_as_their_accounts_come(mode: str, agent_of: Any) -> None:
    builder: Any = StateGraph(MessagesState)
    agents = {name: agent_of("graph", mode).creates(name) for name in ("rep-42", "rep-7")}
    for name, agent in agents.items():
        agent.guard, agent.connect.statuses = {"identifier": name}, {name: "REVOKED"}
        builder.add_node(name, agent.build(None)).add_edge(START, name)
    desk = Desk(agents["rep-7"], builder.compile(checkpointer=InMemorySaver()))
    await desk.do(desk.graph, "invoke", {"messages": [HumanMessage("Go.")]}, config_of("t"))
    assert await desk.watch(config_of("t"))
    desk.all_are("ACTIVE")
    assert await desk.resume("rep-7") == 1
    assert (desk.writes, agents["rep-42"].connect.writes) == ([("rep-7", "rep-7")], [])
    agents["rep-42"].connect.statuses["rep-42"] = "ACTIVE"
    assert await desk.resume("rep-42") == 1
    assert agents["rep-42"].connect.writes == [("rep-42", "rep-42")]
    assert desk.writes == [("rep-7", "rep-7")]


@pytest.mark.parametrize("mode", ["async"], indirect=True)
async def test_only_so_many_run_at_once(desk: Desk, hold: Any) -> None:
    desk.resumer = desk.new_resumer(at_once=2)
    for number in range(5):
        await desk.pause(f"t{number}")
    desk.all_are("ACTIVE")
    held = hold()
    resuming = asyncio.create_task(desk.resume())
    await held.wait_for(2)
    assert not await asyncio.to_thread(held.reached.acquire, timeout=0.5)
    held.go_on.set()
    assert await resuming == 5
    assert len(desk.writes) == 5


@pytest.mark.parametrize("mode", ["async"], indirect=True)
async def test_a_cancelled_resume_can_be_done_again(desk: Desk, hold: Any) -> None:
    await desk.pause("t")
    desk.all_are("ACTIVE")
    held = hold()
    resuming = asyncio.create_task(desk.resume())
    await held.wait_for()
    resuming.cancel()
    with pytest.raises(asyncio.CancelledError):
        await resuming
    held.go_on.set()
    assert await desk.resume() == 1
    assert desk.writes == [("rep-42", "Acme")]


async def _raises(config: Any, outcome: Any) -> None:
    raise RuntimeError("the secret of the callback")


@pytest.mark.parametrize("asynchronous", [True, False])
async def test_a_callback_that_fails_is_logged_by_type_and_harms_nothing(
    desk: Desk, caplog: pytest.LogCaptureFixture, asynchronous: bool
) -> None:
    def plain(config: Any, outcome: Any) -> None:
        raise RuntimeError("the secret of the callback")

    desk.resumer = desk.new_resumer(on_resumed=_raises if asynchronous else plain)
    for thread in ("a", "b"):
        await desk.pause(thread)
    desk.all_are("ACTIVE")
    with caplog.at_level(logging.ERROR):
        assert await desk.resume() == 2
    assert len(desk.writes) == 2
    assert caplog.text.count("RuntimeError") == 2
    assert "secret" not in caplog.text


async def test_an_async_callback_is_awaited_and_one_may_resume_further_threads(desk: Desk) -> None:
    async def go_on(config: Any, outcome: Any) -> None:
        desk.note(config, outcome)
        if config["configurable"]["thread_id"] == "a":
            await desk.do(desk.resumer, "resume", "rep-7")

    desk.resumer = desk.new_resumer(on_resumed=go_on, at_once=1)
    await desk.pause("a", "rep-42")
    await desk.pause("b", "rep-7")
    desk.all_are("ACTIVE")
    assert await desk.resume("rep-42") == 1
    assert sorted(thread for thread, _ in desk.told) == ["a", "b"]


@pytest.mark.parametrize("copying", [pickle.dumps, copy.deepcopy])
async def test_a_resumer_is_neither_pickled_nor_shows_what_it_holds(
    desk: Desk, copying: Callable[[Any], Any], planted: str
) -> None:
    await desk.pause("t", note=planted)
    with pytest.raises(TypeError, match="cannot be pickled"):
        copying(desk.resumer)
    assert repr(desk.resumer) == "ThreadResumer(watched=1)"


def test_a_graph_that_cannot_pause_is_refused(agent: Any) -> None:
    with pytest.raises(ConfigurationError, match="checkpointer"):
        ThreadResumer(agent.build(None))
    with pytest.raises(ConfigurationError, match="at_once"):
        ThreadResumer(agent.build(InMemorySaver()), at_once=0)
