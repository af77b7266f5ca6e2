"""No token the connection holds reaches a checkpoint, a trace or a log, on any way through the guard."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from langchain_core.tracers import BaseTracer
from langchain_core.tracers.schemas import Run
from langgraph.checkpoint.sqlite import SqliteSaver

from langchain_sfconnect.errors import SalesforceUnavailable

pytestmark = pytest.mark.anyio


class RecordingTracer(BaseTracer):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def _persist_run(self, run: Run) -> None:
        self.text += repr((run.name, run.inputs, run.outputs, run.error, run.extra, run.tags))
        for child in run.child_runs:
            self._persist_run(child)


@pytest.fixture
def saver(tmp_path: Path) -> Path:
    return tmp_path / "checkpoints.db"


async def declined(agent: Any) -> None:
    await agent.say()
    await agent.answer("done")
    await agent.answer("decline")


async def recovered(agent: Any) -> None:
    await agent.say()
    agent.connect.statuses["rep-42"] = "ACTIVE"
    await agent.answer("done")


async def failed(agent: Any) -> None:
    agent.connect.errors["rep-42"] = SalesforceUnavailable("down")
    await agent.say()


@pytest.mark.parametrize("way", [declined, recovered, failed])
async def test_a_planted_token_is_nowhere_to_be_found(
    agent: Any, planted: str, way: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    tracer = RecordingTracer()
    agent.callbacks = [tracer]
    agent.connect.statuses["rep-42"] = "REVOKED"
    await way(agent.creates("Acme"))
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"salesforce_account_create" in stored
    assert planted.encode() not in stored
    assert "salesforce_account_create" in tracer.text
    assert planted not in tracer.text
    assert planted not in caplog.text


class Status(StrEnum):
    REVOKED = "REVOKED"


async def test_what_the_guard_leaves_in_the_checkpoint_is_plain(agent: Any, saver: Path) -> None:
    agent.connect.statuses["rep-42"] = Status.REVOKED
    await agent.creates("Acme").say()
    with SqliteSaver.from_conn_string(str(saver)) as stored:
        checkpoint = stored.get_tuple({"configurable": {"thread_id": agent.thread}})
    assert checkpoint is not None
    (memo,) = [value for _, channel, value in checkpoint.pending_writes or () if channel == "__return__"]
    assert memo == json.loads(json.dumps(memo))
    assert type(memo["accounts"][0]["status"]) is str
    assert memo["owners"] == ["rep-42"]
