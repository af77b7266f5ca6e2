"""What the org shows of a record that was made of some values is alike them, and unlike any others."""

from __future__ import annotations

import string
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_sfconnect.accounts.likeness import alike, comparable, may_be
from langchain_sfconnect.localorg import LocalOrg

SCHEMA = {
    "objects": {
        "Account": {"fields": {"Ext__c": {"type": "text", "length": 40, "external_id": True, "unique": True}}},
        "Thing__c": {
            "label": "Thing",
            "fields": {
                "Text__c": {"type": "text", "length": 255},
                "Long__c": {"type": "long_textarea", "length": 32000},
                "Mail__c": {"type": "email"},
                "Amount__c": {"type": "currency", "precision": 18, "scale": 2},
                "Exact__c": {"type": "number", "precision": 18, "scale": 6},
                "Whole__c": {"type": "number", "precision": 9, "scale": 0},
                "Day__c": {"type": "date"},
                "Moment__c": {"type": "datetime"},
                "Flag__c": {"type": "checkbox"},
                "Choice__c": {"type": "picklist", "values": ["Hot", "Warm", "Cold"]},
                "Account__c": {"type": "lookup", "to": "Account", "children": "Things"},
            },
        },
    }
}
ZONES = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t @;'\\\"éß中🙂"), max_size=60)
AMOUNTS = st.decimals(-(10**9), 10**9, places=2) | st.decimals(-1000, 1000, places=4)
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=ZONES)
WORDS = st.text(string.ascii_letters + string.digits, min_size=1, max_size=20)


def as_number(value: Decimal) -> st.SearchStrategy[Any]:
    return st.sampled_from([float(value), str(value), f" {value} "])


FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "Text__c": TEXTS | st.integers(0, 10**12) | st.none(),
    "Long__c": TEXTS | st.just("one\r\ntwo\n") | st.none(),
    "Mail__c": st.tuples(WORDS, WORDS).map(lambda parts: f"{parts[0]}@{parts[1]}.Example") | st.none(),
    "Amount__c": AMOUNTS.flatmap(as_number) | st.integers(-(10**9), 10**9) | st.none(),
    "Exact__c": st.decimals(-1000, 1000, places=6).flatmap(as_number) | st.none(),
    "Whole__c": st.integers(-(10**8), 10**8) | st.none(),
    "Day__c": st.dates(date(1900, 1, 1), date(2100, 1, 1)).map(str) | st.none(),
    "Moment__c": MOMENTS.map(lambda moment: moment.isoformat()) | st.none(),
    "Flag__c": st.booleans() | st.sampled_from(["true", "FALSE"]),
    "Choice__c": st.sampled_from(["Hot", "Warm", "Cold", None]),
}


@pytest.fixture(scope="module")
def rest() -> Iterator[httpx.Client]:
    with LocalOrg(schema=SCHEMA) as org:
        headers = {"Authorization": f"Bearer {org.session_token()}"}
        base = f"{org.instance_url}/services/data/v66.0"
        with httpx.Client(base_url=base, headers=headers, verify=False) as client:
            yield client


def shown(rest: httpx.Client, sent: dict[str, Any]) -> dict[str, Any]:
    """The record that is made of these values, as a look at it shows it."""
    made = rest.post("/sobjects/Thing__c", json={"Name": "x", **sent})
    assert made.status_code == 201, made.text
    soql = f"SELECT Id, {', '.join(comparable(sent))} FROM Thing__c WHERE Id = '{made.json()['id']}'"
    row: dict[str, Any] = rest.get("/queryAll", params={"q": soql}).json()["records"][0]
    return row


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.fixed_dictionaries({}, optional=FIELDS).filter(bool))
def test_what_the_org_shows_is_alike_what_was_sent(rest: httpx.Client, sent: dict[str, Any]) -> None:
    row = shown(rest, sent)
    assert alike(comparable(sent), row)
    assert may_be(comparable(sent), row)
    assert alike({name.upper(): value for name, value in sent.items()}, row)


def meaning(name: str, value: Any) -> Any:
    """What a value comes to in its field; equal values need not be told apart."""
    text = "" if value is None else str(value).strip()
    if not text:
        return None
    if name in ("Amount__c", "Exact__c", "Whole__c"):
        return round(Decimal(text), 1)
    if name == "Moment__c":
        return datetime.fromisoformat(text).astimezone(UTC).replace(microsecond=0)
    return text.lower() if name in ("Mail__c", "Flag__c") else text.replace("\r\n", "\n")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), sent=st.fixed_dictionaries(FIELDS))
def test_one_other_value_makes_it_unlike(rest: httpx.Client, data: st.DataObject, sent: dict[str, Any]) -> None:
    name = data.draw(st.sampled_from(sorted(FIELDS)))
    other = data.draw(FIELDS[name].filter(lambda value: meaning(name, value) != meaning(name, sent[name])))
    row = shown(rest, sent)
    changed = {**sent, name: other}
    assert not alike(comparable(changed), row)
    assert not may_be(comparable(changed), row)


def test_references_are_alike_in_either_length_and_by_external_id(rest: httpx.Client) -> None:
    one, other = (rest.post("/sobjects/Account", json={"Name": n, "Ext__c": n}).json()["id"] for n in "AB")
    row = shown(rest, {"Account__c": one[:15]})
    assert alike({"Account__c": one}, row)
    assert alike({"Account__c": one[:15]}, row)
    for wrong in (other, other[:15], one[:15].swapcase(), None, ""):
        assert not alike({"Account__c": wrong}, row)
    row = shown(rest, {"Account__r": {"Ext__c": "A"}})
    assert alike(comparable({"Account__r": {"Ext__c": "A"}}), row)
    assert not alike(comparable({"Account__r": {"Ext__c": "B"}}), row)
    assert not alike(comparable({"Account__r": {"Ext__c": "A"}}), {**row, "Account__r": None})


@pytest.mark.parametrize(
    ("sent", "row"),
    [
        ("abcdefghijklmno", "abcdefghijklmnoPQR"),  # no id and its checksum
        ("Meet @Home", "meet @home"),  # no e-mail address
        (1.001, 1.004),
        (5, 5.004),
        ("5", 5.01),
        ("five", 5.0),
        ("nan", 5.0),
        (True, "yes"),
        (0, None),
        (False, None),
        ("2026-05-17T10:00:00", "2026-05-17T10:00:00.000+0000"),  # in which zone?
        ("2026-05-17T10:00:00Z", "2026-05-17T10:00:01.000+0000"),
        (10**40, 1.0),
    ],
)
def test_near_is_not_alike(sent: Any, row: Any) -> None:
    assert not alike({"F": sent}, {"F": row})


def test_a_record_that_does_not_show_a_field_is_not_alike_but_may_be() -> None:
    assert not alike({"Name": "A", "Phone": "1"}, {"Name": "A"})
    assert may_be({"Name": "A", "Phone": "1"}, {"Name": "A"})
