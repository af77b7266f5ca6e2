"""The org's clock: stopped, moved, running on, and never out of any calendar's reach."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from langchain_sfconnect.localorg.clock import Clock

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_thawed_clock_runs_on_from_where_it_stood(clock):
    clock.freeze(NEW_YEAR)
    assert clock.now() == NEW_YEAR
    assert clock.frozen
    clock.thaw()
    first = clock.now()
    assert timedelta(0) <= first - NEW_YEAR < timedelta(seconds=5)
    assert not clock.frozen
    deadline = time.monotonic() + 5
    while clock.now() == first and time.monotonic() < deadline:
        pass
    assert clock.now() > first


def test_it_can_be_frozen_where_it_is_and_moved_while_frozen(clock):
    clock.advance(timedelta(days=30))
    clock.freeze()
    stood = clock.now()
    assert clock.now() == stood
    clock.advance(timedelta(hours=-1))
    assert clock.now() == stood - timedelta(hours=1)
    clock.reset()
    assert abs(clock.now().timestamp() - time.time()) < 5


def test_thawing_a_running_clock_does_not_move_it(clock):
    clock.advance(timedelta(days=3))
    clock.thaw()
    assert abs((clock.now() - datetime.now(UTC) - timedelta(days=3)).total_seconds()) < 5


@pytest.mark.parametrize("by", [timedelta.max, timedelta.min, timedelta(days=400_000), timedelta(days=-30_000)])
def test_it_does_not_go_where_no_session_could_end(clock, by):
    before = clock.now()
    with pytest.raises(ValueError, match="1970 to the year 2999"):
        clock.advance(by)
    assert abs(clock.now() - before) < timedelta(seconds=5)
    with pytest.raises(ValueError, match="1970"):
        clock.freeze(datetime(9999, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="aware"):
        clock.freeze(datetime(2026, 1, 1))
