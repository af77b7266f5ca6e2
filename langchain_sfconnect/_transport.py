"""httpx's transport interface over aiohttp's engine. Knows nothing of Salesforce and repeats nothing.

Imported on first use only: loading httpx and aiohttp takes longer than loading this package.
"""

from __future__ import annotations

from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from yarl import URL

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 120.0
CONNECTIONS = 256
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends httpx requests through one aiohttp session.

    httpx's own connection pool slows down with the number of connections; aiohttp's does not. Failures keep apart what
    a caller must know before it repeats a write: `httpx.ConnectError`, `ConnectTimeout` and `PoolTimeout` mean that
    nothing was sent; every other `httpx.TransportError` means that the outcome is unknown.

    Args:
        read_timeout: Seconds without a byte of the answer.
    """

    def __init__(self, *, read_timeout: float = READ_TIMEOUT) -> None:
        self._read_timeout = read_timeout
        self._session: aiohttp.ClientSession | None = None
        self._proxies = {scheme: url for scheme, url in getproxies().items() if scheme != "no"}

    def _open(self) -> aiohttp.ClientSession:
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS, ttl_dns_cache=60),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=None, connect=CONNECT_TIMEOUT, sock_connect=CONNECT_TIMEOUT, sock_read=self._read_timeout
            ),
            skip_auto_headers=("User-Agent", "Content-Type", "Accept"),
        )
        # aiohttp repeats idempotent methods by itself when a kept connection turns out dead. Whether to repeat is
        # decided in one place only, and that is not here; a test on real sockets holds this.
        session._retry_connection = False
        return session

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._session is None:
            self._session = self._open()
        try:
            async with self._session.request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=request.headers.multi_items(),
                data=request.content or None,
                allow_redirects=False,
                proxy=self._proxy_for(request.url),
            ) as answer:
                content = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _as_httpx(error, request) from None
        headers = [(name, value) for name, value in answer.headers.items() if name.lower() != "content-encoding"]
        return httpx.Response(answer.status, headers=headers, content=content, request=request)

    def _proxy_for(self, url: httpx.URL) -> str | None:
        # Not aiohttp's trust_env: that looks the proxy up on a thread for each request, and credentials in .netrc.
        if not self._proxies or url.host in LOOPBACK or proxy_bypass(url.host):
            return None
        return self._proxies.get(url.scheme) or self._proxies.get("all")

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def _as_httpx(error: Exception, request: httpx.Request) -> httpx.TransportError:
    name = type(error).__name__
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return httpx.ConnectTimeout(name, request=request)
    if isinstance(error, (aiohttp.ClientConnectorError, aiohttp.InvalidURL, aiohttp.ServerFingerprintMismatch)):
        return httpx.ConnectError(name, request=request)
    if isinstance(error, TimeoutError):
        return httpx.ReadTimeout(name, request=request)
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return httpx.RemoteProtocolError(name, request=request)
    return httpx.ReadError(name, request=request)
