"""The rows of ROLLUP and CUBE that are totals: where they stand, and what HAVING and LIMIT make of them."""

from __future__ import annotations

import pytest

from langchain_sfconnect.localorg.engine import Engine


@pytest.fixture(scope="module")
def session():
    engine = Engine(seed=False)
    session = engine.session(engine.users()[0]["Id"])
    for source, rating in (("Web", "Hot"), ("Web", "Cold"), ("Other", "Hot"), (None, "Hot")):
        session.create("Lead", {"LastName": "x", "Company": "y", "LeadSource": source, "Rating": rating})
    yield session
    engine.close()


def rows(session, soql: str) -> list[tuple[object, ...]]:
    return [tuple(record.values())[1:] for record in session.query(soql)["records"]]


def test_a_total_follows_what_it_is_the_total_of(session):
    soql = "SELECT LeadSource, GROUPING(LeadSource), Rating, COUNT(Id) FROM Lead GROUP BY ROLLUP(LeadSource, Rating)"
    assert rows(session, soql) == [
        (None, 0, "Hot", 1), (None, 0, None, 1),
        ("Web", 0, "Hot", 1), ("Web", 0, "Cold", 1), ("Web", 0, None, 2),
        ("Other", 0, "Hot", 1), ("Other", 0, None, 1),
        (None, 1, None, 4),
    ]  # fmt: skip


def test_a_cube_totals_every_combination(session):
    soql = "SELECT LeadSource, Rating, COUNT(Id) n FROM Lead GROUP BY CUBE(LeadSource, Rating)"
    totals = {row for row in rows(session, soql) if row[0] is None}
    assert totals == {(None, "Hot", 1), (None, None, 1), (None, "Hot", 3), (None, "Cold", 1), (None, None, 4)}


def test_having_order_and_limit_work_on_totals_too(session):
    soql = "SELECT LeadSource, COUNT(Id) n FROM Lead GROUP BY ROLLUP(LeadSource)"
    assert rows(session, f"{soql} HAVING COUNT(Id) > 1 ORDER BY COUNT(Id) DESC") == [(None, 4), ("Web", 2)]
    assert rows(session, f"{soql} ORDER BY GROUPING(LeadSource) DESC LIMIT 1") == [(None, 4)]
    assert rows(session, f"{soql} HAVING GROUPING(LeadSource) = 1") == [(None, 4)]
