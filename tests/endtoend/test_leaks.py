"""No secret that occurs on any way through the package is found where others can read: the ways of an agent.

The search itself is put to the test at the end.
"""

from __future__ import annotations

import copy
import logging
import pickle
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from langchain_core.load import dumps
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langgraph.types import Command, interrupt

from langchain_sfconnect import SalesforceConnect
from langchain_sfconnect.errors import SFConnectError
from langchain_sfconnect.guard import ReauthorizationRequest
from langchain_sfconnect.localorg import LocalOrg
from langchain_sfconnect.localorg.faults import Answer, Reset, Truncate
from langchain_sfconnect.stores import KeyRing, MemoryTokenStore, SQLiteTokenStore

pytestmark = pytest.mark.anyio

PLANTED = "00DgL0000000001!AQPlanted.Access_Token.0123456789abcdefghij"
PLANTED_REFRESH = "5Aep861Planted.Refresh_Token.0123456789abcdefghijklmnop"
KINDS = {"access token", "code", "code_verifier", "client_secret", "encryption key"}


@tool
def asking() -> str:
    """Ask somebody."""
    return str(interrupt({"type": "asking"}))


async def all_is_well(journey: Any) -> None:
    journey.reads_and_writes()
    await journey.say()


async def the_session_dies(journey: Any) -> None:
    journey.reads_and_writes()
    journey.org.expire_sessions()
    await journey.say()


async def the_token_is_renewed_early_and_rotates(journey: Any) -> None:
    journey.org.policy.rotation = True
    journey.reads_and_writes()
    for _ in range(2):
        journey.org.clock.advance(timedelta(minutes=118))
        journey.connect.refresh_account("rep-42")
    await journey.say()


async def tokens_are_jwts(journey: Any) -> None:
    journey.org.policy.jwt_access_tokens = True
    journey.reads_and_writes()
    await journey.say()


async def the_user_revokes_and_authorizes_again(journey: Any) -> None:
    journey.reads_and_writes()
    journey.org.revoke()
    request = ReauthorizationRequest.find(await journey.say())
    assert request is not None
    journey.connect.complete_authorization(journey.approve(), "rep-42")
    await journey.answer(request)


async def the_user_revokes_and_declines(journey: Any) -> None:
    journey.reads_and_writes()
    journey.org.revoke()
    request = ReauthorizationRequest.find(await journey.say())
    assert request is not None
    await journey.answer(request, "decline")


async def another_tenant_resumes(journey: Any) -> None:
    journey.reads_and_writes()
    journey.org.revoke()
    request = ReauthorizationRequest.find(await journey.say())
    assert request is not None
    with journey.failing():
        await journey.talk.answer(request.resume_command(), as_tenant="rep-43")


async def another_tenant_goes_on_in_the_middle_of_a_turn(journey: Any) -> None:
    journey.authorize()
    journey.talk.tools = [asking]
    journey.talk.calls(("salesforce_account_create", {"Name": "Sought"}), ("asking", {}))
    await journey.say()
    journey.heard(await journey.talk.answer(Command(resume="yes"), as_tenant="rep-43"))


async def the_application_denies_and_fails_in_doing_so(journey: Any) -> None:
    journey.reads_and_writes()
    tokens = [request.token for request in journey.org.requests if request.token]

    def fail(identifier: str, user: Any) -> bool:
        raise RuntimeError(f"{identifier} has {tokens}")

    journey.talk.connect = journey.connecting(authorize=fail)
    with journey.failing():
        await journey.say()


async def the_graph_cannot_pause(journey: Any) -> None:
    journey.reads_and_writes()
    journey.org.revoke()
    run = {**journey.talk.run("rep-42"), "durability": None}
    with journey.failing():
        await journey.talk.build(None).ainvoke({"messages": [HumanMessage("Go.")]}, **run)


async def the_org_refuses_the_address(journey: Any) -> None:
    journey.reads_and_writes()
    journey.org.policy.ip_allowed_at_api = False
    await journey.say()
    with journey.failing():
        journey.connect.check_account("rep-42")


async def the_login_host_refuses_the_address(journey: Any) -> None:
    journey.reads_and_writes()
    journey.org.policy.ip_allowed_at_token = False
    journey.org.expire_sessions()
    await journey.say()
    with journey.failing():
        journey.connect.refresh_account("rep-42")


async def the_app_is_blocked(journey: Any) -> None:
    journey.reads_and_writes()
    journey.org.policy.blocked_app = True
    journey.org.expire_sessions()
    await journey.say()
    with journey.failing():
        journey.connect.complete_authorization(journey.approve(), "rep-42")


async def the_quota_is_used_up(journey: Any) -> None:
    journey.reads_and_writes()
    journey.org.policy.daily_api_requests = 0
    await journey.say()
    with journey.failing():
        await journey.connect.aexecute_tool("salesforce_limits_get", identifier="rep-42", tool_input={})


def echoing_page(journey: Any) -> str:
    """What a careless proxy shows."""
    token = next(request.token for request in reversed(journey.org.requests) if request.token)
    return f"<html><body>Bad gateway. Authorization: Bearer {token}</body></html>"


async def answers_are_lost(journey: Any) -> None:
    journey.reads_and_writes()
    page = echoing_page(journey)
    for action in (
        Reset(after="handled"),
        Truncate(keep=5),
        Answer(502, page, after="handled"),
        Answer(400, page),
        Answer(200, page),
        Answer(401, page),
        Reset(),
    ):
        journey.org.faults.clear()
        journey.org.faults.add(action=action, path="/sobjects/Account", method="POST", times=None)
        journey.org.faults.add(action=action, path="/query", times=None)
        journey.talk.thread = type(action).__name__ + str(getattr(action, "status", ""))
        await journey.say()
        with journey.failing():
            journey.connect.request("POST", "/sobjects/Account", identifier="rep-42", json={"Name": "x"})
        with journey.failing():
            await journey.connect.arequest("GET", "/query", identifier="rep-42", params={"q": "SELECT Id FROM User"})


WAYS: list[Callable[[Any], Awaitable[None]]] = [
    all_is_well,
    the_session_dies,
    the_token_is_renewed_early_and_rotates,
    tokens_are_jwts,
    the_user_revokes_and_authorizes_again,
    the_user_revokes_and_declines,
    another_tenant_resumes,
    another_tenant_goes_on_in_the_middle_of_a_turn,
    the_application_denies_and_fails_in_doing_so,
    the_graph_cannot_pause,
    the_org_refuses_the_address,
    the_login_host_refuses_the_address,
    the_app_is_blocked,
    the_quota_is_used_up,
    answers_are_lost,
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


# --- does the search find anything? -----------------------------------------------------------------------------------


@tool
def indiscreet(how: str) -> str:
    """Show a token."""
    if how == "cause":
        raise ValueError("The text is harmless.") from KeyError(PLANTED)
    if how == "question":
        interrupt({"type": "other", "shown": PLANTED})
    return PLANTED


@pytest.mark.parametrize(
    ("how", "places"),
    [
        ("result", {"tool output", "trace", "checkpoint", "checkpoint file"}),
        ("question", {"question", "checkpoint", "checkpoint file"}),
        ("cause", {"exception", "trace"}),
    ],
)
async def test_a_token_shown_by_a_tool_is_found(
    journey: Any, how: str, places: set[str], caplog: pytest.LogCaptureFixture
) -> None:
    journey.authorize()
    journey.secrets.add("token", PLANTED)
    journey.talk.tools = [indiscreet]
    journey.talk.calls(("indiscreet", {"how": how}))
    if how == "cause":
        with journey.failing():
            await journey.say()
    else:
        await journey.say()
    assert {f"token in {place}" for place in places} <= journey.look_everywhere(caplog)


async def test_what_is_logged_or_stored_is_found_however_it_is_written(
    journey: Any, caplog: pytest.LogCaptureFixture
) -> None:
    journey.authorize()
    journey.secrets.add("token", PLANTED)
    journey.secrets.add("refresh_token", PLANTED_REFRESH)
    (state,) = journey.secrets.states
    logging.getLogger("aiohttp.client").debug("GET %s", f"https://x/?sid={quote(PLANTED, safe='')}")
    logging.getLogger("elsewhere").info("%s", {"state": state})
    with closing(sqlite3.connect(journey.store)) as database, database:
        database.execute("UPDATE accounts SET facts = json_set(facts, '$.org_name', ?)", (PLANTED_REFRESH,))
    leaks = journey.look_everywhere(caplog)
    assert leaks == {"token in log", "state in log"} | {
        f"refresh_token in {place}" for place in ("account", "store", "store file")
    }


async def test_a_link_may_be_in_the_question_but_its_state_nowhere_else(
    journey: Any, caplog: pytest.LogCaptureFixture
) -> None:
    await the_user_revokes_and_declines(journey)
    assert journey.look_everywhere(caplog) == set()
    (link, *_) = [url for url in journey.secrets.links if url.encode() in b"".join(journey.haystack.places["question"])]
    journey.haystack.add("tool output", link)
    assert journey.haystack.leaks(journey.secrets) == {"state in tool output"}


# --- things at rest ---------------------------------------------------------------------------------------------------


def test_nothing_that_leads_to_tokens_shows_or_gives_them_away(
    org: LocalOrg, connecting: Callable[..., SalesforceConnect], searching: Any, tmp_path: Path, key: str
) -> None:
    stores = [SQLiteTokenStore(tmp_path / "other.sqlite"), MemoryTokenStore()]
    secrets, haystack = searching.Secrets(), searching.Haystack()
    secrets.add("client_secret", org.client_secret)
    secrets.add("encryption key", key)
    for store in stores:
        connect = connecting(store=store)
        connect.get_or_create_account("rep-42")
        link = connect.authorization_link("rep-42")
        secrets.read_link(link.url)
        connect.complete_authorization(org.approve(link.url), "rep-42")
        connect.refresh_account("rep-42")
        toolkit = connect.toolkit("rep-42")
        tools = toolkit.get_tools()
        assert tools[-1].invoke({"report_id": org.query("SELECT Id FROM Report")[0]["Id"]})
        closed = [connect, connect.as_connection(), toolkit, *tools, store, KeyRing([key])]
        for thing in closed:
            with pytest.raises(TypeError, match=r"pickle"):
                pickle.dumps(thing)
        for thing in [*closed, org.app, link, connect.get_account("rep-42")]:
            haystack.add("repr", repr(thing), str(thing), f"{thing}", [thing])
        for each in (toolkit, *tools):
            haystack.add("dump", dumps(each), each.model_dump(), vars(each), repr(copy.deepcopy(each)))
        haystack.add("pickle", pickle.dumps(connect.get_account("rep-42")))
        connect.disconnect_account("rep-42")
    secrets.read_requests(org.requests)
    assert set(secrets.found.values()) >= {"access token", "refresh_token", "code", "client_secret", "encryption key"}
    assert haystack.leaks(secrets) == set()
