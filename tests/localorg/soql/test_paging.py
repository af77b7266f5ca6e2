"""Pages, field lists, plans and envelopes of answers."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.engine import Engine
from langchain_sfconnect.localorg.errors import OrgError


@pytest.fixture
def engine():
    clock = Clock()
    clock.freeze(datetime(2026, 11, 23, tzinfo=UTC))
    engine = Engine(clock=clock)
    yield engine
    engine.close()


@pytest.fixture
def session(engine):
    return engine.session(engine.users()[0]["Id"])


def refused(call, *arguments):
    with pytest.raises(OrgError) as caught:
        call(*arguments)
    return caught.value.status, caught.value.code


def test_pages_follow_one_another_until_the_last(session):
    soql = "SELECT Id, Account.Name FROM Opportunity ORDER BY Name DESC, Id"
    whole = session.query(soql)
    assert list(whole) == ["totalSize", "done", "records"]

    page = session.query(soql, batch_size=100)
    records, urls = page["records"], []
    while not page["done"]:
        assert list(page) == ["totalSize", "done", "nextRecordsUrl", "records"]
        urls.append(page["nextRecordsUrl"])
        page = session.query_more(page["nextRecordsUrl"].rpartition("/")[2])
        records += page["records"]

    assert page["totalSize"] == whole["totalSize"] == 240
    assert records == whole["records"]
    assert [url.rpartition("-")[2] for url in urls] == ["100", "200"]
    assert all(re.fullmatch(r"/services/data/v66\.0/query/01g\w{15}-\d+", url) for url in urls)


def test_a_page_can_be_read_again_and_its_rows_are_read_afresh(session):
    page = session.query("SELECT Id, Name FROM Opportunity ORDER BY Id", batch_size=200)
    locator = page["nextRecordsUrl"].rpartition("/")[2]
    record = session.query_more(locator)["records"][0]
    session.update("Opportunity", record["Id"], {"Name": "Renamed"})
    assert session.query_more(locator)["records"][0]["Name"] == "Renamed"


def test_a_limit_is_the_total(session):
    page = session.query("SELECT Id FROM Opportunity LIMIT 150", batch_size=100)
    assert (page["totalSize"], page["done"]) == (150, False)
    last = session.query_more(page["nextRecordsUrl"].rpartition("/")[2])
    assert (len(last["records"]), last["done"]) == (50, True)


def test_foreign_old_and_invented_locators_are_refused(engine, session):
    page = session.query("SELECT Id FROM Opportunity", batch_size=200)
    locator = page["nextRecordsUrl"].rpartition("/")[2]
    invalid = (400, "INVALID_QUERY_LOCATOR")

    for wrong in (
        "",
        "x",
        locator + "9",
        locator.replace("-200", "-240"),
        locator.replace("-200", "--1"),
        "01g000000000000-1",
    ):
        assert refused(session.query_more, wrong) == invalid, wrong
    assert refused(engine.session(engine.users()[1]["Id"]).query_more, locator) == invalid
    engine.clock.advance(timedelta(days=3))
    assert refused(session.query_more, locator) == invalid


def test_an_aggregate_that_does_not_fit_one_page_is_refused(session):
    with session.transaction():
        for number in range(1800):
            session.create("Lead", {"LastName": f"n{number}", "Company": "x"})
    assert session.query("SELECT LastName FROM Lead GROUP BY LastName")["done"] is True
    for number in range(300):
        session.create("Lead", {"LastName": f"m{number}", "Company": "x"})
    assert refused(session.query, "SELECT LastName FROM Lead GROUP BY LastName") == (400, "EXCEEDED_ID_LIMIT")
    assert session.query("SELECT LastName FROM Lead GROUP BY LastName LIMIT 2000")["totalSize"] == 2000


def test_all_fields_come_in_the_order_of_the_describe(session):
    (record,) = session.query("SELECT FIELDS(ALL) FROM Account LIMIT 1")["records"]
    assert list(record) == ["attributes", *(field["name"] for field in session.describe("Account")["fields"])]
    assert session.retrieve("Account", record["Id"]).keys() == record.keys()
    assert session.query("SELECT FIELDS(STANDARD) FROM Account")["totalSize"] == 66
    (custom,) = session.query("SELECT Id, FIELDS(CUSTOM) FROM Account LIMIT 1")["records"]
    assert list(custom) == ["attributes", "Id"]


def test_a_nested_record_carries_its_own_attributes(session):
    soql = "SELECT Account.Name, Owner.Name FROM Opportunity LIMIT 1"
    (record,) = session.query(soql)["records"]
    assert record["Account"]["attributes"]["type"] == "Account"
    assert record["Account"]["attributes"]["url"].startswith("/services/data/v66.0/sobjects/Account/001")
    assert record["Owner"]["attributes"]["type"] == "User"
    (task,) = session.query("SELECT Who.Name FROM Task WHERE Who.Type = 'Contact' LIMIT 1")["records"]
    assert task["Who"]["attributes"]["type"] == "Name"
    assert task["Who"]["attributes"]["url"].startswith("/services/data/v66.0/sobjects/Contact/003")


def test_an_aggregate_row_has_no_url_and_numbers_only_the_unnamed(session):
    (row,) = session.query("SELECT COUNT(Id), MAX(Amount) top, MIN(CloseDate) FROM Opportunity")["records"]
    assert row["attributes"] == {"type": "AggregateResult"}
    assert list(row) == ["attributes", "expr0", "top", "expr1"]


def test_a_plan_tells_whether_an_index_leads(session):
    (record,) = session.query("SELECT Id FROM Account LIMIT 1")["records"]
    soql = f"SELECT Name FROM Account WHERE Id = '{record['Id']}'"
    answer = session.explain(soql)
    (plan,) = answer["plans"]
    assert answer["sourceQuery"] == soql
    assert (plan["leadingOperationType"], plan["fields"], plan["cardinality"]) == ("Index", ["Id"], 1)
    assert (plan["sobjectType"], plan["sobjectCardinality"]) == ("Account", 66)
    (scan,) = session.explain("SELECT Id FROM Account WHERE AnnualRevenue > 5")["plans"]
    assert (scan["leadingOperationType"], scan["fields"]) == ("TableScan", [])


@pytest.mark.parametrize(
    ("soql", "index"),
    [
        ("SELECT Id FROM Opportunity WHERE AccountId = '001gL0000000001'", "Opportunity.AccountId"),
        ("SELECT Id FROM Opportunity ORDER BY CloseDate LIMIT 50", "Opportunity.CloseDate"),
        ("SELECT Id FROM Opportunity ORDER BY Amount DESC LIMIT 50", "Opportunity.Amount"),
        ("SELECT Id FROM Contact WHERE Email = 'a@b.example'", "Contact.Email"),
    ],
)
def test_lookups_and_usual_orders_use_an_index(engine, soql, index):
    seen = []
    engine.database._connection.set_trace_callback(seen.append)
    engine.session(engine.users()[0]["Id"]).query(soql)
    engine.database._connection.set_trace_callback(None)
    (statement,) = [text for text in seen if 'FROM "' in text and 't0."Id"' in text]
    steps = [row[3] for row in engine.database._connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
    assert any(index in step for step in steps), steps
