"""Approval of writes, on both wirings, sync and async: nothing unapproved is written, and edits are what runs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import StructuredTool
from langgraph.checkpoint.sqlite import SqliteSaver

from langchain_sfconnect.errors import ConfigurationError, SalesforceUnavailable
from langchain_sfconnect.guard import ReauthorizationRequest, SalesforceGuard, SalesforceGuardMiddleware, check, node

pytestmark = pytest.mark.anyio

ID = "001000000000001AAA"
CREATE = ("salesforce_account_create", {"Name": "Acme"})
UPDATE = ("salesforce_account_update", {"account_id": ID, "Industry": "Retail"})
DELETE = ("salesforce_account_delete", {"account_id": ID})
READ = ("salesforce_account_get", {"account_id": ID})
APPROVE, REJECT = {"type": "approve"}, {"type": "reject", "message": "Too soon."}


def composite(*methods: str) -> tuple[str, dict[str, Any]]:
    requests = [{"method": m, "url": f"/sobjects/Account/{ID}", "referenceId": f"r{m}"} for m in methods]
    return "salesforce_composite", {"composite_request": {"compositeRequest": requests}}


def edit(name: str, args: dict[str, Any]) -> dict[str, Any]:
    return {"type": "edit", "edited_action": {"name": name, "args": args}}


def decide(*decisions: dict[str, Any]) -> dict[str, Any]:
    return {"decisions": list(decisions)}


def asked(result: Any) -> list[str] | None:
    """The names of the writes that the guard asks to approve; None if it asks nothing."""
    request = ReauthorizationRequest.find(result)
    return [approval["tool"] for approval in request.approvals] if request else None


def value(result: Any) -> dict[str, Any]:
    """The payload of the one question."""
    (interrupt,) = result["__interrupt__"]
    found: dict[str, Any] = interrupt.value
    return found


def outcomes(result: Any) -> dict[str, str]:
    """What became of each call, by its id: the code of its error, or ok; fails if a call is answered twice."""
    assert "__interrupt__" not in result
    messages = [message for message in result["messages"] if isinstance(message, ToolMessage)]
    told = {message.tool_call_id: _outcome(message) for message in messages}
    assert len(told) == len(messages)
    return told


def _outcome(message: ToolMessage) -> str:
    return json.loads(str(message.content))["error"]["code"] if message.status == "error" else "ok"


@pytest.fixture
def agent(agent: Any) -> Any:
    agent.guard = {"identifier": "rep-42", "approve": "all"}
    return agent


# --- which writes are asked -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("approve", "names"),
    [
        ("never", None),
        ("destructive", ["salesforce_account_delete", "salesforce_composite"]),
        ("all", ["salesforce_account_create", "salesforce_account_delete"] + ["salesforce_composite"] * 2),
        (lambda call: call["args"].get("Name") == "Acme", ["salesforce_account_create"]),
    ],
    ids=["never", "destructive", "all", "callable"],
)
async def test_each_mode_asks_for_its_writes_and_never_for_reads(agent: Any, approve: Any, names: Any) -> None:
    agent.guard["approve"] = approve
    calls = [READ, CREATE, DELETE, composite("PATCH"), composite("GET", "DELETE"), composite("GET")]
    result = await agent.calls(*calls).say()
    assert asked(result) == names
    assert bool(agent.connect.written) is (names is None)


async def test_the_products_own_write_tools_are_asked_too(agent: Any) -> None:
    def upsert(text: str) -> str:
        ran.append(text)
        return "ok"

    ran: list[str] = []
    agent.guard["write_tools"] = ["upsert"]
    agent.more_tools = [StructuredTool.from_function(upsert, description="Upserts.")]
    (approval,) = value(await agent.calls(("upsert", {"text": "x"})).say())["approvals"]
    assert (approval["action"], approval["object"]) == ("write", None)
    assert approval["changes"] == [{"field": "text", "before": None, "after": "x"}]
    assert (ran, agent.connect.reads) == ([], [])
    assert outcomes(await agent.answer("approve")) == {"call_0_0": "ok"}
    assert ran == ["x"]


@pytest.mark.parametrize("approve", ["always", "", None, True, 1, ["all"]])
def test_another_rule_is_refused_with_what_to_give(fake_connect: Any, approve: Any) -> None:
    async def rule(call: Any) -> bool:
        return True

    for wrong in (approve, rule):
        for make in (SalesforceGuard, SalesforceGuardMiddleware):
            with pytest.raises(ConfigurationError, match='Give "never", "destructive", "all"'):
                make(fake_connect, approve=wrong)


async def test_a_rule_is_asked_once_per_write_and_cannot_change_what_runs(agent: Any) -> None:
    def rule(call: Any) -> bool:
        seen.append(call["args"]["Name"])
        call["args"]["Name"] = "Forged"
        return len(seen) == 1

    seen: list[str] = []
    agent.guard["approve"] = rule
    assert asked(await agent.creates("A", "B").say()) == ["salesforce_account_create"]
    assert asked(await agent.answer("done")) == ["salesforce_account_create"]
    assert outcomes(await agent.answer("approve")) == {"call_0_0": "ok", "call_0_1": "ok"}
    assert seen == ["A", "B"]
    assert agent.connect.writes == [("rep-42", "A"), ("rep-42", "B")]


# --- the question -----------------------------------------------------------------------------------------------------


async def test_nothing_is_written_before_the_answer_and_the_approved_write_happens_once(agent: Any) -> None:
    payload = value(await agent.calls(UPDATE).say())
    assert agent.connect.written == []
    assert (payload["type"], payload["schema_version"]) == ("salesforce_approval_required", 1)
    assert (payload["accounts"], payload["blocked_tool_call_ids"]) == ([], ["call_0_0"])
    assert payload["approvals"] == [
        {
            "tool_call_id": "call_0_0",
            "tool": "salesforce_account_update",
            "action": "update",
            "object": "Account",
            "record_id": ID,
            "record_name": "Acme",
            "changes": [{"field": "Industry", "before": "Energy", "after": "Retail"}],
            "identifier": "rep-42",
            "username": "rep@acme.example",
            "org_name": "Acme Sales",
            "environment": "production",
            "note": None,
        }
    ]
    (request,), (config,) = payload["action_requests"], payload["review_configs"]
    assert (request["name"], request["args"]) == UPDATE
    assert config == {"action_name": UPDATE[0], "allowed_decisions": ["approve", "edit", "reject"]}
    assert "`Industry`: `Energy` → `Retail`" in request["description"]
    assert "As `rep@acme.example` in `Acme Sales` (`production`)" in request["description"]
    assert outcomes(await agent.answer(decide(APPROVE))) == {"call_0_0": "ok"}
    assert agent.connect.written == [("rep-42", "PATCH", {"Industry": "Retail"})]


async def test_five_writes_are_one_question_in_the_order_of_the_calls(agent: Any) -> None:
    payload = value(await agent.creates("A", "B", "C", "D", "E").say())
    assert [request["args"]["Name"] for request in payload["action_requests"]] == list("ABCDE")
    assert len(payload["review_configs"]) == 5
    assert agent.connect.checks == ["rep-42"]
    assert set(outcomes(await agent.answer(decide(*[APPROVE] * 5))).values()) == {"ok"}
    assert [name for _, name in agent.connect.writes] == list("ABCDE")


async def test_the_question_is_plain_json_without_a_token_and_so_is_what_is_kept(
    agent: Any, planted: str, saver: Any
) -> None:
    agent.connect.statuses["rep-42"] = "REVOKED"
    payload = value(await agent.calls(UPDATE, CREATE).say())
    assert payload == json.loads(json.dumps(payload))
    with SqliteSaver.from_conn_string(str(saver)) as stored:
        checkpoint = stored.get_tuple({"configurable": {"thread_id": agent.thread}})
    assert checkpoint is not None
    (memo,) = [written for _, channel, written in checkpoint.pending_writes or () if channel == "__return__"]
    assert memo == json.loads(json.dumps(memo))
    assert planted not in json.dumps([memo, payload])


async def test_accounts_and_writes_are_asked_in_one_question(agent: Any) -> None:
    agent.connect.statuses["rep-42"] = "REVOKED"
    payload = value(await agent.calls(UPDATE, CREATE).say())
    assert payload["type"] == "salesforce_reauth_required"
    assert [request["name"] for request in payload["action_requests"]] == [
        "salesforce_reauthorize",
        "salesforce_account_update",
        "salesforce_account_create",
    ]
    assert (
        payload["approvals"][0]["note"] == "The present values can be read only when the account is authorized again."
    )
    assert agent.connect.sent == []
    agent.connect.statuses["rep-42"] = "ACTIVE"
    assert outcomes(await agent.answer(decide(APPROVE, APPROVE, REJECT))) == {
        "call_0_0": "ok",
        "call_0_1": "WRITE_REJECTED",
    }


async def test_an_account_that_cannot_be_checked_asks_nobody_and_reads_nothing(agent: Any) -> None:
    agent.connect.errors["rep-42"] = SalesforceUnavailable("down")
    assert outcomes(await agent.calls(UPDATE).say()) == {"call_0_0": "SALESFORCE_UNAVAILABLE"}
    assert agent.connect.sent == []


async def test_without_a_checkpointer_the_guard_says_so_before_asking(agent: Any) -> None:
    agent.saver = None
    with pytest.raises(ConfigurationError, match="checkpointer"):
        await agent.creates("Acme").say()
    assert agent.connect.writes == []


# --- the answer -------------------------------------------------------------------------------------------------------


async def test_one_write_is_rejected_with_the_reason_and_the_others_go(agent: Any) -> None:
    await agent.creates("A", "B", "C").say()
    result = await agent.answer(decide(APPROVE, REJECT, APPROVE))
    assert outcomes(result) == {"call_0_0": "ok", "call_0_1": "WRITE_REJECTED", "call_0_2": "ok"}
    (refusal,) = [m for m in result["messages"] if isinstance(m, ToolMessage) and m.status == "error"]
    told = json.loads(str(refusal.content))["error"]
    assert told["message"] == "The reviewer rejected this write. The reason given: Too soon."
    assert told["who"] == "user"
    assert agent.connect.writes == [("rep-42", "A"), ("rep-42", "C")]


async def test_words_instead_of_a_decision_reject_the_write(agent: Any) -> None:
    await agent.creates("A").say()
    result = await agent.answer(decide({"type": "respond", "message": "approve"}))
    assert outcomes(result) == {"call_0_0": "WRITE_REJECTED"}
    assert agent.connect.writes == []


@pytest.mark.parametrize("refusal", ["decline", False, "no", decide(REJECT), [{"type": "ignore", "args": None}]])
async def test_a_refusal_gives_up_all_writes_and_reads_still_run(agent: Any, refusal: Any) -> None:
    await agent.calls(READ, CREATE, DELETE).say()
    told = outcomes(await agent.answer(refusal))
    assert told == {"call_0_0": "ok", "call_0_1": "WRITE_REJECTED", "call_0_2": "WRITE_REJECTED"}
    assert agent.connect.written == []


async def test_a_bare_refusal_gives_up_the_writes_too_that_nobody_had_to_approve(agent: Any) -> None:
    agent.guard["approve"] = "destructive"
    await agent.calls(CREATE, DELETE).say()
    assert set(outcomes(await agent.answer("decline")).values()) == {"WRITE_REJECTED"}
    assert agent.connect.written == []


async def test_a_write_that_needs_no_approval_waits_for_the_others_and_then_goes(agent: Any) -> None:
    agent.guard["approve"] = "destructive"
    await agent.calls(CREATE, DELETE).say()
    assert agent.connect.written == []
    assert outcomes(await agent.answer(decide(REJECT))) == {"call_0_0": "ok", "call_0_1": "WRITE_REJECTED"}


@pytest.mark.parametrize("answer", ["done", "ok", {"approved": True}, decide(), decide({"type": "done"}), 0])
async def test_what_is_no_consent_is_asked_again_and_at_last_refused(agent: Any, answer: Any) -> None:
    agent.guard["max_rounds"] = 2
    assert asked(await agent.creates("A").say()) == ["salesforce_account_create"]
    assert asked(await agent.answer(answer)) == ["salesforce_account_create"]
    assert outcomes(await agent.answer(answer)) == {"call_0_0": "APPROVAL_MISSING"}
    assert agent.connect.writes == []


async def test_at_the_end_the_approved_writes_go_and_the_undecided_are_refused(agent: Any) -> None:
    agent.guard["max_rounds"] = 1
    await agent.creates("A", "B").say()
    result = await agent.answer(decide(APPROVE, {"type": "later"}))
    assert outcomes(result) == {"call_0_0": "ok", "call_0_1": "APPROVAL_MISSING"}
    assert agent.connect.writes == [("rep-42", "A")]


@pytest.mark.parametrize("count", [2, 4])
async def test_a_wrong_number_of_decisions_approves_nothing_and_says_so(agent: Any, count: int) -> None:
    await agent.creates("A", "B", "C").say()
    payload = value(await agent.answer(decide(*[APPROVE] * count)))
    notes = {approval["note"] for approval in payload["approvals"]}
    assert notes == {f"The last answer held {count} decisions for 3 requests, so none of them was taken."}
    assert agent.connect.writes == []
    assert set(outcomes(await agent.answer(decide(APPROVE))).values()) == {"ok"}


async def test_a_refusal_in_a_wrong_number_of_decisions_declines_everything(agent: Any) -> None:
    await agent.creates("A", "B", "C").say()
    assert set(outcomes(await agent.answer(decide(APPROVE, REJECT))).values()) == {"WRITE_REJECTED"}
    assert agent.connect.writes == []


async def test_what_was_decided_is_not_asked_again(agent: Any) -> None:
    await agent.creates("A", "B", "C").say()
    payload = value(await agent.answer(decide(APPROVE, {"type": "later"}, REJECT)))
    assert [request["args"]["Name"] for request in payload["action_requests"]] == ["B"]
    assert payload["blocked_tool_call_ids"] == ["call_0_0", "call_0_1"]
    assert set(outcomes(await agent.answer(decide(APPROVE)))) == {"call_0_0", "call_0_1", "call_0_2"}
    assert agent.connect.writes == [("rep-42", "A"), ("rep-42", "B")]


async def test_an_approved_write_waits_for_its_account_alone_and_approving_is_not_authorizing(agent: Any) -> None:
    agent.connect.statuses["rep-42"] = "REVOKED"
    await agent.creates("A").say()
    payload = value(await agent.answer("approve"))
    assert "approvals" not in payload
    assert [request["name"] for request in payload["action_requests"]] == ["salesforce_reauthorize"]
    assert agent.connect.writes == []
    agent.connect.statuses["rep-42"] = "ACTIVE"
    assert outcomes(await agent.answer("done")) == {"call_0_0": "ok"}


async def test_authorizing_is_not_approving(agent: Any) -> None:
    agent.connect.statuses["rep-42"] = "REVOKED"
    await agent.calls(UPDATE).say()
    agent.connect.statuses["rep-42"] = "ACTIVE"
    payload = value(await agent.answer("done"))
    assert payload["type"] == "salesforce_approval_required"
    assert payload["approvals"][0]["changes"] == [{"field": "Industry", "before": "Energy", "after": "Retail"}]
    assert agent.connect.written == []
    assert outcomes(await agent.answer("approve")) == {"call_0_0": "ok"}


async def test_an_account_that_dies_between_question_and_answer_is_asked_for_before_anything_is_written(
    agent: Any,
) -> None:
    await agent.creates("A").say()
    agent.connect.statuses["rep-42"] = "REVOKED"
    payload = value(await agent.answer("approve"))
    assert payload["type"] == "salesforce_reauth_required"
    assert agent.connect.writes == []
    assert outcomes(await agent.answer("decline")) == {"call_0_0": "AUTHORIZATION_DECLINED"}


@pytest.mark.parametrize("answer", ["decline", decide(REJECT, APPROVE, APPROVE), decide(REJECT)])
async def test_declining_the_authorization_gives_up_all_writes_even_if_the_account_recovered(
    agent: Any, answer: Any
) -> None:
    agent.connect.statuses["rep-42"] = "REVOKED"
    await agent.creates("A", "B").say()
    agent.connect.statuses["rep-42"] = "ACTIVE"
    assert set(outcomes(await agent.answer(answer)).values()) == {"AUTHORIZATION_DECLINED"}
    assert agent.connect.writes == []


async def test_an_account_of_which_all_writes_were_rejected_is_not_asked_for_any_more(agent: Any) -> None:
    agent.guard = {"account_for": by_owner, "approve": "all"}
    agent.connect.statuses = {"rep-a": "REVOKED", "rep-b": "ACTIVE"}
    await agent.calls(*[(CREATE[0], {"Name": n, "Rep__c": f"rep-{n}"}) for n in "ab"]).say()
    told = outcomes(await agent.answer(decide(APPROVE, REJECT, APPROVE)))
    assert told == {"call_0_0": "WRITE_REJECTED", "call_0_1": "ok"}
    assert agent.connect.writes == [("rep-b", "b")]


async def test_a_graph_paused_sync_is_resumed_async_and_the_other_way_round(agent: Any) -> None:
    await agent.creates("A", "B").say()
    agent.mode = {"sync": "async", "async": "sync"}[agent.mode]
    assert outcomes(await agent.answer(decide(APPROVE, REJECT))) == {"call_0_0": "ok", "call_0_1": "WRITE_REJECTED"}


async def test_the_helper_command_approves_declines_and_looks_again(agent: Any, question: Any) -> None:
    for decision, told in (("approve", "ok"), ("decline", "WRITE_REJECTED")):
        agent.thread, agent.script = decision, []
        request = question(await agent.creates(decision).say())
        again = question(await agent.answer(request.resume_command("done")))
        assert again.approvals == request.approvals
        assert outcomes(await agent.answer(again.resume_command(decision))) == {"call_0_0": told}
    assert len(agent.connect.writes) == 1


async def test_a_graph_paused_by_a_version_that_knew_no_approval_asks_for_it_before_it_writes(
    agent: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def older(*args: Any, **options: Any) -> Any:
        findings = await check.look_at(*args, **options)
        return {"owners": findings["owners"], "accounts": findings["accounts"]}

    agent.connect.statuses["rep-42"] = "REVOKED"
    monkeypatch.setattr(node, "look_at", older)
    assert asked(await agent.creates("A").say()) == []
    monkeypatch.undo()
    agent.connect.statuses["rep-42"] = "ACTIVE"
    assert asked(await agent.answer("approve")) == ["salesforce_account_create"]
    assert agent.connect.writes == []
    assert outcomes(await agent.answer("approve")) == {"call_0_0": "ok"}


# --- edits ------------------------------------------------------------------------------------------------------------


def by_owner(call: Any, config: Any, runtime: Any) -> str:
    return str(call["args"]["Rep__c"])


async def test_the_edited_call_is_what_runs_and_what_is_kept(agent: Any) -> None:
    await agent.creates("A", "B").say()
    result = await agent.answer(decide(edit("salesforce_account_create", {"Name": "Edited"}), APPROVE))
    assert outcomes(result) == {"call_0_0": "ok", "call_0_1": "ok"}
    assert agent.connect.writes == [("rep-42", "B"), ("rep-42", "Edited")]
    (turn,) = [m for m in result["messages"] if isinstance(m, AIMessage) and m.tool_calls]
    assert [call["args"]["Name"] for call in turn.tool_calls] == ["Edited", "B"]
    assert [call["id"] for call in turn.tool_calls] == ["call_0_0", "call_0_1"]


async def test_an_edit_may_name_another_tool(agent: Any) -> None:
    await agent.calls(DELETE).say()
    result = await agent.answer(decide(edit(*UPDATE)))
    assert outcomes(result) == {"call_0_0": "ok"}
    assert agent.connect.written == [("rep-42", "PATCH", {"Industry": "Retail"})]


async def test_an_edit_into_a_read_runs_without_waiting_any_more(agent: Any) -> None:
    await agent.calls(DELETE).say()
    assert outcomes(await agent.answer(decide(edit(*READ)))) == {"call_0_0": "ok"}
    assert (agent.connect.written, agent.connect.checks) == ([], ["rep-42"])


async def test_the_account_of_an_edited_call_is_resolved_anew_and_checked_before_anything_is_written(
    agent: Any,
) -> None:
    agent.guard = {"account_for": by_owner, "approve": "all"}
    agent.connect.statuses = {"rep-a": "ACTIVE", "rep-b": "REVOKED"}
    await agent.calls((CREATE[0], {"Name": "A", "Rep__c": "rep-a"})).say()
    payload = value(await agent.answer(decide(edit(CREATE[0], {"Name": "B", "Rep__c": "rep-b"}))))
    assert [account["identifier"] for account in payload["accounts"]] == ["rep-b"]
    assert "approvals" not in payload
    assert agent.connect.writes == []
    agent.connect.statuses["rep-b"] = "ACTIVE"
    assert outcomes(await agent.answer("done")) == {"call_0_0": "ok"}
    assert agent.connect.writes == [("rep-b", "B")]


@pytest.mark.parametrize(
    ("name", "args", "note"),
    [
        ("send_email", {}, "this guard knows no tool of that name"),
        (CREATE[0], {"Title__c": "SecretValue"}, "its arguments do not fit (Name)"),
        (DELETE[0], {"account_id": "SecretValue"}, "its arguments do not fit (account_id)"),
        (READ[0], {}, "its arguments do not fit (account_id)"),
        ("salesforce_composite", {"composite_request": "SecretValue"}, "its arguments do not fit (composite_request)"),
    ],
)
async def test_an_edit_that_is_no_call_is_asked_again_with_what_is_wrong(
    agent: Any, name: str, args: dict[str, Any], note: str
) -> None:
    await agent.creates("A").say()
    payload = value(await agent.answer(decide(edit(name, args))))
    assert note in payload["approvals"][0]["note"]
    assert note in payload["action_requests"][0]["description"]
    assert payload["action_requests"][0]["args"] == {"Name": "A"}
    assert "SecretValue" not in json.dumps(payload)
    assert outcomes(await agent.answer("approve")) == {"call_0_0": "ok"}
    assert agent.connect.writes == [("rep-42", "A")]


async def test_an_edit_whose_account_cannot_be_told_is_asked_again(agent: Any) -> None:
    agent.guard = {"account_for": lambda call, *_: call["args"].get("Rep__c"), "approve": "all"}
    await agent.calls((CREATE[0], {"Name": "A", "Rep__c": "rep-42"})).say()
    payload = value(await agent.answer(decide(edit(CREATE[0], {"Name": "B"}))))
    assert "account_for" in payload["approvals"][0]["note"]
    assert agent.connect.writes == []


async def test_an_edit_survives_rounds_and_restarts_and_is_not_asked_again(agent: Any) -> None:
    await agent.creates("A", "B").say()
    payload = value(await agent.answer(decide(edit(CREATE[0], {"Name": "Edited"}), {"type": "later"})))
    assert [request["args"]["Name"] for request in payload["action_requests"]] == ["B"]
    agent.mode = {"sync": "async", "async": "sync"}[agent.mode]
    assert set(outcomes(await agent.answer("approve")).values()) == {"ok"}
    assert agent.connect.writes == [("rep-42", "B"), ("rep-42", "Edited")]


async def test_one_edit_for_several_requests_is_not_taken(agent: Any) -> None:
    await agent.creates("A", "B").say()
    payload = value(await agent.answer(decide(edit(CREATE[0], {"Name": "Edited"}))))
    assert all("one edit for 2 requests" in approval["note"] for approval in payload["approvals"])
    assert agent.connect.writes == []


async def test_an_edited_call_whose_account_is_then_declined_is_answered_once(agent: Any) -> None:
    agent.connect.statuses["rep-42"] = "REVOKED"
    await agent.creates("A").say()
    await agent.answer(decide(APPROVE, edit(*UPDATE)))
    assert outcomes(await agent.answer("decline")) == {"call_0_0": "AUTHORIZATION_DECLINED"}
    assert agent.connect.written == []


async def test_a_message_without_an_id_cannot_be_edited_and_nothing_is_written(fake_connect: Any) -> None:
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, StateGraph
    from langgraph.types import Command
    from typing_extensions import TypedDict

    class State(TypedDict):
        messages: list[Any]

    graph = StateGraph(State)
    graph.add_node("guard", SalesforceGuard(fake_connect, identifier="rep-42", approve="all").as_node())
    graph.add_edge(START, "guard")
    compiled, config = graph.compile(checkpointer=InMemorySaver()), {"configurable": {"thread_id": "t"}}
    call = {"name": CREATE[0], "args": CREATE[1], "id": "c"}
    compiled.invoke({"messages": [HumanMessage("Go."), AIMessage("", tool_calls=[call])]}, config)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="no id"):
        compiled.invoke(Command(resume=decide(edit(*CREATE))), config)  # type: ignore[arg-type]
    assert fake_connect.writes == []
