"""What FORMAT writes, how text compares, how far places are, and that other zones' clocks are read right."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_sfconnect.localorg import sqlfunctions
from langchain_sfconnect.localorg.moments import stamp
from langchain_sfconnect.localorg.soql.formats import formatted


@pytest.fixture(scope="module")
def connection():
    connection = sqlite3.connect(":memory:")
    sqlfunctions.install(connection)
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("kind", "value", "scale", "shown"),
    [
        ("currency", 44000.0, 2, "$44,000.00"), ("currency", -5.5, 2, "-$5.50"), ("currency", 910.0, 0, "$910"),
        ("percent", 12.5, 1, "12.5%"), ("int", 1234567, 0, "1,234,567"), ("double", 0.125, 3, "0.125"),
        ("date", "2015-12-28", 0, "12/28/2015"), ("time", "00:05:00.000Z", 0, "12:05 AM"),
        ("string", "as it is", 0, "as it is"),
        ("time", "12:30:00.000Z", 0, "12:30 PM"), ("datetime", "2025-04-10T22:31:37.000+0000", 0, "4/10/2025, 3:31 PM"),
    ],
)  # fmt: skip
def test_values_are_written_as_people_in_california_read_them(kind, value, scale, shown):
    assert formatted(kind, value, scale=scale, zone=ZoneInfo("America/Los_Angeles")) == shown


@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_text_is_ordered_by_its_upper_case(connection, first, second, third):
    def compare(left: str, right: str) -> tuple[int, int]:
        query = "SELECT ? = ? COLLATE CASELESS, ? < ? COLLATE CASELESS"
        return connection.execute(query, (left, right, left, right)).fetchone()

    for left, right in ((first, second), (second, third), (first, third), (first, first.upper())):
        if "\x00" not in left + right:
            assert compare(left, right) == (left.upper() == right.upper(), left.upper() < right.upper())


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2035, 1, 1)),
    st.sampled_from(["America/New_York", "Asia/Kolkata", "Pacific/Apia", "Europe/London"]),
)
def test_a_moment_is_told_by_the_clocks_of_a_zone(connection, moment, name):
    aware = moment.replace(microsecond=0, tzinfo=UTC)
    ((told,),) = connection.execute("SELECT local_time(?, ?)", (stamp(aware), name))
    assert datetime.fromisoformat(told) == aware.astimezone(ZoneInfo(name)).replace(tzinfo=None)


def test_distances_are_those_of_the_globe(connection):
    def apart(*places: float | None) -> float | None:
        return connection.execute("SELECT distance_km(?, ?, ?, ?)", places).fetchone()[0]

    assert apart(51.5074, -0.1278, 48.8566, 2.3522) == pytest.approx(343.6, abs=1)  # London to Paris
    assert apart(0, 0, 0, 180) == pytest.approx(20015, abs=1)  # half way round
    assert apart(10, 20, 10, 20) == 0
    assert apart(None, 20, 10, 20) is None
