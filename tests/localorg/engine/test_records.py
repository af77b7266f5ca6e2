"""Creating, reading, changing and deleting records, whatever their object."""

from __future__ import annotations

from datetime import timedelta

import pytest

from langchain_sfconnect.localorg import ids
from langchain_sfconnect.localorg.errors import MultipleMatches, OrgError

UNKNOWN_ACCOUNT = "001gL00000zzzzz" + ids.checksum("001gL00000zzzzz")


def test_a_created_record_reads_back_with_defaults_audit_fields_and_owner(rep, engine):
    record_id = rep.create("Account", {"Name": "  Acme  ", "NumberOfEmployees": 12, "AnnualRevenue": "1500000"})

    record = rep.retrieve("Account", record_id)

    user_id = engine.users()[0]["Id"]
    assert record["attributes"] == {"type": "Account", "url": f"/services/data/v66.0/sobjects/Account/{record_id}"}
    assert len(record_id) == 18
    assert record["Name"] == "Acme"
    assert record["NumberOfEmployees"] == 12
    assert record["AnnualRevenue"] == 1500000.0
    assert record["OwnerId"] == record["CreatedById"] == record["LastModifiedById"] == user_id
    assert record["CreatedDate"] == record["SystemModstamp"] == "2026-11-23T10:30:15.000+0000"
    assert record["IsDeleted"] is False
    assert record["PhotoUrl"] == f"/services/images/photo/{record_id}"
    assert record["BillingAddress"] is None


def test_an_address_reads_back_whole_and_in_parts(rep):
    record_id = rep.create("Account", {"Name": "Acme", "BillingCity": "Leeds", "BillingCountry": "UK"})

    record = rep.retrieve("Account", record_id, ["BillingAddress", "BillingCity"])

    assert record["BillingCity"] == "Leeds"
    assert record["BillingAddress"] == {
        "city": "Leeds", "country": "UK", "geocodeAccuracy": None, "latitude": None, "longitude": None,
        "postalCode": None, "state": None, "street": None,
    }  # fmt: skip


def test_names_are_read_in_any_case_and_answered_in_the_apis_own(rep):
    record_id = rep.create("ACCOUNT", {"name": "Acme"})

    record = rep.retrieve("account", ids.short(record_id), ["NAME", "id"])

    assert list(record) == ["attributes", "Name", "Id"]


def test_an_update_changes_what_is_given_and_clears_what_is_null(rep, clock):
    record_id = rep.create("Contact", {"LastName": "Wong", "FirstName": "Ada", "Title": "CFO"})
    clock.advance(timedelta(hours=1))

    rep.update("Contact", record_id, {"Title": None, "LastName": "Chen"})

    record = rep.retrieve("Contact", record_id)
    assert (record["FirstName"], record["Name"], record["Title"]) == ("Ada", "Ada Chen", None)
    assert record["CreatedDate"] < record["LastModifiedDate"] == "2026-11-23T11:30:15.000+0000"


def test_an_update_of_nothing_is_accepted(rep):
    record_id = rep.create("Contact", {"LastName": "Wong"})
    rep.update("Contact", record_id, {})


def test_a_deleted_record_is_gone_for_everything_but_queries_for_all(rep, refusal):
    record_id = rep.create("Contact", {"LastName": "Wong"})

    rep.delete("Contact", record_id)

    gone = {"status": 404, "message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}
    assert refusal(rep.retrieve, "Contact", record_id) == gone
    assert refusal(rep.update, "Contact", record_id, {"Title": "CFO"}) == gone
    assert refusal(rep.delete, "Contact", record_id) == gone
    assert rep.query("SELECT Id FROM Contact")["totalSize"] == 0
    (row,) = rep.query("SELECT Id, IsDeleted FROM Contact", include_deleted=True)["records"]
    assert row["IsDeleted"] is True


def test_unknown_objects_and_records_are_not_found(rep, refusal):
    missing = {"status": 404, "message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}
    contact_id = rep.create("Contact", {"LastName": "Wong"})

    assert refusal(rep.create, "Gadget", {"Name": "x"}) == missing
    assert refusal(rep.describe, "Gadget") == missing
    assert refusal(rep.retrieve, "Account", UNKNOWN_ACCOUNT) == missing
    assert refusal(rep.update, "Account", UNKNOWN_ACCOUNT, {"Name": "x"}) == missing
    assert refusal(rep.delete, "Account", UNKNOWN_ACCOUNT) == missing
    assert refusal(rep.retrieve, "Account", contact_id) == missing


def test_a_write_to_an_id_of_another_object_says_so(rep, refusal):
    contact_id = rep.create("Contact", {"LastName": "Wong"})

    error = refusal(rep.update, "Account", contact_id, {"Name": "x"})

    assert error["errorCode"] == "MALFORMED_ID"
    assert error["message"] == f"Account ID: id value of incorrect type: {contact_id}"
    assert error["fields"] == ["Id"]


def test_a_path_segment_that_is_no_id_is_taken_for_an_external_field(rep, refusal):
    error = refusal(rep.retrieve, "Account", "23foo")
    assert (error["status"], error["errorCode"]) == (404, "NOT_FOUND")
    assert error["message"] == "Provided external ID field does not exist or is not accessible: 23foo"


@pytest.mark.parametrize(
    ("fields", "code", "message", "names"),
    [
        ({"Name": "x", "foo": 1}, "INVALID_FIELD", "No such column 'foo' on sobject of type Account", None),
        ({"Name": "x", "Id": UNKNOWN_ACCOUNT}, "INVALID_FIELD",
         "The Id field should not be specified in the sobject data.", None),
        ({}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", ["Name"]),
        ({"Name": "   "}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", ["Name"]),
        ({"Name": "x", "CreatedDate": "2026-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE",
         "Unable to create/update fields: CreatedDate. Please check the security settings of this field and verify "
         "that it is read/write for your profile or permission set.", ["CreatedDate"]),
        ({"Name": "x" * 256}, "STRING_TOO_LONG",
         f"Account Name: data value too large: {'x' * 255} (max length=255)", ["Name"]),
        ({"Name": "x", "BillingGeocodeAccuracy": "Guess"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
         "Billing Geocode Accuracy: bad value for restricted picklist field: Guess", ["BillingGeocodeAccuracy"]),
        ({"Name": "x", "ParentId": "abc"}, "MALFORMED_ID",
         "Parent Account ID: id value of incorrect type: abc", ["ParentId"]),
        ({"Name": "x", "ParentId": UNKNOWN_ACCOUNT}, "INVALID_CROSS_REFERENCE_KEY",
         "invalid cross reference id", ["ParentId"]),
        ({"Name": "x", "NumberOfEmployees": 123456789}, "NUMBER_OUTSIDE_VALID_RANGE",
         "Employees: value outside of valid range on numeric field: 123456789", ["NumberOfEmployees"]),
        ({"Name": "x", "NumberOfEmployees": 1.5}, "JSON_PARSER_ERROR",
         "Cannot deserialize instance of int from VALUE_NUMBER_FLOAT value 1.5 at [line:1, column:33]", None),
        ({"Name": "x", "AnnualRevenue": "much"}, "JSON_PARSER_ERROR",
         "Cannot deserialize instance of double from VALUE_STRING value much at [line:1, column:29]", None),
        ({"Name": {"a": 1}}, "JSON_PARSER_ERROR",
         "Cannot deserialize instance of string from START_OBJECT value { at [line:1, column:9]", None),
    ],
)  # fmt: skip
def test_a_create_is_refused_with_salesforces_code_words_and_fields(rep, refusal, fields, code, message, names):
    error = refusal(rep.create, "Account", fields)
    assert (error["status"], error["errorCode"], error["message"]) == (400, code, message)
    assert error.get("fields") == names
    assert rep.query("SELECT COUNT() FROM Account")["totalSize"] == 0


@pytest.mark.parametrize(
    ("sobject", "fields", "code"),
    [
        ("Contact", {"LastName": "x", "Email": "not an email"}, "INVALID_EMAIL_ADDRESS"),
        ("Contact", {"LastName": "x", "Birthdate": "2026-02-30"}, "JSON_PARSER_ERROR"),
        ("Contact", {"LastName": "x", "Birthdate": "23/11/2026"}, "JSON_PARSER_ERROR"),
        ("Contact", {"LastName": "x", "EmailBouncedDate": "2026-11-23"}, "JSON_PARSER_ERROR"),
        ("Contact", {"LastName": "x", "Name": "whole"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ("Opportunity", {"Name": "x"}, "REQUIRED_FIELD_MISSING"),
        ("Opportunity", {"Name": "x", "StageName": "Prospecting", "CloseDate": "2026-11-23", "IsPrivate": "maybe"},
         "JSON_PARSER_ERROR"),
        ("Opportunity", {"Name": "x", "StageName": "Prospecting", "CloseDate": "2026-11-23", "IsPrivate": None},
         "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ("Opportunity", {"Name": "x", "StageName": "Prospecting", "CloseDate": "2026-11-23", "Amount": 1e17},
         "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Opportunity", {"Name": "x", "StageName": "Prospecting", "CloseDate": "2026-11-23", "Amount": float("nan")},
         "JSON_PARSER_ERROR"),
        ("Lead", {"LastName": "x"}, "REQUIRED_FIELD_MISSING"),
        ("Organization", {"Name": "x"}, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"),
    ],
)  # fmt: skip
def test_values_that_do_not_fit_their_type_are_refused(rep, refusal, sobject, fields, code):
    assert refusal(rep.create, sobject, fields)["errorCode"] == code


def test_values_are_accepted_in_the_forms_programs_send_them(rep):
    record_id = rep.create("Contact", {"LastName": 42, "Phone": 5550100, "EmailBouncedDate": "2026-11-23T12:00+02:00"})
    record = rep.retrieve("Contact", record_id)
    assert (record["LastName"], record["Phone"]) == ("42", "5550100")
    assert record["EmailBouncedDate"] == "2026-11-23T10:00:00.000+0000"


@pytest.mark.parametrize(
    "fields",
    [
        {"Name": 10**5000},
        {"Name": "x", "AnnualRevenue": 10**5000, "IsDeleted": [10**5000]},
        {"Fax": 10**5000, "Name": []},
        {"Name": "x", "AnnualRevenue": "1e999999999999999999"},
        {"Name": "x", "Parent": {"Id": [10**5000]}},
        {"Name": "x", "\ud800": 1},
    ],
    ids=range(6),
)
def test_absurd_values_are_refused_in_words_that_can_be_sent(rep, refusal, fields):
    assert str(refusal(rep.create, "Account", fields)).encode()


def test_unrestricted_picklists_take_any_text(rep):
    record_id = rep.create("Account", {"Name": "x", "Industry": "Submarines"})
    assert rep.retrieve("Account", record_id, ["Industry"])["Industry"] == "Submarines"


def test_a_required_field_cannot_be_emptied_later(rep, refusal):
    record_id = rep.create("Account", {"Name": "x"})
    assert refusal(rep.update, "Account", record_id, {"Name": None})["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert rep.retrieve("Account", record_id, ["Name"])["Name"] == "x"


def test_a_reference_to_a_deleted_record_is_refused(rep, refusal):
    account_id = rep.create("Account", {"Name": "x"})
    rep.delete("Account", account_id)
    error = refusal(rep.create, "Contact", {"LastName": "y", "AccountId": account_id})
    assert (error["status"], error["errorCode"]) == (400, "ENTITY_IS_DELETED")


def test_a_reference_to_the_wrong_object_is_refused(rep, refusal):
    contact_id = rep.create("Contact", {"LastName": "x"})
    error = refusal(rep.create, "Contact", {"LastName": "y", "AccountId": contact_id})
    assert (error["errorCode"], error["fields"]) == ("MALFORMED_ID", ["AccountId"])


def test_a_lookup_can_be_set_by_a_field_that_identifies_the_other_record(rep, refusal):
    boss = rep.create("Contact", {"LastName": "Boss", "Email": "boss@acme.example"})
    record_id = rep.create("Contact", {"LastName": "x", "ReportsTo": {"Email": "boss@acme.example"}})
    assert rep.retrieve("Contact", record_id, ["ReportsToId"])["ReportsToId"] == boss

    error = refusal(rep.create, "Contact", {"LastName": "x", "ReportsTo": {"Email": "nobody@acme.example"}})
    assert error["errorCode"] == "INVALID_FIELD"


def test_upsert_creates_once_and_then_updates(rep):
    first = rep.upsert("Contact", "Email", "ada@acme.example", {"LastName": "Wong"})
    again = rep.upsert("Contact", "Email", "ada@acme.example", {"Title": "CFO"})

    assert first == (again[0], True)
    assert again[1] is False
    assert rep.retrieve_by("Contact", "Email", "ADA@acme.example", ["Title"])["Title"] == "CFO"
    assert rep.upsert("Contact", "Id", first[0], {"Title": "CEO"}) == (first[0], False)


def test_upsert_refuses_what_it_cannot_identify(rep, refusal):
    assert refusal(rep.upsert, "Contact", "Title", "CFO", {"LastName": "x"})["errorCode"] == "NOT_FOUND"
    assert (
        refusal(rep.upsert, "Contact", "Email", "a@b.example", {"Email": "a@b.example"})["errorCode"] == "INVALID_FIELD"
    )
    assert refusal(rep.upsert, "Account", "Id", UNKNOWN_ACCOUNT, {"Name": "x"})["errorCode"] == "NOT_FOUND"


def test_a_value_that_several_records_carry_answers_their_urls(rep):
    made = [rep.create("Contact", {"LastName": "x", "Email": "a@b.example"}) for _ in range(2)]
    with pytest.raises(MultipleMatches) as caught:
        rep.upsert("Contact", "Email", "a@b.example", {"LastName": "y"})
    assert caught.value.status == 300
    assert caught.value.body() == [f"/services/data/v66.0/sobjects/Contact/{record_id}" for record_id in made]


def test_a_retrieve_of_an_unknown_field_is_refused(rep, refusal):
    record_id = rep.create("Account", {"Name": "x"})
    error = refusal(rep.retrieve, "Account", record_id, ["Naem"])
    assert error["errorCode"] == "INVALID_FIELD"


def test_basic_info_shows_the_records_last_looked_at_newest_first(rep, admin):
    first, second = (rep.create("Account", {"Name": name}) for name in ("One", "Two"))
    rep.retrieve("Account", first)

    recent = rep.basic_info("Account")["recentItems"]

    assert [item["Name"] for item in recent] == ["One", "Two"]
    assert recent[1]["Id"] == second
    assert admin.basic_info("Account")["recentItems"] == []
    viewed = rep.query("SELECT Name FROM Account WHERE LastViewedDate != null ORDER BY LastViewedDate DESC")
    assert viewed["totalSize"] == 2


def test_record_counts_leave_out_deleted_records_and_unknown_names(rep):
    keep, drop = (rep.create("Account", {"Name": name}) for name in ("One", "Two"))
    rep.delete("Account", drop)
    assert keep
    assert rep.record_counts(["account", "Nothing"]) == {"sObjects": [{"count": 1, "name": "Account"}]}


def test_only_administrators_change_other_users(rep, admin, engine, refusal):
    tom = engine.user_by_username("tom@localorg.example")
    new = {
        "Username": "new@localorg.example", "LastName": "New", "Email": "new@northlight.example", "Alias": "new",
        "ProfileId": tom["ProfileId"], "TimeZoneSidKey": "GMT", "LocaleSidKey": "en_US", "LanguageLocaleKey": "en_US",
        "EmailEncodingKey": "UTF-8",
    }  # fmt: skip
    assert refusal(rep.create, "User", new)["errorCode"] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    assert refusal(rep.update, "User", tom["Id"], {"Title": "x"})["errorCode"] == "INSUFFICIENT_ACCESS_OR_READONLY"

    user_id = admin.create("User", new)

    assert admin.retrieve("User", user_id, ["CommunityNickname"])["CommunityNickname"] == "new"
    assert refusal(admin.create, "User", new)["errorCode"] == "DUPLICATE_VALUE"
    assert refusal(admin.delete, "User", user_id)["errorCode"] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"


def test_a_transaction_keeps_everything_or_nothing(rep):
    with rep.transaction() as outer:
        rep.create("Account", {"Name": "outer"})
        with rep.transaction() as inner:
            rep.create("Account", {"Name": "inner"})
            inner.rollback()
        assert rep.query("SELECT COUNT() FROM Account")["totalSize"] == 1
        outer.rollback()
    assert rep.query("SELECT COUNT() FROM Account")["totalSize"] == 0

    def create_two():
        with rep.transaction():
            rep.create("Account", {"Name": "kept?"})
            rep.create("Account", {})

    with pytest.raises(OrgError):
        create_two()
    assert rep.query("SELECT COUNT() FROM Account")["totalSize"] == 0


def test_a_rolled_back_id_is_never_given_to_another_record(rep):
    with rep.transaction() as transaction:
        lost = rep.create("Account", {"Name": "lost"})
        transaction.rollback()
    assert rep.create("Account", {"Name": "next"}) > lost
