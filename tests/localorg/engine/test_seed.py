"""The records a new org starts with agree with each other and with the rules."""

from __future__ import annotations

from datetime import timedelta

import pytest

from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.engine import Engine


@pytest.fixture
def seeded(clock: Clock):
    engine = Engine(clock=clock)
    yield engine
    engine.close()


@pytest.fixture
def rows(seeded):
    session = seeded.session(seeded.users()[0]["Id"])
    return lambda soql: session.query(soql)["records"]


def test_every_org_has_a_standard_price_book(engine, rep):
    (book,) = rep.query("SELECT Name, IsActive, IsStandard FROM Pricebook2")["records"]
    assert (book["Name"], book["IsActive"], book["IsStandard"]) == ("Standard Price Book", True, True)


def test_every_product_has_a_standard_price(rows):
    products = rows("SELECT Id, Name, (SELECT UnitPrice, Pricebook2.IsStandard FROM PricebookEntries) FROM Product2")
    assert len(products) >= 5
    for product in products:
        assert any(price["Pricebook2"]["IsStandard"] for price in product["PricebookEntries"]["records"])


def test_line_items_come_to_the_amount_of_their_deal(rows):
    deals = rows(
        "SELECT Amount, TotalOpportunityQuantity, Pricebook2.IsStandard, HasOpportunityLineItem,"
        " (SELECT Quantity, UnitPrice, TotalPrice, PricebookEntry.Name, Product2.Name FROM OpportunityLineItems)"
        " FROM Opportunity WHERE HasOpportunityLineItem = true"
    )
    assert len(deals) >= 20
    for deal in deals:
        items = deal["OpportunityLineItems"]["records"]
        assert sum(item["TotalPrice"] for item in items) == deal["Amount"]
        assert sum(item["Quantity"] for item in items) == deal["TotalOpportunityQuantity"]
        assert all(item["Quantity"] * item["UnitPrice"] == item["TotalPrice"] for item in items)
        assert deal["Pricebook2"]["IsStandard"]
    assert rows("SELECT Id FROM OpportunityLineItem WHERE Opportunity.HasOpportunityLineItem = false") == []


def test_campaign_members_are_leads_and_contacts_some_of_whom_answered(rows):
    members = rows("SELECT Type, Status, HasResponded, FirstRespondedDate, Name, CompanyOrAccount FROM CampaignMember")
    assert {member["Type"] for member in members} == {"Lead", "Contact"}
    assert {member["Status"] for member in members} == {"Sent", "Responded"}
    for member in members:
        assert member["HasResponded"] is (member["Status"] == "Responded") is (member["FirstRespondedDate"] is not None)
        assert member["Name"]
        assert member["CompanyOrAccount"]


def test_reports_and_the_dashboard_lie_in_folders(rows):
    folders = {row["Id"]: row["Type"] for row in rows("SELECT Id, Type FROM Folder")}
    assert {folders[row["OwnerId"]] for row in rows("SELECT OwnerId FROM Report")} == {"Report"}
    assert {folders[row["FolderId"]] for row in rows("SELECT FolderId FROM Dashboard")} == {"Dashboard"}


def test_notes_of_both_generations_are_there(rows):
    assert {row["Parent"]["Type"] for row in rows("SELECT Parent.Type FROM Note")} == {"Account"}
    assert {row["FileType"] for row in rows("SELECT FileType FROM ContentNote")} == {"SNOTE"}


def test_numbers_go_on_where_the_seed_stopped(seeded, rows):
    session = seeded.session(seeded.users()[0]["Id"])
    (last,) = rows("SELECT MAX(CaseNumber) n FROM Case")
    made = session.retrieve("Case", session.create("Case", {}), ["CaseNumber"])
    assert int(made["CaseNumber"]) == int(last["n"]) + 1


def test_reset_brings_back_the_seed_and_the_ids(seeded, rows):
    soql = "SELECT Id, Name, LastModifiedDate FROM Account ORDER BY Id"
    session, before = seeded.session(seeded.users()[0]["Id"]), rows(soql)
    made = session.create("Account", {"Name": "Gone soon"})
    session.delete(
        "Account", session.query("SELECT Id FROM Account WHERE ParentId != null LIMIT 1")["records"][0]["Id"]
    )
    seeded.lock_row(made)
    seeded.reset()
    assert rows(soql) == before
    session = seeded.session(seeded.users()[0]["Id"])
    assert session.create("Account", {"Name": "Another"}) == made
    session.update("Account", made, {"Name": "Not locked any more"})


def test_reset_on_another_day_plants_around_that_day(seeded, rows):
    soql = "SELECT COUNT(Id) n FROM Opportunity WHERE IsClosed = false AND CloseDate < TODAY"
    seeded.clock.advance(timedelta(days=200))
    assert rows(soql)[0]["n"] > 80
    seeded.reset()
    assert rows(soql)[0]["n"] == 0


def test_reset_of_a_file_that_held_an_org_makes_it_new(tmp_path, clock):
    path, schema = str(tmp_path / "org.db"), {"objects": {"A__c": {"label": "A"}}}
    first = Engine(path, clock=clock, seed=False, schema=schema)
    first.session(first.users()[0]["Id"]).create("A__c", {"Name": "x"})
    first.close()
    again = Engine(path, clock=clock, seed=False, schema=schema)
    for _ in range(2):
        again.reset()
        session = again.session(again.users()[0]["Id"])
        assert session.query("SELECT COUNT() FROM A__c")["totalSize"] == 0
        assert session.create("A__c", {"Name": "y"}).endswith("1QAA")
    again.close()


def test_a_user_can_be_added_and_sent_away(engine):
    row = engine.add_user("zoe@x.example", last_name="Zeller", first_name="Zoe", profile="Marketing User")
    assert (row["Name"], row["IsActive"]) == ("Zoe Zeller", True)
    engine.set_active(row["Id"], active=False)
    assert engine.user(row["Id"])["IsActive"] is False
    with pytest.raises(ValueError, match="taken"):
        engine.add_user("ZOE@x.example", last_name="Z")
    with pytest.raises(ValueError, match="no profile"):
        engine.add_user("yan@x.example", last_name="Y", profile="Nobody")
