"""Conditions, orders and groups agree with a plain Python reading of the same rows."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.engine import Engine

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
TODAY = NOW.date()
STAGES = (
    "Prospecting", "Qualification", "Needs Analysis", "Value Proposition", "Id. Decision Makers",
    "Perception Analysis", "Proposal/Price Quote", "Negotiation/Review", "Closed Won", "Closed Lost",
)  # fmt: skip
TEXTS = ("NextStep", "StageName", "LeadSource", "Account.BillingCity")
FLAGS = ("IsClosed", "IsWon")
FIELDS = ("Id", "Name", *TEXTS, "Amount", "CloseDate", *FLAGS, "CampaignId")

Row = dict[str, Any]
Predicate = Callable[[Row], bool]


@pytest.fixture(scope="module")
def session():
    clock = Clock()
    clock.freeze(NOW)
    engine = Engine(clock=clock)
    yield engine.session(engine.users()[0]["Id"])
    engine.close()


@pytest.fixture(scope="module")
def rows(session) -> list[Row]:
    """All opportunities, parents' fields flattened."""
    records = session.query(f"SELECT {', '.join(FIELDS)} FROM Opportunity")["records"]
    assert len(records) > 200
    return [{name: reach(record, name) for name in FIELDS} for record in records]


def reach(record: Row, path: str) -> Any:
    for part in path.split("."):
        record = record[part] if record is not None else None
    return record


@dataclass(frozen=True)
class Written:
    """A condition as text and as a function of a row."""

    text: str
    holds: Predicate


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def folded(item: Any) -> Any:
    return item.lower() if isinstance(item, str) else item


def compare(operator: str, left: Any, right: Any) -> bool:
    if operator == "!=":
        return left is None or folded(left) != folded(right)
    if left is None:
        return False
    left, right = folded(left), folded(right)
    return {
        "=": left == right, "<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right,
    }[operator]  # fmt: skip


ORDERED = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
WORDS = st.sampled_from([*STAGES, "web", "Other", "Leeds", "Bergen", "Book a discovery call", "zzz", "a'b"])


@st.composite
def about_text(draw) -> Written:
    field, operator, word = draw(st.sampled_from(TEXTS)), draw(ORDERED), draw(WORDS)
    return Written(f"{field} {operator} {quoted(word)}", lambda row: compare(operator, row[field], word))


@st.composite
def about_numbers(draw) -> Written:
    operator, number = (
        draw(ORDERED),
        draw(st.integers(0, 300_000) | st.floats(0, 3e5, allow_nan=False).map(lambda n: round(n, 2))),
    )
    return Written(f"Amount {operator} {number}", lambda row: compare(operator, row["Amount"], float(number)))


@st.composite
def about_days(draw) -> Written:
    operator, day = draw(ORDERED), TODAY + timedelta(days=draw(st.integers(-500, 300)))
    return Written(f"CloseDate {operator} {day}", lambda row: compare(operator, row["CloseDate"], day.isoformat()))


@st.composite
def about_ranges(draw) -> Written:
    operator, (name, first, last) = draw(ORDERED), draw(st.sampled_from(ranges()))
    low, high = first.isoformat(), last.isoformat()

    def holds(row: Row) -> bool:
        inside = low <= row["CloseDate"] <= high
        return {
            "=": inside, "!=": not inside, "<": row["CloseDate"] < low, "<=": row["CloseDate"] <= high,
            ">": row["CloseDate"] > high, ">=": row["CloseDate"] >= low,
        }[operator]  # fmt: skip

    return Written(f"CloseDate {operator} {name}", holds)


@cache
def ranges() -> tuple[tuple[str, date, date], ...]:
    """Date literals and their first and last day, counted out by hand for Monday 2026-11-23."""
    day = date
    return (
        ("TODAY", TODAY, TODAY), ("YESTERDAY", day(2026, 11, 22), day(2026, 11, 22)),
        ("THIS_WEEK", day(2026, 11, 22), day(2026, 11, 28)), ("NEXT_WEEK", day(2026, 11, 29), day(2026, 12, 5)),
        ("THIS_MONTH", day(2026, 11, 1), day(2026, 11, 30)), ("LAST_MONTH", day(2026, 10, 1), day(2026, 10, 31)),
        ("THIS_QUARTER", day(2026, 10, 1), day(2026, 12, 31)), ("NEXT_QUARTER", day(2027, 1, 1), day(2027, 3, 31)),
        ("LAST_QUARTER", day(2026, 7, 1), day(2026, 9, 30)), ("LAST_YEAR", day(2025, 1, 1), day(2025, 12, 31)),
        ("LAST_N_DAYS:30", day(2026, 10, 24), TODAY), ("NEXT_N_DAYS:30", day(2026, 11, 24), day(2026, 12, 23)),
        ("LAST_N_MONTHS:3", day(2026, 8, 1), day(2026, 10, 31)), ("N_WEEKS_AGO:2", day(2026, 11, 8), day(2026, 11, 14)),
        ("NEXT_N_QUARTERS:2", day(2027, 1, 1), day(2027, 6, 30)),
        ("LAST_N_YEARS:1", day(2025, 1, 1), day(2025, 12, 31)),
    )  # fmt: skip


@st.composite
def about_flags(draw) -> Written:
    field, operator, flag = draw(st.sampled_from(FLAGS)), draw(st.sampled_from(["=", "!="])), draw(st.booleans())
    return Written(f"{field} {operator} {flag}", lambda row: (row[field] == flag) == (operator == "="))


@st.composite
def about_null(draw) -> Written:
    field, operator = draw(st.sampled_from((*TEXTS, "CampaignId"))), draw(st.sampled_from(["=", "!="]))
    return Written(f"{field} {operator} null", lambda row: (row[field] is None) == (operator == "="))


@st.composite
def about_membership(draw) -> Written:
    field, words, negated = (
        draw(st.sampled_from(TEXTS)),
        draw(st.lists(WORDS, min_size=1, max_size=4)),
        draw(st.booleans()),
    )
    known = {folded(word) for word in words}
    text = f"{field} {'NOT IN' if negated else 'IN'} ({', '.join(map(quoted, words))})"
    return Written(text, lambda row: (folded(row[field]) in known) != negated)


@st.composite
def about_likeness(draw) -> Written:
    field, part = draw(st.sampled_from(TEXTS)), draw(st.text("aeinst ", min_size=1, max_size=3))
    before, after = draw(st.booleans()), draw(st.booleans())

    def holds(row: Row) -> bool:
        value = folded(row[field])
        if value is None:
            return False
        fits = {(True, True): part in value, (True, False): value.endswith(part), (False, True): value.startswith(part),
                (False, False): value == part}  # fmt: skip
        return fits[before, after]

    return Written(f"{field} LIKE '{'%' * before}{part}{'%' * after}'", holds)


def combined(children: st.SearchStrategy[Written]) -> st.SearchStrategy[Written]:
    several = st.lists(children, min_size=2, max_size=3)
    return st.one_of(
        children.map(lambda item: Written(f"(NOT {item.text})", lambda row: not item.holds(row))),
        several.map(lambda items: Written(
            "(" + " AND ".join(item.text for item in items) + ")", lambda row: all(item.holds(row) for item in items))),
        several.map(lambda items: Written(
            "(" + " OR ".join(item.text for item in items) + ")", lambda row: any(item.holds(row) for item in items))),
    )  # fmt: skip


conditions = st.recursive(
    st.one_of(
        about_text(), about_numbers(), about_days(), about_ranges(), about_flags(), about_null(),
        about_membership(), about_likeness(),
    ),
    combined, max_leaves=6,
)  # fmt: skip
relaxed = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(condition=conditions)
@relaxed
def test_a_condition_finds_the_rows_python_finds(session, rows, condition):
    found = session.query(f"SELECT Id FROM Opportunity WHERE {condition.text}")
    assert {record["Id"] for record in found["records"]} == {row["Id"] for row in rows if condition.holds(row)}
    counted = session.query(f"SELECT COUNT() FROM Opportunity WHERE {condition.text}")
    assert counted["totalSize"] == found["totalSize"]


def sort_key(field: str, value: Any) -> Any:
    """Picklists go by their defined order."""
    return STAGES.index(value) if field == "StageName" else folded(value)


@given(
    keys=st.lists(
        st.tuples(st.sampled_from(("Name", "StageName", "Amount", "CloseDate", "NextStep", "Account.BillingCity")),
                  st.booleans(), st.sampled_from([None, True, False])),
        min_size=1, max_size=3, unique_by=lambda key: key[0],
    ),
    limit=st.integers(1, 300), offset=st.integers(0, 300),
)  # fmt: skip
@relaxed
def test_an_order_is_the_order_python_sorts_to(session, rows, keys, limit, offset):
    expected = list(rows)
    for field, descending, nulls_first in reversed(keys):
        first = (not descending) if nulls_first is None else nulls_first
        known = [row for row in expected if row[field] is not None]
        known.sort(key=lambda row: sort_key(field, row[field]), reverse=descending)
        missing = [row for row in expected if row[field] is None]
        expected = missing + known if first else known + missing
    words = {None: "", True: " NULLS FIRST", False: " NULLS LAST"}
    order = ", ".join(f"{field}{' DESC' * descending}{words[nulls]}" for field, descending, nulls in keys)

    found = session.query(f"SELECT Id FROM Opportunity ORDER BY {order}, Id LIMIT {limit} OFFSET {offset}")

    assert [record["Id"] for record in found["records"]] == [row["Id"] for row in stable(expected, keys)][
        offset : offset + limit
    ]


def stable(rows: list[Row], keys: list[tuple[str, bool, bool | None]]) -> list[Row]:
    """Rows that are equal by all keys come by id: reversed sorts above have kept their first order, which is by id."""
    by_key: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        by_key.setdefault(
            tuple(sort_key(field, row[field]) if row[field] is not None else None for field, _, _ in keys), []
        ).append(row)
    return [row for group in by_key.values() for row in sorted(group, key=lambda item: item["Id"])]


@given(
    fields=st.lists(st.sampled_from(("StageName", "LeadSource", "IsWon", "CampaignId", "Account.BillingCity")),
                    min_size=1, max_size=3, unique=True),
    least=st.integers(0, 12), condition=conditions,
)  # fmt: skip
@relaxed
def test_groups_hold_what_python_counts_and_sums(session, rows, fields, least, condition):
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        if condition.holds(row):
            groups.setdefault(tuple(row[field] for field in fields), []).append(row)
    expected = {
        key: (len(group), math.fsum(row["Amount"] for row in group), max(row["CloseDate"] for row in group))
        for key, group in groups.items()
        if len(group) > least
    }

    found = session.query(
        f"SELECT {', '.join(fields)}, COUNT(Id), SUM(Amount), MAX(CloseDate) FROM Opportunity WHERE {condition.text} "
        f"GROUP BY {', '.join(fields)} HAVING COUNT(Id) > {least}"
    )["records"]

    answered = {
        tuple(list(record.values())[1 : 1 + len(fields)]): tuple(list(record.values())[1 + len(fields) :])
        for record in found
    }
    assert answered == expected


@given(
    fields=st.lists(st.sampled_from(("StageName", "LeadSource", "IsWon", "CampaignId", "Account.BillingCity")),
                    min_size=1, max_size=3, unique=True),
    cube=st.booleans(), least=st.integers(0, 12), condition=conditions,
)  # fmt: skip
@relaxed
def test_subtotals_hold_what_python_counts_and_sums(session, rows, fields, cube, least, condition):
    some = [row for row in rows if condition.holds(row)]
    kept = [set(fields[:count]) for count in range(len(fields) + 1)]
    if cube:
        kept = [set(chosen) for count in range(len(fields) + 1) for chosen in itertools.combinations(fields, count)]
    expected = {}
    for level in kept:
        groups: dict[tuple[Any, ...], list[Row]] = {}
        for row in some:
            groups.setdefault(tuple(row[field] if field in level else None for field in fields), []).append(row)
        for key, group in groups.items():
            if len(group) > least:
                bits = tuple(int(field not in level) for field in fields)
                expected[key + bits] = (len(group), math.fsum(row["Amount"] for row in group))

    bits = [f"GROUPING({field}) g{number}" for number, field in enumerate(fields)]
    found = session.query(
        f"SELECT {', '.join([*fields, *bits])}, COUNT(Id) n, SUM(Amount) total FROM Opportunity "
        f"WHERE {condition.text} GROUP BY {'CUBE' if cube else 'ROLLUP'}({', '.join(fields)}) "
        f"HAVING COUNT(Id) > {least}"
    )["records"]

    answered = [tuple(list(record.values())[1:]) for record in found]
    assert len(answered) == len({row[:-2] for row in answered})
    assert {row[:-2]: row[-2:] for row in answered if row[-2]} == expected
