"""What a deal's line items come to, which prices there may be, and who may be in a campaign."""

from __future__ import annotations

import pytest

from langchain_sfconnect.localorg.sqltext import Sql

DEAL = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-11-30", "Amount": 7}


@pytest.fixture
def books(engine, rep):
    """The standard price book and one of the company's own."""
    found = rep.query("SELECT Id FROM Pricebook2 WHERE IsStandard = true")["records"]
    standard = found[0]["Id"] if found else rep.create("Pricebook2", {"Name": "Standard", "IsActive": True})
    engine.database.run(Sql('UPDATE "Pricebook2" SET "IsStandard" = 1, "IsActive" = 1 WHERE "Id" = ?', (standard,)))
    return standard, rep.create("Pricebook2", {"Name": "Partners", "IsActive": True})


@pytest.fixture
def product(rep):
    return rep.create("Product2", {"Name": "Camera", "ProductCode": "CAM", "IsActive": True})


@pytest.fixture
def entry(rep, books, product):
    price = {"Pricebook2Id": books[0], "Product2Id": product, "UnitPrice": 100, "IsActive": True}
    return rep.create("PricebookEntry", price)


def read(session, sobject, record_id, *fields):
    record = session.retrieve(sobject, record_id, list(fields))
    return tuple(record[field] for field in fields)


def amounts(session, deal):
    fields = ("Amount", "ExpectedRevenue", "TotalOpportunityQuantity", "HasOpportunityLineItem")
    return read(session, "Opportunity", deal, *fields)


def test_a_line_takes_its_product_and_list_price_and_the_deal_its_sum(rep, books, product, entry):
    deal = rep.create("Opportunity", DEAL)
    line = {"OpportunityId": deal, "PricebookEntryId": entry, "Quantity": 3, "UnitPrice": 90, "Discount": 10}
    line_id = rep.create("OpportunityLineItem", line)

    fields = ("Name", "Product2Id", "ProductCode", "ListPrice", "Subtotal", "TotalPrice")
    assert read(rep, "OpportunityLineItem", line_id, *fields) == ("Deal Camera", product, "CAM", 100.0, 270.0, 243.0)
    assert amounts(rep, deal) == (243.0, 24.3, 3.0, True)
    assert read(rep, "Opportunity", deal, "Pricebook2Id") == (books[0],)


def test_the_amount_follows_its_lines_and_nobody_else(rep, entry):
    deal = rep.create("Opportunity", DEAL)
    line = {"OpportunityId": deal, "PricebookEntryId": entry, "Quantity": 2, "TotalPrice": 50}
    first, second = (rep.create("OpportunityLineItem", line) for _ in range(2))
    assert read(rep, "OpportunityLineItem", first, "UnitPrice") == (25.0,)
    assert amounts(rep, deal)[0] == 100.0
    rep.update("Opportunity", deal, {"Amount": 1, "TotalOpportunityQuantity": 9, "NextStep": "Sign"})
    assert amounts(rep, deal) == (100.0, 10.0, 4.0, True)
    assert read(rep, "Opportunity", deal, "NextStep") == ("Sign",)
    rep.update("OpportunityLineItem", first, {"Quantity": 4})
    assert amounts(rep, deal)[:3] == (150.0, 15.0, 6.0)
    rep.delete("OpportunityLineItem", first)
    assert amounts(rep, deal)[0] == 50.0
    rep.undelete(first)
    assert amounts(rep, deal)[0] == 150.0
    for line_id in (first, second):
        rep.delete("OpportunityLineItem", line_id)
    assert amounts(rep, deal)[3] is False
    rep.update("Opportunity", deal, {"Amount": 1})
    assert amounts(rep, deal)[0] == 1.0


def test_deleting_a_deal_and_bringing_it_back_keeps_its_sum(rep, entry):
    deal = rep.create("Opportunity", DEAL)
    rep.create("OpportunityLineItem", {"OpportunityId": deal, "PricebookEntryId": entry, "Quantity": 2, "UnitPrice": 9})
    before = amounts(rep, deal)
    rep.delete("Opportunity", deal)
    rep.undelete(deal)
    assert amounts(rep, deal) == before == (18.0, 1.8, 2.0, True)


def test_a_line_needs_an_entry_a_quantity_and_one_price(rep, entry, refusals):
    deal = rep.create("Opportunity", DEAL)
    line = {"OpportunityId": deal, "PricebookEntryId": entry, "Quantity": 1}
    for body, code, fields in (
        ({"PricebookEntryId": entry, "UnitPrice": 1}, "REQUIRED_FIELD_MISSING", ["OpportunityId", "Quantity"]),
        ({"OpportunityId": deal, "Quantity": 1, "UnitPrice": 1}, "REQUIRED_FIELD_MISSING", ["PricebookEntryId"]),
        (line, "REQUIRED_FIELD_MISSING", ["UnitPrice"]),
        (line | {"UnitPrice": 1, "TotalPrice": 1}, "FIELD_INTEGRITY_EXCEPTION", ["UnitPrice", "TotalPrice"]),
    ):
        assert refusals(rep.create, "OpportunityLineItem", body) == [(code, fields)]
    assert amounts(rep, deal) == (7.0, 0.7, None, False)


def test_a_line_is_of_the_deals_price_book_and_of_an_active_entry(rep, books, product, entry, refusal):
    other = rep.create(
        "PricebookEntry", {"Pricebook2Id": books[1], "Product2Id": product, "UnitPrice": 80, "IsActive": True}
    )
    deal = rep.create("Opportunity", DEAL | {"Pricebook2Id": books[0]})
    line = {"OpportunityId": deal, "Quantity": 1, "UnitPrice": 1}
    error = refusal(rep.create, "OpportunityLineItem", line | {"PricebookEntryId": other})
    assert error["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"
    rep.update("PricebookEntry", entry, {"IsActive": False})
    error = refusal(rep.create, "OpportunityLineItem", line | {"PricebookEntryId": entry})
    assert error["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"


def test_a_product_has_one_price_per_book_the_standard_one_first(rep, books, product, refusal):
    price = {"Product2Id": product, "UnitPrice": 80}
    error = refusal(rep.create, "PricebookEntry", price | {"Pricebook2Id": books[1]})
    assert error["errorCode"] == "STANDARD_PRICE_NOT_DEFINED"
    assert error["message"] == "Before creating a custom price, create a standard price."
    for book in books:
        rep.create("PricebookEntry", price | {"Pricebook2Id": book})
        error = refusal(rep.create, "PricebookEntry", price | {"Pricebook2Id": book})
        assert error["errorCode"] == "DUPLICATE_VALUE"


def test_a_member_is_one_lead_or_one_contact_once_and_shows_who_it_is(rep, refusal):
    campaign = rep.create("Campaign", {"Name": "Fair"})
    lead = rep.create("Lead", {"FirstName": "Ada", "LastName": "Wong", "Company": "Acme", "City": "Oslo"})
    contact = rep.create("Contact", {"LastName": "Roe", "AccountId": rep.create("Account", {"Name": "Roe Ltd"})})

    member = rep.create("CampaignMember", {"CampaignId": campaign, "LeadId": lead})
    fields = ("Name", "CompanyOrAccount", "City", "Type", "LeadOrContactId", "Status", "HasResponded")
    assert read(rep, "CampaignMember", member, *fields) == ("Ada Wong", "Acme", "Oslo", "Lead", lead, "Sent", False)
    other = rep.create("CampaignMember", {"CampaignId": campaign, "ContactId": contact})
    assert read(rep, "CampaignMember", other, "Name", "CompanyOrAccount", "Type") == ("Roe", "Roe Ltd", "Contact")

    error = refusal(rep.create, "CampaignMember", {"CampaignId": campaign, "LeadId": lead})
    assert (error["errorCode"], error["message"]) == ("DUPLICATE_VALUE", "Already a campaign member.")
    for people in ({}, {"LeadId": lead, "ContactId": contact}):
        error = refusal(rep.create, "CampaignMember", {"CampaignId": campaign, **people})
        assert error["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"

    rep.update("CampaignMember", member, {"Status": "Responded"})
    assert read(rep, "CampaignMember", member, "HasResponded", "FirstRespondedDate") == (True, "2026-11-23")
    rep.delete("Lead", lead)
    assert rep.query("SELECT COUNT() FROM CampaignMember")["totalSize"] == 1
