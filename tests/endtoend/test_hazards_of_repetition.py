"""What is done twice is written once: an answer that two processes carry on at once, a run that is replayed."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.messages import ToolMessage

from langchain_sfconnect.localorg.faults import Latency

pytestmark = pytest.mark.anyio


def performances(grounds: Any, scenarios: Any) -> Any:
    return grounds.bare("graph", "create_agent", "classic")


async def both(talks: list[Any], given: Any) -> list[Any]:
    """The same step of one conversation in two processes, as far as they share nothing but databases."""
    if talks[0].mode == "async":
        return await asyncio.gather(*(talk.step(given) for talk in talks))
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda talk: asyncio.run(talk.step(given)), talks))


def outcomes(result: Any) -> list[tuple[str, str]]:
    return [
        (message.tool_call_id, message.status) for message in result["messages"] if isinstance(message, ToolMessage)
    ]


async def test_an_answer_that_two_processes_carry_on_at_once_is_written_once(stage: Any) -> None:
    stage.authorize("rep-42")
    stage.revoke("rep-42")
    stage.begins()
    stage.results.append(await stage.talk.creates("Double click").say())
    stage.authorize_as_asked("rep-42")
    stage.org.faults.add(action=Latency(0.2), method="POST", path="/sobjects/*")
    twice = [stage.talk, replace(stage.talk, connect=stage.connecting())]
    results = await both(twice, stage.question.resume_command())
    assert [outcomes(result) for result in results] == [[("call_0_0", "success")]] * 2
    assert stage.writes == stage.expected(("Double click",))


async def test_a_run_that_is_replayed_from_before_its_writes_gets_their_first_outcomes(stage: Any) -> None:
    stage.authorize("rep-42")
    stage.begins()
    first = await stage.talk.creates("Then", "Also then").say()
    await stage.restart()
    again = await stage.talk.replay(before="tools")
    assert [message.artifact for message in again["messages"] if message.type == "tool"] == [
        message.artifact for message in first["messages"] if message.type == "tool"
    ]
    assert stage.writes == stage.expected(("Then", "Also then"))
