"""The parts of a calendar that reports group dates by: their SOQL functions, first days and labels. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from langchain_sfconnect.localorg.rest import refusals

GRANULARITIES = ("DAY", "MONTH", "QUARTER", "YEAR")
_FUNCTIONS = {
    "MONTH": ("CALENDAR_YEAR", "CALENDAR_MONTH"),
    "QUARTER": ("CALENDAR_YEAR", "CALENDAR_QUARTER"),
    "YEAR": ("CALENDAR_YEAR",),
}


def expressions(path: str, granularity: str, data_type: str) -> list[str]:
    """What SOQL groups by for a date column.

    Raises:
        OrgError: The granularity is none of those that are emulated.
    """
    if granularity == "DAY":
        return [f"DAY_ONLY({path})" if data_type == "datetime" else path]
    if granularity not in _FUNCTIONS:
        raise refusals.not_emulated(f"the date granularity {granularity}")
    return [f"{function}({path})" for function in _FUNCTIONS[granularity]]


def first_day(granularity: str, values: Sequence[int | str | None]) -> str | None:
    """The first day of a period from what SOQL grouped by."""
    if values[0] is None:
        return None
    if granularity == "DAY":
        return str(values[0])
    year, part = int(values[0]), int(values[1] or 1) if len(values) > 1 else 1
    return date(year, part if granularity == "MONTH" else 3 * part - 2, 1).isoformat()


def first_day_of(granularity: str, value: str | None) -> str | None:
    """The first day of the period that a date or a moment of a row falls into."""
    if value is None:
        return None
    year, month = int(value[:4]), int(value[5:7])
    parts = {"MONTH": (year, month), "QUARTER": (year, (month + 2) // 3), "YEAR": (year,)}
    return first_day(granularity, parts.get(granularity, (value[:10],)))


def label(granularity: str, first: str) -> str:
    """How a report heads a period."""
    day = date.fromisoformat(first)
    if granularity == "MONTH":
        return day.strftime("%B %Y")
    if granularity == "QUARTER":
        return f"Q{(day.month + 2) // 3} CY{day.year}"
    return f"CY{day.year}" if granularity == "YEAR" else f"{day.month}/{day.day}/{day.year}"
