"""Whatever others do in the same step (fail, ask, retry, review): each intended write is sent exactly once.

The table is in scenarios.py. Agent, connection and checkpointer are built anew between all steps.
"""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.anyio


def performances(grounds: Any, scenarios: Any) -> Any:
    return grounds.matrix(scenarios.COMPANY, scenarios.REVIEW)


async def test_each_intended_write_is_sent_once_by_its_own_user(performance: Any, stage: Any, playing: Any) -> None:
    await playing.play(performance.scenario, stage)
