"""The one place that speaks HTTP, to allowed origins only. Knows nothing of Salesforce."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from langchain_sfconnect._portal import PerLoop

if TYPE_CHECKING:
    import httpx


class NotSent(Exception):
    """The request surely never reached the server."""


class NoAnswer(Exception):
    """The request was sent, or may have been, and no whole answer came back."""


def _default_transport() -> httpx.AsyncBaseTransport:
    from langchain_sfconnect._transport import AiohttpTransport

    return AiohttpTransport()


class Http:
    """Sends requests to allowed origins only, one transport per event loop.

    Args:
        allows: Says whether a URL's origin may be sent credentials; asked for every request.
        transport: Makes the transport of a loop; tests may give their own.
        user_agent: The User-Agent header.
    """

    def __init__(
        self,
        allows: Callable[[str], None],
        *,
        transport: Callable[[], httpx.AsyncBaseTransport] = _default_transport,
        user_agent: str = "langchain-sfconnect",
    ) -> None:
        self._allows = allows
        self._headers = {"user-agent": user_agent, "accept": "application/json", "accept-encoding": "gzip, deflate"}
        self._transports: PerLoop[httpx.AsyncBaseTransport] = PerLoop(transport, lambda made: made.aclose())

    async def send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        form: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        """Send one request; redirects are answers, never followed.

        Raises:
            HostNotAllowed: The origin is not allowed.
            NotSent: Nothing reached the server.
            NoAnswer: The outcome is unknown.
        """
        import httpx

        self._allows(url)
        request = httpx.Request(
            method, url, params=params or None, headers={**self._headers, **(headers or {})}, content=content, data=form
        )
        try:
            return await self._transports.get().handle_async_request(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotSent(f"{type(error).__name__} at {request.url.host}") from None
        except httpx.TransportError as error:
            raise NoAnswer(f"{type(error).__name__} at {request.url.host}") from None

    async def aclose(self) -> None:
        """Close the running loop's connections."""
        await self._transports.aclose()
