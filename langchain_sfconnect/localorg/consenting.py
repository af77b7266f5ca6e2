"""The user at the login and consent pages, for programs: logs in over HTTP, presses a button, reads the callback."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from http.cookies import SimpleCookie
from typing import Literal
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from langchain_sfconnect.localorg.realm import PASSWORD

DEADLINE = 30
PAGES = 2  # to log in, and to decide


class ConsentFailed(RuntimeError):
    """The pages could not be answered: the authorization URL or the login was refused, with the page's own words."""


def press(
    url: str,
    decision: Literal["allow", "deny"],
    *,
    username: str,
    password: str = PASSWORD,
    tls: ssl.SSLContext | None = None,
) -> str:
    """Log in and answer the consent page, which who approved the app before does not see again.

    Args:
        url: The authorization URL.
        decision: Which button. Deny asks for the consent page in any case.
        username: Who presses it.
        password: That user's.
        tls: Whom to trust where the URL is https.

    Returns:
        The URL the browser is sent to, with `code` and `state`, or with `error`.

    Raises:
        ConsentFailed: There was no such page at that URL, or the login was refused.
    """
    if decision == "deny" and "prompt" not in parse_qs(urlsplit(url).query):
        url += "&prompt=consent"
    browser = _Browser(tls)
    shown = browser.ask(url)
    for _ in range(PAGES):
        if shown.location is not None:
            return shown.location
        form = _Form.read(shown.text)
        if shown.status != 200 or form.action is None or form.complains:
            break
        fields = {**form.hidden, "username": username, "password": password, "decision": decision}
        shown = browser.ask(urljoin(url, form.action), fields)
    if shown.location is None:
        words = _Form.read(shown.text).words
        raise ConsentFailed(f"{url.partition('?')[0]} answered {shown.status}: {words}")
    return shown.location


class _Shown:
    """What a browser would have: a status, a text, cookies, and where it is sent next."""

    def __init__(self, response: HTTPResponse) -> None:
        self.status = response.status
        self.location = response.getheader("Location")
        self.cookies = response.headers.get_all("Set-Cookie") or []
        self.text = response.read().decode("utf-8", "replace")


class _Browser:
    """Asks for pages one after another, and keeps the cookies."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self._tls = tls
        self._cookies: SimpleCookie = SimpleCookie()

    def ask(self, url: str, form: Mapping[str, str] | None = None) -> _Shown:
        parts, connection = urlsplit(url), self._connect(url)
        headers = {"Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in self._cookies.items())}
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        try:
            if form is None:
                connection.request("GET", target, headers=headers)
            else:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                connection.request("POST", target, urlencode(form), headers)
            shown = _Shown(connection.getresponse())
        finally:
            connection.close()
        for cookie in shown.cookies:
            self._cookies.load(cookie)
        return shown

    def _connect(self, url: str) -> HTTPConnection:
        parts = urlsplit(url)
        if parts.scheme == "https":
            return HTTPSConnection(parts.hostname or "", parts.port, timeout=DEADLINE, context=self._tls)
        return HTTPConnection(parts.hostname or "", parts.port, timeout=DEADLINE)


class _Form(HTMLParser):
    """A page's form target, its hidden inputs, its visible words, and whether it complains."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.hidden: dict[str, str] = {}
        self.complains = False
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
        self.complains = self.complains or given.get("role") == "alert"
        self._silent = tag in ("style", "title")

    def handle_endtag(self, tag: str) -> None:
        self._silent = False

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._words.append(data)
