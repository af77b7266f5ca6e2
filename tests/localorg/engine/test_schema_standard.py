"""The standard objects, field by field, against a list of what Salesforce describes."""

from __future__ import annotations

from pathlib import Path

import pytest

from langchain_sfconnect.localorg.schema import STANDARD_OBJECTS, Field, Schema

SCHEMA = Schema(STANDARD_OBJECTS)
LINES = [
    tuple(part.strip() for part in line.split("|"))
    for line in (Path(__file__).parent / "standard_fields.txt").read_text().splitlines()
    if not line.startswith("#")
]
PREFIXES = {
    "Account": "001", "Contact": "003", "Opportunity": "006", "Lead": "00Q", "Case": "500", "Task": "00T",
    "Event": "00U", "User": "005", "Campaign": "701", "CampaignMember": "00v", "Product2": "01t", "Pricebook2": "01s",
    "PricebookEntry": "01u", "OpportunityLineItem": "00k", "OpportunityContactRole": "00K", "Note": "002",
    "ContentNote": "069", "Folder": "00l", "Report": "00O", "Dashboard": "01Z", "Organization": "00D",
    "RecordType": "012", "Group": "00G", "Profile": "00e", "UserRole": "00E",
}  # fmt: skip


def size(field: Field) -> str:
    if field.type in ("double", "currency", "percent"):
        return f"{field.type}({field.precision},{field.scale})"
    number = field.precision if field.type == "int" else field.length
    return f"{field.type}({number})" if number else field.type


@pytest.mark.parametrize(("path", "kind", "flags", "label"), LINES, ids=[line[0] for line in LINES])
def test_a_field_is_what_salesforce_says(path, kind, flags, label):
    sobject, name = path.split(".")
    field = SCHEMA[sobject].field(name)
    assert field is not None
    assert (field.name, size(field), field.flags, field.label) == (name, kind, flags, label)


def test_the_objects_have_their_key_prefixes():
    assert {sobject.name: sobject.prefix for sobject in SCHEMA} == PREFIXES


@pytest.mark.parametrize(
    ("parent", "name", "child", "field", "on_delete"),
    [
        ("Opportunity", "OpportunityLineItems", "OpportunityLineItem", "OpportunityId", "cascade"),
        ("Opportunity", "OpportunityContactRoles", "OpportunityContactRole", "OpportunityId", "cascade"),
        ("Opportunity", "Notes", "Note", "ParentId", "cascade"),
        ("Product2", "PricebookEntries", "PricebookEntry", "Product2Id", "cascade"),
        ("Pricebook2", "PricebookEntries", "PricebookEntry", "Pricebook2Id", "cascade"),
        ("PricebookEntry", "OpportunityLineItems", "OpportunityLineItem", "PricebookEntryId", "restrict"),
        ("Campaign", "CampaignMembers", "CampaignMember", "CampaignId", "cascade"),
        ("Lead", "CampaignMembers", "CampaignMember", "LeadId", "cascade"),
        ("Contact", "CampaignMembers", "CampaignMember", "ContactId", "cascade"),
        ("Account", "Contacts", "Contact", "AccountId", "cascade"),
        ("Account", "Opportunities", "Opportunity", "AccountId", "cascade"),
        ("Account", "Cases", "Case", "AccountId", "restrict"),
        ("Account", "ChildAccounts", "Account", "ParentId", "keep"),
        ("Account", "Notes", "Note", "ParentId", "cascade"),
        ("Contact", "Tasks", "Task", "WhoId", "cascade"),
        ("Case", "Cases", "Case", "ParentId", "keep"),
    ],
)
def test_a_parent_knows_its_children_by_salesforces_names(parent, name, child, field, on_delete):
    relationships = {(item.name, item.child): item for item in SCHEMA[parent].children}
    found = relationships[name, child].field
    assert (found.name, found.reference.on_delete) == (field, on_delete)


def test_what_a_create_must_give_for_the_newer_objects():
    def required(name):
        return {field.name for field in SCHEMA[name].fields if field.required}

    assert required("Product2") == required("Pricebook2") == {"Name"}
    assert required("PricebookEntry") == {"Pricebook2Id", "Product2Id", "UnitPrice"}
    assert required("OpportunityLineItem") == {"OpportunityId", "Quantity"}
    assert required("CampaignMember") == {"CampaignId"}
    assert required("Note") == {"ParentId", "Title"}
    assert required("ContentNote") == {"Title"}


def test_a_name_is_written_in_parts_and_an_address_too():
    contact = SCHEMA["Contact"]
    assert {field.name for field in contact.fields if field.part_of == "Name"} == {
        "FirstName", "LastName", "Salutation",
    }  # fmt: skip
    parts = contact.parts(contact.field("MailingAddress"))
    assert {key: field.name for key, field in parts.items()} == {
        "city": "MailingCity", "country": "MailingCountry", "geocodeAccuracy": "MailingGeocodeAccuracy",
        "latitude": "MailingLatitude", "longitude": "MailingLongitude", "postalCode": "MailingPostalCode",
        "state": "MailingState", "street": "MailingStreet",
    }  # fmt: skip
