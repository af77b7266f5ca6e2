"""What goes wrong on purpose: which requests, how often, and how. Knows nothing of HTTP servers or of Salesforce."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from threading import Lock
from typing import Literal

When = Literal["before", "handled"]
_API_PREFIX = re.compile(r"/+services/+data/+v\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Latency:
    """Wait before the request is looked at."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer with this instead, either without touching the org or after the request has taken effect.

    Attributes:
        status: The HTTP status to answer with.
        body: The text to answer with, as it stands.
        content_type: What the body claims to be; an HTML page, as edges and maintenance windows send.
        headers: Further headers, such as `Retry-After`.
        after: `before`: nothing happens in the org. `handled`: the request takes effect, then this is answered.
    """

    status: int
    body: str = "<html><body>Service unavailable</body></html>"
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    after: When = "before"


@dataclass(frozen=True, slots=True)
class Reset:
    """Reset the TCP connection without an answer, before or after the request has taken effect."""

    after: When = "before"


@dataclass(frozen=True, slots=True)
class Truncate:
    """Handle the request, announce the whole answer, send its first `keep` bytes, and close the connection."""

    keep: int = 10


Action = Latency | Answer | Reset | Truncate


@dataclass
class Fault:
    """One planned fault; `hits` counts how often it has struck."""

    path: str
    method: str | None
    times: int | None
    action: Action
    hits: int = 0

    def strikes(self, method: str, path: str) -> bool:
        """Tell whether this fault is due for a request."""
        spent = self.times is not None and self.hits >= self.times
        if spent or self.method not in (None, method):
            return False
        relative = _API_PREFIX.sub("", path, count=1)
        return fnmatchcase(path, self.path) or fnmatchcase(relative, self.path)


class Faults:
    """The faults planned for the org, in the order they were added. Thread-safe."""

    def __init__(self) -> None:
        self._planned: list[Fault] = []
        self._lock = Lock()

    def add(self, *, action: Action, path: str = "*", method: str | None = None, times: int | None = 1) -> Fault:
        """Plan a fault.

        Args:
            action: What happens.
            path: A shell pattern for the path, whole or below `/services/data/vNN.0`, such as `/sobjects/*`.
            method: The HTTP method, upper case; any by default.
            times: How many requests it strikes; None for all until `clear()`.
        """
        fault = Fault(path=path, method=method, times=times, action=action)
        with self._lock:
            self._planned.append(fault)
        return fault

    def clear(self) -> None:
        """Forget every planned fault."""
        with self._lock:
            self._planned.clear()

    def take(self, method: str, path: str) -> list[Action]:
        """The actions due for a request: latencies first come, up to and including one that ends it."""
        due: list[Action] = []
        with self._lock:
            for fault in self._planned:
                if fault.strikes(method, path):
                    fault.hits += 1
                    due.append(fault.action)
                    if not isinstance(fault.action, Latency):
                        break
        return due
