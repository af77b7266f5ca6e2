"""Calls that cannot succeed: each is a named error that says what to do, and nothing is written."""

from __future__ import annotations

from typing import Any

import pytest

from langchain_sfconnect.errors import InvalidArgument, SalesforceAPIError, UnknownTool
from langchain_sfconnect.localorg import LocalOrg

pytestmark = pytest.mark.anyio

GONE = {"account": "001gL0000009999QAA", "contact": "003gL0000009999QAA"}

REFUSED_HERE: list[Any] = [
    ("salesforce_account_get", {"account_id": "not an id"}, "account_id"),
    ("salesforce_account_get", {"account_id": "001gL0000000001QAB"}, "account_id"),
    ("salesforce_account_update", {"account_id": "001gL0000000001QAA/../../limits", "Name": "x"}, "account_id"),
    ("salesforce_account_delete", {"account_id": GONE["contact"]}, "account_id"),
    ("salesforce_contact_create", {"FirstName": "Kei"}, "LastName"),
    ("salesforce_opportunity_create", {"Name": "x", "StageName": "Prospecting"}, "CloseDate"),
    ("salesforce_opportunity_create", {"Name": "x", "StageName": "x", "CloseDate": "tomorrow"}, "CloseDate"),
    ("salesforce_sobject_create", {"sobject_type": "Account/../User", "fields": {"Name": "x"}}, "sobject_type"),
    ("salesforce_sobject_create", {"sobject_type": "Account", "fields": {"Name' OR '": "x"}}, "fields"),
    ("salesforce_accounts_list", {"cursor": "made up"}, "cursor"),
    ("salesforce_query_soql", {"query": "SELECT Id FROM Account", "cursor": "../limits"}, "cursor"),
    ("salesforce_composite", {"composite_request": "{not json"}, "composite_request"),
]


@pytest.mark.parametrize(("tool", "arguments", "culprit"), REFUSED_HERE)
async def test_bad_arguments_are_refused_by_name_before_anything_is_sent(
    caller: Any, org: LocalOrg, tool: str, arguments: dict[str, Any], culprit: str
) -> None:
    error = await caller.error(tool, **arguments)
    assert error["code"] == "INVALID_ARGUMENT"
    assert error["who"] == "agent"
    assert any(field.startswith(culprit) for field in error["fields"])
    assert error["hint"]
    with pytest.raises(InvalidArgument) as raised:
        await caller.execute(tool, **arguments)
    assert raised.value.envelope()["error"] == error
    assert org.requests == []


REFUSED_THERE: list[Any] = [
    ("salesforce_account_get", {"account_id": GONE["account"]}, "NOT_FOUND"),
    ("salesforce_account_update", {"account_id": GONE["account"], "Name": "x"}, "NOT_FOUND"),
    ("salesforce_account_delete", {"account_id": GONE["account"]}, "NOT_FOUND"),
    ("salesforce_sobject_get", {"sobject_type": "Invoice__c", "record_id": GONE["account"]}, "NOT_FOUND"),
    ("salesforce_sobject_create", {"sobject_type": "Invoice__c", "fields": {"Name": "x"}}, "NOT_FOUND"),
    ("salesforce_object_describe", {"sobject": "Invoice__c"}, "NOT_FOUND"),
    ("salesforce_query_soql", {"query": "SELECT Id FROM Invoice__c"}, "INVALID_TYPE"),
    ("salesforce_query_soql", {"query": "SELECT Colour FROM Account"}, "INVALID_FIELD"),
    ("salesforce_query_soql", {"query": "SELECT FROM Account"}, "MALFORMED_QUERY"),
    ("salesforce_search_sosl", {"search_query": "FIND Acme"}, "MALFORMED_SEARCH"),
    ("salesforce_account_create", {"Name": "x", "Colour": "red"}, "INVALID_FIELD"),
    ("salesforce_contact_create", {"LastName": "x", "Shoe_Size__c": 43}, "INVALID_FIELD"),
    ("salesforce_sobject_create", {"sobject_type": "Contact", "fields": {"FirstName": "x"}}, "REQUIRED_FIELD_MISSING"),
    ("salesforce_sobject_create", {"sobject_type": "Lead", "fields": {"LastName": "x"}}, "REQUIRED_FIELD_MISSING"),
    ("salesforce_contact_create", {"LastName": "x", "AccountId": GONE["account"]}, None),
]


@pytest.mark.parametrize(("tool", "arguments", "code"), REFUSED_THERE)
async def test_what_the_org_refuses_is_told_in_its_own_words_and_changes_nothing(
    caller: Any, state_of_the_org: Any, sent: Any, tool: str, arguments: dict[str, Any], code: str | None
) -> None:
    before = state_of_the_org()
    error = await caller.error(tool, **arguments)
    assert error["code"] == (code or error["code"])
    assert (error["who"], error["retryable"]) == (("agent", False) if code else (error["who"], False))
    assert error["hint"]
    assert len(sent()) == 1
    with pytest.raises(SalesforceAPIError) as raised:
        await caller.execute(tool, **arguments)
    assert raised.value.envelope()["error"] == error
    assert state_of_the_org() == before


async def test_a_record_in_the_recycle_bin_is_told_from_one_that_never_was(
    caller: Any, org: LocalOrg, make: Any
) -> None:
    account = make("Account", Name="Going")
    org.engine.session(org.users[0]["Id"]).delete("Account", account)
    assert (await caller.error("salesforce_account_get", account_id=account))["code"] == "ENTITY_IS_DELETED"
    refused = await caller.error("salesforce_account_update", account_id=account, Name="Back")
    assert (refused["code"], refused["hint"]) == ("ENTITY_IS_DELETED", "The record is in the recycle bin.")


async def test_an_unknown_tool_is_named_and_nothing_is_sent(caller: Any, org: LocalOrg) -> None:
    with pytest.raises(UnknownTool, match="salesforce_account_create"):
        await caller.execute("salesforce_account_creat", Name="x")
    assert org.requests == []
