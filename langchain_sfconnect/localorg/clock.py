"""The org's own clock, movable by tests: real time plus an offset, or a frozen moment; knows nothing of the org."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

FIRST_YEAR, LAST_YEAR = 1970, 2999  # beyond these, nobody could add a session's life to the time


class Clock:
    """A clock that runs with the machine's until it is advanced or frozen. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = timedelta()
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        """Return the org's present moment, aware, in UTC."""
        with self._lock:
            return self._now()

    def today(self) -> date:
        """Return the org's present day in UTC."""
        return self.now().date()

    @property
    def frozen(self) -> bool:
        """Whether the clock stands still."""
        return self._frozen is not None

    def advance(self, by: timedelta) -> None:
        """Move the clock by `by`, which may be negative; a frozen clock stays frozen, at the new moment.

        Raises:
            ValueError: The clock does not go that far.
        """
        with self._lock:
            try:
                moved = self._now() + by
            except OverflowError:
                raise _too_far() from None
            self._set(moved, frozen=self.frozen)

    def freeze(self, at: datetime | None = None) -> None:
        """Stop the clock at `at`, or where it is.

        Raises:
            ValueError: `at` has no time zone, or the clock does not go that far.
        """
        if at is not None and at.tzinfo is None:
            raise ValueError("freeze() needs an aware datetime, for example datetime(2026, 11, 23, tzinfo=UTC)")
        with self._lock:
            self._set(self._now() if at is None else at.astimezone(UTC), frozen=True)

    def thaw(self) -> None:
        """Let a frozen clock run on from the moment it shows."""
        with self._lock:
            self._set(self._now(), frozen=False)

    def reset(self) -> None:
        """Show the machine's time again, running."""
        with self._lock:
            self._offset, self._frozen = timedelta(), None

    def _now(self) -> datetime:
        return self._frozen if self._frozen is not None else datetime.now(UTC) + self._offset

    def _set(self, moment: datetime, *, frozen: bool) -> None:
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise _too_far()
        self._frozen = moment if frozen else None
        self._offset = timedelta() if frozen else moment - datetime.now(UTC)


def _too_far() -> ValueError:
    return ValueError(f"The clock goes from the year {FIRST_YEAR} to the year {LAST_YEAR}")
