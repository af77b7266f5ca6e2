"""The one place that speaks HTTP, to allowed origins only. Knows nothing of Salesforce."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlencode

from langchain_sfconnect._portal import PerLoop

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 120.0


class NotSent(Exception):
    """The request surely never reached the server."""


class NoAnswer(Exception):
    """The request was sent, or may have been, and no whole answer came back."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered.

    Attributes:
        status: HTTP status.
        headers: Names in any case.
        content: The body, decompressed.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


class Transport(Protocol):
    """Carries one request. Belongs to the event loop it was first used on."""

    async def send(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Answer:
        """Send once; redirects are answers.

        Raises:
            NotSent: Nothing reached the server.
            NoAnswer: The outcome is unknown.
        """
        ...

    async def aclose(self) -> None: ...


class Http:
    """Sends requests to allowed origins only, one transport per event loop.

    Args:
        allows: Raises for a URL whose origin may not be sent credentials; asked for every request.
        transport: Makes the transport of a loop.
        user_agent: The User-Agent header.
    """

    def __init__(
        self,
        allows: Callable[[str], None],
        transport: Callable[[], Transport],
        *,
        user_agent: str = "langchain-sfconnect",
    ) -> None:
        self._allows = allows
        self._headers = {"User-Agent": user_agent, "Accept": "application/json", "Accept-Encoding": "gzip, deflate"}
        self._transports: PerLoop[Transport] = PerLoop(transport, lambda made: made.aclose())

    async def send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """Send one request; redirects are answers, never followed.

        Args:
            method: HTTP method.
            url: Absolute, percent-encoded, without a query.
            params: The query, not yet encoded.
            headers: Further headers.
            content: The body.

        Raises:
            HostNotAllowed: The origin is not allowed.
            NotSent: Nothing reached the server.
            NoAnswer: The outcome is unknown.
        """
        self._allows(url)
        if params:
            url = f"{url}?{urlencode(params)}"
        return await self._transports.get().send(method, url, {**self._headers, **(headers or {})}, content)

    async def post_form(self, url: str, form: Mapping[str, str]) -> Answer:
        """Post an HTML form; as `send`."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self.send("POST", url, headers=headers, content=urlencode(form).encode("ascii"))

    async def aclose(self) -> None:
        """Close the running loop's connections."""
        await self._transports.aclose()
