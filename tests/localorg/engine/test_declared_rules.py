"""Validation rules, duplicate rules and record types, which administrators declare."""

from __future__ import annotations

import pytest

from langchain_sfconnect.localorg.engine import Engine
from langchain_sfconnect.localorg.records.options import WriteOptions
from langchain_sfconnect.localorg.schema.rules import RecordTypeRule

KNOWING = WriteOptions(allow_duplicates=True)
SALE, SKETCH, OLD = (RecordTypeRule(name, name).id_on("Invoice__c") for name in ("Sale", "Sketch", "Old"))
MASTER = "012000000000000AAA"


def count(session, sobject):
    return session.query(f"SELECT COUNT() FROM {sobject}")["totalSize"]


def test_a_validation_rule_refuses_in_the_administrators_words_at_its_field(seller, refusal):
    error = refusal(seller.create, "Invoice__c", {"Amount__c": -1})
    assert error == {
        "status": 400, "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "No debts.",
        "fields": ["Amount__c"],
    }  # fmt: skip
    assert count(seller, "Invoice__c") == 0


def test_all_broken_validation_rules_are_told_and_one_without_a_field_names_none(seller, refusals):
    code = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert refusals(seller.create, "Invoice__c", {"Amount__c": -1, "Stage__c": "Sent"}) == [
        (code, ["Amount__c"]), (code, [])
    ]  # fmt: skip


def test_an_update_is_measured_by_the_whole_record_it_would_leave(seller, refusals):
    account_id = seller.create("Account", {"Name": "Acme"})
    record_id = seller.create("Invoice__c", {"Stage__c": "Sent", "Account__c": account_id})
    assert refusals(seller.update, "Invoice__c", record_id, {"Account__c": None, "Count__c": 3}) == [
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", [])
    ]
    record = seller.retrieve("Invoice__c", record_id)
    assert (record["Account__c"], record["Count__c"]) == (account_id, None)


def test_a_rule_sees_what_its_user_does_not(clock, refusal):
    schema = {
        "objects": {"Opportunity": {"validation_rules": [
            {"name": "Next", "when": "NextStep = null", "message": "What is next?"}]}},
        "profiles": {"Blind": {"objects": {"Opportunity": {"fields": {"NextStep": "none"}}}}},
        "users": [{"username": "b@localorg.example", "last_name": "B", "profile": "Blind"}],
    }  # fmt: skip
    engine = Engine(clock=clock, seed=False, schema=schema)
    session = engine.session(engine.user_by_username("b@localorg.example")["Id"])
    deal = {"Name": "x", "StageName": "Prospecting", "CloseDate": "2026-11-30"}
    assert refusal(session.create, "Opportunity", deal)["message"] == "What is next?"
    engine.close()


def test_a_warning_names_the_records_and_may_be_overruled(seller, refusal):
    made = seller.create("Contact", {"LastName": "Wong", "Email": "ada@acme.example"})
    body = {"LastName": "WONG", "Email": "Ada@acme.example"}

    error = refusal(seller.create, "Contact", body)

    url = f"/services/data/v66.0/sobjects/Contact/{made}"
    assert error == {
        "status": 400, "errorCode": "DUPLICATES_DETECTED", "message": "Use one of these records?",
        "duplicateResut": {
            "allowSave": True, "duplicateRule": "Same_Email", "duplicateRuleEntityType": "Contact",
            "errorMessage": "Use one of these records?",
            "matchResults": [{
                "entityType": "Contact", "errors": [], "matchEngine": "ExactMatchEngine",
                "matchRecords": [{
                    "additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100.0,
                    "record": {"attributes": {"type": "Contact", "url": url}, "Id": made},
                }],
                "rule": "Same_Email_Match", "size": 1, "success": True,
            }],
        },
    }  # fmt: skip
    assert count(seller, "Contact") == 1
    seller.create("Contact", body, options=KNOWING)
    assert count(seller, "Contact") == 2


def test_a_blocking_rule_comes_first_and_cannot_be_overruled(seller, refusal):
    seller.create("Contact", {"LastName": "Wong", "Email": "ada@acme.example", "Phone": "555"})
    body = {"LastName": "Wong", "Email": "ada@acme.example", "Phone": "555"}
    for options in (WriteOptions(), KNOWING):
        error = refusal(seller.create, "Contact", body, options=options)
        assert (error["message"], error["duplicateResut"]["allowSave"]) == ("Call them.", False)


def test_a_record_does_not_repeat_itself_nor_deleted_ones_nor_by_empty_fields(seller, refusal):
    first = seller.create("Contact", {"LastName": "Wong", "Email": "ada@acme.example"})
    seller.update("Contact", first, {"LastName": "WONG", "Title": "CFO"})
    second = seller.create("Contact", {"LastName": "Wong"})
    seller.create("Contact", {"LastName": "Wong"})
    with_email = {"Email": "ada@acme.example"}
    assert refusal(seller.update, "Contact", second, with_email)["errorCode"] == "DUPLICATES_DETECTED"
    seller.update("Contact", second, {"Title": "CEO"})
    seller.delete("Contact", first)
    seller.update("Contact", second, with_email)


def test_upserts_heed_duplicate_rules_too(seller, refusal):
    seller.create("Contact", {"LastName": "Wong", "Phone": "555"})
    upsert = ("Contact", "Email", "new@acme.example", {"LastName": "Wong", "Phone": "555"})
    assert refusal(seller.upsert, *upsert)["errorCode"] == "DUPLICATES_DETECTED"


def test_a_record_gets_the_default_type_or_an_active_one_that_is_named(seller):
    types = [seller.retrieve("Invoice__c", seller.create("Invoice__c", body))["RecordTypeId"] for body in (
        {}, {"RecordTypeId": None}, {"RecordTypeId": SKETCH}, {"RecordTypeId": SKETCH[:15]}, {"RecordTypeId": MASTER},
    )]  # fmt: skip
    assert types[0] == SALE
    assert types[2:] == [SKETCH, SKETCH, MASTER]


@pytest.mark.parametrize("record_type", [OLD, "012gL00000000zz", "001gL0000000001"])
def test_an_inactive_or_unknown_type_is_not_valid_for_the_user(seller, refusal, record_type):
    error = refusal(seller.create, "Invoice__c", {"RecordTypeId": record_type})
    assert (error["errorCode"], error["fields"]) == ("INVALID_CROSS_REFERENCE_KEY", ["RecordTypeId"])
    assert error["message"].startswith("Record Type ID: this ID value isn't valid for the user: ")


def test_a_type_narrows_restricted_picklists(seller, refusals):
    code = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    body = {"RecordTypeId": SKETCH, "Stage__c": "Paid", "Tags__c": "Red;Blue"}
    assert refusals(seller.create, "Invoice__c", body) == [(code, ["Stage__c"]), (code, ["Tags__c"])]
    record_id = seller.create("Invoice__c", {"RecordTypeId": SKETCH, "Stage__c": "Draft", "Tags__c": "Green;Red"})
    assert refusals(seller.update, "Invoice__c", record_id, {"Stage__c": "Paid"}) == [(code, ["Stage__c"])]
    seller.update("Invoice__c", record_id, {"RecordTypeId": SALE, "Stage__c": "Paid"})
