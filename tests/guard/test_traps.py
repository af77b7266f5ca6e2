"""Every way to write twice, too early, for the wrong account or against the user's will, on both wirings."""

from __future__ import annotations

import json
from typing import Any

import pytest
from langchain_core.messages import ToolMessage
from langchain_core.tools import StructuredTool
from langgraph.types import interrupt

from langchain_sfconnect.errors import AccountNotResolved, ConfigurationError
from langchain_sfconnect.guard import ReauthorizationRequest

pytestmark = pytest.mark.anyio
both_savers = pytest.mark.parametrize("saver", ["memory", "sqlite"], indirect=True)


def asked(result: Any) -> list[str] | None:
    """The identifiers the guard asks about; None if it asks nothing."""
    request = ReauthorizationRequest.find(result)
    return [account["identifier"] for account in request.accounts] if request else None


def errors(result: Any) -> list[str]:
    """The codes of all failed calls, in order."""
    messages = [m for m in result["messages"] if isinstance(m, ToolMessage) and m.status == "error"]
    return [json.loads(str(message.content))["error"]["code"] for message in messages]


def by_owner(call: Any, config: Any, runtime: Any) -> str:
    return str(call["args"]["Rep__c"])


def two_owners(agent: Any, first: str, second: str) -> Any:
    agent.guard = {"account_for": by_owner}
    agent.connect.statuses = {"rep-a": first, "rep-b": second}
    return agent.calls(
        ("salesforce_account_create", {"Name": "A", "Rep__c": "rep-a"}),
        ("salesforce_account_create", {"Name": "B", "Rep__c": "rep-b"}),
    )


async def test_writes_of_active_accounts_run_at_once_with_one_check_and_no_link(agent: Any) -> None:
    result = await agent.creates("Acme", "Globex").say()
    assert asked(result) is None
    assert agent.connect.writes == [("rep-42", "Acme"), ("rep-42", "Globex")]
    assert (agent.connect.checks, agent.connect.links) == (["rep-42"], [])


@both_savers
async def test_a_write_waits_for_the_user_and_then_happens_once(agent: Any) -> None:
    agent.connect.statuses["rep-42"] = "REVOKED"
    result = await agent.creates("Acme").say()
    assert asked(result) == ["rep-42"]
    assert agent.connect.writes == []
    agent.connect.statuses["rep-42"] = "ACTIVE"
    result = await agent.answer("done")
    assert asked(result) is None
    assert result["messages"][-1].content == "Done."
    assert agent.connect.writes == [("rep-42", "Acme")]


async def test_no_write_of_a_turn_runs_before_the_question_even_if_its_own_account_is_fine(agent: Any) -> None:
    result = await two_owners(agent, "ACTIVE", "REVOKED").say()
    assert asked(result) == ["rep-b"]
    assert agent.connect.writes == []
    agent.connect.statuses["rep-b"] = "ACTIVE"
    await agent.answer("done")
    assert agent.connect.writes == [("rep-a", "A"), ("rep-b", "B")]


async def test_a_neighbour_that_pauses_on_its_own_does_not_make_a_write_run_again(agent: Any) -> None:
    agent.more_tools = [StructuredTool.from_function(lambda text: str(interrupt(text)), name="ask", description="ask")]
    agent.calls(("salesforce_account_create", {"Name": "Acme"}), ("ask", {"text": "Sure?"}))
    await agent.say()
    assert agent.connect.writes == [("rep-42", "Acme")]
    await agent.answer("yes")
    assert agent.connect.writes == [("rep-42", "Acme")]


@both_savers
async def test_an_answer_reaches_only_the_account_it_was_given_for(agent: Any) -> None:
    assert asked(await two_owners(agent, "REVOKED", "REVOKED").say()) == ["rep-a", "rep-b"]
    agent.connect.statuses["rep-a"] = "ACTIVE"
    assert asked(await agent.answer("done")) == ["rep-b"]
    assert agent.connect.writes == []
    agent.connect.statuses["rep-b"] = "ACTIVE"
    assert asked(await agent.answer("done")) is None
    assert agent.connect.writes == [("rep-a", "A"), ("rep-b", "B")]
    assert agent.connect.links == ["rep-a", "rep-b", "rep-b"]


@both_savers
async def test_a_decline_wins_even_if_the_account_has_recovered(agent: Any) -> None:
    agent.connect.statuses["rep-42"] = "REVOKED"
    await agent.creates("Acme").say()
    agent.connect.statuses["rep-42"] = "ACTIVE"
    result = await agent.answer("decline")
    assert agent.connect.writes == []
    assert errors(result) == ["AUTHORIZATION_DECLINED"]
    assert agent.connect.checks == ["rep-42"]


async def test_a_decline_in_a_later_round_wins_too(agent: Any) -> None:
    agent.connect.statuses["rep-42"] = "REVOKED"
    await agent.creates("Acme").say()
    assert asked(await agent.answer("done")) == ["rep-42"]
    agent.connect.statuses["rep-42"] = "ACTIVE"
    result = await agent.answer("decline")
    assert (agent.connect.writes, errors(result)) == ([], ["AUTHORIZATION_DECLINED"])


async def test_five_writes_on_one_account_raise_one_question_with_one_link(agent: Any) -> None:
    agent.connect.statuses["rep-42"] = "REVOKED"
    result = await agent.creates("A", "B", "C", "D", "E").say()
    (pending,) = result["__interrupt__"]
    assert pending.value["blocked_tool_call_ids"] == [f"call_0_{index}" for index in range(5)]
    assert (agent.connect.checks, agent.connect.links) == (["rep-42"], ["rep-42"])


async def test_resuming_neither_repeats_a_check_nor_mints_a_link_again(agent: Any) -> None:
    agent.connect.statuses["rep-42"] = "REVOKED"
    await agent.creates("Acme").say()
    await agent.answer("done")
    agent.connect.statuses["rep-42"] = "ACTIVE"
    await agent.answer("done")
    assert len(agent.connect.checks) == 3
    assert len(agent.connect.links) == 2


async def test_approving_is_not_authorizing(agent: Any) -> None:
    agent.connect.statuses["rep-42"] = "REVOKED"
    await agent.creates("Acme").say()
    result = await agent.answer({"decisions": [{"type": "approve"}]})
    assert asked(result) == ["rep-42"]
    assert agent.connect.writes == []


async def test_asking_ends_after_max_rounds_and_a_last_look(agent: Any) -> None:
    agent.guard["max_rounds"] = 2
    agent.connect.statuses["rep-42"] = "REVOKED"
    assert asked(await agent.creates("A", "B").say()) == ["rep-42"]
    assert asked(await agent.answer("done")) == ["rep-42"]
    result = await agent.answer("done")
    assert asked(result) is None
    assert errors(result) == ["REAUTHORIZATION_REQUIRED"] * 2
    assert agent.connect.writes == []
    assert (len(agent.connect.checks), len(agent.connect.links)) == (3, 2)


async def test_fixing_it_on_the_last_question_still_writes(agent: Any) -> None:
    agent.guard["max_rounds"] = 1
    agent.connect.statuses["rep-42"] = "REVOKED"
    await agent.creates("Acme").say()
    agent.connect.statuses["rep-42"] = "ACTIVE"
    await agent.answer("done")
    assert agent.connect.writes == [("rep-42", "Acme")]


async def test_reads_of_a_declined_turn_still_run_and_every_call_is_answered_once(agent: Any) -> None:
    agent.connect.statuses["rep-42"] = "REVOKED"
    agent.calls(
        ("salesforce_account_get", {"account_id": "001000000000001AAA"}),
        ("salesforce_account_create", {"Name": "Acme"}),
    )
    await agent.say()
    result = await agent.answer("decline")
    assert (agent.connect.reads, agent.connect.writes) == (["rep-42"], [])
    answered = [m.tool_call_id for m in result["messages"] if isinstance(m, ToolMessage)]
    assert sorted(answered) == ["call_0_0", "call_0_1"]


async def test_call_ids_used_again_in_a_later_turn_are_guarded_again(agent: Any) -> None:
    for name in ("First", "Second"):
        agent.calls(("salesforce_account_create", {"Name": name}), ids=["call_0"])
    agent.connect.statuses["rep-42"] = "REVOKED"
    await agent.say()
    agent.connect.statuses["rep-42"] = "ACTIVE"
    await agent.answer("done")
    assert agent.connect.writes == [("rep-42", "First"), ("rep-42", "Second")]
    assert len(agent.connect.checks) == 3


async def test_without_a_checkpointer_the_guard_says_so_before_asking(agent: Any) -> None:
    agent.saver = None
    agent.connect.statuses["rep-42"] = "REVOKED"
    with pytest.raises(ConfigurationError, match="checkpointer"):
        await agent.creates("Acme").say()


async def test_without_a_checkpointer_active_accounts_still_work(agent: Any) -> None:
    agent.saver = None
    await agent.creates("Acme").say()
    assert agent.connect.writes == [("rep-42", "Acme")]


async def paused_for(agent: Any, **run: Any) -> None:
    agent.guard = {}
    agent.connect.statuses = {"rep-a": "REVOKED", "rep-b": "ACTIVE"}
    assert asked(await agent.creates("Acme").say(**run)) == ["rep-a"]


async def test_a_run_that_names_no_account_is_refused_before_anything_is_checked(agent: Any) -> None:
    agent.guard = {}
    with pytest.raises(AccountNotResolved):
        await agent.creates("Acme").say()
    assert agent.connect.checks == []


async def test_resuming_without_the_context_is_refused(agent: Any) -> None:
    await paused_for(agent, context={"salesforce_identifier": "rep-a"})
    with pytest.raises(AccountNotResolved):
        await agent.answer("done")
    assert agent.connect.writes == []


@pytest.mark.parametrize("answer", ["done", "decline"])
async def test_resuming_in_the_context_of_another_account_is_refused_and_the_right_one_can_still_answer(
    agent: Any, answer: str
) -> None:
    await paused_for(agent, context={"salesforce_identifier": "rep-a"})
    with pytest.raises(AccountNotResolved, match="another Salesforce account"):
        await agent.answer(answer, context={"salesforce_identifier": "rep-b"})
    assert (agent.connect.writes, agent.connect.checks) == ([], ["rep-a"])
    agent.connect.statuses["rep-a"] = "ACTIVE"
    await agent.answer("done", context={"salesforce_identifier": "rep-a"})
    assert agent.connect.writes == [("rep-a", "Acme")]


async def test_resuming_with_the_config_of_another_account_is_refused(agent: Any) -> None:
    await paused_for(agent, configurable={"salesforce_identifier": "rep-a"})
    with pytest.raises(AccountNotResolved, match="another Salesforce account"):
        await agent.answer("done", configurable={"salesforce_identifier": "rep-b"})
    assert agent.connect.writes == []


async def test_swapping_the_owners_of_two_calls_is_noticed(agent: Any) -> None:
    await two_owners(agent, "REVOKED", "REVOKED").say()
    agent.connect.statuses = {"rep-a": "ACTIVE", "rep-b": "ACTIVE"}
    agent.guard = {"account_for": lambda call, *_: {"rep-a": "rep-b", "rep-b": "rep-a"}[call["args"]["Rep__c"]]}
    with pytest.raises(AccountNotResolved):
        await agent.answer("done")
    assert agent.connect.writes == []


@both_savers
async def test_a_graph_paused_sync_is_resumed_async_and_the_other_way_round(agent: Any) -> None:
    agent.connect.statuses["rep-42"] = "REVOKED"
    await agent.creates("Acme").say()
    agent.mode = {"sync": "async", "async": "sync"}[agent.mode]
    agent.connect.statuses["rep-42"] = "ACTIVE"
    result = await agent.answer("decline")
    assert (agent.connect.writes, errors(result)) == ([], ["AUTHORIZATION_DECLINED"])
    assert agent.connect.checks == ["rep-42"]
