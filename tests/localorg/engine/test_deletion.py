"""What goes with a deleted record, and what holds it."""

from __future__ import annotations


def test_deleting_an_account_takes_its_contacts_deals_roles_and_activities_along(rep):
    account_id = rep.create("Account", {"Name": "Acme"})
    child_id = rep.create("Account", {"Name": "Acme Child", "ParentId": account_id})
    contact_id = rep.create("Contact", {"LastName": "Wong", "AccountId": account_id})
    deal = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-11-30", "AccountId": account_id}
    deal_id = rep.create("Opportunity", deal | {"ContactId": contact_id})
    rep.create("Task", {"WhatId": deal_id})

    rep.delete("Account", account_id)

    for sobject in ("Contact", "Opportunity", "OpportunityContactRole", "Task"):
        assert rep.query(f"SELECT COUNT() FROM {sobject}")["totalSize"] == 0, sobject
        assert (
            rep.query(f"SELECT COUNT() FROM {sobject} WHERE IsDeleted = true", include_deleted=True)["totalSize"] == 1
        )
    assert rep.retrieve("Account", child_id, ["Name"])["Name"] == "Acme Child"


def test_an_account_with_cases_cannot_be_deleted_and_nothing_changes(rep, refusal):
    account_id = rep.create("Account", {"Name": "Acme"})
    rep.create("Contact", {"LastName": "Wong", "AccountId": account_id})
    case_id = rep.create("Case", {"AccountId": account_id})

    error = refusal(rep.delete, "Account", account_id)

    assert error["errorCode"] == "DELETE_FAILED"
    assert error["message"] == (
        "Your attempt to delete Acme could not be completed because it is associated with the following cases.: "
        "00001001\n"
    )
    assert rep.query("SELECT COUNT() FROM Contact")["totalSize"] == 1

    rep.delete("Case", case_id)
    rep.delete("Account", account_id)


def test_deleting_a_contact_leaves_its_cases(rep):
    contact_id = rep.create("Contact", {"LastName": "Wong"})
    case_id = rep.create("Case", {"ContactId": contact_id})
    rep.delete("Contact", contact_id)
    assert rep.retrieve("Case", case_id, ["CaseNumber"])["CaseNumber"] == "00001001"
