"""Writes values for people, as FORMAT does in the locale en_US; knows no record."""

from __future__ import annotations

from datetime import date, time, tzinfo
from typing import Any

from langchain_sfconnect.localorg.moments import read_stamp
from langchain_sfconnect.localorg.schema.model import FieldType


def formatted(kind: FieldType, value: Any, *, scale: int, zone: tzinfo) -> Any:
    """Return a value as people read it; text and what else has no format comes back as it is.

    Args:
        kind: The type of the field.
        value: What JSON carries for it, not None.
        scale: How many digits follow the decimal point.
        zone: Where the reader is.
    """
    match kind:
        case "currency":
            return f"{'-' if value < 0 else ''}${abs(value):,.{scale}f}"
        case "percent":
            return f"{value:,.{scale}f}%"
        case "int" | "double":
            return f"{value:,.{scale}f}"
        case "date":
            return _day(date.fromisoformat(value))
        case "datetime":
            moment = read_stamp(value).astimezone(zone)
            return f"{_day(moment.date())}, {_clock(moment.time())}"
        case "time":
            return _clock(time.fromisoformat(value.removesuffix("Z")))
        case _:
            return value


def _day(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def _clock(clock: time) -> str:
    return f"{clock.hour % 12 or 12}:{clock.minute:02d} {'AM' if clock.hour < 12 else 'PM'}"
