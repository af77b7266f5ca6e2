"""However small the pages, following every link of an answer and of the blocks in it brings the whole answer."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_sfconnect.localorg.engine import Engine

Record = dict[str, Any]
CHILDREN = (
    "(SELECT Id, LastName FROM Contacts)",
    "(SELECT Id FROM Contacts WHERE LastName > 'c1' ORDER BY LastName DESC)",
    "(SELECT Id, (SELECT Subject FROM Cases ORDER BY Subject DESC) FROM Contacts ORDER BY LastName)",
    "(SELECT Id FROM Contacts ORDER BY LastName LIMIT 3)",
)
MORE = ("", ", (SELECT Name FROM Opportunities ORDER BY Name DESC)", ", (SELECT Name FROM Opportunities LIMIT 1)")
ORDERS = ("Id", "Name", "Name DESC", "NumberOfEmployees DESC NULLS LAST, Name")


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    engine = Engine(seed=False)
    session, chance = engine.session(engine.users()[0]["Id"]), Random(5)
    with engine.database.transaction():
        names = [f"a{number:02}" for number in range(14)]
        chance.shuffle(names)
        for name in names:
            account = session.create("Account", {"Name": name, "NumberOfEmployees": chance.choice((None, 1, 2, 3))})
            for number in range(chance.choice((0, 0, 1, 2, 5, 12))):
                values = {"LastName": f"c{chance.randrange(9)}{number}", "AccountId": account}
                contact = session.create("Contact", values)
                for count in range(chance.choice((0, 0, 1, 4))):
                    session.create("Case", {"Subject": f"s{count}", "ContactId": contact})
            for number in range(chance.choice((0, 1, 3))):
                deal = {"Name": f"o{number}", "AccountId": account, "StageName": "x", "CloseDate": "2026-01-01"}
                session.create("Opportunity", deal)
    yield session
    engine.close()


def followed(session: Any, block: Record, sizes: list[int]) -> list[Record]:
    """Return all records of a block, from all its pages, with the blocks in them made whole as well."""
    records = [whole(session, record, sizes) for record in block["records"]]
    while not block["done"]:
        block = session.query_more(block["nextRecordsUrl"].rpartition("/")[2])
        sizes.append(rows_in(block))
        records += [whole(session, record, sizes) for record in block["records"]]
    assert "nextRecordsUrl" not in block
    assert block["totalSize"] == len(records)
    return records


def whole(session: Any, record: Record, sizes: list[int]) -> Record:
    return {
        key: followed(session, item, sizes) if isinstance(item, dict) and "records" in item else item
        for key, item in record.items()
    }


def rows_in(block: Record) -> int:
    """Return how many rows a page shows, rows of subqueries included."""
    below = (item for record in block["records"] for item in record.values() if isinstance(item, dict))
    return len(block["records"]) + sum(rows_in(item) for item in below if "records" in item)


@given(
    children=st.sampled_from(CHILDREN), more=st.sampled_from(MORE), order=st.sampled_from(ORDERS),
    size=st.integers(1, 40), limit=st.none() | st.integers(0, 14),
)  # fmt: skip
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_of_families_make_the_whole_answer(session, children, more, order, size, limit):
    bound = "" if limit is None else f" LIMIT {limit}"
    query = f"SELECT Name, {children}{more} FROM Account ORDER BY {order}{bound}"
    expected = followed(session, session.query(query), [])

    page = session.query(query, batch_size=size)
    sizes = [rows_in(page)]

    assert followed(session, page, sizes) == expected
    assert page["totalSize"] == len(expected)
    if size >= 20:
        assert max(sizes) <= size
