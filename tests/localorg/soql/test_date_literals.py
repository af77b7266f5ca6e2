"""Date literals cover what a calendar says they cover, at any moment, in any time zone and fiscal year."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.engine import Engine
from langchain_sfconnect.localorg.fiscal import FiscalCalendar

ZONES = (
    "UTC", "Europe/London", "America/New_York", "America/Los_Angeles", "America/Sao_Paulo", "Asia/Kolkata",
    "Asia/Kathmandu", "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Auckland", "Africa/Cairo", "Pacific/Kiritimati",
)  # fmt: skip
FIXED = (
    "YESTERDAY", "TODAY", "TOMORROW", "LAST_90_DAYS", "NEXT_90_DAYS",
    *(f"{side}_{unit}" for side in ("LAST", "THIS", "NEXT")
      for unit in ("WEEK", "MONTH", "QUARTER", "YEAR", "FISCAL_QUARTER", "FISCAL_YEAR")),
)  # fmt: skip
COUNTED = tuple(
    shape.format(unit)
    for shape in ("LAST_N_{}S", "NEXT_N_{}S", "N_{}S_AGO")
    for unit in ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "FISCAL_QUARTER", "FISCAL_YEAR")
)
ONE_DAY = timedelta(days=1)
literals = st.one_of(
    st.sampled_from(FIXED),
    st.builds("{}:{}".format, st.sampled_from(COUNTED), st.integers(1, 40)),
)
moments = st.datetimes(datetime(2001, 1, 1), datetime(2060, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC))


@pytest.fixture(scope="module")
def engine():
    clock = Clock()
    clock.freeze(datetime(2026, 1, 1, tzinfo=UTC))
    engine = Engine(clock=clock, seed=False)
    yield engine
    engine.close()


def first_of(unit: str, day: date, fiscal: int, count: int) -> date:
    """Return the first day of the unit that is `count` units after the one around `day`."""
    if unit == "DAY":
        return day + count * ONE_DAY
    if unit == "WEEK":
        sunday = next(day - back * ONE_DAY for back in range(7) if (day - back * ONE_DAY).strftime("%w") == "0")
        return sunday + 7 * count * ONE_DAY
    length = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[unit.removeprefix("FISCAL_")]
    start = fiscal if unit.startswith("FISCAL") else 1
    months = [day.year * 12 + day.month - 1 - back for back in range(length)]
    around = next(month for month in months if (month % 12 + 1 - start) % length == 0)
    return date((around + count * length) // 12, (around + count * length) % 12 + 1, 1)


def span(literal: str, day: date, fiscal: int) -> tuple[date, date]:
    """Return the first and the last day that a literal covers, `day` being today."""
    name, _, number = literal.partition(":")
    count = int(number or 1)
    name = name.replace("_90_", "_N_")
    count = 90 if literal.endswith("_90_DAYS") else count
    if name in ("YESTERDAY", "TODAY", "TOMORROW"):
        only = day + (("YESTERDAY", "TODAY", "TOMORROW").index(name) - 1) * ONE_DAY
        return only, only
    if name == "LAST_N_DAYS":
        return day - count * ONE_DAY, day
    many = name.startswith(("LAST_N_", "NEXT_N_"))
    if name.endswith("_AGO"):
        unit, low, high = name[2:-5], -count, -count
    elif many:
        unit, low, high = name[7:-1], *((-count, -1) if name.startswith("LAST") else (1, count))
    else:
        unit, side = name[5:], ("LAST", "THIS", "NEXT").index(name[:4]) - 1
        low = high = side
    return first_of(unit, day, fiscal, low), first_of(unit, day, fiscal, high + 1) - ONE_DAY


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment of a day; where midnight is skipped, the moment the clocks jump."""
    low = datetime.combine(day, time(), UTC) - timedelta(hours=15)
    high = low + timedelta(hours=30)
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        low, high = (low, middle) if middle.astimezone(zone).date() >= day else (middle, high)
    return high


def located(engine: Engine, at: datetime, zone: str, fiscal: int):
    """Return a session of a user in a zone, at a moment."""
    engine.clock.freeze(at)
    engine.calendar = FiscalCalendar(fiscal)
    user_id = engine.users()[0]["Id"]
    engine.session(user_id).update("User", user_id, {"TimeZoneSidKey": zone})
    return engine.session(user_id)


asked = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(literal=literals, at=moments, zone=st.sampled_from(ZONES), fiscal=st.integers(1, 12))
@asked
def test_a_literal_covers_the_days_from_its_first_to_its_last(engine, literal, at, zone, fiscal):
    first, last = span(literal, at.astimezone(ZoneInfo(zone)).date(), fiscal)
    days = {first - ONE_DAY: "<", first: "=", last: "=", last + ONE_DAY: ">"}
    with engine.database.transaction() as undone:
        undone.rollback()
        session = located(engine, at, zone, fiscal)
        for day in days:
            session.create("Contact", {"LastName": f"{day}", "Birthdate": f"{day}"})

        found = {
            operator: sorted(
                record["LastName"]
                for record in session.query(f"SELECT LastName FROM Contact WHERE Birthdate {operator} {literal}")[
                    "records"
                ]
            )
            for operator in ("=", "!=", "<", "<=", ">", ">=")
        }

    def beside(*signs: str) -> list[str]:
        return sorted(f"{day}" for day, sign in days.items() if sign in signs)

    assert found == {
        "=": beside("="), "!=": beside("<", ">"), "<": beside("<"), "<=": beside("<", "="), ">": beside(">"),
        ">=": beside("=", ">"),
    }  # fmt: skip


@given(literal=literals, at=moments, zone=st.sampled_from(ZONES), fiscal=st.integers(1, 12))
@asked
def test_on_moments_days_begin_when_they_do_in_the_users_zone(engine, literal, at, zone, fiscal):
    first, last = span(literal, at.astimezone(ZoneInfo(zone)).date(), fiscal)
    start, end = start_of(first, ZoneInfo(zone)), start_of(last + ONE_DAY, ZoneInfo(zone))
    if literal.startswith(("LAST_N_DAYS", "LAST_90_DAYS")):
        end = at + timedelta(seconds=1)
    one_second = timedelta(seconds=1)
    marks = {"before": start - one_second, "first": start, "last": end - one_second, "after": end}
    with engine.database.transaction() as undone:
        undone.rollback()
        session = located(engine, at, zone, fiscal)
        for name, moment in marks.items():
            session.create("Contact", {"LastName": name, "EmailBouncedDate": f"{moment:%Y-%m-%dT%H:%M:%SZ}"})

        found = {
            operator: [
                record["Name"]
                for record in session.query(
                    f"SELECT Name FROM Contact WHERE EmailBouncedDate {operator} {literal} ORDER BY EmailBouncedDate"
                )["records"]
            ]
            for operator in ("=", "<", ">")
        }

    assert found["="] == ["first", "last"]
    assert found["<"] == ["before"]
    assert found[">"] == ["after"]
