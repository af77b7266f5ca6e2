"""Guards in several graphs of one run, and in graphs that cannot pause."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langgraph.types import Command

from langchain_sfconnect.errors import ConfigurationError
from langchain_sfconnect.guard import ReauthorizationRequest

pytestmark = pytest.mark.anyio


def performances(grounds: Any, scenarios: Any) -> Any:
    return grounds.bare("subgraph")


@pytest.fixture
def parallel(stage: Any, conversing: Any) -> Any:
    """Two guarded graphs side by side, one writing as alice and one as bob, both of whom have revoked access."""
    talk = stage.talk
    talk.account_for = lambda call, *_: call["args"]["Name"].partition(" ")[0]
    other = conversing(connect=talk.connect, wiring="graph", account_for=talk.account_for)
    talk.beside = [other.creates("bob writes")]
    talk.creates("alice writes")
    for identifier in ("alice", "bob"):
        stage.authorize(identifier)
        stage.revoke(identifier)
    stage.begins()
    return stage


def questions(result: Any) -> dict[str, ReauthorizationRequest]:
    """What is still asked, by whom it is about."""
    requests = map(ReauthorizationRequest.from_interrupt, result.get("__interrupt__", ()))
    return {request.accounts[0]["identifier"]: request for request in requests}


async def asked(stage: Any, given: Any) -> dict[str, ReauthorizationRequest]:
    stage.results.append(await stage.talk.step(given))
    return questions(stage.results[-1])


async def rebuilt(stage: Any) -> None:
    await stage.restart()
    for each in stage.talk.beside:
        each.connect = stage.talk.connect


@pytest.mark.parametrize(("first", "second"), [("alice", "bob"), ("bob", "alice")])
@pytest.mark.parametrize("last", ["done", "decline"])
async def test_questions_of_parallel_graphs_are_answered_one_by_one(
    parallel: Any, first: str, second: str, last: Any
) -> None:
    open_ = await asked(parallel, {"messages": [HumanMessage("Go.")]})
    assert set(open_) == {"alice", "bob"}
    for identifier in open_:
        parallel.authorize_with(open_[identifier])
    await rebuilt(parallel)
    still_open = await asked(parallel, open_[first].resume_command())
    assert still_open == {second: open_[second]}
    assert parallel.writes == parallel.expected((f"{first} writes",))
    await rebuilt(parallel)
    assert await asked(parallel, open_[second].resume_command(last)) == {}
    written = (first, second) if last == "done" else (first,)
    assert parallel.writes == parallel.expected(tuple(f"{each} writes" for each in written))


async def test_one_command_answers_them_all_each_in_its_own_way(parallel: Any) -> None:
    open_ = await asked(parallel, {"messages": [HumanMessage("Go.")]})
    for request in open_.values():
        parallel.authorize_with(request)
    await rebuilt(parallel)
    both = {open_["alice"].interrupt_id: "decline", open_["bob"].interrupt_id: "done"}
    assert await asked(parallel, Command(resume=both)) == {}
    assert parallel.writes == parallel.expected(("bob writes",))


@pytest.mark.parametrize("kind", ["graph", "create_agent", "classic", "subgraph"])
@pytest.mark.parametrize("how", ["sync", "async"])
async def test_a_graph_that_cannot_pause_says_so_before_it_asks(
    conversing: Any, rep: str, org: Any, sent: Any, kind: str, how: str
) -> None:
    agent = conversing(wiring=kind).creates("Never").build(None)
    run = {**conversing().run(rep), "durability": None}
    given = {"messages": [HumanMessage("Go.")]}
    org.revoke()
    with pytest.raises(ConfigurationError, match="checkpointer"):
        _ = agent.invoke(given, **run) if how == "sync" else await agent.ainvoke(given, **run)
    assert sent("POST") == []
