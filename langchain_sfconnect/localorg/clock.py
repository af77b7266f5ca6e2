"""The org's own clock, movable by tests: real time plus an offset, or a frozen moment; knows nothing of the org."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta


class Clock:
    """A clock that runs with the machine's until it is advanced or frozen. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = timedelta()
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        """Return the org's present moment, aware, in UTC."""
        with self._lock:
            return self._frozen if self._frozen is not None else datetime.now(UTC) + self._offset

    def today(self) -> date:
        """Return the org's present day in UTC."""
        return self.now().date()

    def advance(self, by: timedelta) -> None:
        """Move the clock by `by`, which may be negative; a frozen clock stays frozen, at the new moment."""
        with self._lock:
            if self._frozen is not None:
                self._frozen += by
            else:
                self._offset += by

    def freeze(self, at: datetime) -> None:
        """Stop the clock at `at`.

        Raises:
            ValueError: `at` has no time zone.
        """
        if at.tzinfo is None:
            raise ValueError("freeze() needs an aware datetime, for example datetime(2026, 11, 23, tzinfo=UTC)")
        with self._lock:
            self._frozen = at.astimezone(UTC)
