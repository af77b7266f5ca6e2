"""The HTTP layer on real sockets: what surely was not sent, what may have been, and nothing sent twice."""

from __future__ import annotations

import asyncio
import gc
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from langchain_sfconnect._http import Http, NoAnswer, NotSent
from langchain_sfconnect._transport import AiohttpTransport
from langchain_sfconnect.errors import HostNotAllowed

pytestmark = pytest.mark.anyio

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter, int], Awaitable[None]]


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            head += await reader.readexactly(int(line.split(b":")[1]))
    return head


@asynccontextmanager
async def server(serve: Serve) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server whose every connection is served by `serve(reader, writer, number of the connection)`."""
    requests: list[bytes] = []
    connections = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        number = connections
        tee = _Tee(reader, requests)
        try:
            await serve(tee, writer, number)  # type: ignore[arg-type]
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", requests


class _Tee:
    def __init__(self, reader: asyncio.StreamReader, requests: list[bytes]) -> None:
        self._reader, self._requests = reader, requests

    async def request(self) -> bytes:
        self._requests.append(await read_request(self._reader))
        return self._requests[-1]


@asynccontextmanager
async def client(**options: float) -> AsyncIterator[Http]:
    http = Http(lambda url: None, lambda: AiohttpTransport(**options))
    try:
        yield http
    finally:
        await http.aclose()


async def keep_answering(tee: _Tee, writer: asyncio.StreamWriter, number: int) -> None:
    while True:
        await tee.request()
        writer.write(OK)
        await writer.drain()


async def test_requests_carry_what_they_were_given_and_reuse_one_connection() -> None:
    numbers: list[int] = []

    async def serve(tee: _Tee, writer: asyncio.StreamWriter, number: int) -> None:
        numbers.append(number)
        await keep_answering(tee, writer, number)

    async with server(serve) as (url, requests), client() as http:  # type: ignore[arg-type]
        for _ in range(5):
            answer = await http.send("POST", f"{url}/a%2Fb", params={"q": "x y+é"}, content=b"body")
            assert (answer.status, answer.content) == (200, b"{}")
    assert numbers == [1]
    assert len(requests) == 5
    head = requests[0].decode()
    assert head.startswith("POST /a%2Fb?q=x")
    assert "x%20y%2B%C3%A9" in head or "x+y%2B%C3%A9" in head
    assert head.endswith("\r\n\r\nbody")
    assert head.lower().count("\r\nhost:") == 1
    assert "cookie" not in head.lower()


async def test_forms_are_encoded_and_gzip_is_understood() -> None:
    async def serve(tee: _Tee, writer: asyncio.StreamWriter, number: int) -> None:
        await tee.request()
        body = gzip.compress(b'{"a": 1}')
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()

    async with server(serve) as (url, requests), client() as http:  # type: ignore[arg-type]
        answer = await http.post_form(url, {"a": "1&2"})
        assert answer.content == b'{"a": 1}'
    assert requests[0].endswith(b"a=1%262")
    assert b"application/x-www-form-urlencoded" in requests[0]


async def test_a_refused_connection_was_not_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with client() as http:
        with pytest.raises(NotSent):
            await http.send("POST", f"http://127.0.0.1:{port}/", content=b"x")


async def test_an_unknown_host_was_not_sent() -> None:
    async with client() as http:
        with pytest.raises(NotSent):
            await http.send("POST", "http://no-such-host.invalid/", content=b"x")


async def test_a_failed_tls_handshake_was_not_sent() -> None:
    async def serve(tee: _Tee, writer: asyncio.StreamWriter, number: int) -> None:
        writer.write(b"this is not TLS\r\n")
        await writer.drain()

    async with server(serve) as (url, requests), client() as http:  # type: ignore[arg-type]
        with pytest.raises(NotSent):
            await http.send("POST", url.replace("http:", "https:"), content=b"secret")
    assert requests == []


async def drop(tee: _Tee, writer: asyncio.StreamWriter, number: int) -> None:
    await tee.request()


async def reset(tee: _Tee, writer: asyncio.StreamWriter, number: int) -> None:
    await tee.request()
    writer.transport.abort()


async def half_an_answer(tee: _Tee, writer: asyncio.StreamWriter, number: int) -> None:
    await tee.request()
    writer.write(b"HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{")
    await writer.drain()


async def no_http(tee: _Tee, writer: asyncio.StreamWriter, number: int) -> None:
    await tee.request()
    writer.write(b"what?\r\n\r\n")
    await writer.drain()


@pytest.mark.parametrize("serve", [drop, reset, half_an_answer, no_http])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
async def test_a_connection_lost_after_sending_has_an_unknown_outcome_and_is_not_sent_again(
    serve: Serve, method: str
) -> None:
    async with server(serve) as (url, requests), client() as http:
        with pytest.raises(NoAnswer):
            await http.send(method, url)
    assert len(requests) == 1


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
async def test_a_kept_connection_that_dies_is_not_used_for_a_second_sending(method: str) -> None:
    async def serve(tee: _Tee, writer: asyncio.StreamWriter, number: int) -> None:
        await tee.request()
        writer.write(OK)
        await writer.drain()
        await tee.request()  # the second request on this connection is read and then dropped

    async with server(serve) as (url, requests), client() as http:  # type: ignore[arg-type]
        await http.send("GET", url)
        with pytest.raises(NoAnswer):
            await http.send(method, url)
    assert len(requests) == 2


async def test_a_server_that_does_not_answer_in_time_has_an_unknown_outcome() -> None:
    ended = asyncio.Event()

    async def serve(tee: _Tee, writer: asyncio.StreamWriter, number: int) -> None:
        await tee.request()
        await ended.wait()

    async with server(serve) as (url, requests), client(read_timeout=0.05) as http:  # type: ignore[arg-type]
        with pytest.raises(NoAnswer):
            await http.send("POST", url, content=b"x")
        ended.set()
    assert len(requests) == 1


async def test_redirects_are_answers_and_never_followed() -> None:
    async def serve(tee: _Tee, writer: asyncio.StreamWriter, number: int) -> None:
        await tee.request()
        writer.write(b"HTTP/1.1 307 Go\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()

    async with server(serve) as (url, requests), client() as http:  # type: ignore[arg-type]
        assert (await http.send("POST", url, content=b"secret")).status == 307
    assert len(requests) == 1


async def test_a_host_that_is_not_allowed_sees_nothing() -> None:
    def refuse(url: str) -> None:
        raise HostNotAllowed("no")

    async with server(keep_answering) as (url, requests):  # type: ignore[arg-type]
        with pytest.raises(HostNotAllowed):
            await Http(refuse, AiohttpTransport).send("GET", url)
    assert requests == []


async def test_an_error_shows_no_header_and_no_body() -> None:
    async with server(reset) as (url, _), client() as http:  # type: ignore[arg-type]
        with pytest.raises(NoAnswer) as caught:
            await http.send("POST", f"{url}/x?token=SECRET", headers={"Authorization": "SECRET"}, content=b"SECRET")
    assert "SECRET" not in str(caught.value) + repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


async def test_the_environments_proxy_is_used_but_not_for_what_it_excludes_nor_for_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with server(keep_answering) as (proxy, proxied), server(keep_answering) as (direct, requests):  # type: ignore[arg-type]
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("no_proxy", "excluded.invalid")
        async with client() as http:
            assert (await http.send("GET", "http://elsewhere.invalid/x")).status == 200
            assert (await http.send("GET", direct)).status == 200
            with pytest.raises(NotSent):
                await http.send("GET", "http://excluded.invalid/x")
    assert [request.split(b"\r\n")[0] for request in proxied] == [b"GET http://elsewhere.invalid/x HTTP/1.1"]
    assert len(requests) == 1


async def test_cookies_are_not_kept() -> None:
    async def serve(tee: _Tee, writer: asyncio.StreamWriter, number: int) -> None:
        while True:
            await tee.request()
            writer.write(b"HTTP/1.1 200 OK\r\nset-cookie: sid=SECRET\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()

    async with server(serve) as (url, requests), client() as http:  # type: ignore[arg-type]
        for _ in range(2):
            await http.send("GET", url)
    assert b"SECRET" not in requests[1]


def test_connections_close_with_their_loop_without_being_asked() -> None:
    http = Http(lambda url: None, AiohttpTransport)

    async def once() -> None:
        async with server(keep_answering) as (url, _):  # type: ignore[arg-type]
            assert (await http.send("GET", url)).status == 200

    asyncio.run(once())
    asyncio.run(once())
    gc.collect()
