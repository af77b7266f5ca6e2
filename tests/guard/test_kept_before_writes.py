"""No write before the checkpoint it runs from is stored: else, after a crash, it would be asked for, or about, anew."""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import dataclass, field
from typing import Any

import pytest
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver

from langchain_sfconnect.tools import kept

pytestmark = pytest.mark.anyio
DEADLINE = 30.0
AFTER_THE_GUARD = 2  # after the input's steps, and the model's


@dataclass
class Storing:
    """Lets checkpoints be stored only once somebody has asked for one in vain, several times."""

    written_before: int | None = None
    begun: threading.Event = field(default_factory=threading.Event)
    misses: int = 0

    def missed(self, writes: int) -> None:
        self.misses += 1
        if self.misses == 3:
            self.written_before = writes
            self.begun.set()


class LateSaver(InMemorySaver):
    """A checkpointer as slow as a database far away can be, with all steps or with one."""

    def __init__(self, connect: Any, *, step: int | None = None) -> None:
        super().__init__()
        self.connect, self.storing, self.step = connect, Storing(), step
        self.stored: list[str] = []

    def put(self, config: Any, checkpoint: Any, metadata: Any, *args: Any) -> Any:
        if self._is_late(metadata):
            assert self.storing.begun.wait(DEADLINE), "nobody asked for the checkpoint"
        return self._store(config, checkpoint, metadata, *args)

    async def aput(self, config: Any, checkpoint: Any, metadata: Any, *args: Any) -> Any:
        async with asyncio.timeout(DEADLINE):
            while self._is_late(metadata) and not self.storing.begun.is_set():
                await asyncio.sleep(0)
        return self._store(config, checkpoint, metadata, *args)

    def _is_late(self, metadata: Any) -> bool:
        return self.step is None or metadata["step"] == self.step

    def _store(self, config: Any, checkpoint: Any, *args: Any) -> Any:
        placed = super().put(config, checkpoint, *args)
        self.stored.append(checkpoint["id"])
        return placed

    def get_tuple(self, config: Any) -> Any:
        found = super().get_tuple(config)
        if found is None and "checkpoint_id" in config["configurable"]:
            self.storing.missed(len(self.connect.writes))
        return found


class BlindSaver(InMemorySaver):
    """A checkpointer that never finds a checkpoint again."""

    def get_tuple(self, config: Any) -> Any:
        return None


async def test_a_write_waits_until_the_message_that_asks_for_it_is_stored(agent: Any) -> None:
    agent.saver = LateSaver(agent.connect)
    await agent.creates("Acme").say(durability="async")
    assert agent.saver.storing.written_before == 0
    assert agent.connect.writes == [("rep-42", "Acme")]


async def test_what_the_guard_let_pass_is_stored_as_passed_before_anything_is_written(
    agent: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent.saver = saver = LateSaver(agent.connect, step=AFTER_THE_GUARD)
    at_writing: list[list[str]] = []

    async def send(operation: Any, **options: Any) -> Any:
        at_writing.append(list(saver.stored))
        saver.storing.begun.set()  # else it would wait for ever, should nobody wait for it
        return await type(agent.connect).send(agent.connect, operation, **options)

    monkeypatch.setattr(agent.connect, "send", send)
    await agent.creates("Acme").say(durability="async")
    (stored,) = at_writing
    history = agent.build(saver).get_state_history({"configurable": {"thread_id": agent.thread}})
    (before_the_tools,) = [state.config["configurable"]["checkpoint_id"] for state in history if "tools" in state.next]
    assert before_the_tools in stored


async def test_a_tool_of_the_product_that_writes_has_the_message_that_asks_for_it_stored_before(agent: Any) -> None:
    written_after: list[int] = []
    agent.saver = saver = LateSaver(agent.connect)

    @tool
    def our_own_upsert(text: str) -> str:
        """Write somewhere else."""
        written_after.append(saver.storing.misses)
        return text

    agent.guard["write_tools"], agent.more_tools = ["our_own_upsert"], [our_own_upsert]
    await agent.calls(("our_own_upsert", {"text": "x"})).say(durability="async")
    assert len(written_after) == 1
    assert written_after[0] >= 3


async def test_without_a_guard_a_write_waits_as_well(mode: str, fake_connect: Any, agent_of: Any) -> None:
    unguarded = agent_of("create_agent", mode).creates("Acme")
    unguarded.connect, unguarded.guarded = fake_connect, False
    unguarded.saver = LateSaver(fake_connect)
    await unguarded.say(durability="async")
    assert unguarded.saver.storing.written_before == 0
    assert fake_connect.writes == [("rep-42", "Acme")]


async def test_a_checkpointer_that_cannot_be_read_holds_no_write_up(
    agent: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: Any, config: Any) -> Any:
        if "checkpoint_id" in config["configurable"]:
            raise RuntimeError("not from this thread")

    monkeypatch.setattr(BlindSaver, "get_tuple", fail)
    agent.saver = BlindSaver()
    await agent.creates("Acme").say(durability="async")
    assert agent.connect.writes == [("rep-42", "Acme")]
    assert "cannot be told: RuntimeError" in caplog.text


async def test_a_call_that_is_cancelled_while_it_waits_leaves_the_checkpointer_to_end_its_look() -> None:
    ended, looking, go_on = asyncio.Event(), asyncio.Event(), asyncio.Event()

    class Slow(BlindSaver):
        async def aget_tuple(self, config: Any) -> Any:
            looking.set()
            await go_on.wait()
            ended.set()

    known = {"__pregel_checkpointer": Slow(), "thread_id": "t", "checkpoint_map": {"": "c"}}
    waiting = asyncio.ensure_future(kept.await_until_kept({"configurable": known}))
    async with asyncio.timeout(DEADLINE):
        await looking.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        go_on.set()
        await ended.wait()


async def test_a_write_does_not_wait_for_ever_and_a_warning_says_so(
    agent: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(kept, "PAUSES", (0.0,) * 5)
    agent.saver = BlindSaver()
    with caplog.at_level(logging.WARNING, logger="langchain_sfconnect.tools.kept"):
        await agent.creates("Acme").say(durability="async")
    assert agent.connect.writes == [("rep-42", "Acme")]
    assert "not stored yet" in caplog.text


@pytest.mark.parametrize("durability", ["sync", "exit"])
async def test_where_there_is_nothing_to_wait_for_nothing_is_read(agent: Any, durability: str) -> None:
    agent.saver = LateSaver(agent.connect)
    agent.saver.storing.begun.set()
    await agent.creates("Acme").say(durability=durability)
    assert agent.connect.writes == [("rep-42", "Acme")]
    assert agent.saver.storing.misses == 0
