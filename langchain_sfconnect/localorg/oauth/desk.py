"""Authorization requests that wait for a user to press a button; knows nothing of HTTP or tokens."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from threading import Lock

WAITING = 1_000


@dataclass(frozen=True, slots=True)
class Wish:
    """A checked authorization request: what an app wants, and where the answer goes."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None = None
    challenge: str | None = None
    nonce: str | None = None
    login_hint: str | None = None


class ConsentDesk:
    """Wishes by one-time request id. The oldest are forgotten when nobody ever answers."""

    def __init__(self) -> None:
        self._waiting: dict[str, Wish] = {}
        self._lock = Lock()

    def put(self, wish: Wish) -> str:
        """Keep a wish; the id is known only to the page shown to the user."""
        request_id = secrets.token_urlsafe(32)
        with self._lock:
            if len(self._waiting) >= WAITING:
                del self._waiting[next(iter(self._waiting))]
            self._waiting[request_id] = wish
        return request_id

    def take(self, request_id: str) -> Wish | None:
        """The wish of a request id, once."""
        with self._lock:
            return self._waiting.pop(request_id, None)
