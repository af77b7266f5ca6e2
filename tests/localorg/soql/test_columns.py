"""What clients are told about the columns of an answer before they print it."""

from __future__ import annotations

import pytest

from langchain_sfconnect.localorg.engine import Engine
from langchain_sfconnect.localorg.soql.columns import column_metadata
from langchain_sfconnect.localorg.soql.dates import Now
from langchain_sfconnect.localorg.soql.parser import parse_query
from langchain_sfconnect.localorg.soql.position import Complaints
from langchain_sfconnect.localorg.soql.resolve import resolve_query
from langchain_sfconnect.localorg.soql.scope import Context
from langchain_sfconnect.localorg.zones import zone


@pytest.fixture(scope="module")
def columns():
    engine = Engine(seed=False)
    now = Now(engine.clock.now(), zone("GMT"), engine.calendar)

    def told(soql: str):
        context = Context(engine.schema, now, engine.users()[0]["Id"], Complaints(soql))
        return column_metadata(resolve_query(context, parse_query(soql)))

    yield told
    engine.close()


def test_each_column_is_told_in_order_with_all_its_keys(columns):
    answer = columns("SELECT Id, name, NumberOfEmployees, AnnualRevenue, CreatedDate, IsDeleted FROM Account")
    assert {key: answer[key] for key in list(answer)[1:]} == {
        "entityName": "Account", "groupBy": False, "idSelected": True, "keyPrefix": "001",
    }  # fmt: skip
    told = answer["columnMetadata"]
    assert [column["columnName"] for column in told] == [
        "Id", "Name", "NumberOfEmployees", "AnnualRevenue", "CreatedDate", "IsDeleted",
    ]  # fmt: skip
    assert told[1] == {
        "aggregate": False, "apexType": "String", "booleanType": False, "columnName": "Name", "custom": False,
        "displayName": "Name", "foreignKeyName": None, "insertable": True, "joinColumns": [], "numberType": False,
        "textType": True, "updatable": True,
    }  # fmt: skip
    assert [(column["apexType"], column["numberType"], column["textType"]) for column in told] == [
        ("Id", False, False), ("String", False, True), ("Integer", True, False), ("Double", True, False),
        ("Datetime", False, False), ("Boolean", False, False),
    ]  # fmt: skip


def test_parents_and_subqueries_hold_their_columns(columns):
    soql = "SELECT LastName, Account.Owner.Name, (SELECT Subject FROM Cases) FROM Contact"
    name, account, cases = columns(soql)["columnMetadata"]
    assert (name["columnName"], name["joinColumns"]) == ("LastName", [])
    (owner,) = account["joinColumns"]
    assert (account["columnName"], account["aggregate"], account["apexType"]) == ("Account", False, "Account")
    assert [column["columnName"] for column in owner["joinColumns"]] == ["Name"]
    assert (cases["columnName"], cases["aggregate"], cases["apexType"]) == ("Cases", True, None)
    assert [column["columnName"] for column in cases["joinColumns"]] == ["Subject"]


def test_aggregates_are_shown_as_they_were_written_or_named(columns):
    answer = columns("SELECT CampaignId, AVG(Amount), COUNT(Id) n FROM Opportunity GROUP BY CampaignId")
    told = answer["columnMetadata"]
    assert answer["groupBy"] is True
    assert answer["idSelected"] is False
    assert [(column["columnName"], column["displayName"], column["aggregate"]) for column in told] == [
        ("CampaignId", "CampaignId", False), ("expr0", "avg(Amount)", True), ("n", "n", True),
    ]  # fmt: skip
    (count,) = columns("SELECT COUNT() FROM Account")["columnMetadata"]
    assert (count["displayName"], count["numberType"]) == ("count()", True)


def test_other_kinds_of_columns_are_told_too(columns):
    soql = "SELECT TYPEOF What WHEN Account THEN Phone, Site ELSE Name END, FORMAT(CreatedDate) made FROM Task"
    what, made = columns(soql)["columnMetadata"]
    assert [column["columnName"] for column in what["joinColumns"]] == ["Phone", "Site", "Name"]
    assert (made["textType"], made["insertable"]) == (True, False)
    (address,) = columns("SELECT BillingAddress FROM Account")["columnMetadata"]
    assert address["apexType"] == "Address"
