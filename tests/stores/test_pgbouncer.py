"""The Postgres store behind a real pgbouncer that gives every transaction another server connection."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from langchain_sfconnect.errors import VersionConflict
from langchain_sfconnect.stores import PostgresTokenStore, TokenStore
from langchain_sfconnect.stores.conformance import TokenStoreConformance, account

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SERVERS = 2

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed (Debian: apt-get install pgbouncer)"),
]

_SETTINGS = """\
[databases]
* = {server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {servers}
server_round_robin = 1
"""


@pytest.fixture
def bouncer_url(postgres_url: str) -> Iterator[str]:
    """The URL of the test's database through a pgbouncer in transaction mode with two server connections."""
    server = conninfo_to_dict(postgres_url)
    name = server.pop("dbname")
    words = " ".join(f"{key}={value}" for key, value in server.items() if value is not None)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with TemporaryDirectory(prefix="sfc-pgb-", dir="/tmp") as folder:
        settings = Path(folder) / "pgbouncer.ini"
        settings.write_text(_SETTINGS.format(server=words, port=port, servers=SERVERS))
        settings.chmod(0o644)
        Path(folder).chmod(0o755)
        with subprocess.Popen(
            _command(settings, _user(str(server.get("host", "")))), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                url = f"postgresql://{quote(str(server.get('user', 'postgres')))}@127.0.0.1:{port}/{name}"
                _wait_for(url, process)
                yield url
            finally:
                process.terminate()


def _command(settings: Path, user: list[str]) -> list[str]:
    assert PGBOUNCER is not None
    return [PGBOUNCER, "-q", *user, str(settings)]


def _user(host: str) -> list[str]:
    """As whom to run it: it refuses to be root, and must reach the server's socket."""
    if os.geteuid() != 0:
        return []
    return ["-u", pwd.getpwuid(os.stat(host).st_uid).pw_name if host.startswith("/") else "nobody"]


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
                connection.execute("SELECT 1")
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline or process.poll() is not None:
                raise


class TestPostgresBehindPgbouncer(TokenStoreConformance):
    @pytest.fixture
    async def store(self, bouncer_url: str) -> AsyncIterator[TokenStore]:
        store = PostgresTokenStore(bouncer_url)
        yield store
        await store.aclose()


async def test_transactions_really_land_on_different_server_connections(bouncer_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(bouncer_url, autocommit=True, prepare_threshold=None) as other:
        async with other.transaction():
            first = await _server_of(other)
            async with await psycopg.AsyncConnection.connect(bouncer_url, autocommit=True) as one:
                assert await _server_of(one) != first
        servers = {await _server_of(other) for _ in range(2 * SERVERS)}
    assert len(servers) == SERVERS


async def _server_of(connection: psycopg.AsyncConnection[tuple[int]]) -> int:
    row = await (await connection.execute("SELECT pg_backend_pid()", prepare=False)).fetchone()
    assert row is not None
    return row[0]


async def test_more_workers_than_server_connections_overwrite_nothing(bouncer_url: str) -> None:
    stores = [PostgresTokenStore(bouncer_url) for _ in range(4)]
    await stores[0].put(account(status_reason="0"), expected_version=0)

    async def count(store: TokenStore) -> None:
        while True:
            found = await store.get("salesforce", "rep-42")
            assert found is not None
            more = replace(found, status_reason=str(int(found.status_reason or 0) + 1))
            try:
                await store.put(more, expected_version=found.version)
                return
            except VersionConflict:
                continue

    await asyncio.gather(*(count(stores[number % 4]) for number in range(20)))
    found = await stores[0].get("salesforce", "rep-42")
    assert found is not None
    assert (found.status_reason, found.version) == ("20", 21)
    for store in stores:
        await store.aclose()
