"""Calendar and fiscal periods of an organization; knows no record and no query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Unit = Literal["DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "FISCAL_QUARTER", "FISCAL_YEAR"]
_MONTHS: dict[Unit, int] = {"MONTH": 1, "QUARTER": 3, "YEAR": 12, "FISCAL_QUARTER": 3, "FISCAL_YEAR": 12}


@dataclass(frozen=True, slots=True)
class FiscalCalendar:
    """When an organization's fiscal year starts (month 1 to 12), and whether it is named by its first year."""

    start_month: int = 1
    named_by_start: bool = False

    def quarter(self, day: date) -> int:
        """Return the fiscal quarter of a day, 1 to 4."""
        return (day.month - self.start_month) % 12 // 3 + 1

    def year(self, day: date) -> int:
        """Return the name of the fiscal year of a day."""
        first = self.start("FISCAL_YEAR", day)
        return first.year if self.named_by_start or self.start_month == 1 else first.year + 1

    def start(self, unit: Unit, day: date) -> date:
        """Return the first day of the unit that contains `day`; weeks start on Sunday."""
        if unit == "DAY":
            return day
        if unit == "WEEK":
            return day - timedelta(days=(day.weekday() + 1) % 7)
        months = _MONTHS[unit]
        first = self.start_month if unit.startswith("FISCAL") else 1
        return add_months(day.replace(day=1), -((day.month - first) % months))

    def shift(self, unit: Unit, day: date, count: int) -> date:
        """Return the first day of the unit `count` units after the one that starts at `day`.

        Raises:
            OverflowError: the result is outside the calendar.
        """
        if unit in ("DAY", "WEEK"):
            return day + timedelta(days=count * (7 if unit == "WEEK" else 1))
        return add_months(day, count * _MONTHS[unit])


def add_months(first: date, count: int) -> date:
    """Return the first of the month `count` months away.

    Raises:
        OverflowError: the result is outside the calendar.
    """
    year, month = divmod(first.year * 12 + first.month - 1 + count, 12)
    if not date.min.year <= year <= date.max.year:
        raise OverflowError("date value out of range")
    return date(year, month + 1, 1)
