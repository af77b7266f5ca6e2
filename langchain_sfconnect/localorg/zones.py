"""Time zones by their names; knows nothing else."""

from __future__ import annotations

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone(name: str | None) -> tzinfo:
    """Return a time zone by its name; UTC for GMT, and where the machine knows no zone of that name."""
    if name is None or name == "GMT":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
