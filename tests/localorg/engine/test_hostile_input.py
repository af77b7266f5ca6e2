"""Any body of a write is accepted or refused in Salesforce's words, and what is refused changes nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_sfconnect.localorg.engine import Engine
from langchain_sfconnect.localorg.errors import OrgError

OBJECTS = (
    "Account",
    "Contact",
    "Opportunity",
    "Lead",
    "Case",
    "Task",
    "Event",
    "User",
    "Campaign",
    "OpportunityContactRole",
    "Product2",
    "Pricebook2",
    "PricebookEntry",
    "OpportunityLineItem",
    "CampaignMember",
    "Note",
    "ContentNote",
    "Invoice__c",
    "Line__c",
    "Part__c",
)
VALID = {
    "Account": {"Name": "x"}, "Contact": {"LastName": "x"}, "Lead": {"LastName": "x", "Company": "y"}, "Case": {},
    "Opportunity": {"Name": "x", "StageName": "Prospecting", "CloseDate": "2026-11-23"}, "Task": {},
    "Campaign": {"Name": "x"}, "Product2": {"Name": "x"}, "Pricebook2": {"Name": "x"},
    "Event": {"StartDateTime": "2026-11-23T10:00:00Z", "DurationInMinutes": 5},
}  # fmt: skip
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(codec=None), max_size=300),
    st.sampled_from(["2026-11-23", "2026-11-23T10:00:00Z", "9999-12-31T23:59:59-14:00", "0001-01-01", "a@b.example",
                     "001gL0000000001", "003gL0000000001AAA", "012000000000000AAA", "1e400", "-0", "true", "Infinity",
                     "٣", "²"]),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
)  # fmt: skip
fuzzed = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def admin(declared_schema):
    engine = Engine(seed=False, schema=declared_schema)
    yield engine.session(engine.users()[1]["Id"])
    engine.close()


@pytest.fixture(scope="module")
def field_names(admin):
    def parts(name):
        for field in admin.describe(name)["fields"]:
            yield field["name"]
            if field["relationshipName"]:
                yield field["relationshipName"]

    return {name: list(parts(name)) for name in OBJECTS}


@pytest.fixture(scope="module")
def valid(admin):
    """A body per object that would be taken, with the records it points at."""
    deal = admin.create("Opportunity", VALID["Opportunity"])
    product, book = admin.create("Product2", {"Name": "x"}), admin.create("Pricebook2", {"Name": "x"})
    standard = admin.query("SELECT Id FROM Pricebook2 WHERE IsStandard = true")["records"][0]["Id"]
    price = {"Product2Id": product, "Pricebook2Id": standard, "UnitPrice": 1, "IsActive": True}
    line = {"OpportunityId": deal, "PricebookEntryId": admin.create("PricebookEntry", price), "Quantity": 2}
    invoice = admin.create("Invoice__c", {})
    return VALID | {
        "PricebookEntry": price | {"Pricebook2Id": book}, "OpportunityLineItem": line | {"UnitPrice": 3},
        "OpportunityContactRole": {"OpportunityId": deal, "ContactId": admin.create("Contact", VALID["Contact"])},
        "CampaignMember": {"CampaignId": admin.create("Campaign", {"Name": "x"}),
                           "LeadId": admin.create("Lead", VALID["Lead"])},
        "Line__c": {"Invoice__c": invoice}, "Part__c": {"Line__c": admin.create("Line__c", {"Invoice__c": invoice})},
        "Note": {"ParentId": deal, "Title": "x"}, "ContentNote": {"Title": "x"},
    }  # fmt: skip


@given(st.sampled_from(OBJECTS), st.data())
@fuzzed
def test_any_create_and_update(admin, field_names, valid, sobject, data):
    anything = st.dictionaries(st.sampled_from(field_names[sobject]) | st.text(max_size=5), VALUES, max_size=4)
    body, other = valid.get(sobject, {}) | data.draw(anything), data.draw(anything)
    record_id = written(admin, sobject, lambda: admin.create(sobject, body))
    if record_id is not None:
        record = admin.retrieve(sobject, record_id)
        assert json.dumps(record, allow_nan=False)
        if written(admin, sobject, lambda: admin.update(sobject, record_id, other)) is None:
            assert admin.retrieve(sobject, record_id).keys() == record.keys()


def outcome(call):
    try:
        return call()
    except OrgError as error:
        return error


def written(session, sobject, write):
    """Return what a write returned, or None when it was refused and changed nothing."""
    before = session.record_counts([sobject])
    result = outcome(write)
    if not isinstance(result, OrgError):
        return result
    assert 400 <= result.status < 500
    assert json.dumps(result.body())
    assert session.record_counts([sobject]) == before
    return None


@given(st.sampled_from(OBJECTS) | st.text(max_size=10), st.text(st.characters(codec=None), max_size=20), VALUES)
@fuzzed
def test_any_object_name_id_and_field(admin, sobject, record_id, value):
    for call in (
        lambda: admin.retrieve(sobject, record_id, [record_id]),
        lambda: admin.update(sobject, record_id, {"Name": value}),
        lambda: admin.delete(sobject, record_id),
        lambda: admin.upsert(sobject, "Email", record_id, {"LastName": value}),
        lambda: admin.upsert(sobject, record_id, record_id, {}),
        lambda: admin.retrieve_by(sobject, "Id", record_id),
        lambda: admin.describe(sobject),
        lambda: admin.basic_info(sobject),
        lambda: admin.query_more(record_id),
    ):
        result = outcome(call)
        assert not isinstance(result, OrgError) or json.dumps(result.body())
