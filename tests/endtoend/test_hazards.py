"""Whatever happens to accounts between the model's calls and the writes: each intended write is sent exactly once.

The table is in scenarios.py. Agent, connection and checkpointer are built anew between all steps.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from langchain_sfconnect.guard import ReauthorizationRequest
from langchain_sfconnect.localorg import LocalOrg

pytestmark = pytest.mark.anyio


def performances(grounds: Any, scenarios: Any) -> Any:
    return grounds.matrix(scenarios.AUTHORIZATION)


async def test_each_intended_write_is_sent_once_by_its_own_user(performance: Any, stage: Any, playing: Any) -> None:
    await playing.play(performance.scenario, stage)


async def test_a_declined_write_is_not_sent_by_a_tool_node_that_gets_the_whole_state(
    conversing: Any, authorize: Any, connect: Any, org: LocalOrg, sent: Any, rep: str, mode: str
) -> None:
    read = ("salesforce_query_soql", {"query": "SELECT Id FROM Account LIMIT 1"})
    talk = conversing(wiring="classic", mode=mode).calls(read, ("salesforce_account_create", {"Name": "No"}))
    org.revoke()
    request = ReauthorizationRequest.find(await talk.say())
    assert request is not None
    authorize(connect)
    with suppress(ValueError):  # two answers to one call, which no model accepts
        await talk.answer(request.resume_command("decline"))
    assert sent("POST") == []
