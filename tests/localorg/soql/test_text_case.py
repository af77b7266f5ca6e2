"""Text of every kind ignores case beyond ASCII too, however conditions on it are combined."""

from __future__ import annotations

import pytest

from langchain_sfconnect.localorg.engine import Engine


@pytest.fixture(scope="module")
def session():
    engine = Engine(seed=False)
    session = engine.session(engine.users()[0]["Id"])
    for name, rating in (("Émile", "Ärger"), ("emile", "Hot"), ("ÉMILE", "äRGER"), ("Other", "Cold")):
        session.create("Account", {"Name": name})
        session.create("Lead", {"LastName": "x", "Company": "y", "Status": rating, "Rating": rating, "Title": rating})
    yield session
    engine.close()


@pytest.mark.parametrize("field", ["Status", "Rating", "Title"])  # with an index, without one, and free text
@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("{} = 'ärger'", 2), ("{} != 'ÄRGER'", 2), ("{} IN ('ÄRGER', 'hot')", 3), ("{} NOT IN ('ärger')", 2),
        ("{} LIKE 'ärg%'", 2), ("({0} = 'ärger' OR {0} = 'HOT')", 3), ("({0} = 'hot' OR {0} = 'ÄRGER')", 3),
        ("({0} = 'hot' OR {0} = 'cold' OR {0} = 'ärger') AND LastName != 'y'", 4),
    ],
)  # fmt: skip
def test_conditions_ignore_case(session, field, condition, found):
    answer = session.query(f"SELECT Id FROM Lead WHERE {condition.format(field)}")
    assert answer["totalSize"] == found


def test_groups_and_distinct_values_of_text_ignore_case(session):
    groups = session.query("SELECT Name, COUNT(Id) n FROM Account GROUP BY Name")["records"]
    assert sorted(row["n"] for row in groups) == [1, 1, 2]
    (distinct,) = session.query("SELECT COUNT_DISTINCT(Name) n FROM Account")["records"]
    assert distinct["n"] == 3
