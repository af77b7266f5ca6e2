"""What goes wrong on purpose: which requests, how often, and how. Knows nothing of HTTP servers or of Salesforce."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from random import Random
from threading import Lock
from typing import Literal, TypedDict, Unpack

from langchain_sfconnect.localorg.mishaps import READY, Action, Answer, Latency, Reset, Truncate, ready

__all__ = ["READY", "Action", "Answer", "Fault", "Faults", "Latency", "Reset", "Truncate"]

_API_PREFIX = re.compile(r"/+services/+data/+v\d+\.\d+")


class Plan(TypedDict, total=False):
    """Which requests a fault strikes; see `Fault`."""

    path: str
    method: str | None
    realm: Literal["production", "sandbox"] | None
    times: int | None
    probability: float
    seed: int


@dataclass(eq=False, kw_only=True)
class Fault:
    """One planned fault.

    Attributes:
        action: What happens.
        path: A shell pattern for the path, whole or below `/services/data/vNN.0`, such as `/sobjects/*`.
        method: The HTTP method; any when None.
        realm: `production` or `sandbox`; both when None.
        times: How many requests it strikes; None for all until `clear()`.
        probability: How likely it strikes a request that is meant.
        seed: Of its dice. The same requests in the same order are struck alike, whatever other faults there are.
        number: Its number in the org.
        hits: How often it has struck.

    Raises:
        ValueError: A number is out of range.
    """

    action: Action
    path: str = "*"
    method: str | None = None
    realm: Literal["production", "sandbox"] | None = None
    times: int | None = 1
    probability: float = 1.0
    seed: int = 0
    number: int = 0
    hits: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise ValueError("times is how many requests are struck: 1 or more, or None for all")
        if not 0 < self.probability <= 1:
            raise ValueError("probability is above 0 and at most 1")
        self.method = self.method and self.method.upper()
        self._dice = Random(self.seed)  # noqa: S311 - mishaps, not secrets

    def strike(self, method: str, path: str, realm: str) -> Action | None:
        """What happens to a request, if anything; of a range of latencies one is drawn."""
        if self.times is not None and self.hits >= self.times:
            return None
        if not self._means(method, path, realm):
            return None
        if self.probability < 1 and self._dice.random() >= self.probability:
            return None
        self.hits += 1
        if isinstance(self.action, Latency) and self.action.upto is not None:
            return Latency(self._dice.uniform(self.action.seconds, self.action.upto))
        return self.action

    def _means(self, method: str, path: str, realm: str) -> bool:
        if self.method not in (None, method) or self.realm not in (None, realm):
            return False
        relative = _API_PREFIX.sub("", path, count=1)
        return fnmatchcase(path, self.path) or fnmatchcase(relative, self.path)


class Faults:
    """The faults planned for the org, in the order they were added. Thread-safe."""

    def __init__(self) -> None:
        self._planned: list[Fault] = []
        self._added = 0
        self._lock = Lock()

    def __iter__(self) -> Iterator[Fault]:
        with self._lock:
            return iter(list(self._planned))

    def add(self, action: Action | str, **plan: Unpack[Plan]) -> Fault:
        """Plan a fault.

        Args:
            action: What happens: a `Latency`, `Answer`, `Reset` or `Truncate`, or the name of a ready one in `READY`.
            **plan: Which requests it strikes; the attributes of `Fault`. By default the next one, whatever it is.

        Raises:
            ValueError: There is no ready fault of this name, or a number is out of range.
        """
        fault = Fault(action=ready(action) if isinstance(action, str) else action, **plan)
        with self._lock:
            self._added += 1
            fault.number = self._added
            self._planned.append(fault)
        return fault

    def remove(self, number: int) -> bool:
        """Forget one planned fault; False when there is none of this number."""
        with self._lock:
            before = len(self._planned)
            self._planned = [fault for fault in self._planned if fault.number != number]
            return len(self._planned) < before

    def clear(self) -> None:
        """Forget every planned fault."""
        with self._lock:
            self._planned.clear()

    def reset(self) -> None:
        """Forget every planned fault and count from one again."""
        with self._lock:
            self._planned.clear()
            self._added = 0

    def take(self, method: str, path: str, realm: str) -> list[Action]:
        """The actions due for a request: latencies first come, up to and including one that ends it."""
        due: list[Action] = []
        with self._lock:
            for fault in self._planned:
                action = fault.strike(method, path, realm)
                if action is not None:
                    due.append(action)
                    if not isinstance(action, Latency):
                        break
        return due
