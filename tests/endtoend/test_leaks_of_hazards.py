"""No secret is found where others can read, whatever happened to an agent: the scenarios of scenarios.py, once each."""

from __future__ import annotations

import logging
from typing import Any

import pytest

pytestmark = pytest.mark.anyio

KINDS = {"access token", "refresh_token", "code", "code_verifier", "client_secret", "encryption key"}


def performances(grounds: Any, scenarios: Any) -> Any:
    return grounds.once_each(scenarios.AUTHORIZATION, scenarios.COMPANY, scenarios.REVIEW)


async def test_no_secret_is_found_anywhere_after_it(
    performance: Any,
    stage: Any,
    way: Any,
    playing: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    await playing.play(performance.scenario, stage)
    way.look_back(stage)
    assert way.look_everywhere(caplog) == set()
    assert set(way.secrets.found.values()) >= KINDS
    assert {"trace", "checkpoint", "store", "log", "tool output"} <= set(way.haystack.places)
