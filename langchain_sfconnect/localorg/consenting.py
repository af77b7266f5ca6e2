"""The user at the consent page, for programs: opens the page over HTTP, presses a button, reads the callback."""

from __future__ import annotations

from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPResponse
from typing import Literal
from urllib.parse import urlencode, urljoin, urlsplit

DEADLINE = 30


class ConsentFailed(RuntimeError):
    """The page could not be answered: the authorization URL was refused, with the page's own words."""


def press(url: str, decision: Literal["allow", "deny"], *, username: str) -> str:
    """Answer a consent page.

    Args:
        url: The authorization URL.
        decision: Which button.
        username: Who presses it.

    Returns:
        The URL the browser is sent to, with `code` and `state`, or with `error`.

    Raises:
        ConsentFailed: There was no consent page at that URL.
    """
    shown = _exchange("GET", url)
    if shown.location is not None:
        return shown.location
    form = _Form.read(shown.text)
    if shown.status != 200 or form.action is None:
        raise ConsentFailed(f"{url.partition('?')[0]} answered {shown.status}: {form.words}")
    fields = {**form.hidden, "username": username, "decision": decision}
    answered = _exchange("POST", urljoin(url, form.action), urlencode(fields))
    if answered.location is None:
        raise ConsentFailed(f"The consent page answered {answered.status}: {_Form.read(answered.text).words}")
    return answered.location


class _Shown:
    """What a browser would have: a status, a text, and where it is sent next."""

    def __init__(self, response: HTTPResponse) -> None:
        self.status = response.status
        self.location = response.getheader("Location")
        self.text = response.read().decode("utf-8", "replace")


def _exchange(method: str, url: str, form: str | None = None) -> _Shown:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=DEADLINE)
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
    try:
        connection.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, form, headers)
        return _Shown(connection.getresponse())
    finally:
        connection.close()


class _Form(HTMLParser):
    """A page's form target, its hidden inputs and its visible words."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.hidden: dict[str, str] = {}
        self._words: list[str] = []
        self._silent = False

    @classmethod
    def read(cls, text: str) -> _Form:
        form = cls()
        form.feed(text)
        form.close()
        return form

    @property
    def words(self) -> str:
        return " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.action = given.get("action")
        elif tag == "input" and given.get("type") == "hidden":
            self.hidden[given.get("name") or ""] = given.get("value") or ""
        self._silent = tag in ("style", "title")

    def handle_endtag(self, tag: str) -> None:
        self._silent = False

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._words.append(data)
