"""On what a scenario is played: which wiring, sync or async, on which database. Pure; knows no scenario."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any

DOCUMENTED = ("graph", "create_agent")
MODES, DATABASES = ("sync", "async"), ("sqlite", "postgres")
PAIRS = [("sync", "sqlite"), ("async", "postgres")]
OTHER_PAIRS = [("async", "sqlite"), ("sync", "postgres")]
ALL = os.environ.get("SFCONNECT_TEST_EVERYTHING") == "1"  # `make soak` crosses all with all


@dataclass(frozen=True)
class Performance:
    """A scenario, and on what it is played; without one, only the ground."""

    scenario: Any
    wiring: str
    mode: str
    database: str

    def __str__(self) -> str:
        ground = f"{self.wiring}-{self.mode}-{self.database}"
        return f"{self.scenario.name}-{ground}" if self.scenario else ground


def matrix(*stories: Iterable[Any]) -> list[Performance]:
    """Every scenario on everything it means something for.

    Mode and database are crossed for the two wirings that are documented, every pair of two choices together in every
    day's tests, everything with everything in `make soak`; the other wirings have them in pairs.
    """
    return [
        Performance(scenario, wiring, *pair)
        for story in stories
        for scenario in story
        for wiring in scenario.wirings
        for pair in _pairs(wiring)
    ]


def _pairs(wiring: str) -> Iterable[tuple[str, str]]:
    if ALL and wiring in DOCUMENTED:
        return product(MODES, DATABASES)
    return OTHER_PAIRS if wiring == "create_agent" else PAIRS


def bare(*wirings: str) -> list[Performance]:
    """For each wiring both modes and both databases, in pairs; for what is no scenario of the table."""
    return [Performance(None, wiring, *pair) for wiring in wirings for pair in PAIRS]


def once_each(*stories: Iterable[Any]) -> list[Performance]:
    """Every scenario once, on all kinds of ground in turn."""
    scenarios = [scenario for story in stories for scenario in story]
    return [
        Performance(scenario, scenario.wirings[n % len(scenario.wirings)], MODES[n // 2 % 2], DATABASES[n % 2])
        for n, scenario in enumerate(scenarios)
    ]
