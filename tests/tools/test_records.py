from __future__ import annotations

import re
from typing import Any

import pytest

UPDATES = [
    ("salesforce_account_update", "account_id", "account", "Account"),
    ("salesforce_opportunity_update", "opportunity_id", "opportunity", "Opportunity"),
]


@pytest.mark.parametrize(("tool", "argument", "record", "sobject"), UPDATES)
def test_an_update_sends_only_what_was_given_and_null_clears(
    caller: Any, org: Any, tool: str, argument: str, record: str, sobject: str
) -> None:
    sent = caller.sent(tool, **{argument: org.ids[record], "Description": None, "Type": "Prospect"})
    assert (sent.method, sent.path) == ("PATCH", f"/sobjects/{sobject}/{org.ids[record]}")
    assert sent.json == {"Description": None, "Type": "Prospect"}
    assert (sent.kind, sent.idempotent) == ("write", True)


def test_an_update_answers_with_the_id(caller: Any, org: Any) -> None:
    content = caller.content("salesforce_account_update", account_id=org.ids["account"][:15], Name="Acme")
    assert content == {"id": org.ids["account"], "success": True}


@pytest.mark.parametrize(("tool", "argument", "record", "sobject"), UPDATES)
def test_an_update_of_nothing_is_refused(
    caller: Any, org: Any, tool: str, argument: str, record: str, sobject: str
) -> None:
    assert "nothing to change" in caller.error(tool, **{argument: org.ids[record]})["message"]
    assert org.sent == []


def test_a_create_sends_all_that_was_given_nulls_and_custom_fields_included(caller: Any) -> None:
    sent = caller.sent(
        "salesforce_account_create",
        Name="Acme",
        Phone=None,
        Region__c="North",
        ns__Score__c=3,
        Parent={"Ext__c": "A-1"},
    )
    assert sent.json == {
        "Name": "Acme",
        "Phone": None,
        "Region__c": "North",
        "ns__Score__c": 3,
        "Parent": {"Ext__c": "A-1"},
    }
    assert (sent.method, sent.path, sent.kind, sent.idempotent) == ("POST", "/sobjects/Account", "write", False)


def test_a_create_answers_with_the_new_id(caller: Any, org: Any) -> None:
    assert caller.content("salesforce_contact_create", LastName="Ito") == {"id": org.ids["account"], "success": True}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({}, "LastName is required"),
        ({"LastName": "Ito", "Phone number": "1"}, "not an API name"),
        ({"LastName": "Ito", "A/../b": "1"}, "not an API name"),
        ({"LastName": "Ito", "lastname": "Ito"}, "spell it LastName"),
        ({"LastName": "Ito", "Score__c": 1, "score__C": 2}, "twice"),
        ({"LastName": "Ito", "Id": "003000000000001AAA"}, "can be written"),
        ({"LastName": "Ito", "attributes": {"type": "Lead"}}, "can be written"),
        ({"LastName": "Ito", "Tags__c": ["a", "b"]}, "Tags__c.*'A;B'"),
        ({"LastName": "Ito", "Account": {"Deep__c": {"x": 1}}}, "Account"),
        ({"LastName": "Ito", "Score__c": float("nan")}, "Score__c"),
        ({"LastName": "Ito", "AccountId": "001000000000001AAB"}, "checksum"),
        ({"LastName": 7}, "LastName"),
    ],
)
def test_fields_that_do_not_fit_are_named_and_nothing_is_sent(
    caller: Any, org: Any, arguments: dict[str, Any], complaint: str
) -> None:
    error = caller.error("salesforce_contact_create", **arguments)
    assert error["code"] == "INVALID_ARGUMENT"
    assert re.search(complaint, error["message"]), error["message"]
    assert org.sent == []


@pytest.mark.parametrize("close_date", ["24.12.2026", "2026-13-01", "2026-12-24T00:00:00Z", "tomorrow", "20261224"])
def test_a_date_must_be_a_date(caller: Any, close_date: str) -> None:
    error = caller.error("salesforce_opportunity_create", Name="x", StageName="Prospecting", CloseDate=close_date)
    assert error["fields"] == ["CloseDate"]
    assert "YYYY-MM-DD" in error["message"]


def test_a_get_asks_for_the_named_fields_and_keeps_their_nulls(caller: Any, org: Any) -> None:
    org.answers[f"/sobjects/Account/{org.ids['account']}"] = {
        "attributes": {"type": "Account"},
        "Name": "Acme",
        "Phone": None,
    }
    content = caller.content("salesforce_account_get", account_id=org.ids["account"], fields=["Name", "Phone"])
    assert org.sent[-1].params == {"fields": "Name,Phone"}
    assert content == {"Name": "Acme", "Phone": None}


def test_fields_of_parents_are_read_by_a_query(caller: Any, org: Any, records: Any, answer_rows: Any) -> None:
    org.answers["/query"] = answer_rows(records(Name="Acme", Owner={"attributes": {"type": "User"}, "Name": "Ada"}))
    message = caller.message("salesforce_account_get", account_id=org.ids["account"], fields="id,Name,Owner.Name")
    soql = f"SELECT Id, Name, Owner.Name FROM Account WHERE Id = '{org.ids['account']}'"
    assert [operation.params for operation in org.sent] == [{"q": soql}]
    assert message.content == f'{{"Id":"{org.ids["account"]}","Name":"Acme","Owner.Name":"Ada"}}'
    assert message.artifact["Owner"]["Name"] == "Ada"


def test_a_record_that_is_gone_is_not_found_by_a_query_either(caller: Any, org: Any, answer_rows: Any) -> None:
    org.answers["/query"] = answer_rows()
    error = caller.error("salesforce_account_get", account_id=org.ids["account"], fields="Owner.Name")
    assert error["code"] == "NOT_FOUND"


def test_a_get_of_everything_drops_nulls_and_addresses_told_twice(caller: Any, org: Any) -> None:
    org.answers[f"/sobjects/Account/{org.ids['account']}"] = {
        "attributes": {"type": "Account"},
        "Name": "Acme",
        "Phone": None,
        "BillingCity": "Bonn",
        "BillingAddress": {"city": "Bonn", "street": None},
        "Site__c": {"latitude": 50.7, "longitude": None},
    }
    message = caller.message("salesforce_account_get", account_id=org.ids["account"])
    assert message.content == '{"Name":"Acme","BillingCity":"Bonn","Site__c":{"latitude":50.7}}'
    assert message.artifact["BillingAddress"] == {"city": "Bonn", "street": None}


def test_fields_may_come_as_a_list_or_text_and_are_asked_for_once(caller: Any, org: Any) -> None:
    as_text = caller.sent("salesforce_contact_get", contact_id=org.ids["contact"], fields=" Name ,Email,name,")
    as_list = caller.sent("salesforce_contact_get", contact_id=org.ids["contact"], fields=["Name", "Email"])
    assert as_text.params == as_list.params == {"fields": "Name,Email"}


def test_null_for_an_optional_argument_is_as_if_left_out(caller: Any, org: Any) -> None:
    assert caller.sent("salesforce_contact_get", contact_id=org.ids["contact"], fields=None).params == {}


def test_a_delete_is_a_write_that_may_be_repeated(caller: Any, org: Any) -> None:
    sent = caller.sent("salesforce_account_delete", account_id=org.ids["account"])
    assert (sent.method, sent.path) == ("DELETE", f"/sobjects/Account/{org.ids['account']}")
    assert (sent.kind, sent.idempotent) == ("write", True)


def test_fields_of_any_object_may_come_as_json_text(caller: Any) -> None:
    sent = caller.sent("salesforce_sobject_create", sobject_type="Lead", fields='{"LastName": "Ito", "Company": null}')
    assert sent.json == {"LastName": "Ito", "Company": None}


@pytest.mark.parametrize("fields", ["not json", "[1]", 3, {"a b": 1}, {}])
def test_fields_of_any_object_must_be_an_object_of_fields(caller: Any, org: Any, fields: Any) -> None:
    arguments = {"sobject_type": "Contact", "record_id": org.ids["contact"], "fields": fields}
    assert caller.error("salesforce_sobject_update", **arguments)["fields"] == ["fields"]
    assert org.sent == []
