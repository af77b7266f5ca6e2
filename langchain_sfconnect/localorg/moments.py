"""How moments and days are written in records and on the wire; knows no field and no clock."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

_MOMENT = re.compile(
    r"(?P<clock>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?P<fraction>\.\d+)?(?P<zone>Z|[+-]\d\d:?\d\d)\Z", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_FIRST, _LAST = 1700, 4000


def stamp(moment: datetime) -> str:
    """Return a moment as Salesforce writes it: UTC, milliseconds, `+0000` without a colon."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "+0000"


def second_stamp(moment: datetime) -> str:
    """Return a moment cut to the second, as audit fields hold it."""
    return stamp(moment.replace(microsecond=0))


def read_stamp(text: str) -> datetime:
    """Return the moment of a stored stamp."""
    return datetime.fromisoformat(text)


def parse_moment(text: str) -> datetime:
    """Read a moment from outside: ISO 8601 with a zone, seconds and fraction optional.

    Raises:
        ValueError: it is not one, or outside the years 1700 to 4000.
    """
    match = _MOMENT.match(text.strip())
    if match is None:
        raise ValueError(f"not a date and time with a zone: {text!r}")
    seconds = match["clock"] if len(match["clock"]) == 19 else match["clock"] + ":00"
    fraction = (match["fraction"] or ".")[:7].ljust(7, "0")
    value = datetime.fromisoformat(seconds + fraction + match["zone"])
    _check_year(value.year)
    return value.astimezone(UTC)


def parse_day(text: str) -> date:
    """Read a day from outside.

    Raises:
        ValueError: it is not one, or outside the years 1700 to 4000.
    """
    if not _DAY.match(text.strip()):
        raise ValueError(f"not a date: {text!r}")
    value = date.fromisoformat(text.strip())
    _check_year(value.year)
    return value


def _check_year(year: int) -> None:
    if not _FIRST <= year <= _LAST:
        raise ValueError(f"year {year} is outside {_FIRST} to {_LAST}")
