"""The pure part: which calls are open, what a check means, what the model is told."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, ToolCall, ToolMessage

from langchain_sfconnect.errors import SalesforceUnavailable
from langchain_sfconnect.guard.check import Finding, Findings
from langchain_sfconnect.guard.verdict import as_reviewed, judge, messages_of, pending_calls, refuse

STATUSES = ["ACTIVE", "PENDING_AUTH", "PENDING_VERIFICATION", "EXPIRED", "REVOKED", "DISCONNECTED"]


def call(id_: str | None, name: str = "salesforce_account_create") -> ToolCall:
    return ToolCall(name=name, args={}, id=id_, type="tool_call")


def says(*ids: str) -> AIMessage:
    return AIMessage("", tool_calls=[call(id_) for id_ in ids])


def result(id_: str) -> ToolMessage:
    return ToolMessage("ok", tool_call_id=id_)


def found(identifier: str, status: str | None, error: dict[str, Any] | None = None) -> Finding:
    return Finding(
        identifier=identifier, status=status, status_reason=None, auth_url=None, expires_at=None, error=error
    )


def check(*owners: str, **statuses: str) -> Findings:
    return Findings(owners=list(owners), accounts=[found(name, status) for name, status in statuses.items()])


@pytest.mark.parametrize(
    ("messages", "open_ids"),
    [
        ([], []),
        ([HumanMessage("Hi.")], []),
        ([says("a", "b")], ["a", "b"]),
        ([says("a", "b"), result("a")], ["b"]),
        ([says("a"), result("a")], []),
        ([says("a"), result("a"), says("a")], ["a"]),
        ([says("a"), AIMessage("Done.")], []),
        ([says("a"), HumanMessage("Wait.")], ["a"]),
    ],
)
def test_open_calls_are_those_of_the_newest_model_message(messages: list[Any], open_ids: list[str]) -> None:
    assert [call["id"] for call in pending_calls(messages)] == open_ids


def test_a_state_may_be_a_mapping_or_an_object() -> None:
    history = [HumanMessage("Hi.")]
    assert messages_of({"messages": history}) is history
    assert messages_of(SimpleNamespace(messages=history)) is history


def test_a_reviewers_edit_replaces_the_call_it_belongs_to() -> None:
    state = {"hitl_edited_tool_calls": {"b": {"name": "other", "args": {"x": 1}}}}
    first, second = as_reviewed([call("a"), call("b")], state)
    assert first == call("a")
    assert (second["id"], second["name"], second["args"]) == ("b", "other", {"x": 1})
    assert as_reviewed([call("a")], SimpleNamespace()) == [call("a")]


@given(st.lists(st.sampled_from(STATUSES), min_size=1))
def test_only_a_check_with_all_accounts_active_lets_writes_go(statuses: list[str]) -> None:
    findings = Findings(owners=[], accounts=[found(str(n), status) for n, status in enumerate(statuses)])
    assert judge(findings) == ("go" if set(statuses) == {"ACTIVE"} else "ask")
    findings["accounts"].append(found("x", None, SalesforceUnavailable("down").envelope()))
    assert judge(findings) == "block"


@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1), st.booleans())
def test_every_held_call_gets_exactly_one_error_message(owners: list[str], declined: bool) -> None:
    accounts = [found(name, "ACTIVE" if name == "a" else "REVOKED") for name in ["a", "b", "c"]]
    calls = [call(str(n)) for n in range(len(owners))]
    messages = refuse(calls, Findings(owners=owners, accounts=accounts), declined=declined)
    assert [(m.tool_call_id, m.status, m.name) for m in messages] == [(c["id"], "error", c["name"]) for c in calls]
    code = "AUTHORIZATION_DECLINED" if declined else "REAUTHORIZATION_REQUIRED"
    assert {json.loads(str(m.content))["error"]["code"] for m in messages} == {code}


def test_the_model_is_told_whose_account_what_and_who_can_mend_it() -> None:
    (message,) = refuse([call("1")], check("rep-42", **{"rep-42": "REVOKED"}))
    error = json.loads(str(message.content))["error"]
    assert (error["who"], error["retryable"]) == ("user", False)
    assert "'rep-42' is REVOKED" in error["message"]
    assert set(error) == {"code", "message", "fields", "retryable", "who", "hint"}


def test_a_call_without_an_id_is_answered_too() -> None:
    (message,) = refuse([call(None)], check("a", a="REVOKED"))
    assert message.tool_call_id == ""
