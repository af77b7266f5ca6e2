"""Deleted records wait in the recycle bin with what was deleted along with them, come back, or go for good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

DEAL = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-11-30"}
NOW = datetime(2026, 11, 23, 10, 30, 15, tzinfo=UTC)


def live(session, sobject):
    return session.query(f"SELECT COUNT() FROM {sobject}")["totalSize"]


def ever(session, sobject):
    return session.query(f"SELECT COUNT() FROM {sobject}", include_deleted=True)["totalSize"]


@pytest.fixture
def account(rep):
    account_id = rep.create("Account", {"Name": "Acme"})
    contact_id = rep.create("Contact", {"LastName": "Wong", "AccountId": account_id})
    deal_id = rep.create("Opportunity", DEAL | {"AccountId": account_id, "ContactId": contact_id})
    rep.create("Task", {"WhatId": deal_id, "Status": "Completed", "ActivityDate": "2026-11-20"})
    return account_id


def test_a_deleted_record_is_said_to_be_deleted_by_everything_that_names_it(rep, account, refusal):
    rep.delete("Account", account)
    for call in (
        lambda: rep.retrieve("Account", account),
        lambda: rep.update("Account", account, {"Name": "x"}),
        lambda: rep.delete("Account", account),
    ):
        error = refusal(call)
        assert (error["status"], error["errorCode"], error["message"], error["fields"]) == (
            404, "ENTITY_IS_DELETED", "entity is deleted", []
        )  # fmt: skip
    found = rep.query(f"SELECT IsDeleted FROM Account WHERE Id = '{account}'", include_deleted=True)["records"]
    assert [record["IsDeleted"] for record in found] == [True]


def test_undelete_brings_back_what_went_along_and_only_that(rep, account):
    (earlier,) = rep.query("SELECT Id FROM Task")["records"]
    rep.delete("Task", earlier["Id"])
    rep.delete("Account", account)
    assert [live(rep, name) for name in ("Contact", "Opportunity", "OpportunityContactRole")] == [0, 0, 0]

    rep.undelete(account)

    assert [live(rep, name) for name in ("Contact", "Opportunity", "OpportunityContactRole", "Task")] == [1, 1, 1, 0]
    rep.undelete(earlier["Id"])
    assert live(rep, "Task") == 1


def test_deleting_and_undeleting_an_activity_moves_the_last_activity(rep, account):
    (task,) = rep.query("SELECT Id FROM Task")["records"]
    last = "SELECT LastActivityDate FROM Opportunity"
    assert rep.query(last)["records"][0]["LastActivityDate"] == "2026-11-20"
    rep.delete("Task", task["Id"])
    assert rep.query(last)["records"][0]["LastActivityDate"] is None
    rep.undelete(task["Id"])
    assert rep.query(last)["records"][0]["LastActivityDate"] == "2026-11-20"


def test_only_what_was_deleted_itself_can_be_undeleted(rep, account, refusal):
    (contact,) = rep.query("SELECT Id FROM Contact")["records"]
    assert refusal(rep.undelete, account)["errorCode"] == "UNDELETE_FAILED"
    rep.delete("Account", account)
    assert refusal(rep.undelete, contact["Id"])["errorCode"] == "UNDELETE_FAILED"
    assert refusal(rep.undelete, "nonsense")["errorCode"] == "NOT_FOUND"


def test_a_part_cannot_come_back_before_its_master(seller, refusal):
    invoice = seller.create("Invoice__c", {})
    line = seller.create("Line__c", {"Invoice__c": invoice})
    seller.delete("Line__c", line)
    seller.delete("Invoice__c", invoice)
    assert refusal(seller.undelete, line)["errorCode"] == "UNDELETE_FAILED"
    seller.undelete(invoice)
    assert live(seller, "Line__c") == 0
    seller.undelete(line)
    assert live(seller, "Line__c") == 1


def test_a_master_takes_parts_of_parts_along_and_brings_them_back(seller):
    invoice = seller.create("Invoice__c", {})
    line = seller.create("Line__c", {"Invoice__c": invoice})
    seller.create("Part__c", {"Line__c": line})
    seller.delete("Invoice__c", invoice)
    assert (live(seller, "Line__c"), live(seller, "Part__c"), ever(seller, "Part__c")) == (0, 0, 1)
    seller.undelete(invoice)
    assert (live(seller, "Line__c"), live(seller, "Part__c")) == (1, 1)


def test_a_lookup_is_emptied_and_filled_again_unless_it_points_elsewhere_by_then(seller):
    accounts = [seller.create("Account", {"Name": name}) for name in ("One", "Two")]
    first, second = (seller.create("Invoice__c", {"Account__c": accounts[0]}) for _ in range(2))

    seller.delete("Account", accounts[0])

    def pointing():
        return [seller.retrieve("Invoice__c", record_id, ["Account__c"])["Account__c"] for record_id in (first, second)]

    assert pointing() == [None, None]
    seller.update("Invoice__c", second, {"Account__c": accounts[1]})
    seller.undelete(accounts[0])
    assert pointing() == accounts


def test_a_restricting_lookup_keeps_the_record_it_points_at(seller, refusal):
    contact = seller.create("Contact", {"LastName": "Wong"})
    invoice = seller.create("Invoice__c", {"Payer__c": contact})
    error = refusal(seller.delete, "Contact", contact)
    assert (error["errorCode"], error["fields"]) == ("DELETE_FAILED", [])
    assert error["message"] == (
        "Your attempt to delete Wong could not be completed because it is associated with the following invoices.: "
        "INV-0001\n"
    )
    seller.delete("Invoice__c", invoice)
    seller.delete("Contact", contact)


def test_an_account_with_a_won_deal_stays(rep, account, refusal):
    rep.update("Opportunity", rep.query("SELECT Id FROM Opportunity")["records"][0]["Id"], {"StageName": "Closed Won"})
    error = refusal(rep.delete, "Account", account)
    assert error["errorCode"] == "DELETE_FAILED"
    assert error["message"] == (
        "Your attempt to delete Acme could not be completed because some opportunities in that account were closed "
        "won. The opportunities that could not be deleted are shown below.: Deal\n"
    )
    assert live(rep, "Contact") == 1


def test_an_emptied_bin_gives_nothing_back(rep, account, refusal):
    child = rep.create("Account", {"Name": "Child", "ParentId": account})
    rep.delete("Account", account)

    assert rep.purge() == 5
    assert rep.purge() == 0

    assert [ever(rep, name) for name in ("Account", "Contact", "Opportunity", "Task")] == [1, 0, 0, 0]
    assert rep.retrieve("Account", child, ["ParentId"])["ParentId"] is None
    assert refusal(rep.undelete, account)["errorCode"] == "UNDELETE_FAILED"
    assert refusal(rep.retrieve, "Account", account)["errorCode"] == "NOT_FOUND"
    assert refusal(rep.update, "Account", account, {})["errorCode"] == "NOT_FOUND"
    error = refusal(rep.delete, "Account", account)
    assert (error["status"], error["errorCode"]) == (404, "INVALID_CROSS_REFERENCE_KEY")
    error = refusal(rep.create, "Contact", {"LastName": "x", "AccountId": account})
    assert (error["status"], error["errorCode"]) == (400, "INVALID_CROSS_REFERENCE_KEY")


def test_the_bin_empties_itself_after_fifteen_days(rep, account, clock, refusal):
    rep.delete("Account", account)
    clock.advance(timedelta(days=15))
    assert ever(rep, "Account") == 1
    clock.advance(timedelta(seconds=1))
    assert ever(rep, "Account") == 0
    assert refusal(rep.undelete, account)["errorCode"] == "UNDELETE_FAILED"


def test_a_search_finds_a_record_again_after_it_came_back(rep, account):
    search = "FIND {Acme} RETURNING Account(Id)"
    rep.delete("Account", account)
    assert rep.search(search)["searchRecords"] == []
    rep.undelete(account)
    assert [record["Id"] for record in rep.search(search)["searchRecords"]] == [account]


def test_programs_that_keep_a_copy_learn_what_was_deleted_and_changed(rep, clock, refusal):
    first, second = (rep.create("Account", {"Name": name}) for name in ("One", "Two"))
    clock.advance(timedelta(minutes=10))
    rep.update("Account", second, {"Name": "Zwei"})
    rep.delete("Account", first)
    clock.advance(timedelta(minutes=10))

    def period(start, end):
        return NOW + timedelta(minutes=start), NOW + timedelta(minutes=end)

    assert rep.deleted("account", *period(5, 15)) == {
        "deletedRecords": [{"deletedDate": "2026-11-23T10:40:15.000+0000", "id": first}],
        "earliestDateAvailable": "2026-11-23T10:40:15.000+0000",
        "latestDateCovered": "2026-11-23T10:45:15.000+0000",
    }
    assert rep.deleted("Account", *period(11, 15))["deletedRecords"] == []
    updated = rep.updated("Account", *period(5, 99))
    assert updated == {"ids": [second], "latestDateCovered": "2026-11-23T10:50:15.250+0000"}
    assert rep.updated("Account", *period(0, 5))["ids"] == []
    for start, end in (period(5, 5), period(5, 4), (NOW - timedelta(days=31), NOW)):
        for call in (rep.deleted, rep.updated):
            assert refusal(call, "Account", start, end)["errorCode"] == "INVALID_REPLICATION_DATE"
    assert refusal(rep.deleted, "Nothing", *period(0, 1))["errorCode"] == "NOT_FOUND"
    assert ever(rep, "Account") == 2
    rep.purge()
    assert [item["id"] for item in rep.deleted("Account", *period(5, 15))["deletedRecords"]] == [first]
    assert rep.described_at() == NOW


def test_recently_viewed_records_of_all_objects_come_newest_first(rep, account):
    contact = rep.create("Contact", {"LastName": "New"})
    rep.retrieve("Account", account)
    newest = rep.recently_viewed(2)
    assert [(item["attributes"]["type"], item["Id"], item["Name"]) for item in newest] == [
        ("Account", account, "Acme"), ("Contact", contact, "New")
    ]  # fmt: skip
    rep.delete("Contact", contact)
    assert contact not in {item["Id"] for item in rep.recently_viewed(200)}
    assert rep.recently_viewed(0) == []
    rep.query("SELECT Name FROM Contact WHERE LastName = 'Wong' FOR VIEW")
    assert [item["Name"] for item in rep.recently_viewed(1)] == ["Wong"]
