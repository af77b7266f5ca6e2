"""Previews: whatever comes back of a read, or does not, there is a preview that says what it could not show."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import ToolCall
from markdown_it import MarkdownIt

from langchain_sfconnect.connection import Operation, Result
from langchain_sfconnect.errors import SalesforceAPIError, SalesforceUnavailable
from langchain_sfconnect.guard.preview import Actor, Approval, preview
from langchain_sfconnect.guard.shown import LONGEST, cut, in_markdown, one_line
from langchain_sfconnect.guard.wording import MOST_LINES, as_markdown

pytestmark = pytest.mark.anyio

ID = "001000000000001AAA"
ACTOR = Actor(identifier="rep-42", username="rep@acme.example", org_name="Acme", environment="production")


@dataclass
class Org:
    """Answers reads one after the other, and refuses to write."""

    answers: list[Any]
    sent: list[Operation] = field(default_factory=list)
    api_version: str = "66.0"

    async def send(self, operation: Operation, *, identifier: str) -> Result:
        assert (operation.kind, identifier) == ("read", "rep-42")
        self.sent.append(operation)
        answer = self.answers[min(len(self.sent), len(self.answers)) - 1]
        if isinstance(answer, BaseException):
            raise answer
        return Result(200, answer)


async def look(*answers: Any, name: str = "salesforce_sobject_update", readable: bool = True, **args: Any) -> Any:
    org = Org(list(answers))
    args = args or {"sobject_type": "Account", "record_id": ID, "fields": {"Industry": "Retail"}}
    call = ToolCall(name=name, args=args, id="call_1", type="tool_call")
    approval = await preview(org, call, ACTOR, readable=readable)  # type: ignore[arg-type]
    assert json.loads(json.dumps(approval)) == approval
    return approval, org


def unknown_field() -> SalesforceAPIError:
    return SalesforceAPIError("No such column", code="INVALID_FIELD", status=400)


async def test_one_read_brings_the_name_and_the_values() -> None:
    approval, org = await look({"Name": "Acme", "Industry": "Energy"})
    assert [(op.method, op.path, dict(op.params)) for op in org.sent] == [
        ("GET", f"/sobjects/Account/{ID}", {"fields": "Name,Industry"})
    ]
    assert (approval["record_name"], approval["note"]) == ("Acme", None)
    assert approval["changes"] == [{"field": "Industry", "before": "Energy", "after": "Retail"}]


async def test_without_a_name_field_the_values_are_read_alone() -> None:
    approval, org = await look(unknown_field(), {"Industry": "Energy"})
    assert [op.params["fields"] for op in org.sent] == ["Name,Industry", "Industry"]
    assert (approval["record_name"], approval["note"]) == (None, None)
    assert approval["changes"][0]["before"] == "Energy"


async def test_a_related_record_is_shown_by_the_field_that_names_it() -> None:
    args = {"sobject_type": "Contact", "record_id": ID, "fields": {"Account": {"Ext__c": "B"}}}
    found = {"records": [{"Name": "Ito", "Account": {"attributes": {}, "Ext__c": "A"}}]}
    approval, org = await look(found, **args)
    assert org.sent[0].params["q"] == f"SELECT Id, Name, Account.Ext__c FROM Contact WHERE Id = '{ID}'"
    assert approval["changes"] == [{"field": "Account", "before": {"Ext__c": "A"}, "after": {"Ext__c": "B"}}]


@pytest.mark.parametrize(
    ("answer", "note"),
    [
        (SalesforceAPIError("gone", code="ENTITY_IS_DELETED", status=404), "may be deleted"),
        (SalesforceAPIError("no", code="INSUFFICIENT_ACCESS_OR_READONLY", status=403), "INSUFFICIENT_ACCESS"),
        (SalesforceUnavailable("down"), "SALESFORCE_UNAVAILABLE"),
        (unknown_field(), "INVALID_FIELD"),
        (RuntimeError("token 00D!secret"), "INTERNAL_ERROR"),
        (asyncio.CancelledError(), "INTERNAL_ERROR"),
        ([1, 2], "INTERNAL_ERROR"),
        ("text", "INTERNAL_ERROR"),
        ({"records": []}, "may be deleted"),
    ],
)
@pytest.mark.parametrize("name", ["salesforce_sobject_update", "salesforce_sobject_delete"])
async def test_a_read_that_fails_is_a_note_and_never_an_error(name: str, answer: Any, note: str) -> None:
    args: dict[str, Any] = {"sobject_type": "Account", "record_id": ID}
    if name == "salesforce_sobject_update":
        args["fields"] = {"Industry": "Retail"}
    approval, _ = await look(answer, name=name, **args)
    assert note in approval["note"]
    assert (approval["object"], approval["record_id"]) == ("Account", ID)
    assert all(change["before"] is None for change in approval["changes"])
    assert "secret" not in json.dumps(approval)


async def test_an_account_that_cannot_read_is_not_read_with() -> None:
    approval, org = await look({}, readable=False)
    assert org.sent == []
    assert "authorized again" in approval["note"]


async def test_a_call_whose_arguments_do_not_fit_is_shown_with_what_is_wrong() -> None:
    approval, org = await look({}, sobject_type="Account", record_id="nonsense", fields={"A": 1})
    assert org.sent == []
    assert approval["note"] == "The arguments do not fit, so the call would not be sent as it stands: record_id"
    assert {"field": "record_id", "before": None, "after": "nonsense"} in approval["changes"]


def composite(*requests: dict[str, Any]) -> dict[str, Any]:
    named = [{"referenceId": f"n{place}", **request} for place, request in enumerate(requests)]
    return {"composite_request": {"compositeRequest": named}}


async def test_a_composite_is_read_by_one_request_of_gets_and_what_fails_is_said() -> None:
    args = composite(
        {"method": "PATCH", "url": f"/sobjects/Case/{ID}", "body": {"Status": "New", "x&fields=y": 1}},
        {"method": "DELETE", "url": f"/sobjects/Account/{ID}"},
        {"method": "DELETE", "url": "/sobjects/Account/@{n0.id}"},
    )
    answer = {"compositeResponse": [{"referenceId": "r0", "body": {"Id": ID, "CaseNumber": "7", "Status": "Old"}}]}
    approval, org = await look(answer, name="salesforce_composite", **args)
    (operation,) = org.sent
    urls = [request["url"] for request in operation.json["compositeRequest"]]
    assert {request["method"] for request in operation.json["compositeRequest"]} == {"GET"}
    assert urls[0].endswith(f"/sobjects/Case/{ID}?fields=CaseNumber,Status")
    assert len(urls) == 2
    assert [change["before"] for change in approval["changes"]] == [{"CaseNumber": "7", "Status": "Old"}, None, None]
    assert "some of the records could not be read" in approval["note"]


@pytest.mark.parametrize("answer", [SalesforceUnavailable("down"), None, [], {"compositeResponse": ["x"]}])
async def test_a_composite_that_cannot_be_read_is_still_shown(answer: Any) -> None:
    args = composite({"method": "DELETE", "url": f"/sobjects/Account/{ID}"})
    approval, _ = await look(answer, name="salesforce_composite", **args)
    assert approval["changes"] == [{"field": f"n0: DELETE /sobjects/Account/{ID}", "before": None, "after": None}]
    assert "could not be read" in approval["note"]


async def test_too_many_fields_are_named_and_counted() -> None:
    fields = {f"F{number}__c": number for number in range(MOST_LINES + 3)}
    approval, _ = await look({}, sobject_type="Account", record_id=ID, fields=fields)
    assert len(approval["changes"]) == MOST_LINES + 3
    text = as_markdown(approval)
    assert f"… cut: 3 more, not shown with their values: `F{MOST_LINES}__c`" in text
    assert text.count("\n- ") == MOST_LINES + 1


@given(st.text())
def test_no_value_leaves_its_code_span(value: str) -> None:
    shown = in_markdown(one_line(value))
    if not one_line(value):
        return
    (paragraph, *more) = [t for t in MarkdownIt("commonmark").parse(f"x {shown} y") if t.type == "inline"]
    assert not more
    before, code, after = paragraph.children or ()
    assert (before.content, code.type, after.content) == ("x ", "code_inline", " y")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner)))
def test_a_value_is_never_long_and_stays_json(value: Any) -> None:
    assert len(json.dumps(cut(value), ensure_ascii=False)) < 3 * LONGEST + 100


def test_who_acts_is_said_even_where_it_is_not_known() -> None:
    approval = Approval(
        tool_call_id="c",
        tool="upsert",
        action="write",
        object=None,
        record_id=None,
        record_name=None,
        changes=[],
        identifier="rep-42",
        username=None,
        org_name=None,
        environment=None,
        note=None,
    )
    assert "As `an unknown user` in `an unknown org` (production or sandbox is not known)" in as_markdown(approval)
