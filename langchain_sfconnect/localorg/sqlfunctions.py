"""The collation and the functions that SQL statements may use beyond SQLite's own; knows no table and no query."""

from __future__ import annotations

import math
import sqlite3
from datetime import UTC, datetime

from langchain_sfconnect.localorg.zones import zone

_EARTH_RADIUS_KM = 6371.0088


def install(connection: sqlite3.Connection) -> None:
    """Make the collation CASELESS and the functions `caseless`, `local_time` and `distance_km` known."""
    connection.create_collation("CASELESS", _compare)
    connection.create_function("caseless", 1, _caseless, deterministic=True)
    connection.create_function("local_time", 2, _local_time, deterministic=True)
    connection.create_function("distance_km", 4, _distance_km, deterministic=True)


def _compare(left: str, right: str) -> int:
    """Compare by upper-cased text: SQLite's own NOCASE knows ASCII letters only."""
    if left == right:
        return 0
    first, second = left.upper(), right.upper()
    return (first > second) - (first < second)


def _caseless(text: object) -> str | None:
    return None if text is None else str(text).upper()


def _local_time(stamp: str | None, zone_name: str) -> str | None:
    """Turn a stored moment into the clock time of a zone, in a form SQLite's date functions read."""
    if stamp is None:
        return None
    moment = datetime.fromisoformat(stamp[:19]).replace(tzinfo=UTC)
    return moment.astimezone(zone(zone_name)).replace(tzinfo=None).isoformat()


def _distance_km(*degrees: float | None) -> float | None:
    """Return the great-circle distance between latitude, longitude and latitude, longitude; None without a place."""
    if any(item is None for item in degrees):
        return None
    lat1, lon1, lat2, lon2 = (math.radians(item) for item in degrees if item is not None)
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))
