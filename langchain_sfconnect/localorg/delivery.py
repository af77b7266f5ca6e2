"""How an answer reaches the client, or fails to: whole, cut off, or as a reset connection; knows no endpoint."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from langchain_sfconnect.localorg.mishaps import Answer, Reset, Truncate

Wire = tuple[Scope, Receive, Send]


def planned(answer: Answer) -> Response:
    """The response a fault answers with."""
    return Response(answer.body, answer.status, dict(answer.headers), media_type=answer.content_type)


async def deliver(response: Response | Reset, wire: Wire, *, cut: Truncate | None = None) -> None:
    """Send a response, or its beginning, or nothing but a TCP reset."""
    scope, receive, send = wire
    if isinstance(response, Reset):
        await _hang_up(scope, receive, reset=True)
    elif cut is not None:
        await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
        await send({"type": "http.response.body", "body": bytes(response.body)[: cut.keep], "more_body": True})
        await _hang_up(scope, receive, reset=False)
    else:
        await response(scope, receive, send)


async def _hang_up(scope: Scope, receive: Receive, *, reset: bool) -> None:
    """Close the connection under the client: with a TCP reset, or after what was written."""
    transport: asyncio.Transport = scope["state"]["transport"]
    if reset:
        no_linger = struct.pack("ii", 1, 0)
        with suppress(OSError):  # the client may have hung up before
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
        transport.abort()
    else:
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
