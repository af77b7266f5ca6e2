"""What arrived at the local org, kept for assertions; credentials are there to compare but never shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

KEPT = 10_000


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One request and how it ended.

    Attributes:
        realm: `production` or `sandbox`.
        method: HTTP method.
        path: The path as sent, without the query.
        status: The status answered; None when the connection was dropped instead.
        user: Username of the session used, if there was a good one.
        headers: Names in lower case, without `authorization` and `cookie`.
        query: Query parameters, decoded; of a repeated one the last.
        body: The bytes sent.
        token: The bearer token used, to compare with; never shown.
    """

    realm: str
    method: str
    path: str
    status: int | None
    user: str | None
    headers: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    token: str | None = field(repr=False)


def keep(journal: list[RecordedRequest], entry: RecordedRequest) -> None:
    """Append, forgetting the older half once the journal is full."""
    if len(journal) >= KEPT:
        del journal[: KEPT // 2]
    journal.append(entry)
