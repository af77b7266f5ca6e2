"""What arrived at the local org, kept for assertions; credentials are there to compare but never shown."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from threading import Lock
from typing import overload

KEPT = 10_000
KEPT_BYTES = 64_000_000


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


class Journal(Sequence[RecordedRequest]):
    """The last requests, oldest first: at most `KEPT`, with at most `KEPT_BYTES` of bodies. Thread-safe."""

    def __init__(self) -> None:
        self._kept: deque[RecordedRequest] = deque()
        self._bytes = 0
        self._lock = Lock()

    def keep(self, entry: RecordedRequest) -> None:
        """Append, forgetting the oldest where there are too many."""
        with self._lock:
            self._kept.append(entry)
            self._bytes += len(entry.body)
            while len(self._kept) > KEPT or (self._bytes > KEPT_BYTES and len(self._kept) > 1):
                self._bytes -= len(self._kept.popleft().body)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def matching(
        self, path: str = "*", *, method: str | None = None, user: str | None = None, status: int | None = None
    ) -> list[RecordedRequest]:
        """The requests whose path fits a shell pattern, such as `*/token`, and whose other traits are the given ones.

        Args:
            path: The pattern, for the whole path.
            method: The HTTP method.
            user: A username.
            status: The status answered.
        """
        return [
            entry
            for entry in self
            if fnmatchcase(entry.path, path)
            and method in (None, entry.method)
            and user in (None, entry.user)
            and status in (None, entry.status)
        ]

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[RecordedRequest]:
        return iter(self._copy())

    @overload
    def __getitem__(self, index: int) -> RecordedRequest: ...
    @overload
    def __getitem__(self, index: slice) -> list[RecordedRequest]: ...
    def __getitem__(self, index: int | slice) -> RecordedRequest | list[RecordedRequest]:
        return self._copy()[index]

    def __eq__(self, other: object) -> bool:
        return self._copy() == list(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return repr(self._copy())

    def _copy(self) -> list[RecordedRequest]:
        with self._lock:
            return list(self._kept)
