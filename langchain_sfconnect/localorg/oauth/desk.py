"""The front desk of a login host: who has logged in with which browser, and which requests wait for an answer."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from threading import Lock

WAITING = 1_000


@dataclass(frozen=True, slots=True)
class Wish:
    """A checked authorization request: what an app wants, and where the answer goes.

    Attributes:
        prompts: What of login, consent and account choice the app insists on.
        display: How much room the page has: `page`, or less.
    """

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None = None
    challenge: str | None = None
    nonce: str | None = None
    login_hint: str | None = None
    prompts: frozenset[str] = frozenset()
    display: str = "page"


@dataclass(frozen=True, slots=True)
class _Waiting:
    wish: Wish
    browser: str


class Desk:
    """Wishes by one-time request id, each answerable only by the browser that brought it. Thread-safe.

    The oldest wishes and browsers are forgotten when there are very many.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, _Waiting] = {}
        self._browsers: dict[str, str | None] = {}
        self._lock = Lock()

    # --- browsers -----------------------------------------------------------------------------------------------------

    def browser(self, cookie: str | None) -> str:
        """The browser that a cookie names; a new one when there is no such."""
        with self._lock:
            return cookie if cookie is not None and cookie in self._browsers else self._new_browser(None)

    def user_of(self, browser: str) -> str | None:
        """The id of the user who has logged in."""
        with self._lock:
            return self._browsers.get(browser)

    def log_in(self, browser: str, user_id: str) -> str:
        """Log a user in, under a new name for the browser, so that nobody can have known it before."""
        with self._lock:
            self._browsers.pop(browser, None)
            return self._new_browser(user_id)

    # --- wishes -------------------------------------------------------------------------------------------------------

    def put(self, wish: Wish, browser: str) -> str:
        """Keep a wish; the id is known only to the page shown to the user."""
        with self._lock:
            request_id = secrets.token_urlsafe(32)
            _make_room(self._waiting)
            self._waiting[request_id] = _Waiting(wish, browser)
            return request_id

    def take(self, request_id: str, browser: str) -> Wish | None:
        """The wish of a request id, once; None when another browser brought it."""
        with self._lock:
            waiting = self._waiting.get(request_id)
            if waiting is None or waiting.browser != browser:
                return None
            del self._waiting[request_id]
            return waiting.wish

    def _new_browser(self, user_id: str | None) -> str:
        browser = secrets.token_urlsafe(32)
        _make_room(self._browsers)
        self._browsers[browser] = user_id
        return browser


def _make_room(kept: dict[str, _Waiting] | dict[str, str | None]) -> None:
    if len(kept) >= WAITING:
        del kept[next(iter(kept))]
