"""Joins, children and chosen values agree with a plain Python reading of the same rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.engine import Engine

NAMES = ("a", "A", "Ab", "aB", "b", "B b", "b_b", "b%b", "é", "É", "O'Neil", 'q"q', "c\\d", "z", "Z z")
WORDS = (None, "Red", "red", "Green", "blue", "Blue")
CHOICES = ("One", "Two", "Three", "Onetwo")
SCHEMA = {
    "objects": {
        "Account": {"fields": {"Picks__c": {"type": "multipicklist", "values": list(CHOICES)}}},
    }
}

Row = dict[str, Any]


@dataclass(frozen=True)
class Written:
    """A condition as text and as a function of a row."""

    text: str
    holds: Callable[[Row], bool]


@pytest.fixture(scope="module")
def org() -> Iterator[tuple[Any, dict[str, list[Row]]]]:
    """A session and all rows by object, each with its references resolved by the test's own hands."""
    clock = Clock()
    clock.freeze(datetime(2026, 11, 23, tzinfo=UTC))
    engine = Engine(clock=clock, seed=False, schema=SCHEMA)
    session = engine.session(engine.users()[0]["Id"])
    chance = Random(7)
    with engine.database.transaction():
        accounts = made(session, "Account", 25, lambda _: {
            "Name": chance.choice(NAMES), "Site": chance.choice(WORDS), "NumberOfEmployees": number(chance),
            "Picks__c": ";".join(pick for pick in CHOICES if chance.random() < 0.4) or None,
        })  # fmt: skip
        contacts = made(session, "Contact", 70, lambda _: {
            "LastName": chance.choice(NAMES), "Title": chance.choice(WORDS),
            "AccountId": chance.choice([None, *(row["Id"] for row in accounts[:18])]),
        })  # fmt: skip
        deals = made(session, "Opportunity", 70, lambda _: {
            "Name": chance.choice(NAMES), "NextStep": chance.choice(WORDS), "Amount": number(chance),
            "StageName": chance.choice(("Prospecting", "Closed Won")), "CloseDate": "2026-12-01",
            "AccountId": chance.choice([None, *(row["Id"] for row in accounts[6:])]),
        })  # fmt: skip
    yield session, {"Account": accounts, "Contact": contacts, "Opportunity": deals}
    engine.close()


def made(session: Any, sobject: str, count: int, values: Callable[[int], Row]) -> list[Row]:
    rows = [values(index) for index in range(count)]
    return [{**row, "Id": session.create(sobject, row)} for row in rows]


def number(chance: Random) -> int | None:
    return chance.choice((None, 0, 1, 1, 5, 10, 99))


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def folded(item: Any) -> Any:
    return item.lower() if isinstance(item, str) else item


def on_text(field: str) -> st.SearchStrategy[Written]:
    def equal(word: str, negated: bool) -> Written:
        sign = "!=" if negated else "="
        return Written(f"{field} {sign} {quoted(word)}", lambda row: (folded(row[field]) == folded(word)) != negated)

    def among(words: list[str], negated: bool) -> Written:
        sign, known = "NOT IN" if negated else "IN", set(map(folded, words))
        text = f"{field} {sign} ({', '.join(map(quoted, words))})"
        return Written(text, lambda row: (folded(row[field]) in known) != negated)

    words = st.sampled_from((*NAMES, "Red", "BLUE", "nothing"))
    return st.builds(equal, words, st.booleans()) | st.builds(among, st.lists(words, min_size=1), st.booleans())


def on_number(field: str) -> st.SearchStrategy[Written]:
    def compared(sign: str, bound: int) -> Written:
        def holds(row: Row) -> bool:
            value = row[field]
            known = {"<": lambda: value < bound, ">": lambda: value > bound, "<=": lambda: value <= bound}
            return value is not None and known[sign]()

        return Written(f"{field} {sign} {bound}", holds)

    return st.builds(compared, st.sampled_from(("<", ">", "<=")), st.sampled_from((0, 1, 5, 50)))


def on_null(field: str) -> st.SearchStrategy[Written]:
    missing = Written(f"{field} = null", lambda row: row[field] is None)
    return st.sampled_from((missing, Written(f"{field} != null", lambda row: row[field] is not None)))


def both(first: Written, second: Written) -> Written:
    return Written(f"({first.text} AND {second.text})", lambda row: first.holds(row) and second.holds(row))


def either(first: Written, second: Written) -> Written:
    return Written(f"({first.text} OR {second.text})", lambda row: first.holds(row) or second.holds(row))


def about(text: str, other: str, count: str | None) -> st.SearchStrategy[Written]:
    simple = on_text(text) | on_text(other) | on_null(other)
    simple = simple | on_number(count) | on_null(count) if count else simple
    return simple | st.builds(both, simple, simple) | st.builds(either, simple, simple)


accounts = about("Name", "Site", "NumberOfEmployees")
contacts = about("LastName", "Title", None)
deals = about("Name", "NextStep", "Amount")
relaxed = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def ids(answer: Row) -> list[str]:
    return [record["Id"] for record in answer["records"]]


@given(outer=accounts, inner=contacts, other=deals, negated=st.booleans(), twice=st.booleans())
@relaxed
def test_semi_and_anti_joins_on_ids(org, outer, inner, other, negated, twice):
    session, rows = org
    known = {row["AccountId"] for row in rows["Contact"] if inner.holds(row)}
    others = {row["AccountId"] for row in rows["Opportunity"] if other.holds(row)}
    word = "NOT IN" if negated else "IN"
    second = f" AND Id NOT IN (SELECT AccountId FROM Opportunity WHERE {other.text})" if twice else ""

    found = session.query(
        f"SELECT Id FROM Account WHERE {outer.text} AND Id {word} (SELECT AccountId FROM Contact WHERE {inner.text})"
        f"{second} ORDER BY Id"
    )

    assert ids(found) == [
        row["Id"]
        for row in rows["Account"]
        if outer.holds(row) and (row["Id"] in known) != negated and not (twice and row["Id"] in others)
    ]


@given(outer=deals, inner=accounts, negated=st.booleans())
@relaxed
def test_semi_and_anti_joins_on_references(org, outer, inner, negated):
    session, rows = org
    known = {row["Id"] for row in rows["Account"] if inner.holds(row)}
    word = "NOT IN" if negated else "IN"

    found = session.query(
        f"SELECT Id FROM Opportunity WHERE {outer.text} AND AccountId {word} (SELECT Id FROM Account "
        f"WHERE {inner.text}) ORDER BY Id"
    )

    expected = [row for row in rows["Opportunity"] if outer.holds(row) and (row["AccountId"] in known) != negated]
    assert ids(found) == [row["Id"] for row in expected]


@given(outer=accounts, inner=deals, limit=st.none() | st.integers(0, 4), descending=st.booleans())
@relaxed
def test_children_have_their_own_condition_order_and_limit(org, outer, inner, limit, descending):
    session, rows = org
    bound = "" if limit is None else f" LIMIT {limit}"
    direction = "DESC NULLS LAST" if descending else "ASC NULLS FIRST"

    found = session.query(
        f"SELECT Id, (SELECT Id, Amount FROM Opportunities WHERE {inner.text} ORDER BY Amount {direction}, Id{bound}) "
        f"FROM Account WHERE {outer.text} ORDER BY Id"
    )

    for record, parent in zip(found["records"], filter(outer.holds, rows["Account"]), strict=True):
        mine = [row for row in rows["Opportunity"] if row["AccountId"] == parent["Id"] and inner.holds(row)]
        missing, known = ([row for row in mine if (row["Amount"] is None) == gone] for gone in (True, False))
        known.sort(key=lambda row: row["Amount"], reverse=descending)
        wanted = [row["Id"] for row in (known + missing if descending else missing + known)][:limit]
        assert record["Id"] == parent["Id"]
        assert (ids(record["Opportunities"]) if record["Opportunities"] else []) == wanted
        assert wanted or record["Opportunities"] is None


@given(condition=accounts, negated=st.booleans())
@relaxed
def test_a_missing_parent_is_a_parent_of_nulls(org, condition, negated):
    session, rows = org
    nobody = dict.fromkeys(rows["Account"][0])
    parents = {row["Id"]: row for row in rows["Account"]}
    text = condition.text
    for field in ("Name", "Site", "NumberOfEmployees"):
        text = text.replace(f"{field} ", f"Account.{field} ")

    found = session.query(f"SELECT Id FROM Contact WHERE {'NOT ' * negated}({text}) ORDER BY Id")

    expected = [row for row in rows["Contact"] if condition.holds(parents.get(row["AccountId"], nobody)) != negated]
    assert ids(found) == [row["Id"] for row in expected]


wanted_choices = st.lists(
    st.lists(st.sampled_from((*CHOICES, "one", "TWO", "Four")), min_size=1, max_size=3), min_size=1, max_size=3
)


@given(wanted=wanted_choices, negated=st.booleans())
@relaxed
def test_chosen_values_are_sets(org, wanted, negated):
    session, rows = org
    word = "EXCLUDES" if negated else "INCLUDES"
    listed = ", ".join(quoted(";".join(values)) for values in wanted)

    def includes(row: Row) -> bool:
        chosen = {folded(value) for value in row["Picks__c"].split(";")}
        return any({folded(value) for value in values} <= chosen for values in wanted)

    found = session.query(f"SELECT Id FROM Account WHERE Picks__c {word} ({listed}) AND Picks__c != null ORDER BY Id")

    expected = [row for row in rows["Account"] if row["Picks__c"] and includes(row) != negated]
    assert ids(found) == [row["Id"] for row in expected]
