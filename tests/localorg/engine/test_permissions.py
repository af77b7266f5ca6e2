"""What a profile may not see is not there, and what it may not do is refused."""

from __future__ import annotations

import pytest

from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.sqltext import Sql

DEAL = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-11-30"}


@pytest.fixture
def deal(seller):
    return seller.create("Opportunity", DEAL | {"Amount": 100, "NextStep": "Call"})


def test_a_field_that_may_only_be_read_is_read_and_not_written(clerk, deal, refusal):
    assert clerk.retrieve("Opportunity", deal, ["Amount"])["Amount"] == 100.0
    for write in (
        lambda: clerk.update("Opportunity", deal, {"Amount": 5, "Name": "x"}),
        lambda: clerk.create("Opportunity", DEAL | {"Amount": 5}),
    ):
        error = refusal(write)
        assert (error["errorCode"], error["fields"]) == ("INVALID_FIELD_FOR_INSERT_UPDATE", ["Amount"])
        assert error["message"] == (
            "Unable to create/update fields: Amount. Please check the security settings of this field and verify that "
            "it is read/write for your profile or permission set."
        )
    assert clerk.retrieve("Opportunity", deal, ["Name"])["Name"] == "Deal"
    clerk.update("Opportunity", deal, {"Name": "y"})
    described = {field["name"]: field for field in clerk.describe("Opportunity")["fields"]}
    assert (described["Amount"]["createable"], described["Amount"]["updateable"]) == (False, False)


def test_a_hidden_field_is_nowhere(clerk, seller, deal, refusal):
    assert "NextStep" not in clerk.retrieve("Opportunity", deal)
    assert "NextStep" not in {field["name"] for field in clerk.describe("Opportunity")["fields"]}
    query = "SELECT Id FROM Opportunity WHERE NextStep = 'Call'"
    for call in (
        lambda: clerk.query(query),
        lambda: clerk.query("SELECT NextStep FROM Opportunity"),
        lambda: clerk.query("SELECT Opportunity.NextStep FROM OpportunityContactRole"),
        lambda: clerk.search("FIND {Call} RETURNING Opportunity(NextStep)"),
        lambda: clerk.retrieve("Opportunity", deal, ["NextStep"]),
        lambda: clerk.update("Opportunity", deal, {"NextStep": "x"}),
        lambda: clerk.create("Opportunity", DEAL | {"NextStep": "x"}),
    ):
        assert refusal(call)["errorCode"] == "INVALID_FIELD"
    assert seller.query(query)["totalSize"] == 1
    clerk.update("Opportunity", deal, {"Name": "x"})
    assert seller.retrieve("Opportunity", deal, ["NextStep"])["NextStep"] == "Call"


def test_an_object_that_may_not_be_edited_created_or_deleted(clerk, seller, deal, refusal):
    invoice = seller.create("Invoice__c", {})
    error = refusal(clerk.update, "Invoice__c", invoice, {"Count__c": 1})
    assert (error["errorCode"], error["message"]) == (
        "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id"
    )  # fmt: skip
    assert refusal(clerk.delete, "Opportunity", deal)["errorCode"] == "INSUFFICIENT_ACCESS_OR_READONLY"
    error = refusal(clerk.create, "Lead", {"LastName": "x", "Company": "y"})
    assert error["errorCode"] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    assert error["message"] == "entity type cannot be inserted: Lead"
    described = clerk.describe("Lead")
    assert (described["createable"], described["updateable"]) == (False, True)


def test_a_part_needs_the_right_to_edit_its_master(clerk, seller, refusal):
    invoice = seller.create("Invoice__c", {})
    error = refusal(clerk.create, "Line__c", {"Invoice__c": invoice})
    assert error["errorCode"] == "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
    assert error["message"] == f"insufficient access rights on cross-reference id: {invoice[:15]}"


def test_an_object_that_may_not_be_read_does_not_exist(clerk, seller, refusal):
    case_id = seller.create("Case", {})
    for call in (
        lambda: clerk.describe("Case"),
        lambda: clerk.basic_info("Case"),
        lambda: clerk.retrieve("Case", case_id),
        lambda: clerk.create("Case", {}),
        lambda: clerk.update("Case", case_id, {}),
        lambda: clerk.delete("Case", case_id),
        lambda: clerk.undelete(case_id),
    ):
        assert refusal(call)["errorCode"] == "NOT_FOUND"
    assert refusal(clerk.query, "SELECT Id FROM Case")["errorCode"] == "INVALID_TYPE"
    assert refusal(clerk.query, "SELECT Id, (SELECT Id FROM Cases) FROM Account")["errorCode"] == "INVALID_TYPE"
    assert "Case" not in {item["name"] for item in clerk.describe_global()["sobjects"]}
    assert clerk.record_counts(["Case"]) == {"sObjects": []}
    error = refusal(clerk.create, "Task", {"WhatId": case_id})
    assert error["errorCode"] == "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"


def test_recently_viewed_shows_only_what_may_be_read(declared, clerk, seller):
    clerk.create("Account", {"Name": "Acme"})
    case_id = seller.create("Case", {})
    clerk_id = declared.user_by_username("clerk@localorg.example")["Id"]
    values = (clerk_id, case_id)
    declared.database.run(Sql("INSERT INTO _viewed VALUES (?, ?, 'Case', '2026-11-23')", values))
    assert [item["Name"] for item in clerk.recently_viewed(10)] == ["Acme"]


def test_rules_still_see_hidden_and_read_only_fields(clerk, seller, deal):
    clerk.update("Opportunity", deal, {"StageName": "Closed Won"})
    record = seller.retrieve("Opportunity", deal, ["Amount", "ExpectedRevenue", "NextStep"])
    assert (record["Amount"], record["ExpectedRevenue"], record["NextStep"]) == (100.0, 100.0, "Call")


def test_a_profile_without_the_api_gets_no_session(declared):
    visitor = declared.user_by_username("visitor@localorg.example")["Id"]
    with pytest.raises(OrgError) as caught:
        declared.session(visitor)
    assert (caught.value.status, caught.value.code) == (403, "API_CURRENTLY_DISABLED")
    assert caught.value.body() == [{"message": "API is disabled for this User", "errorCode": "API_CURRENTLY_DISABLED"}]
