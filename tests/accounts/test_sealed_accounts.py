"""Whoever can write to the store cannot make an account use what was changed, moved, cut or put back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import psycopg
import pytest

from langchain_sfconnect import SalesforceConnect
from langchain_sfconnect.errors import SealBroken
from langchain_sfconnect.stores import KeyRing

if TYPE_CHECKING:
    from langchain_sfconnect.localorg import LocalOrg

REP, OTHER = "rep-42", "rep-43"
Row = dict[str, Any]


class Database(Protocol):
    """The store's database, as an intruder holds it."""

    url: str
    stride: int

    def row(self, identifier: str) -> Row: ...
    def set(self, identifier: str, **columns: Any) -> None: ...


@dataclass
class SQLite:
    url: str
    stride: int = 1

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.url.removeprefix("sqlite:///"), isolation_level=None)
        db.row_factory = sqlite3.Row
        return db

    def row(self, identifier: str) -> Row:
        with closing(self._connect()) as db:
            return dict(db.execute("SELECT * FROM accounts WHERE identifier = ?", (identifier,)).fetchone())

    def set(self, identifier: str, **columns: Any) -> None:
        pairs = ", ".join(f"{name} = ?" for name in columns)
        with closing(self._connect()) as db:
            db.execute(f"UPDATE accounts SET {pairs} WHERE identifier = ?", (*columns.values(), identifier))


@dataclass
class Postgres:
    url: str
    stride: int = 7  # the seal is the same; some bytes show that this database hands it on

    def row(self, identifier: str) -> Row:
        with psycopg.connect(self.url, row_factory=psycopg.rows.dict_row) as db:
            found = db.execute("SELECT * FROM sfconnect.accounts WHERE identifier = %s", (identifier,)).fetchone()
        assert found is not None
        return found

    def set(self, identifier: str, **columns: Any) -> None:
        pairs = ", ".join(f"{name} = %s" for name in columns)
        with psycopg.connect(self.url) as db:
            sql = f"UPDATE sfconnect.accounts SET {pairs} WHERE identifier = %s"
            db.execute(sql.encode(), (*columns.values(), identifier))


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    if request.param == "postgres":
        return Postgres(request.getfixturevalue("postgres_url"))
    return SQLite(f"sqlite:///{tmp_path}/accounts.sqlite")


@pytest.fixture
def connect(
    org: LocalOrg, connecting: Callable[..., SalesforceConnect], database: Database, authorize: Callable[..., None]
) -> SalesforceConnect:
    """Two connected accounts whose tokens rotate."""
    org.policy.rotation = True
    connect = connecting(store=database.url)
    authorize(connect, REP, org.users[0]["Username"])
    authorize(connect, OTHER, org.users[1]["Username"])
    connect.refresh_account(REP)
    return connect


def calls(connect: SalesforceConnect, identifier: str = REP) -> list[Callable[[], object]]:
    return [
        lambda: connect.request("GET", "/limits", identifier=identifier),
        lambda: connect.execute_tool("salesforce_limits_get", identifier=identifier, tool_input={}),
        lambda: connect.refresh_account(identifier),
        lambda: connect.check_account(identifier),
    ]


def check_refused(org: LocalOrg, connect: SalesforceConnect, identifier: str = REP, match: str | None = None) -> None:
    """Every kind of call is refused, and the org hears nothing of it."""
    org.requests.clear()
    org.clock.advance(timedelta(seconds=2))  # beyond what a process remembers of its last read
    for call in calls(connect, identifier):
        with pytest.raises(SealBroken, match=match) as caught:
            call()
        assert caught.value.__cause__ is None
    assert list(org.requests) == []


def check_works(org: LocalOrg, connect: SalesforceConnect, identifier: str = REP) -> None:
    org.clock.advance(timedelta(seconds=2))
    for call in calls(connect, identifier):
        call()


def test_any_byte_of_a_grant_that_is_flipped_stops_every_call(
    org: LocalOrg, connect: SalesforceConnect, database: Database
) -> None:
    sealed = bytes(database.row(REP)["sealed"])
    org.requests.clear()
    for at in range(0, len(sealed), database.stride):
        database.set(REP, sealed=sealed[:at] + bytes([sealed[at] ^ 0x01 << at % 8]) + sealed[at + 1 :])
        with pytest.raises(SealBroken):
            connect.refresh_account(REP)
    assert list(org.requests) == []
    check_refused(org, connect)
    database.set(REP, sealed=sealed)
    check_works(org, connect)


def test_a_grant_cut_at_any_byte_or_lengthened_stops_every_call(
    org: LocalOrg, connect: SalesforceConnect, database: Database
) -> None:
    sealed = bytes(database.row(REP)["sealed"])
    org.requests.clear()
    for blob in (
        *(sealed[:length] for length in range(1, len(sealed), database.stride)),
        sealed + b"\0",
        b"\0" + sealed,
    ):
        database.set(REP, sealed=blob)
        with pytest.raises(SealBroken):
            connect.refresh_account(REP)
    assert list(org.requests) == []
    check_refused(org, connect)
    database.set(REP, sealed=b"")
    check_refused(org, connect)


@pytest.mark.parametrize(
    "columns", [["sealed"], ["sealed", "key_id", "facts"], ["sealed", "key_id", "facts", "version"]]
)
def test_a_grant_moved_between_accounts_stops_both(
    org: LocalOrg, connect: SalesforceConnect, database: Database, columns: list[str]
) -> None:
    rows = {identifier: database.row(identifier) for identifier in (REP, OTHER)}
    for identifier, other in ((REP, OTHER), (OTHER, REP)):
        database.set(identifier, **{column: rows[other][column] for column in columns})
    check_refused(org, connect, REP)
    check_refused(org, connect, OTHER)


@pytest.mark.parametrize("columns", [["sealed"], ["sealed", "key_id", "version"]])
def test_an_older_grant_of_the_same_account_stops_every_call(
    org: LocalOrg, connect: SalesforceConnect, database: Database, columns: list[str]
) -> None:
    old = database.row(REP)
    connect.refresh_account(REP)
    new = database.row(REP)
    database.set(REP, **{column: old[column] for column in columns})
    check_refused(org, connect, match="put back after newer ones")
    database.set(REP, **{column: new[column] for column in columns})
    check_works(org, connect)


def test_a_grant_of_another_key_stops_every_call_until_the_key_is_there(
    org: LocalOrg,
    connect: SalesforceConnect,
    connecting: Callable[..., SalesforceConnect],
    database: Database,
    key: str,
) -> None:
    stranger = KeyRing.generate_key()
    check_refused(
        org, connecting(store=database.url, encryption_keys=[stranger]), match="not among the encryption keys"
    )
    check_works(org, connecting(store=database.url, encryption_keys=[stranger, key]))


def test_a_grant_that_claims_another_known_key_stops_every_call(
    org: LocalOrg,
    connect: SalesforceConnect,
    connecting: Callable[..., SalesforceConnect],
    database: Database,
    key: str,
) -> None:
    second = KeyRing.generate_key()
    sealed = bytes(database.row(REP)["sealed"])
    database.set(REP, sealed=sealed[:4] + bytes.fromhex(KeyRing([second]).primary) + sealed[12:])
    check_refused(org, connecting(store=database.url, encryption_keys=[key, second]))


@pytest.mark.anyio
async def test_a_changed_grant_stops_the_async_calls_alike(
    org: LocalOrg, connect: SalesforceConnect, database: Database
) -> None:
    sealed = bytes(database.row(REP)["sealed"])
    database.set(REP, sealed=sealed[:-1] + bytes([sealed[-1] ^ 1]))
    org.requests.clear()
    org.clock.advance(timedelta(seconds=2))
    for call in (
        connect.arequest("GET", "/limits", identifier=REP),
        connect.aexecute_tool("salesforce_limits_get", identifier=REP, tool_input={}),
        connect.arefresh_account(REP),
        connect.acheck_account(REP),
    ):
        with pytest.raises(SealBroken):
            await call
    assert list(org.requests) == []
    await connect.aclose()


def test_an_intruder_who_changes_where_a_row_points_to_moves_no_token(
    org: LocalOrg, connect: SalesforceConnect, database: Database
) -> None:
    facts = database.row(REP)["facts"]
    changed = facts.replace(org.instance_url, "http://127.0.0.1:1").replace(org.login_url, "http://127.0.0.1:1")
    assert changed != facts
    database.set(REP, facts=changed)
    check_works(org, connect)  # the hosts are inside the seal
