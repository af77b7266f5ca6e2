"""Measuring side by side: contenders take turns, round after round, so that a busy machine is busy for all of them."""

from __future__ import annotations

import gc
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from statistics import median

Round = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds per call of each contender, one number for each round."""

    per_call: Mapping[str, list[float]]

    def median(self, name: str) -> float:
        """The contender's median round, seconds per call."""
        return median(self.per_call[name])

    def added(self, name: str, to: str) -> float:
        """Seconds per call that it takes longer than another: the median over the rounds, each with its own."""
        return median(one - two for one, two in zip(self.per_call[name], self.per_call[to], strict=True))

    def ratio(self, name: str, other: str) -> float:
        """How many times as long as another it takes: the median over the rounds, each with its own neighbour."""
        return median(one / two for one, two in zip(self.per_call[name], self.per_call[other], strict=True))


async def take_turns(contenders: Mapping[str, Round], *, calls: int, rounds: int, warm_up: int = 2) -> Timings:
    """Run every contender once per round, one after the other.

    Args:
        contenders: One round of each, by name.
        calls: How many calls such a round makes.
        rounds: How many rounds count.
        warm_up: Rounds before those that count.
    """
    timings: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(-warm_up, rounds):
        for name, run in contenders.items():
            gc.collect()
            started = time.perf_counter()
            await run()
            if number >= 0:
                timings[name].append((time.perf_counter() - started) / calls)
    return Timings(timings)
