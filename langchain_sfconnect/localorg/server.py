"""A uvicorn server on a thread of its own: ready when `start` returns, gone when `stop` returns."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from threading import Event, Thread
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

KEEP_ALIVE = 75
LONGEST_HEAD = 1_000_000  # over-long URIs reach the org, which refuses them as Salesforce does
STOP_DEADLINE = 10.0


class _Protocol(H11Protocol):
    """uvicorn's own protocol; it hands its transport to the app, for resets, and logs no URLs."""

    def __init__(self, config: uvicorn.Config, state: ServerState, loop: asyncio.AbstractEventLoop) -> None:
        app_state: dict[str, Any] = {}
        super().__init__(config, state, app_state, loop)
        self.access_log = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state["transport"] = transport


class ServerThread:
    """Serves an app on listening sockets from a daemon thread.

    Args:
        app: The ASGI application.
        sockets: Bound sockets; the server closes them when it stops.
        tls: How to speak https; plain http when None.
    """

    def __init__(self, app: ASGIApp, sockets: Sequence[socket.socket], *, tls: ssl.SSLContext | None = None) -> None:
        self._app = app
        self._sockets = sockets
        self._tls = tls
        self._ready = Event()
        self._failure: BaseException | None = None
        self._thread = Thread(target=self._run, name="local-org", daemon=True)

    def start(self) -> None:
        """Return once connections are accepted."""
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Close every connection and end the thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(STOP_DEADLINE)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as failure:
            self._failure = failure
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        config, state = self._config(), ServerState()
        servers = [
            await self._loop.create_server(lambda: _Protocol(config, state, self._loop), sock=sock, ssl=self._tls)
            for sock in self._sockets
        ]
        self._ready.set()
        await self._stopping.wait()
        for server in servers:
            server.close()
        await _disconnect(state)

    def _config(self) -> uvicorn.Config:
        config = uvicorn.Config(
            self._app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE,
            h11_max_incomplete_event_size=LONGEST_HEAD,
        )
        config.load()
        return config


async def _disconnect(state: ServerState) -> None:
    """Drop every connection and wait until its task has ended."""
    for connection in list(state.connections):
        connection.transport.abort()
    await asyncio.sleep(0)  # lets each connection learn that it is lost, so that nothing is reported as failed
    tasks = list(state.tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
