"""What can go wrong with one request, as values, and the usual ones by name; knows nothing of when they strike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

When = Literal["before", "handled"]
JSON, HTML = "application/json;charset=UTF-8", "text/html; charset=utf-8"

LONGEST = 3600.0


@dataclass(frozen=True, slots=True)
class Latency:
    """Wait before the request is looked at.

    Attributes:
        seconds: How long.
        upto: With it, any time between `seconds` and this, by the fault's own dice.

    Raises:
        ValueError: The times are negative or the wrong way round.
    """

    seconds: float
    upto: float | None = None
    kind: Literal["latency"] = "latency"

    def __post_init__(self) -> None:
        if not 0 <= self.seconds <= (self.seconds if self.upto is None else self.upto) <= LONGEST:
            raise ValueError(f"A latency needs 0 <= seconds <= upto <= {LONGEST}")


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer with this instead, either without touching the org or after the request has taken effect.

    Attributes:
        status: The HTTP status to answer with.
        body: The text to answer with, as it stands.
        content_type: What the body claims to be; an HTML page, as edges and maintenance windows send.
        headers: Further headers, such as `Retry-After`.
        after: `before`: nothing happens in the org. `handled`: the request takes effect, then this is answered.

    Raises:
        ValueError: The status is none that ends a request, or a header cannot be sent.
    """

    status: int
    body: str = "<html><body>Service unavailable</body></html>"
    content_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)
    after: When = "before"
    kind: Literal["answer"] = "answer"

    def __post_init__(self) -> None:
        if not 200 <= self.status <= 599:
            raise ValueError(f"{self.status} is no final HTTP status: give one from 200 to 599")
        for text in (self.content_type, *self.headers, *self.headers.values()):
            if not (text.isascii() and text.isprintable()):
                raise ValueError(f"{text!r} cannot be sent in a header: printable ASCII only")


@dataclass(frozen=True, slots=True)
class Reset:
    """Reset the TCP connection without an answer, before or after the request has taken effect."""

    after: When = "before"
    kind: Literal["reset"] = "reset"


@dataclass(frozen=True, slots=True)
class Truncate:
    """Handle the request, announce the whole answer, send its first `keep` bytes, and close the connection.

    Raises:
        ValueError: `keep` is negative.
    """

    keep: int = 10
    kind: Literal["truncate"] = "truncate"

    def __post_init__(self) -> None:
        if self.keep < 0:
            raise ValueError("keep is a number of bytes, 0 or more")


Action = Latency | Answer | Reset | Truncate


def _refusal(status: int, code: str, message: str, *, retry_after: int | None = None) -> Answer:
    body = json.dumps([{"message": message, "errorCode": code}])
    return Answer(status, body, JSON, {} if retry_after is None else {"Retry-After": str(retry_after)})


def _html(status: int, words: str, *, after: When = "before", retry_after: int | None = None) -> Answer:
    body = f"<!DOCTYPE html><html><head><title>{words}</title></head><body><h1>{words}</h1></body></html>"
    return Answer(status, body, HTML, {} if retry_after is None else {"Retry-After": str(retry_after)}, after)


def _lock_row() -> Answer:
    message = "unable to obtain exclusive access to this record or 1 records: 001000000000001AAA"
    error = {"message": message, "errorCode": "UNABLE_TO_LOCK_ROW", "fields": []}
    return Answer(400, json.dumps([error]), JSON)


READY: Mapping[str, Action] = {
    "maintenance": _html(503, "We are down for maintenance. Sorry for the inconvenience.", retry_after=60),
    "unavailable": _refusal(503, "SERVER_UNAVAILABLE", "Server unavailable: too many requests are waiting"),
    "rate_limit": _refusal(429, "REQUEST_LIMIT_EXCEEDED", "Too many requests; slow down.", retry_after=1),
    "daily_limit": _refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    "concurrent_limit": _refusal(
        403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
    ),
    "session_expired": _refusal(401, "INVALID_SESSION_ID", "Session expired or invalid"),
    "lock_row": _lock_row(),
    "query_timeout": _refusal(400, "QUERY_TIMEOUT", "Your query request was running for too long."),
    "server_error": _refusal(500, "UNKNOWN_EXCEPTION", "An unexpected error occurred. ErrorId: 1234567890-1 (1)"),
    "no_route": _html(420, "No instance serves this host."),
    "bad_gateway": _html(502, "Bad gateway"),
    "gateway_timeout": _html(504, "Gateway timeout", after="handled"),
    "login_page": _html(200, "Login | Salesforce"),
    "broken_json": Answer(200, '{"totalSize":1,"done":', JSON),
    "reset": Reset(),
    "lost_answer": Reset(after="handled"),
    "cut_off": Truncate(),
    "slow": Latency(1, upto=3),
}


def ready(name: str) -> Action:
    """One of the usual mishaps by its name in `READY`.

    Raises:
        ValueError: There is none of this name.
    """
    if name not in READY:
        raise ValueError(f"There is no ready fault {name!r}; there are: {', '.join(READY)}")
    return READY[name]
