"""docs/guard.md tells the truth: its program runs, and the payload it shows has the keys that are sent."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

TEXT = (Path(__file__).parents[2] / "docs" / "guard.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def shape(value: Any) -> Any:
    """The keys and types of a payload, without its texts."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    return [shape(inner) for inner in value] if isinstance(value, list) else type(value)


def test_the_program_asks_and_after_the_approval_writes(capsys: pytest.CaptureFixture[str]) -> None:
    (program,) = blocks("python")
    names: dict[str, Any] = {}
    exec(compile(program, "docs/guard.md", "exec"), names)
    asked, *_, said = capsys.readouterr().out.strip().splitlines()
    assert asked == "Salesforce needs your approval before the agent can go on:"
    assert said == "The number is changed."
    tool = next(message for message in names["result"]["messages"] if message.type == "tool")
    assert tool.status == "success"


@pytest.mark.anyio
async def test_the_payload_has_the_keys_that_are_sent(agent: Any) -> None:
    agent.guard = {"identifier": "rep-42", "approve": "all"}
    result = await agent.calls(("salesforce_account_update", {"account_id": "001000000000001AAA", "Phone": "1"})).say()
    (interrupt,) = result["__interrupt__"]
    (shown,) = blocks("json")
    sent = json.loads(json.dumps(interrupt.value))
    sent["approvals"][0]["changes"][0]["before"] = "was null"
    assert shape(json.loads(shown)) == shape(sent)
