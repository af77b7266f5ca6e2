"""What time Salesforce has, learned on the way from the answers it gives anyhow. Sends nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime


class TheirClock:
    """Salesforce's clock, as last heard.

    Args:
        clock: Our own, which says how long ago that was.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._heard: tuple[str, datetime] | None = None

    def hear(self, date: str | None) -> None:
        """Take note of the `Date` of an answer; it is read when somebody asks."""
        if date:
            self._heard = (date, self._clock())

    def now(self) -> datetime | None:
        """What time Salesforce has now; None where it has told nothing yet."""
        if self._heard is None:
            return None
        date, at = self._heard
        try:
            told = parsedate_to_datetime(date)
        except ValueError:
            return None
        return told + (self._clock() - at) if told.tzinfo is not None else None
