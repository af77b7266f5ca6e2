"""What people see before they approve a write, read from the real org, and what then happens in it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from langchain_core.messages import ToolMessage
from langgraph.types import Command
from markdown_it import MarkdownIt

from langchain_sfconnect.guard import ReauthorizationRequest
from langchain_sfconnect.localorg import LocalOrg

pytestmark = pytest.mark.anyio

HOSTILE = [
    "[Approve](https://evil.example)",
    "<img src=x onerror=alert(1)> https://evil.example/login www.evil.example me@evil.example",
    "Acme`` ` [x](javascript:alert(1)) ```\n# Approved\n\n---\n- fine",
    "x](https://evil.example) ![pixel](https://evil.example/p.png) <https://evil.example>",
    "Acme\u202egnihtyreve\u2028**Approved**\r\n> yes",
    "`",
]


@pytest.fixture
def talk(talk: Any) -> Any:
    talk.approve = "all"
    return talk


def question(result: Any) -> ReauthorizationRequest:
    request = ReauthorizationRequest.find(result)
    assert request is not None
    return request


def descriptions(result: Any) -> list[str]:
    (interrupt,) = result["__interrupt__"]
    return [request["description"] for request in interrupt.value["action_requests"]]


def answers(result: Any) -> dict[str, ToolMessage]:
    assert "__interrupt__" not in result
    messages = [message for message in result["messages"] if isinstance(message, ToolMessage)]
    assert len({message.tool_call_id for message in messages}) == len(messages)
    return {message.tool_call_id: message for message in messages}


def update(record_id: str, sobject: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    return "salesforce_sobject_update", {"sobject_type": sobject, "record_id": record_id, "fields": fields}


def delete(record_id: str, sobject: str) -> tuple[str, dict[str, Any]]:
    return "salesforce_sobject_delete", {"sobject_type": sobject, "record_id": record_id}


async def test_an_update_shows_each_field_before_and_after_who_acts_and_where(
    talk: Any, make: Any, one: Any, sent: Any
) -> None:
    account = make("Account", Name="Aurora", Industry="Energy", AnnualRevenue=5000)
    fields = {"industry": "Retail", "AnnualRevenue": 7000, "Phone": "555 0100"}
    result = await talk.calls(update(account, "Account", **fields)).say()
    (approval,) = question(result).approvals
    assert approval["changes"] == [
        {"field": "industry", "before": "Energy", "after": "Retail"},
        {"field": "AnnualRevenue", "before": 5000.0, "after": 7000},
        {"field": "Phone", "before": None, "after": "555 0100"},
    ]
    assert (approval["record_name"], approval["record_id"], approval["note"]) == ("Aurora", account, None)
    (text,) = descriptions(result)
    assert f"**Update `Account` `Aurora` (`{account}`)**" in text
    assert "- `industry`: `Energy` → `Retail`" in text
    assert "- `Phone`: (empty) → `555 0100`" in text
    assert "As `rep@localorg.example` in `Northlight Systems` (`production`), account `rep-42`." in text
    assert [request.method for request in sent() if "/sobjects/Account" in request.path] == ["GET"]
    assert answers(await talk.answer(question(result).resume_command("approve")))["call_0_0"].status == "success"
    assert one(f"SELECT Industry FROM Account WHERE Id = '{account}'") == {"Industry": "Retail"}


async def test_a_rejected_delete_leaves_the_record_and_shows_what_it_is(talk: Any, make: Any, one: Any) -> None:
    account = make("Account", Name="Borealis", BillingCity="Oslo")
    deal = make("Opportunity", Name="Big", StageName="Prospecting", CloseDate="2027-01-31", AccountId=account)
    result = await talk.calls(delete(deal, "Opportunity")).say()
    (approval,) = question(result).approvals
    facts = {change["field"]: change["before"] for change in approval["changes"]}
    assert approval["record_name"] == "Big"
    assert facts["Account.Name"] == "Borealis"
    assert (facts["StageName"], facts["CloseDate"], facts["Owner.Name"]) == ("Prospecting", "2027-01-31", "Riley Park")
    assert all(change["after"] is None for change in approval["changes"])
    await talk.answer(question(result).resume_command("decline"))
    assert one(f"SELECT Name FROM Opportunity WHERE Id = '{deal}'") == {"Name": "Big"}


async def test_records_without_a_name_field_are_named_by_what_they_have(talk: Any, make: Any) -> None:
    case = make("Case", Subject="Broken", Status="New")
    task = make("Task", Subject="Call Dana")
    result = await talk.calls(
        update(case, "Case", Status="Working"), update(task, "Task", Status="Completed"), delete(task, "Task")
    ).say()
    of_case, of_task, of_delete = question(result).approvals
    assert re.fullmatch(r"\d{8}", str(of_case["record_name"]))
    assert of_case["changes"] == [{"field": "Status", "before": "New", "after": "Working"}]
    assert (of_task["record_name"], of_delete["record_name"]) == ("Call Dana", "Call Dana")
    assert [approval["note"] for approval in question(result).approvals] == [None] * 3


async def test_an_object_that_has_no_name_at_all_is_still_previewed(talk: Any, make: Any, org: LocalOrg) -> None:
    account = make("Account", Name="A")
    deal = make("Opportunity", Name="D", StageName="Prospecting", CloseDate="2027-01-31", AccountId=account)
    contact = make("Contact", LastName="L", AccountId=account)
    role = make("OpportunityContactRole", OpportunityId=deal, ContactId=contact, Role="Evaluator")
    result = await talk.calls(
        update(role, "OpportunityContactRole", Role="Decision Maker"), delete(role, "OpportunityContactRole")
    ).say()
    of_update, of_delete = question(result).approvals
    assert of_update["changes"] == [{"field": "Role", "before": "Evaluator", "after": "Decision Maker"}]
    assert (of_update["record_name"], of_update["note"], of_delete["note"]) == (None, None, None)


async def test_a_create_shows_what_will_be_without_reading(talk: Any, sent: Any) -> None:
    result = await talk.calls(("salesforce_contact_create", {"LastName": "Ito", "FirstName": "Mai"})).say()
    (approval,) = question(result).approvals
    assert (approval["action"], approval["record_id"], approval["record_name"]) == ("create", None, "Mai Ito")
    assert {"field": "LastName", "before": None, "after": "Ito"} in approval["changes"]
    assert "- `LastName`: `Ito`" in descriptions(result)[0]
    assert not [request for request in sent() if "/sobjects/Contact" in request.path]


@pytest.mark.parametrize("action", [update, delete])
async def test_a_record_that_is_gone_is_said_to_be_gone(
    talk: Any, make: Any, org: LocalOrg, action: Callable[..., Any]
) -> None:
    account = make("Account", Name="Gone")
    org.engine.session(org.users[0]["Id"]).delete("Account", account)
    call = update(account, "Account", Phone="1") if action is update else delete(account, "Account")
    result = await talk.calls(call).say()
    (approval,) = question(result).approvals
    assert "may be deleted" in str(approval["note"])
    assert "may be deleted" in descriptions(result)[0]
    assert all(change["before"] is None for change in approval["changes"])
    done = answers(await talk.answer(question(result).resume_command("approve")))
    assert done["call_0_0"].status == "error"


async def test_a_field_that_does_not_exist_costs_the_values_but_not_the_name(talk: Any, make: Any) -> None:
    account = make("Account", Name="Named")
    result = await talk.calls(update(account, "Account", Nope__c="x")).say()
    (approval,) = question(result).approvals
    assert approval["record_name"] == "Named"
    assert approval["note"] == "The present values could not be read (INVALID_FIELD)."
    assert "- `Nope__c`: (not read) → `x`" in descriptions(result)[0]


async def test_a_composite_shows_one_line_per_request_with_the_records_it_touches(
    talk: Any, make: Any, one: Any
) -> None:
    first, second = make("Account", Name="Kept", Industry="Energy"), make("Account", Name="Doomed")
    request = {
        "allOrNone": True,
        "compositeRequest": [
            {
                "method": "PATCH",
                "url": f"/sobjects/Account/{first}",
                "referenceId": "up",
                "body": {"Industry": "Retail"},
            },
            {"method": "DELETE", "url": f"/sobjects/Account/{second}", "referenceId": "gone"},
            {"method": "POST", "url": "/sobjects/Contact", "referenceId": "con", "body": {"LastName": "Ito"}},
        ],
    }
    talk.approve = "destructive"
    result = await talk.calls(("salesforce_composite", {"composite_request": request})).say()
    (approval,) = question(result).approvals
    up, gone, con = approval["changes"]
    assert (approval["action"], approval["note"]) == ("mixed", None)
    assert up["before"] == {"Name": "Kept", "Industry": "Energy"}
    assert up["after"] == {"Industry": "Retail"}
    assert (gone["field"], gone["before"]) == (f"gone: DELETE /sobjects/Account/{second}", {"Name": "Doomed"})
    assert con == {"field": "con: POST /sobjects/Contact", "before": None, "after": {"LastName": "Ito"}}
    lines = [line for line in descriptions(result)[0].splitlines() if line.startswith("- ")]
    assert len(lines) == 3
    assert answers(await talk.answer(question(result).resume_command("approve")))["call_0_0"].status == "success"
    assert one(f"SELECT COUNT(Id) n FROM Account WHERE Id = '{second}'") == {"n": 0}


async def test_production_and_sandbox_are_told_apart(
    conversing: Any, connect: Any, authorize: Any, rep: str, org: LocalOrg
) -> None:
    authorize(connect, "boxed", environment="sandbox")
    owners = {"P": rep, "S": "boxed"}
    talk = conversing(account_for=lambda call, *_: owners[call["args"]["Name"]], approve="all")
    result = await talk.creates("P", "S").say()
    assert [each["environment"] for each in question(result).approvals] == ["production", "sandbox"]
    assert "(`production`), account `rep-42`" in descriptions(result)[0]
    assert "(`sandbox`), account `boxed`" in descriptions(result)[1]


async def test_a_dead_account_is_asked_for_with_its_writes_whose_values_are_read_when_it_lives(
    talk: Any, make: Any, org: LocalOrg, connect: Any, one: Any
) -> None:
    account = make("Account", Name="Waiting", Industry="Energy")
    org.revoke()
    first = question(await talk.calls(update(account, "Account", Industry="Retail")).say())
    assert first.accounts[0]["status"] == "REVOKED"
    assert first.approvals[0]["changes"] == [{"field": "Industry", "before": None, "after": "Retail"}]
    assert first.approvals[0]["username"] == "rep@localorg.example"
    assert "authorized again" in str(first.approvals[0]["note"])
    connect.complete_authorization(org.approve(first.urls[0]), "rep-42")
    second = question(await talk.answer(first.resume_command("done")))
    assert second.approvals[0]["changes"] == [{"field": "Industry", "before": "Energy", "after": "Retail"}]
    assert answers(await talk.answer(second.resume_command("approve")))["call_0_0"].status == "success"
    assert one(f"SELECT Industry FROM Account WHERE Id = '{account}'") == {"Industry": "Retail"}


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.text = ""
        self.free = ""
        self.inside = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.append(tag)
        self.inside += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self.inside -= tag == "code"

    def handle_data(self, data: str) -> None:
        self.text += data
        self.free += "" if self.inside else data


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_name_can_forge_neither_a_link_nor_the_preview(talk: Any, make: Any, name: str) -> None:
    account = make("Account", Name=name, Description=name)
    calls = [update(account, "Account", Description=f"new {name}"), delete(account, "Account")]
    result = await talk.calls(*calls, ("salesforce_account_create", {"Name": name})).say()
    for text in descriptions(result)[1:]:
        page = Tags()
        page.feed(MarkdownIt("commonmark").render(text))
        assert set(page.seen) <= {"p", "strong", "code", "ul", "li"}
        # Interfaces also make links of bare addresses, but not inside code.
        assert not re.search(r"evil|Approved|alert|@|www", page.free)
        assert page.seen.count("strong") == 1
        assert "\u202e" not in page.text
    html = question(result)._repr_html_()
    assert set(re.findall(r"<(/?\w+)", html)) <= {"p", "/p", "ul", "/ul", "li", "/li", "code", "/code"}
    assert len(repr(question(result)).splitlines()) <= 20


async def test_long_values_are_cut_and_say_so(talk: Any, make: Any) -> None:
    account = make("Account", Name="Long", Description="b" * 3000)
    result = await talk.calls(update(account, "Account", Description="a" * 4000)).say()
    (change,) = question(result).approvals[0]["changes"]
    assert change["before"].endswith("… (cut: 3,000 characters in all)")
    assert change["after"].endswith("… (cut: 4,000 characters in all)")
    assert len(descriptions(result)[0]) < 1500


async def test_an_edit_in_the_interface_is_what_salesforce_gets(talk: Any, make: Any, one: Any, sent: Any) -> None:
    account = make("Account", Name="Edited", Industry="Energy")
    await talk.calls(update(account, "Account", Industry="Retail")).say()
    name, args = update(account, "Account", Industry="Banking")
    edit = {"type": "edit", "edited_action": {"name": name, "args": args}}
    assert answers(await talk.answer(Command(resume={"decisions": [edit]})))["call_0_0"].status == "success"
    (patch,) = sent("PATCH")
    assert json.loads(patch.body) == {"Industry": "Banking"}
