"""How long, wide and deep a query may be, to the last one that may and the first that may not."""

from __future__ import annotations

import pytest

from langchain_sfconnect.localorg.engine import Engine
from langchain_sfconnect.localorg.errors import OrgError

LOOKUPS = range(1, 57)
WAYS = {f"L{n}__c": {"type": "lookup", "to": "Account", "children": f"Ways{n}"} for n in LOOKUPS}
SCHEMA = {"objects": {"Knot__c": {"label": "Knot", "plural": "Knots", "fields": WAYS}}}


@pytest.fixture(scope="module")
def session():
    engine = Engine(seed=False, schema=SCHEMA)
    session = engine.session(engine.users()[0]["Id"])
    account = session.create("Account", {"Name": "x" * 255})
    session.create("Knot__c", {"Name": "k", "L1__c": account, "L55__c": account})
    yield session
    engine.close()


def refused(session, soql: str) -> str:
    with pytest.raises(OrgError) as caught:
        session.query(soql)
    assert 400 <= caught.value.status < 500
    return caught.value.code


def test_a_query_has_at_most_100000_signs(session):
    start, end = "SELECT Name FROM Account", "LIMIT 1"
    longest = start + " " * (100_000 - len(start) - len(end)) + end
    assert session.query(longest)["totalSize"] == 1
    refused(session, longest.replace(" LIMIT", "  LIMIT"))


def test_a_text_has_at_most_4000_signs(session):
    assert session.query(f"SELECT Id FROM Account WHERE Name != '{'y' * 4000}'")["totalSize"] == 1
    refused(session, f"SELECT Id FROM Account WHERE Name != '{'y' * 4001}'")
    refused(session, f"SELECT Id FROM Account WHERE Name IN ('a', '{'y' * 4001}')")


def test_55_parents_may_be_followed(session):
    def query(count: int) -> str:
        return f"SELECT {', '.join(f'L{n}__r.Name' for n in LOOKUPS[:count])} FROM Knot__c"

    (record,) = session.query(query(55))["records"]
    assert len(record) == 56
    assert record["L55__r"]["Name"] == record["L1__r"]["Name"] == "x" * 255
    assert record["L2__r"] is None
    refused(session, query(56))


def test_one_parent_followed_often_counts_once(session):
    fields = ("Name", "Industry", "Rating", "Phone", "Fax", "Website", "Site", "Sic", "Type", "Id")
    wanted = ", ".join(f"L{n}__r.{field}" for n in (1, 2, 3, 4, 5, 6) for field in fields)
    assert session.query(f"SELECT {wanted} FROM Knot__c")["totalSize"] == 1


def test_20_kinds_of_children_may_be_asked_for(session):
    def query(count: int) -> str:
        children = ", ".join(f"(SELECT Name FROM Ways{n}__r)" for n in LOOKUPS[:count])
        return f"SELECT Name, {children} FROM Account"

    (record,) = session.query(query(20))["records"]
    assert record["Ways1__r"]["records"][0]["Name"] == "k"
    assert record["Ways20__r"] is None
    refused(session, query(21))


def test_all_fields_may_be_asked_of_200_ids(session):
    ids = [f"'001gL{number:010d}'" for number in range(1, 202)]
    query = "SELECT FIELDS(ALL) FROM Account WHERE Id IN ({})"
    assert session.query(query.format(", ".join(ids[:200])))["totalSize"] == 1
    assert refused(session, query.format(", ".join(ids))) == "MALFORMED_QUERY"
