"""What a turn costs that nobody need be asked about, and that a turn somebody was asked about stays what it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.runtime import ExecutionInfo, RunControl, Runtime
from langgraph.types import Command

from langchain_sfconnect.errors import AccountNotResolved
from langchain_sfconnect.guard import unasked
from langchain_sfconnect.guard.unasked import Unasked

pytestmark = pytest.mark.anyio
MINE = {"configurable": {"thread_id": "t"}}


class CountingSaver(InMemorySaver):
    """Notes what is memoized."""

    def __init__(self) -> None:
        super().__init__()
        self.memoized: list[Any] = []

    def put_writes(self, config: Any, writes: Any, *args: Any, **options: Any) -> None:
        self.memoized += [value for channel, value in writes if channel == "__return__"]
        super().put_writes(config, writes, *args, **options)


@dataclass
class Kept:
    """One agent that lives on between its steps, as in a server."""

    agent: Any
    mode: str
    saver: CountingSaver = field(default_factory=CountingSaver)

    def __post_init__(self) -> None:
        self.graph = self.agent.build(self.saver)

    async def go(self, given: Any, config: Any = MINE, **run: Any) -> Any:
        if self.mode == "sync":
            return self.graph.invoke(given, config, **run)
        return await self.graph.ainvoke(given, config, **run)

    async def say(self, config: Any = MINE, **run: Any) -> Any:
        return await self.go({"messages": [HumanMessage("Go.")]}, config, **run)


@pytest.fixture
def kept(mode: str, agent_of: Any) -> Kept:
    return Kept(agent_of("create_agent", mode).creates("Acme"), mode)


async def test_a_turn_that_asks_nobody_is_checked_once_and_leaves_no_memo(kept: Kept) -> None:
    await kept.say()
    assert kept.agent.connect.checks == ["rep-42"]
    assert kept.agent.connect.writes == [("rep-42", "Acme")]
    assert kept.saver.memoized == []


async def test_a_turn_that_asks_is_checked_once_for_the_question_and_memoized(kept: Kept) -> None:
    kept.agent.connect.statuses["rep-42"] = "REVOKED"
    await kept.say()
    assert kept.agent.connect.checks == ["rep-42"]
    assert len(kept.agent.connect.links) == 1
    assert [memo["owners"] for memo in kept.saver.memoized] == [["rep-42"]]


async def test_a_decline_wins_in_the_process_that_asked_even_if_the_account_has_recovered(kept: Kept) -> None:
    kept.agent.connect.statuses["rep-42"] = "REVOKED"
    await kept.say()
    kept.agent.connect.statuses["rep-42"] = "ACTIVE"
    await kept.go(Command(resume="decline"))
    assert kept.agent.connect.writes == []


@pytest.mark.parametrize("way", [None, Command(resume="done")], ids=["without an answer", "with an answer"])
async def test_a_paused_turn_is_not_gone_on_with_as_somebody_else(mode: str, agent_of: Any, way: Any) -> None:
    agent = agent_of("create_agent", mode).creates("Acme")
    agent.guard = {}
    agent.connect.statuses |= {"rep-42": "REVOKED", "rep-7": "ACTIVE"}
    kept = Kept(agent, mode)
    mine, other = ({"configurable": {"thread_id": "t", "salesforce_identifier": who}} for who in ("rep-42", "rep-7"))
    await kept.say(mine)
    with pytest.raises(AccountNotResolved, match="another Salesforce account"):
        await kept.go(way, other)
    assert agent.connect.writes == []


def runtime(thread: str = "t", control: RunControl | None = None) -> Runtime[Any]:
    return Runtime(execution_info=ExecutionInfo("c", "", "task", thread_id=thread), control=control)


def test_a_message_is_new_once_and_in_its_own_run_and_thread_only() -> None:
    news, run, message = Unasked(), RunControl(), AIMessage("", id="m")
    news.note([message], runtime(control=run))
    assert not news.take(message, runtime("other", control=run))
    assert news.take(message, runtime(control=run))
    assert not news.take(message, runtime(control=run))


def test_whoever_resumes_has_another_run_and_uses_the_message_up() -> None:
    news, run, message = Unasked(), RunControl(), AIMessage("", id="m")
    news.note([message], runtime(control=run))
    assert not news.take(message, runtime(control=RunControl()))
    assert not news.take(message, runtime(control=run))


@pytest.mark.parametrize("message", [None, AIMessage(""), HumanMessage("", id="m")])
def test_what_cannot_be_told_apart_is_not_new(message: Any) -> None:
    news, run = Unasked(), RunControl()
    news.note([message] if message else [], runtime(control=run))
    assert not news.take(message, runtime(control=run))


def test_a_run_without_a_control_is_told_apart_from_none() -> None:
    news, message = Unasked(), AIMessage("", id="m")
    news.note([message], runtime())
    assert not news.take(message, runtime())


def test_of_too_many_messages_the_oldest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unasked, "LIMIT", 2)
    news, run, messages = Unasked(), RunControl(), [AIMessage("", id=name) for name in "abc"]
    news.note(messages, runtime(control=run))
    assert [news.take(message, runtime(control=run)) for message in messages] == [False, True, True]
