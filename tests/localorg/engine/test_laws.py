"""Laws: refusals change nothing, undelete undoes delete, narrower profiles can less, what is written is read."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import count, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.engine import Engine
from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.sqltext import Sql

NUMBERS = count()
PROFILES = ("Everything", "Narrow", "Narrower")
law = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def narrowing():
    """A profile and a narrower one: what the first does not give, the second does not give either."""
    narrow = {
        "Account": {"fields": {"Industry": "read", "Description": "none"}},
        "Contact": {"edit": False},
        "Opportunity": {"delete": False, "fields": {"Amount": "read"}},
        "Invoice__c": {"create": False},
    }
    narrower = {
        "Account": {"create": False, "fields": {"Industry": "none", "Description": "none", "Rating": "read"}},
        "Contact": {"read": False},
        "Opportunity": {"delete": False, "edit": False, "fields": {"Amount": "none"}},
        "Invoice__c": {"create": False, "delete": False, "fields": {"Mood__c": "read"}},
    }
    return {"Narrow": {"objects": narrow}, "Narrower": {"objects": narrower}}


@pytest.fixture(scope="module")
def engine(declared_schema):
    users = [{"username": f"{name}@law.example", "last_name": name, "profile": name} for name in PROFILES[1:]]
    schema = declared_schema | {"profiles": declared_schema["profiles"] | narrowing()}
    clock = Clock()
    clock.freeze(datetime(2026, 11, 23, 10, tzinfo=UTC))
    engine = Engine(clock=clock, seed=False, schema=schema | {"users": [*declared_schema["users"], *users]})
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def sessions(engine):
    """Sessions from the one that may do everything to the one that may do least."""
    users = [engine.users()[0], *(engine.user_by_username(f"{name}@law.example") for name in PROFILES[1:])]
    return [engine.session(user["Id"]) for user in users]


def contents(engine):
    """Everything an org holds, but for the numbers it has handed out."""
    tables = engine.database.rows(Sql("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%fts5%'"))
    kept = [name for (name,) in tables if not name.startswith("_text") and not name.startswith("_words")]
    return {name: engine.database.rows(Sql("SELECT * FROM") + Sql(f'"{name}" ORDER BY 1')) for name in kept}


def outcome(call):
    try:
        return call()
    except OrgError as error:
        return error


SCALARS = st.none() | st.booleans() | st.integers(-99999, 99999) | st.floats() | st.text(max_size=12)
WORDS = st.sampled_from(["Paid", "Sent", "Draft", "Red;Blue", "a@b.example", "2026-11-23", "10:00", "abc", "ABC", -1])
INVOICES = st.dictionaries(
    st.sampled_from(["Amount__c", "Key__c", "Stage__c", "Tags__c", "Email__c", "Count__c", "Day__c", "Hour__c", 
                     "Done__c", "Account__c", "RecordTypeId", "OwnerId", "Moment__c", "Weight__c"]),
    SCALARS | WORDS, max_size=4,
)  # fmt: skip


@given(INVOICES, INVOICES)
@law
def test_a_refused_write_changes_nothing(engine, sessions, body, other):
    session = sessions[0]
    for write in (
        lambda: session.create("Invoice__c", body),
        lambda: session.upsert("Invoice__c", "Key__c", "k", other),
    ):
        before = contents(engine)
        if isinstance(outcome(write), OrgError):
            assert contents(engine) == before


@pytest.fixture
def family(sessions):
    """An account with a record below it by every kind of lookup, anew for each test."""
    session = sessions[0]
    account = session.create("Account", {"Name": "Acme"})
    contact = session.create("Contact", {"LastName": "Wong", "AccountId": account})
    deal = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-11-30", "Amount": 5}
    opportunity = session.create("Opportunity", deal | {"AccountId": account, "ContactId": contact})
    task = session.create("Task", {"WhatId": opportunity, "Status": "Completed", "ActivityDate": "2026-11-20"})
    invoice = session.create("Invoice__c", {"Account__c": account, "Key__c": f"f{next(NUMBERS)}"})
    line = session.create("Line__c", {"Invoice__c": invoice})
    part = session.create("Part__c", {"Line__c": line})
    return {"Account": account, "Contact": contact, "Opportunity": opportunity, "Task": task, "Invoice__c": invoice,
            "Line__c": line, "Part__c": part}  # fmt: skip


@given(st.permutations(["Account", "Contact", "Opportunity", "Task", "Invoice__c", "Line__c", "Part__c"]), st.data())
@law
def test_undeleting_in_reverse_undoes_deleting(engine, sessions, family, names, data):
    session = sessions[0]
    before = without_audit(contents(engine))
    deleted = []
    for name in names[: data.draw(st.integers(1, len(names)))]:
        if not isinstance(outcome(lambda name=name: session.delete(name, family[name])), OrgError):
            deleted.append(name)
    assert deleted
    for name in reversed(deleted):
        session.undelete(family[name])
    assert without_audit(contents(engine)) == before


def without_audit(tables):
    """Leave out who did something when: the one thing that a way there and back changes."""
    return {
        name: [tuple(value for value in row if not _is_stamp(value)) for row in rows]
        for name, rows in tables.items()
        if name not in ("_viewed", "_numbers")
    }


def _is_stamp(value):
    return isinstance(value, str) and value.endswith("+0000")


@given(
    st.sampled_from(["Account", "Contact", "Opportunity", "Invoice__c", "Case"]),
    st.dictionaries(
        st.sampled_from(["Name", "LastName", "Industry", "Description", "Rating", "Amount", "Mood__c", "NextStep"]),
        st.sampled_from(["x", None, 5]), max_size=4,
    ),
)  # fmt: skip
@law
def test_a_narrower_profile_never_gets_more(engine, sessions, sobject, body):
    base = {"Account": {"Name": "x"}, "Contact": {"LastName": "x"}, "Case": {}, "Invoice__c": {},
            "Opportunity": {"Name": "x", "StageName": "Prospecting", "CloseDate": "2026-11-30"}}[sobject]  # fmt: skip
    existing = sessions[0].create(sobject, base)
    for action in (
        lambda session: session.create(sobject, base | body),
        lambda session: session.update(sobject, existing, body),
        lambda session: session.retrieve(sobject, existing, list(body) or None),
        lambda session: session.query(f"SELECT {', '.join(['Id', *body])} FROM {sobject} LIMIT 1"),
        lambda session: session.describe(sobject),
    ):
        refused = [isinstance(tried(engine, lambda s=s: action(s)), OrgError) for s in sessions]  # noqa: B023
        assert refused == sorted(refused)
    fields = [set(outcome(lambda s=s: s.retrieve(sobject, existing)) or ()) for s in sessions if sobject != "Contact"]
    assert all(less <= more for more, less in pairwise(fields))


def tried(engine, call):
    with engine.database.transaction() as transaction:
        result = outcome(call)
        transaction.rollback()
    return result


MOMENTS = st.datetimes(datetime(1700, 1, 2), datetime(4000, 12, 30))
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=10)


def rounded(number, scale):
    return float(Decimal(repr(number)).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP))


WRITTEN = st.one_of(
    st.tuples(st.just("Note__c"), TEXTS).map(lambda pair: (*pair, pair[1])),
    st.tuples(st.just("Phone__c"), TEXTS).map(lambda pair: (*pair, pair[1])),
    st.tuples(st.just("Done__c"), st.booleans()).map(lambda pair: (*pair, pair[1])),
    st.tuples(st.just("Count__c"), st.integers(-9999, 9999)).map(lambda pair: (*pair, pair[1])),
    st.tuples(st.just("Amount__c"), st.floats(0, 999_999.99)).map(lambda pair: (*pair, rounded(pair[1], 2))),
    st.tuples(st.just("Weight__c"), st.floats(-999.999, 999.999)).map(lambda pair: (*pair, rounded(pair[1], 3))),
    st.tuples(st.just("Day__c"), st.dates(date(1700, 1, 1), date(4000, 12, 31))).map(
        lambda pair: (pair[0], pair[1].isoformat(), pair[1].isoformat())),
    st.tuples(st.just("Moment__c"), MOMENTS).map(
        lambda pair: (pair[0], pair[1].isoformat() + "Z", pair[1].isoformat(timespec="milliseconds") + "+0000")),
    st.tuples(st.just("Hour__c"), st.times()).map(
        lambda pair: (pair[0], pair[1].isoformat(), pair[1].isoformat(timespec="milliseconds") + "Z")),
    st.tuples(st.just("Tags__c"), st.lists(st.sampled_from(["Red", "Green", "Blue"]), min_size=1, unique=True)).map(
        lambda pair: (pair[0], ";".join(pair[1]), ";".join(sorted(pair[1], key=["Red", "Green", "Blue"].index)))),
)  # fmt: skip


@given(WRITTEN)
@law
def test_a_record_read_back_is_what_was_written(sessions, written):
    field, given_value, expected = written
    record_id = sessions[0].create("Invoice__c", {field: given_value})
    found = sessions[0].retrieve("Invoice__c", record_id, [field])[field]
    assert found == expected
    assert type(found) is type(expected)
    assert not isinstance(found, float) or math.isfinite(found)
    sessions[0].update("Invoice__c", record_id, {field: found})
    assert sessions[0].retrieve("Invoice__c", record_id, [field])[field] == expected
