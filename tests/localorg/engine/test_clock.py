"""The org's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from langchain_sfconnect.localorg.clock import Clock


def test_it_runs_with_the_machine_until_it_is_moved():
    clock = Clock()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    clock.advance(timedelta(days=3))
    assert timedelta(days=2, hours=23) < clock.now() - datetime.now(UTC) < timedelta(days=3, hours=1)


def test_a_frozen_clock_stands_and_can_still_be_moved():
    clock = Clock()
    clock.freeze(datetime(2026, 11, 23, 1, tzinfo=timezone(timedelta(hours=2))))
    assert clock.now() == clock.now() == datetime(2026, 11, 22, 23, tzinfo=UTC)
    assert clock.today() == date(2026, 11, 22)
    clock.advance(timedelta(hours=1))
    assert clock.today() == date(2026, 11, 23)


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="aware"):
        Clock().freeze(datetime(2026, 11, 23))
