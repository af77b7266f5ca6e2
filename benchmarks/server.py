"""A small HTTP server that plays Salesforce in a process of its own, and counts. Knows nothing of the package.

It answers a query with one canned record and a login with tokens, so that what is measured is the client.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

ORG, USER = "00D5g000004CaseEAE", "0055g00000A1b2cAAB"
ACCOUNT = {
    "attributes": {"type": "Account", "url": "/services/data/v66.0/sobjects/Account/0015g00000XyZ12AAF"},
    "Id": "0015g00000XyZ12AAF",
    "Name": "Acme",
    "Industry": "Manufacturing",
}
PAGE = json.dumps({"totalSize": 1, "done": True, "records": [ACCOUNT]}).encode()
CREATED = json.dumps({"id": ACCOUNT["Id"], "success": True, "errors": []}).encode()
COUNTS = "/counts"


@dataclass(slots=True)
class Counts:
    """What arrived since the server started, questions for these counts left out."""

    requests: int = 0
    connections: int = 0


class Exchange(asyncio.Protocol):
    """One connection, kept alive; requests come one after the other, as clients send them."""

    def __init__(self, counts: Counts, bodies: dict[str, Callable[[], bytes]]) -> None:
        self._counts, self._bodies = counts, bodies
        self._received = bytearray()
        self._is_counted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0 or len(self._received) < end + 4 + _content_length(self._received[:end]):
            return
        target = self._received.split(b" ", 2)[1].decode()
        self._received.clear()
        self._count(target)
        body = self._bodies.get(target.partition("?")[0], lambda: PAGE)()
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=UTF-8\r\n"
            b"Sforce-Limit-Info: api-usage=18/15000\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )

    def _count(self, target: str) -> None:
        if target == COUNTS:
            return
        self._counts.connections += not self._is_counted
        self._counts.requests += 1
        self._is_counted = True


def _content_length(head: bytearray) -> int:
    _, _, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.split(b"\r\n", 1)[0] or 0)


def _oauth(url: str) -> dict[str, Callable[[], bytes]]:
    serial = itertools.count(1)

    def token() -> bytes:
        return json.dumps(
            {
                "access_token": f"{ORG[:15]}!AQ.{next(serial):0100d}",
                "refresh_token": f"5Aep861.{next(serial):0080d}",
                "instance_url": url,
                "id": f"{url}/id/{ORG}/{USER}",
                "issued_at": str(int(time.time() * 1000)),
                "scope": "api refresh_token id",
            }
        ).encode()

    def introspection() -> bytes:
        return json.dumps({"active": True, "exp": int(time.time()) + 7200}).encode()

    def user() -> bytes:
        return json.dumps({"organization_id": ORG, "user_id": USER, "preferred_username": "rep@acme.example"}).encode()

    oauth = "/services/oauth2"
    return {f"{oauth}/token": token, f"{oauth}/introspect": introspection, f"{oauth}/userinfo": user}


async def serve() -> None:
    """Serve on a free port of loopback, print the port, and end when standard input does."""
    counts, bodies = Counts(), dict[str, Callable[[], bytes]]()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Exchange(counts, bodies), "127.0.0.1", 0, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    bodies |= _oauth(f"http://127.0.0.1:{port}") | {COUNTS: lambda: json.dumps(asdict(counts)).encode()}
    bodies["/services/data/v66.0/sobjects/Account"] = lambda: CREATED
    print(port, flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that runs in another process."""

    url: str

    def counts(self) -> Counts:
        """What has arrived there by now."""
        with urllib.request.urlopen(self.url + COUNTS) as answer:
            told: dict[str, Any] = json.load(answer)
        return Counts(**told)


@contextmanager
def serving() -> Iterator[Serving]:
    """Run the server in a process of its own while the block lasts; leaving it closes the server's standard input."""
    command = [sys.executable, "-m", "benchmarks.server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Serving(f"http://127.0.0.1:{int(process.stdout.readline())}")


if __name__ == "__main__":
    asyncio.run(serve())
