"""What fields of every type take and give back, and how several refusals of one write come together."""

from __future__ import annotations

from datetime import timedelta

import pytest


def read(session, record_id, *fields, sobject="Invoice__c"):
    record = session.retrieve(sobject, record_id, list(fields))
    return tuple(record[field] for field in fields)


def count(session, sobject="Invoice__c"):
    return session.query(f"SELECT COUNT() FROM {sobject}")["totalSize"]


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("Key__c", "  ab  ", "ab"),
        ("Stage__c", "Paid", "Paid"),
        ("Mood__c", "Something else", "Something else"),
        ("Tags__c", "Blue;Red", "Red;Blue"),
        ("Tags__c", " Blue ; ;Blue", "Blue"),
        ("Tags__c", ";;", None),
        ("Words__c", "Three;Two;One", "One;Two;Three"),
        ("Email__c", "a@b.example", "a@b.example"),
        ("Site__c", "any text is a url", "any text is a url"),
        ("Count__c", 9999, 9999),
        ("Count__c", "12", 12),
        ("Count__c", 7.0, 7),
        ("Share__c", 12.25, 12.3),
        ("Weight__c", "1.0005", 1.001),
        ("Amount__c", 1, 1.0),
        ("Done__c", "FALSE", False),
        ("Day__c", "2026-02-28", "2026-02-28"),
        ("Moment__c", "2026-11-23T10:00:00+02:00", "2026-11-23T08:00:00.000+0000"),
        ("Hour__c", "09:05", "09:05:00.000Z"),
        ("Hour__c", "23:59:59.9999Z", "23:59:59.999Z"),
        ("Place__Latitude__s", -89.99999, -90.0),
        ("Place__Longitude__s", "179.5", 179.5),
        ("Note__c", "two\nlines", "two\nlines"),
        ("Phone__c", "(503) 555-0100", "(503) 555-0100"),
    ],
)
def test_a_value_is_kept_as_the_field_keeps_it(seller, field, given, kept):
    record_id = seller.create("Invoice__c", {field: given})
    assert read(seller, record_id, field) == (kept,)


@pytest.mark.parametrize(
    ("field", "given", "code"),
    [
        ("Key__c", "x" * 11, "STRING_TOO_LONG"),
        ("Note__c", "x" * 301, "STRING_TOO_LONG"),
        ("Stage__c", "draft?", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Tags__c", "Red;Pink", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Email__c", "a@b", "INVALID_EMAIL_ADDRESS"),
        ("Count__c", 10_000, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Amount__c", 1_000_000, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Place__Latitude__s", 90.1, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Place__Longitude__s", -181, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Share__c", -12345, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Account__c", "003gL0000000001AAA", "MALFORMED_ID"),
        ("Account__c", "001gL0000ZZZZZZ", "INVALID_CROSS_REFERENCE_KEY"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_at_its_field(seller, refusals, field, given, code):
    assert refusals(seller.create, "Invoice__c", {field: given}) == [(code, [field])]
    record_id = seller.create("Invoice__c", {})
    assert refusals(seller.update, "Invoice__c", record_id, {field: given}) == [(code, [field])]


@pytest.mark.parametrize(
    ("field", "given"),
    [("Count__c", 1.5), ("Day__c", "2026-11-31"), ("Moment__c", "2026-11-23"), ("Hour__c", "24:00"), ("Hour__c", 9)],
)
def test_a_value_that_cannot_be_read_at_all_is_answered_by_the_parser(seller, refusals, field, given):
    assert refusals(seller.create, "Invoice__c", {"Key__c": "far too long", field: given}) == [
        ("JSON_PARSER_ERROR", None)
    ]


def test_everything_wrong_with_the_fields_is_told_at_once(seller, refusals):
    body = {"Key__c": "x" * 11, "Stage__c": "Lost", "Email__c": "nobody", "Count__c": 10**6, "Amount__c": None}
    expected = [
        ("STRING_TOO_LONG", ["Key__c"]),
        ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Stage__c"]),
        ("INVALID_EMAIL_ADDRESS", ["Email__c"]),
        ("NUMBER_OUTSIDE_VALID_RANGE", ["Count__c"]),
    ]
    assert refusals(seller.create, "Invoice__c", body) == expected
    record_id = seller.create("Invoice__c", {})
    missing = ("REQUIRED_FIELD_MISSING", ["Amount__c"])
    assert refusals(seller.update, "Invoice__c", record_id, body) == [*expected, missing]
    assert count(seller) == 1


def test_a_required_field_with_a_wrong_value_is_not_missing_too(seller, refusals):
    body = {"LastName": "x" * 81, "Email": "nobody"}
    assert refusals(seller.create, "Contact", body) == [
        ("STRING_TOO_LONG", ["LastName"]), ("INVALID_EMAIL_ADDRESS", ["Email"])
    ]  # fmt: skip
    assert refusals(seller.create, "Lead", {"Email": "nobody"}) == [
        ("INVALID_EMAIL_ADDRESS", ["Email"]), ("REQUIRED_FIELD_MISSING", ["LastName", "Company"])
    ]  # fmt: skip


def test_defaults_fill_what_a_create_leaves_out(seller):
    record_id = seller.create("Invoice__c", {})
    assert read(seller, record_id, "Stage__c", "Amount__c", "Done__c", "Mood__c") == ("Draft", 0.0, True, None)
    record_id = seller.create("Invoice__c", {"Done__c": False, "Amount__c": None})
    assert read(seller, record_id, "Done__c", "Amount__c") == (False, 0.0)


def test_records_are_numbered_one_after_another_and_nobody_writes_the_number(seller, refusals):
    names = [read(seller, seller.create("Invoice__c", {}), "Name")[0] for _ in range(3)]
    assert names == ["INV-0001", "INV-0002", "INV-0003"]
    assert refusals(seller.create, "Invoice__c", {"Name": "INV-9999"}) == [
        ("INVALID_FIELD_FOR_INSERT_UPDATE", ["Name"])
    ]


def test_a_custom_record_without_a_name_is_called_by_its_id(seller):
    line_id = seller.create("Line__c", {"Invoice__c": seller.create("Invoice__c", {})})
    assert read(seller, line_id, "Name", sobject="Line__c") == (line_id[:15],)


def test_a_unique_value_is_refused_in_any_case_and_named_with_the_record_that_has_it(seller, refusal):
    first = seller.create("Invoice__c", {"Key__c": "abc"})
    second = seller.create("Invoice__c", {"Key__c": "other"})

    error = refusal(seller.create, "Invoice__c", {"Key__c": "ABC"})

    assert (error["status"], error["errorCode"], error["fields"]) == (400, "DUPLICATE_VALUE", [])
    assert error["message"] == f"duplicate value found: Key__c duplicates value on record with id: {first[:15]}"
    assert refusal(seller.update, "Invoice__c", second, {"Key__c": "Abc"})["errorCode"] == "DUPLICATE_VALUE"
    seller.update("Invoice__c", first, {"Key__c": "ABC"})
    seller.create("Invoice__c", {"Code__c": "abc"})
    seller.create("Invoice__c", {"Code__c": "ABC"})


def test_a_value_in_the_recycle_bin_is_free(seller, refusal):
    first = seller.create("Invoice__c", {"Key__c": "abc"})
    seller.delete("Invoice__c", first)
    seller.create("Invoice__c", {"Key__c": "abc"})
    assert refusal(seller.undelete, first)["errorCode"] == "DUPLICATE_VALUE"
    assert count(seller) == 1


def test_an_external_id_identifies_records_for_upserts_and_lookups(seller):
    made, created = seller.upsert("Invoice__c", "Key__c", "k1", {"Amount__c": 5})
    again, created_again = seller.upsert("Invoice__c", "key__c", "K1", {"Amount__c": 6})
    assert (made, created, created_again) == (again, True, False)
    line_id = seller.create("Line__c", {"Invoice__r": {"Key__c": "k1"}})
    assert read(seller, line_id, "Invoice__c", sobject="Line__c") == (made,)


def test_an_inactive_user_cannot_be_given_records(seller, declared, refusal):
    tom = declared.user_by_username("tom@localorg.example")["Id"]
    error = refusal(seller.create, "Account", {"Name": "x", "OwnerId": tom})
    assert error["errorCode"] == "INACTIVE_OWNER_OR_USER"
    assert error["message"] == f"operation performed with inactive user [{tom[:15]}] as owner of account"


def test_a_master_must_be_given_and_stays_unless_it_may_change(seller, refusals):
    invoice, other = (seller.create("Invoice__c", {}) for _ in range(2))
    assert refusals(seller.create, "Line__c", {"Price__c": 1}) == [("REQUIRED_FIELD_MISSING", ["Invoice__c"])]
    line_id = seller.create("Line__c", {"Invoice__c": invoice})
    assert refusals(seller.update, "Line__c", line_id, {"Invoice__c": other}) == [
        ("INVALID_FIELD_FOR_INSERT_UPDATE", ["Invoice__c"])
    ]
    part_id = seller.create("Part__c", {"Line__c": line_id})
    elsewhere = seller.create("Line__c", {"Invoice__c": other})
    seller.update("Part__c", part_id, {"Line__c": elsewhere})
    assert read(seller, part_id, "Line__c", sobject="Part__c") == (elsewhere,)
    assert refusals(seller.update, "Part__c", part_id, {"Line__c": None}) == [("REQUIRED_FIELD_MISSING", ["Line__c"])]


def test_a_write_dates_and_signs_the_record(seller, declared, clock):
    record_id = seller.create("Invoice__c", {})
    clock.advance(timedelta(hours=1))
    other = declared.user_by_username("manager@localorg.example")["Id"]
    declared.session(other).update("Invoice__c", record_id, {})
    created, modified, by = read(seller, record_id, "CreatedDate", "LastModifiedDate", "LastModifiedById")
    assert (created, modified, by) == ("2026-11-23T10:30:15.000+0000", "2026-11-23T11:30:15.000+0000", other)
