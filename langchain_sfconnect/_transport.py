"""HTTP over aiohttp, keeping apart what surely was not sent and what may have been. Repeats nothing.

Imported on first use only: loading aiohttp takes longer than loading this package.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from langchain_sfconnect._http import CONNECT_TIMEOUT, READ_TIMEOUT, Answer, NoAnswer, NotSent

CONNECTIONS = 256
LOOPBACK = ("127.0.0.1", "localhost", "::1")

# Refused, DNS, TLS, connect or pool timeout: the request itself had not begun.
_BEFORE_SENDING = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.ServerFingerprintMismatch,
)


class AiohttpTransport:
    """Sends requests through one aiohttp session.

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

    async def send(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Answer:
        if self._session is None:
            self._session = self._open()
        target = URL(url, encoded=True)
        try:
            async with self._session.request(
                method, target, headers=headers, data=content, allow_redirects=False, proxy=self._proxy_for(target)
            ) as answer:
                return Answer(answer.status, answer.headers, await answer.read())
        except _BEFORE_SENDING as error:
            raise NotSent(f"{type(error).__name__} at {target.host}") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NoAnswer(f"{type(error).__name__} at {target.host}") from None

    def _proxy_for(self, url: URL) -> str | None:
        # Not aiohttp's trust_env: that looks the proxy up on a thread for each request, and credentials in .netrc.
        if not self._proxies or url.host in LOOPBACK or proxy_bypass(url.host or ""):
            return None
        return self._proxies.get(url.scheme) or self._proxies.get("all")

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
