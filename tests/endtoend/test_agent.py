"""An agent with the tools and the guard works in the org, in both wirings, sync and async: every write exactly once.

What can happen to it on the way is in test_hazards.py, on every kind of ground.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import ToolMessage

from langchain_sfconnect import SalesforceConnect
from langchain_sfconnect.guard import ReauthorizationRequest
from langchain_sfconnect.localorg import LocalOrg
from langchain_sfconnect.localorg.faults import Answer, Reset, Truncate

pytestmark = pytest.mark.anyio

TENANTS = 20
QUERY, A_QUERY = "salesforce_query_soql", {"query": "SELECT Id FROM Account LIMIT 1"}
EVERY_COMBINATION = pytest.mark.parametrize(
    "talk",
    [("create_agent", "sync"), ("create_agent", "async"), ("graph", "sync"), ("graph", "async")],
    indirect=True,
    ids="-".join,
)


def asked(result: Any) -> ReauthorizationRequest:
    """The guard's one question in a result."""
    assert len(result["__interrupt__"]) == 1
    request = ReauthorizationRequest.find(result)
    assert request is not None
    return request


def answers(result: Any) -> dict[str, ToolMessage]:
    """What became of each tool call, by its id; fails where the agent is not done."""
    assert "__interrupt__" not in result
    assert result["messages"][-1].text == "Done."
    return {message.tool_call_id: message for message in result["messages"] if isinstance(message, ToolMessage)}


def error(message: ToolMessage) -> dict[str, Any]:
    assert message.status == "error"
    envelope: dict[str, Any] = json.loads(str(message.content))["error"]
    return envelope


@pytest.fixture
def named(org: LocalOrg) -> Callable[[str], int]:
    """How many accounts in the org have that name."""
    return lambda name: len(org.query(f"SELECT Id FROM Account WHERE Name = '{name}'"))


@pytest.fixture
def reauthorize(org: LocalOrg, connect: SalesforceConnect) -> Callable[..., None]:
    """Lets one user of the guard's question open the link and allow access."""

    def go(request: ReauthorizationRequest, identifier: str = "rep-42", username: str | None = None) -> None:
        (url,) = (each["auth_url"] for each in request.accounts if each["identifier"] == identifier)
        assert url is not None
        connect.complete_authorization(org.approve(url, username), identifier)

    return go


# --- work -------------------------------------------------------------------------------------------------------------


@EVERY_COMBINATION
async def test_an_agent_reads_and_writes_and_nobody_is_asked(talk: Any, sent: Any, named: Any) -> None:
    name = f"Happy {talk.wiring} {talk.mode}"
    talk.calls((QUERY, A_QUERY)).creates(name)
    messages = answers(await talk.say())
    assert messages["call_0_0"].artifact["totalSize"] == 1
    assert messages["call_1_0"].artifact["success"] is True
    assert [request.status for request in sent("POST")] == [201]
    assert named(name) == 1


async def test_a_whole_conversation_goes_on_over_many_turns(talk: Any, sent: Any) -> None:
    for number in range(3):
        talk.creates(f"Turn {number}").says("Done.")
    for _ in range(3):
        result = await talk.say()
    assert [json.loads(request.body)["Name"] for request in sent("POST")] == ["Turn 0", "Turn 1", "Turn 2"]
    assert len(answers(result)) == 3


# --- the user revokes access ------------------------------------------------------------------------------------------


async def test_a_write_waits_for_authorization_and_then_happens_once(
    talk: Any, org: LocalOrg, sent: Any, reauthorize: Any
) -> None:
    org.revoke()
    question = asked(await talk.creates("Waited").say())
    assert question.blocked_tool_call_ids == ("call_0_0",)
    assert [(each["identifier"], each["status"]) for each in question.accounts] == [("rep-42", "REVOKED")]
    assert sent("POST") == []
    reauthorize(question)
    messages = answers(await talk.answer(question.resume_command()))
    assert messages["call_0_0"].status == "success"
    (request,) = sent("POST")
    assert (request.status, json.loads(request.body)) == (201, {"Name": "Waited"})


async def test_the_same_answer_sent_again_changes_nothing(
    talk: Any, org: LocalOrg, sent: Any, reauthorize: Any
) -> None:
    org.revoke()
    question = asked(await talk.creates("Impatient").say())
    reauthorize(question)
    for _ in range(2):
        answers(await talk.answer(question.resume_command()))
    assert [request.status for request in sent("POST")] == [201]


async def test_an_answer_without_authorization_is_asked_again(
    talk: Any, org: LocalOrg, sent: Any, reauthorize: Any
) -> None:
    org.revoke()
    first = asked(await talk.creates("Patient").say())
    second = asked(await talk.answer(first.resume_command()))
    assert second.interrupt_id != first.interrupt_id
    assert second.urls == first.urls  # the link that the user may have open still works
    assert sent("POST") == []
    reauthorize(second)
    answers(await talk.answer(second.resume_command()))
    assert [request.status for request in sent("POST")] == [201]


async def test_asking_ends_after_three_rounds_and_nothing_was_sent(talk: Any, org: LocalOrg, sent: Any) -> None:
    org.revoke()
    result = await talk.creates("Never").say()
    for _ in range(3):
        result = await talk.answer(asked(result).resume_command())
    assert error(answers(result)["call_0_0"])["code"] == "REAUTHORIZATION_REQUIRED"
    assert sent("POST") == []


async def test_an_account_that_was_never_connected_is_asked_for_too(
    talk: Any, connect: SalesforceConnect, sent: Any, reauthorize: Any
) -> None:
    connect.get_or_create_account("newcomer")
    talk.identifier = "newcomer"
    question = asked(await talk.creates("First contact").say())
    assert question.accounts[0]["status"] == "PENDING_AUTH"
    reauthorize(question, "newcomer")
    answers(await talk.answer(question.resume_command()))
    assert [request.status for request in sent("POST")] == [201]


async def test_a_read_runs_although_the_write_of_the_same_turn_is_declined(
    talk: Any, connect: SalesforceConnect, authorize: Any, org: LocalOrg, sent: Any
) -> None:
    authorize(connect, "reader", org.users[2]["Username"])
    talk.account_for = lambda call, *_: "reader" if call["name"] == QUERY else "rep-42"
    org.revoke()
    question = asked(await talk.calls((QUERY, A_QUERY), ("salesforce_account_create", {"Name": "No"})).say())
    assert question.blocked_tool_call_ids == ("call_0_1",)
    messages = answers(await talk.answer(question.resume_command("decline")))
    assert messages["call_0_0"].artifact["totalSize"] == 1
    assert error(messages["call_0_1"])["code"] == "AUTHORIZATION_DECLINED"
    assert [request.query for request in sent("GET", "/query")].count({"q": A_QUERY["query"]}) == 1
    assert sent("POST") == []


async def test_two_writes_on_one_account_are_one_question_and_each_written_once(
    talk: Any, org: LocalOrg, sent: Any, reauthorize: Any
) -> None:
    org.revoke()
    question = asked(await talk.creates("One", "Two").say())
    assert len(question.accounts) == 1
    assert question.blocked_tool_call_ids == ("call_0_0", "call_0_1")
    reauthorize(question)
    answers(await talk.answer(question.resume_command()))
    assert sorted(json.loads(request.body)["Name"] for request in sent("POST")) == ["One", "Two"]


async def test_a_user_who_goes_on_talking_gives_the_waiting_write_up(
    conversing: Any, rep: str, org: LocalOrg, mode: str, sent: Any
) -> None:
    org.revoke()
    talk = conversing(mode=mode, wiring="create_agent").creates("Forgotten")
    asked(await talk.say())
    messages = answers(await talk.say("Never mind."))
    assert error(messages["call_0_0"])["code"] == "CALL_ABANDONED"
    assert sent("POST") == []


# --- a write whose outcome is not known -------------------------------------------------------------------------------

DOUBTFUL = {
    "reset": Reset(after="handled"),
    "cut short": Truncate(keep=5),
    "gateway page": Answer(502, after="handled"),
}


@pytest.mark.parametrize("action", DOUBTFUL.values(), ids=DOUBTFUL)
async def test_a_create_whose_answer_was_lost_is_found_in_the_org_and_not_repeated(
    talk: Any, org: LocalOrg, sent: Any, named: Any, action: Any
) -> None:
    name = f"Doubtful {talk.wiring} {talk.mode} {type(action).__name__}"
    org.faults.add(action=action, method="POST", path="/sobjects/*", times=None)
    message = answers(await talk.creates(name).say())["call_0_0"]
    assert message.status == "success"
    assert message.artifact["id"] == org.query(f"SELECT Id FROM Account WHERE Name = '{name}'")[0]["Id"]
    assert len(sent("POST")) == 1
    assert named(name) == 1


async def test_a_write_of_unknown_outcome_that_cannot_be_looked_up_is_told_and_not_repeated(
    talk: Any, org: LocalOrg, sent: Any, named: Any
) -> None:
    name = f"In a composite {talk.wiring}"
    org.faults.add(action=Reset(after="handled"), method="POST", path="*/composite", times=None)
    inner = {"method": "POST", "url": "/sobjects/Account", "referenceId": "a", "body": {"Name": name}}
    call = ("salesforce_composite", {"composite_request": {"compositeRequest": [inner]}})
    message = answers(await talk.calls(call).say())["call_0_0"]
    assert error(message)["code"] == "WRITE_OUTCOME_UNKNOWN"
    assert "query" in error(message)["hint"]
    assert len(sent("POST")) == 1
    assert named(name) == 1
