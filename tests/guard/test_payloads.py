"""The question as interfaces and people see it: the payload's promised shape, and ReauthorizationRequest."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langgraph.types import Command, Interrupt

from langchain_sfconnect.errors import InvalidArgument
from langchain_sfconnect.guard import ReauthorizationRequest
from langchain_sfconnect.guard.check import Finding, Findings
from langchain_sfconnect.guard.payloads import reauthorization_payload

URL = "https://login.salesforce.com/services/oauth2/authorize?a=1&state=s"


def found(identifier: str = "rep-42", status: str = "REVOKED", url: str | None = URL) -> Finding:
    return Finding(
        identifier=identifier,
        status=status,
        status_reason="grant_revoked",
        auth_url=url,
        expires_at="2026-03-01T12:30:00Z",
        error=None,
    )


def payload(*accounts: Finding) -> dict[str, Any]:
    findings = Findings(owners=[account["identifier"] for account in accounts], accounts=list(accounts))
    return dict(reauthorization_payload(findings, ["call_1"]))


def test_the_payload_has_the_promised_shape() -> None:
    asked = {
        "identifier": "rep-42",
        "status": "REVOKED",
        "status_reason": "grant_revoked",
        "auth_url": URL,
        "expires_at": "2026-03-01T12:30:00Z",
    }
    value = payload(found(), found("rep-43", "ACTIVE", None))
    (request,) = value.pop("action_requests")
    assert value == {
        "type": "salesforce_reauth_required",
        "schema_version": 1,
        "accounts": [asked],
        "blocked_tool_call_ids": ["call_1"],
        "review_configs": [
            {"action_name": "salesforce_reauthorize", "allowed_decisions": ["approve", "reject"]},
        ],
    }
    assert (request["name"], request["args"]) == ("salesforce_reauthorize", {"accounts": [asked]})
    assert request["description"].endswith(f"[Authorize again]({URL})")


def test_the_payload_is_plain_json() -> None:
    value = payload(found())
    assert json.loads(json.dumps(value)) == value


def test_markdown_in_an_identifier_cannot_make_a_link() -> None:
    (request,) = payload(found("[free](https://evil.example) <img>\n# x", url="http://evil.example"))["action_requests"]
    assert not re.search(r"(?<!\\)[\[\]()<>#\n]", request["description"])


@pytest.mark.parametrize(
    "wrap",
    [
        lambda value: value,
        lambda value: Interrupt(value=value, id="i1"),
        lambda value: {"value": value, "id": "i1"},
        lambda value: {"type": value["type"], "schema_version": 1, "accounts": value["accounts"], "new": 1},
    ],
    ids=["payload", "interrupt", "its-json", "more-and-less-keys"],
)
def test_a_request_is_read_from_every_form_of_the_interrupt(wrap: Any) -> None:
    request = ReauthorizationRequest.from_interrupt(wrap(payload(found())))
    assert request.accounts[0]["identifier"] == "rep-42"
    assert request.urls == (URL,)


@pytest.mark.parametrize(
    "other",
    [
        {"type": "tool_approval"},
        {},
        {"type": "salesforce_reauth_required", "schema_version": 2, "accounts": []},
        {"type": "salesforce_reauth_required", "schema_version": 1, "accounts": [{"identifier": 1}]},
        Interrupt(value="What is your age?", id="i1"),
    ],
)
def test_another_interrupt_is_refused(other: Any) -> None:
    with pytest.raises(InvalidArgument, match="not a re-authorization request"):
        ReauthorizationRequest.from_interrupt(other)


def test_find_picks_our_question_among_others() -> None:
    ours, other = Interrupt(value=payload(found()), id="i2"), Interrupt(value={"action_requests": []}, id="i1")
    for result in ({"messages": [], "__interrupt__": [other, ours]}, SimpleNamespace(interrupts=(other, ours))):
        request = ReauthorizationRequest.find(result)
        assert request is not None
        assert request.interrupt_id == "i2"


@pytest.mark.parametrize("result", [{}, {"__interrupt__": []}, {"__interrupt__": [Interrupt(value=1, id="i")]}, None])
def test_find_gives_none_where_nothing_is_asked(result: Any) -> None:
    assert ReauthorizationRequest.find(result) is None


@pytest.mark.parametrize("decision", ["done", "approve", "decline"])
@pytest.mark.parametrize("interrupt_id", [None, "i1"])
def test_the_resume_command_is_never_empty(decision: Any, interrupt_id: str | None) -> None:
    command = ReauthorizationRequest((), (), interrupt_id).resume_command(decision)
    assert isinstance(command, Command)
    assert command.resume == ({"i1": decision} if interrupt_id else decision)


@pytest.mark.parametrize("word", ["", None, {}, "authorised"])
def test_another_decision_is_refused(word: Any) -> None:
    with pytest.raises(InvalidArgument):
        ReauthorizationRequest(()).resume_command(word)


def test_a_terminal_shows_the_link_and_a_notebook_makes_it_clickable() -> None:
    request = ReauthorizationRequest.from_interrupt(payload(found()))
    assert f"rep-42 is REVOKED (grant_revoked): {URL} (until 2026-03-01T12:30:00Z)" in repr(request)
    html = request._repr_html_()
    assert 'href="https://login.salesforce.com/services/oauth2/authorize?a=1&amp;state=s"' in html
    assert 'target="_blank" rel="noopener noreferrer"' in html
    assert request._repr_mimebundle_() == {"text/plain": repr(request), "text/html": html}


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "http://login.salesforce.com/x",
        "http://localhost.evil.example/x",
        "http://127.0.0.1.evil.example/x",
        "https://login.salesforce.com@evil.example/",
        "https:///x",
        "https://[::1",
        "https://a b/",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "",
        None,
    ],
)
def test_an_address_that_is_not_safe_to_open_is_no_link(url: str | None) -> None:
    request = ReauthorizationRequest.from_interrupt(payload(found(url=url)))
    assert "href" not in request._repr_html_()
    assert request.urls == ()


@pytest.mark.parametrize("host", ["localhost:8400", "127.0.0.1:8400", "[::1]:8400"])
def test_the_local_org_may_use_http(host: str) -> None:
    request = ReauthorizationRequest.from_interrupt(payload(found(url=f"http://{host}/authorize")))
    assert request.urls == (f"http://{host}/authorize",)
    assert "href" in request._repr_html_()


@given(st.text(), st.text())
def test_no_text_breaks_out_of_the_html(identifier: str, tail: str) -> None:
    request = ReauthorizationRequest.from_interrupt(payload(found(identifier, url=f"https://a.example/{tail}")))
    html = request._repr_html_()
    tags = re.findall(r"<(/?\w+)", html)
    assert set(tags) <= {"p", "/p", "ul", "/ul", "li", "/li", "a", "/a"}
    assert html.count('"') in (0, 6)


APPROVAL = {
    "tool_call_id": "call_1",
    "tool": "salesforce_account_update",
    "action": "update",
    "object": "Account",
    "record_id": "001000000000001AAA",
    "record_name": "Acme <b>",
    "changes": [{"field": "Industry", "before": "Energy", "after": "Retail"}],
    "identifier": "rep-42",
    "username": "rep@acme.example",
    "org_name": "Acme Sales",
    "environment": "sandbox",
    "note": "Mind <i>this</i>.",
}


def approval_payload(*accounts: Finding) -> dict[str, Any]:
    kind = "salesforce_reauth_required" if accounts else "salesforce_approval_required"
    return {**payload(*accounts), "type": kind, "approvals": [APPROVAL]}


@pytest.mark.parametrize("accounts", [(), (found(),)])
def test_a_request_tells_of_the_writes_to_approve(accounts: tuple[Finding, ...]) -> None:
    interrupt = Interrupt(value=approval_payload(*accounts), id="i1")
    request = ReauthorizationRequest.find({"__interrupt__": [interrupt]})
    assert request == ReauthorizationRequest.from_interrupt(interrupt)
    assert request is not None
    assert request.approvals == (APPROVAL,)
    assert len(request.accounts) == len(accounts)
    assert request.resume_command("approve").resume == {"i1": "approve"}


def test_a_terminal_and_a_notebook_show_what_would_be_written() -> None:
    request = ReauthorizationRequest.from_interrupt(approval_payload(found()))
    text, html = repr(request), request._repr_html_()
    assert text.startswith("Salesforce needs authorization and your approval before the agent can go on:")
    assert "Update “Account” “Acme <b>” (“001000000000001AAA”)" in text
    assert "“Industry”: “Energy” → “Retail”" in text
    assert "As “rep@acme.example” in “Acme Sales” (“sandbox”), account “rep-42”." in text
    assert "Update <code>Account</code> <code>Acme &lt;b&gt;</code>" in html
    assert "<i>" not in html
    assert html.count("<ul>") == html.count("</ul>") == 2
    alone = repr(ReauthorizationRequest.from_interrupt(approval_payload()))
    assert alone.startswith("Salesforce needs your approval before the agent can go on:")


@given(st.text())
def test_no_value_of_a_write_breaks_out_of_the_html(text: str) -> None:
    hostile = {**APPROVAL, "record_name": text, "changes": [{"field": text, "before": text, "after": [text]}]}
    request = ReauthorizationRequest.from_interrupt({**approval_payload(), "approvals": [hostile]})
    tags = re.findall(r"<(/?\w+)", request._repr_html_())
    assert set(tags) <= {"p", "/p", "ul", "/ul", "li", "/li", "code", "/code"}
    assert all(len(line) < 3000 for line in repr(request).splitlines())
