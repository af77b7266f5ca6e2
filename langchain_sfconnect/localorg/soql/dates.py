"""What the date literals mean on a given day; knows no schema and no SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import cast
from zoneinfo import ZoneInfo

from langchain_sfconnect.localorg.fiscal import FiscalCalendar, Unit

_UNIT = r"(?P<unit>DAY|WEEK|MONTH|QUARTER|YEAR|FISCAL_QUARTER|FISCAL_YEAR)"
_WHOLE = re.compile(rf"(?P<which>LAST|THIS|NEXT)_{_UNIT.replace('DAY|', '', 1)}\Z")
_MANY = re.compile(rf"(?P<which>LAST|NEXT)_N_{_UNIT}S\Z")
_AGO = re.compile(rf"N_{_UNIT}S_AGO\Z")
_DAYS = {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}
_STEP = {"LAST": -1, "THIS": 0, "NEXT": 1}


class UnknownDateName(ValueError):
    """A word that is no date literal."""


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days from `start` up to, not including, `end`; `until_now` cuts a range of moments at the present."""

    start: date
    end: date
    until_now: bool = False


@dataclass(frozen=True, slots=True)
class Now:
    """The present moment as one user sees it."""

    moment: datetime
    zone: tzinfo
    calendar: FiscalCalendar

    @property
    def zone_name(self) -> str:
        return self.zone.key if isinstance(self.zone, ZoneInfo) else "GMT"

    @property
    def today(self) -> date:
        return self.moment.astimezone(self.zone).date()

    def instants(self, days: DateRange) -> tuple[datetime, datetime]:
        """Return a range of days as moments in UTC."""
        start, end = (datetime.combine(day, time(), self.zone).astimezone(UTC) for day in (days.start, days.end))
        return start, self.moment + timedelta(seconds=1) if days.until_now else end


def date_range(name: str, count: int | None, now: Now) -> DateRange:
    """Return the days a date literal stands for.

    Args:
        name: The literal without its count, in any case.
        count: The n of the literals that take one.
        now: The present.

    Raises:
        UnknownDateName: no such literal, or its count is missing or too many.
        OverflowError: the range leaves the calendar.
    """
    word = name.upper()
    if count is None:
        return _plain(word, now)
    if match := _AGO.match(word):
        return _units(now, cast(Unit, match["unit"]), -count, 1)
    if match := _MANY.match(word):
        return _many(match["which"], cast(Unit, match["unit"]), count, now)
    raise UnknownDateName(name)


def _plain(word: str, now: Now) -> DateRange:
    if word in _DAYS:
        return _units(now, "DAY", _DAYS[word], 1)
    if word in ("LAST_90_DAYS", "NEXT_90_DAYS"):
        return _many(word[:4], "DAY", 90, now)
    if match := _WHOLE.match(word):
        return _units(now, cast(Unit, match["unit"]), _STEP[match["which"]], 1)
    raise UnknownDateName(word)


def _many(which: str, unit: Unit, count: int, now: Now) -> DateRange:
    if which == "NEXT":
        return _units(now, unit, 1, count)
    if unit == "DAY":
        days = _units(now, "DAY", -count, count + 1)
        return DateRange(days.start, days.end, until_now=True)
    return _units(now, unit, -count, count)


def _units(now: Now, unit: Unit, first: int, count: int) -> DateRange:
    calendar = now.calendar
    start = calendar.shift(unit, calendar.start(unit, now.today), first)
    return DateRange(start, calendar.shift(unit, start, count))
