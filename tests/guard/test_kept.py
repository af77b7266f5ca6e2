"""No write before the message that asks for it is stored: else, after a crash, the model would ask for it anew."""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import dataclass, field
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from langchain_sfconnect.guard import kept

pytestmark = pytest.mark.anyio
DEADLINE = 30.0


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
    """A checkpointer as slow as a database far away can be."""

    def __init__(self, connect: Any) -> None:
        super().__init__()
        self.connect, self.storing = connect, Storing()

    def put(self, *args: Any, **options: Any) -> Any:
        assert self.storing.begun.wait(DEADLINE), "nobody asked for the checkpoint"
        return super().put(*args, **options)

    async def aput(self, *args: Any, **options: Any) -> Any:
        async with asyncio.timeout(DEADLINE):
            while not self.storing.begun.is_set():
                await asyncio.sleep(0)
        return super().put(*args, **options)

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


async def test_a_write_does_not_wait_for_ever_and_a_warning_says_so(
    agent: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(kept, "PAUSES", (0.0,) * 5)
    agent.saver = BlindSaver()
    with caplog.at_level(logging.WARNING, logger="langchain_sfconnect.guard.kept"):
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
