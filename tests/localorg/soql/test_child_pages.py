"""Rows of subqueries count toward a page; families too large for one are cut and read on by cursors of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_sfconnect.localorg.engine import Engine
from langchain_sfconnect.localorg.errors import OrgError

Record = dict[str, Any]
NESTED = (
    "SELECT Name, (SELECT LastName, (SELECT Subject FROM Tasks ORDER BY Subject) FROM Contacts ORDER BY LastName), "
    "(SELECT Name FROM Opportunities ORDER BY Name LIMIT 3) FROM Account ORDER BY Name"
)


@pytest.fixture(scope="module")
def session():
    engine = Engine(seed=False)
    session = engine.session(engine.users()[0]["Id"])
    plant(session)
    yield session
    engine.close()


def plant(session) -> None:
    """Account k of seven has k contacts, two tasks each, and four deals if k is even."""
    for k in range(7):
        account = session.create("Account", {"Name": f"a{k}"})
        for number in range(k):
            contact = session.create("Contact", {"LastName": f"c{k}{number}", "AccountId": account})
            for word in "xy":
                session.create("Task", {"Subject": word, "WhoId": contact})
        for number in range(4 * (k % 2 == 0)):
            fields = {"Name": f"d{k}{number}", "AccountId": account, "StageName": "New", "CloseDate": "2026-01-01"}
            session.create("Opportunity", fields)


def read_on(session, page: Record) -> Iterator[Record]:
    """Every page from one on, as a client follows them."""
    yield page
    while not page["done"]:
        page = session.query_more(page["nextRecordsUrl"].rpartition("/")[2])
        yield page


def gathered(session, page: Record) -> list[Any]:
    """All records of all pages without what only tells where they are, blocks read to their ends."""
    return [plain(session, record) for part in read_on(session, page) for record in part["records"]]


def plain(session, record: Record) -> Record:
    blocks = {key: gathered(session, value) for key, value in record.items() if is_block(value)}
    return {key: blocks.get(key, value) for key, value in record.items() if key != "attributes"}


def is_block(value: Any) -> bool:
    return isinstance(value, dict) and "records" in value


def rows(records: list[Record]) -> int:
    """How many rows a page holds, those of its blocks included."""
    blocks = (value["records"] for record in records for value in record.values() if is_block(value))
    return len(records) + sum(rows(block) for block in blocks)


@given(batch=st.integers(1, 60))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_small_the_pages_the_records_are_the_same(session, batch):
    whole = session.query(NESTED)
    assert whole["done"] is True

    page = session.query(NESTED, batch_size=batch)

    assert gathered(session, page) == gathered(session, whole)
    assert page["totalSize"] == 7


@pytest.mark.parametrize("batch", [20, 25, 40])
def test_a_page_holds_no_more_rows_than_were_asked_for(session, batch):
    for page in read_on(session, session.query(NESTED, batch_size=batch)):
        cut = any(not block["done"] for record in page["records"] for block in record.values() if is_block(block))
        assert rows(page["records"]) <= batch or (cut and len(page["records"]) == 1)


def test_a_family_that_does_not_fit_waits_for_the_next_page(session):
    page = session.query("SELECT Name, (SELECT LastName FROM Contacts) FROM Account ORDER BY Name", batch_size=8)
    assert [record["Name"] for record in page["records"]] == ["a0", "a1", "a2"]  # with 0, 1 and 2 contacts
    assert page["nextRecordsUrl"].endswith("-3")


def test_a_block_too_large_for_a_page_says_where_it_goes_on(session):
    soql = "SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account WHERE Name = 'a6'"
    (record,) = session.query(soql, batch_size=5)["records"]
    block = record["Contacts"]
    assert list(block) == ["totalSize", "done", "nextRecordsUrl", "records"]
    assert (block["totalSize"], block["done"], len(block["records"])) == (6, False, 4)

    rest = session.query_more(block["nextRecordsUrl"].rpartition("/")[2])

    assert [contact["LastName"] for contact in rest["records"]] == ["c64", "c65"]
    assert rest["records"][0]["attributes"]["type"] == "Contact"
    assert (rest["totalSize"], rest["done"]) == (6, True)
    assert "nextRecordsUrl" not in rest


def test_the_limit_of_a_subquery_is_its_total(session):
    soql = "SELECT (SELECT Name FROM Opportunities ORDER BY Name DESC LIMIT 3 OFFSET 1) FROM Account LIMIT 1"
    (record,) = session.query(soql, batch_size=2)["records"]
    block = record["Opportunities"]
    assert (block["totalSize"], [deal["Name"] for deal in block["records"]]) == (3, ["d02"])
    assert [deal["Name"] for deal in gathered(session, block)] == ["d02", "d01", "d00"]


def test_five_levels_since_version_58_and_two_before():
    engine = Engine(seed=False)
    user = engine.users()[0]["Id"]
    assert engine.session(user, api_version="58.0").query(nested(5))["totalSize"] == 0
    assert refused(engine.session(user, api_version="66.0"), nested(6)).startswith("Queries may be nested 5 levels")
    old = engine.session(user, api_version="57.0")
    assert old.query("SELECT Id, (SELECT Id FROM Contacts) FROM Account")["totalSize"] == 0
    assert refused(old, "SELECT (SELECT (SELECT Id FROM Cases) FROM Contacts) FROM Account").startswith(
        "Queries may be"
    )
    engine.close()


def nested(levels: int) -> str:
    soql = "SELECT Id FROM ChildAccounts"
    for _ in range(levels - 2):
        soql = f"SELECT Id, ({soql}) FROM ChildAccounts"
    return f"SELECT Id, ({soql}) FROM Account"


def refused(session, soql: str) -> str:
    with pytest.raises(OrgError) as caught:
        session.query(soql)
    assert caught.value.code == "MALFORMED_QUERY"
    return caught.value.message
