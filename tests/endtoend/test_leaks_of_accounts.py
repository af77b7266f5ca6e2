"""No secret is found where others can read: the ways of consents, accounts and stores, most of which end badly."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from langchain_sfconnect import AccountStatus
from langchain_sfconnect.errors import SFConnectError
from langchain_sfconnect.localorg.faults import Answer, Reset, Truncate
from langchain_sfconnect.stores import KeyRing

pytestmark = pytest.mark.anyio

PLANTED = "00DgL0000000001!AQPlanted.Access_Token.0123456789abcdefghij"
PLANTED_REFRESH = "5Aep861Planted.Refresh_Token.0123456789abcdefghijklmnop"
KINDS = {"access token", "code", "code_verifier", "client_secret", "encryption key"}


def token_answer(journey: Any, **changes: Any) -> str:
    journey.secrets.add("access token", PLANTED)
    journey.secrets.add("refresh_token", PLANTED_REFRESH)
    identity = f"{journey.org.login_url}/id/{journey.org.engine.organization['Id']}/{journey.org.users[0]['Id']}"
    body = {"access_token": PLANTED, "refresh_token": PLANTED_REFRESH, "instance_url": journey.org.instance_url}
    return json.dumps({**body, "id": identity, "token_type": "Bearer", **changes})


async def the_token_endpoint_answers_strangely(journey: Any) -> None:
    journey.reads_and_writes()
    as_json = partial(Answer, 200, content_type="application/json")
    for number, action in enumerate(
        (
            as_json(token_answer(journey)[:-20]),
            as_json(token_answer(journey, access_token=[PLANTED])),
            as_json(token_answer(journey, instance_url="https://evil.example")),
            Answer(500, f"<html>{PLANTED_REFRESH}</html>"),
            Truncate(keep=60),
            Reset(after="handled"),
        )
    ):
        journey.org.faults.clear()
        journey.authorize()
        journey.org.faults.add(action=action, path="/services/oauth2/token", times=None)
        journey.org.expire_sessions()
        journey.talk.thread = f"thread {number}"
        await journey.say()
        with journey.failing():
            journey.connect.refresh_account("rep-42")
        with journey.failing():
            journey.connect.complete_authorization(journey.approve(), "rep-42")


async def the_key_is_wrong(journey: Any) -> None:
    journey.reads_and_writes()
    journey.talk.connect = other = journey.connecting(encryption_keys=[KeyRing.generate_key()])
    await journey.say()
    with journey.failing():
        other.refresh_account("rep-42")
    with journey.failing():
        other.execute_tool("salesforce_limits_get", identifier="rep-42", tool_input={})
    with journey.failing():
        journey.connecting(encryption_keys=["not a key " + PLANTED])
    journey.secrets.add("a wrong key", "not a key " + PLANTED)


A_GRANT_IN_PLAIN_TEXT = """'["token", "token", "https://x.my.salesforce.com", "https://x.my.salesforce.com"]'"""


async def tampered_with(journey: Any, *sealed: str) -> None:
    """Put each SQL value where the sealed grant is, and use the account."""
    journey.reads_and_writes()
    for number, value in enumerate(sealed):
        execute(journey.store, f"UPDATE accounts SET sealed = {value}")
        journey.talk.connect, journey.talk.thread = journey.connecting(), f"thread {number}"
        with journey.failing():
            journey.talk.connect.check_account("rep-42")
        await journey.say()
        journey.connect.delete_account("rep-42")
        journey.authorize()
    assert "sfc1" not in "".join(map(str, journey.failures)), "a stored value is shown"


def execute(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(sql)


async def a_row_is_tampered_with(journey: Any) -> None:
    last = "CASE hex(substr(sealed, -1)) WHEN '78' THEN 'y' ELSE 'x' END"  # another one than it was
    await tampered_with(
        journey,
        f"CAST(substr(sealed, 1, length(sealed) - 1) || {last} AS BLOB)",
        "x'00'",
        f"CAST({A_GRANT_IN_PLAIN_TEXT} AS BLOB)",
    )


async def a_row_is_overwritten_with_text(journey: Any) -> None:
    await tampered_with(journey, "substr(sealed, 1, length(sealed) - 1) || 'x'", A_GRANT_IN_PLAIN_TEXT)


async def an_address_holds_a_password(journey: Any) -> None:
    journey.reads_and_writes()
    await journey.say()
    password = "correct-horse-battery-staple"
    journey.secrets.add("password", password)
    for address in (f"https://rep:{password}@login.salesforce.com", f"https://evil.example/?password={password}"):
        with journey.failing():
            journey.connect.authorization_link("rep-42", address)


async def callbacks_are_refused(journey: Any) -> None:
    journey.authorize()
    journey.connect.get_or_create_account("rep-43")
    complete = journey.connect.complete_authorization
    callback = journey.approve()
    with journey.failing():
        complete(callback, "rep-43")
    complete(callback, "rep-42")
    with journey.failing():
        complete(callback, "rep-42")
    with journey.failing():
        complete(journey.approve(username=journey.org.users[2]["Username"]), "rep-42")
    with journey.failing():
        complete(journey.org.deny(journey.link()), "rep-42")
    callback = journey.approve()
    journey.org.clock.advance(timedelta(hours=2))
    with journey.failing():
        complete(callback, "rep-42")
    with journey.failing():
        complete(callback.replace("code=", "kode="), "rep-42")
    for action in (Reset(), Reset(after="handled")):
        journey.org.faults.add(action=action, path="/services/oauth2/token")
        with journey.failing():
            complete(journey.approve(), "rep-42")


async def the_app_is_misconfigured(journey: Any) -> None:
    journey.authorize()
    secret = "a-secret-that-is-wrong-0123456789"
    journey.secrets.add("client_secret", secret)
    other = journey.connecting(app=replace(journey.org.app, client_secret=secret))
    with journey.failing():
        other.refresh_account("rep-42")
    with journey.failing():
        callback = journey.org.approve(journey.link(connect=other))
        journey.secrets.read_callback(callback)
        other.complete_authorization(callback, "rep-42")
    journey.haystack.add("repr", repr(other))


async def accounts_come_and_go(journey: Any) -> None:
    connect = journey.connect
    connect.get_or_create_account("rep-42")
    url = connect.authorization_link("rep-42")
    account = connect.complete_authorization(journey.approve())
    assert account.status == AccountStatus.PENDING_VERIFICATION
    with journey.failing():
        connect.verify_account_user(url.auth_request_id, "rep-43")
    connect.verify_account_user(url.auth_request_id, "rep-42")
    connect.refresh_account("rep-42")
    journey.org.faults.add(action=Reset(), path="/services/oauth2/revoke")
    connect.disconnect_account("rep-42")
    with journey.failing():
        connect.check_account("rep-43")
    with journey.failing():
        await connect.aexecute_tool("salesforce_limits_get", identifier="rep-42", tool_input={})
    connect.disconnect_account("rep-42")
    connect.delete_account("rep-42")


WAYS: list[Callable[[Any], Awaitable[None]]] = [
    the_token_endpoint_answers_strangely,
    the_key_is_wrong,
    a_row_is_tampered_with,
    a_row_is_overwritten_with_text,
    an_address_holds_a_password,
    callbacks_are_refused,
    the_app_is_misconfigured,
    accounts_come_and_go,
]


@pytest.mark.parametrize("way", WAYS)
async def test_no_secret_is_found_anywhere(
    journey: Any, way: Callable[[Any], Awaitable[None]], caplog: pytest.LogCaptureFixture
) -> None:
    await way(journey)
    assert journey.look_everywhere(caplog) == set()
    assert all(isinstance(error, SFConnectError) for error in journey.failures)
    assert set(journey.secrets.found.values()) >= KINDS
    assert journey.secrets.states
