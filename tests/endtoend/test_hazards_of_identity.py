"""Whose account it is, and whether the user may use it: a run that another tenant resumes writes nothing as anybody."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from langchain_core.messages import ToolMessage
from langgraph.types import Command, interrupt

from langchain_sfconnect.errors import AccountNotPermitted, AccountNotResolved
from langchain_sfconnect.guard import ReauthorizationRequest
from langchain_sfconnect.localorg import LocalOrg

pytestmark = pytest.mark.anyio


def performances(grounds: Any, scenarios: Any) -> Any:
    return grounds.bare("graph", "create_agent", "classic")


def asking(call: Any) -> None:
    """Somebody is asked about each call right before it runs, as tools of the product may do."""
    interrupt({"type": "sure?", "call": call["id"]})


def codes(result: Any) -> dict[str, str]:
    """What became of each call: `success`, or the error's code."""
    messages = [message for message in result["messages"] if isinstance(message, ToolMessage)]
    return {message.tool_call_id: outcome_of(message) for message in messages}


def outcome_of(message: ToolMessage) -> str:
    return str(json.loads(str(message.content))["error"]["code"]) if message.status == "error" else "success"


@pytest.fixture
def two_tenants(stage: Any) -> Any:
    for identifier in ("rep-42", "alice"):
        stage.authorize(identifier)
    stage.begins()
    return stage


# --- resumed by somebody else -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["", "alice"], ids=["nobody", "another tenant"])
async def test_a_question_that_somebody_else_answers_is_refused_and_the_right_one_still_can(
    two_tenants: Any, who: str
) -> None:
    stage, talk = two_tenants, two_tenants.talk
    stage.revoke("rep-42")
    stage.results.append(await talk.creates("Mine").say())
    question = stage.question
    stage.authorize_as_asked("rep-42")
    await stage.restart()
    talk.identifier = who
    with pytest.raises(AccountNotResolved):
        await talk.answer(question.resume_command())
    assert stage.writes == []
    talk.identifier = "rep-42"
    await stage.restart()
    assert codes(await talk.answer(question.resume_command())) == {"call_0_0": "success"}
    assert stage.writes == stage.expected(("Mine",))


@pytest.mark.parametrize("who", ["", "alice"], ids=["nobody", "another tenant"])
async def test_a_write_that_was_begun_stays_its_tenants_when_somebody_else_goes_on(two_tenants: Any, who: str) -> None:
    stage, talk = two_tenants, two_tenants.talk
    talk.tools = [stage.ask_somebody]
    result = await talk.calls(("salesforce_account_create", {"Name": "Begun"}), ("ask_somebody", {"text": "?"})).say()
    await stage.restart()
    talk.identifier = who
    answered = codes(await talk.step(Command(resume={result["__interrupt__"][0].id: "yes"})))
    # Where the tools' node gets the whole state, it executes the write again, and the ledger refuses it.
    assert answered == {
        "call_0_0": "ACCOUNT_NOT_RESOLVED" if talk.wiring == "classic" else "success",
        "call_0_1": "success",
    }
    talk.identifier = "rep-42"
    assert stage.writes == stage.expected(("Begun",))


async def paused_before_the_write(stage: Any) -> Command[Any]:
    """A run that the guard has let through, and that waits for somebody before its write; and how to go on."""
    stage.talk.meddler = asking
    result = await stage.talk.creates("Not begun").say()
    assert stage.writes == []
    await stage.restart()
    return Command(resume={result["__interrupt__"][0].id: "yes"})


async def test_a_write_that_was_not_begun_is_not_sent_where_nobody_is_named(two_tenants: Any) -> None:
    stage, talk = two_tenants, two_tenants.talk
    go_on = await paused_before_the_write(stage)
    talk.identifier = ""
    assert codes(await talk.step(go_on)) == {"call_0_0": "ACCOUNT_NOT_RESOLVED"}
    assert stage.writes == []


async def test_a_write_that_was_not_begun_is_not_sent_as_another_tenant(two_tenants: Any) -> None:
    stage, talk = two_tenants, two_tenants.talk
    go_on = await paused_before_the_write(stage)
    talk.identifier = "alice"
    await talk.step(go_on)
    assert stage.writes == []


# --- the application's own word ---------------------------------------------------------------------------------------


@dataclass
class Person:
    """Whom a LangGraph server has authenticated."""

    identity: str


WRITE = ("salesforce_account_create", {"Name": "Whose?"})
READ = ("salesforce_query_soql", {"query": "SELECT Id FROM Account LIMIT 1"})


def deny(identifier: str, user: Any) -> bool:
    return False


def fail(identifier: str, user: Any) -> bool:
    raise RuntimeError("the session of the user is swordfish")


def shrug(identifier: str, user: Any) -> Any:
    return "yes"  # only True is a yes: anything else may be a mistake


HOOKS = pytest.mark.parametrize("hook", [deny, fail, shrug])


@pytest.mark.parametrize("call", [READ, WRITE], ids=["read", "write"])
@HOOKS
async def test_a_tool_does_nothing_for_a_user_who_may_not(
    org: LocalOrg,
    connecting: Any,
    rep: str,
    mode: str,
    hook: Any,
    call: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    name, args = call
    (tool,) = (each for each in connecting(authorize=hook).toolkit(rep).get_tools() if each.name == name)
    org.requests.clear()
    asked = {"type": "tool_call", "id": "call_1", "name": name, "args": args}
    message = tool.invoke(asked) if mode == "sync" else await tool.ainvoke(asked)
    assert outcome_of(message) == "ACCOUNT_NOT_PERMITTED"
    assert list(org.requests) == []
    assert "swordfish" not in caplog.text + str(message.content)


@pytest.fixture
def served(org: LocalOrg, connecting: Any, conversing: Any, wiring: str, mode: str, authorize: Any) -> Any:
    """An agent as a server runs it: whose account a run uses is the client's word, who the user is, the server's."""

    def own(identifier: str, user: Any) -> bool:
        return bool(user.identity == identifier)

    connect = connecting(authorize=own)
    for identifier, username in (("rep-42", org.username), ("alice", org.users[2]["Username"])):
        authorize(connect, identifier, username)
    return conversing(connect=connect, wiring=wiring, mode=mode)


async def run_as(talk: Any, person: Person) -> Any:
    talk.configurable = {"langgraph_auth_user": person}
    return await talk.say()


async def test_a_user_writes_as_the_account_that_is_their_own(served: Any, org: LocalOrg, sent: Any) -> None:
    org.requests.clear()
    assert codes(await run_as(served.calls(WRITE), Person("rep-42"))) == {"call_0_0": "success"}
    assert [request.user for request in sent("POST")] == [org.username]


async def test_a_user_who_names_anothers_account_writes_nothing(served: Any, org: LocalOrg, sent: Any) -> None:
    org.requests.clear()
    with pytest.raises(AccountNotPermitted):
        await run_as(served.calls(WRITE, READ), Person("alice"))
    assert list(org.requests) == []


async def test_a_user_who_names_anothers_account_reads_nothing(served: Any, org: LocalOrg) -> None:
    org.requests.clear()
    assert codes(await run_as(served.calls(READ), Person("alice"))) == {"call_0_0": "ACCOUNT_NOT_PERMITTED"}
    assert list(org.requests) == []


async def test_the_guard_neither_checks_an_account_nor_gives_its_link_to_a_user_who_may_not(
    served: Any, org: LocalOrg
) -> None:
    org.revoke()
    org.requests.clear()
    with suppress(AccountNotPermitted):
        assert ReauthorizationRequest.find(await run_as(served.calls(WRITE), Person("alice"))) is None
    assert list(org.requests) == []
