"""What the relational stores do with the writes of agents, as SQL scripts. Sends nothing; see scripts.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from langchain_sfconnect.stores.base import WriteRecord
from langchain_sfconnect.stores.scripts import Script, Statement

_COLUMNS = [f.name for f in fields(WriteRecord)]
_NAMES, _MARKS = ", ".join(_COLUMNS), ", ".join(f"%({name})s" for name in _COLUMNS)
_KEY = "connection = %(connection)s AND key = %(key)s"


def begin(record: WriteRecord) -> Script[WriteRecord]:
    """Write down a write that is about to be sent, unless it was begun before."""
    values = _row(record)
    while True:
        begun = yield Statement(
            f"INSERT INTO {{s}}writes ({_NAMES}) VALUES ({_MARKS}) ON CONFLICT DO NOTHING RETURNING key", values
        )
        if begun:
            return record
        rows = yield Statement(f"SELECT * FROM {{s}}writes WHERE {_KEY}", values)
        if rows:  # else whoever had begun it has forgotten it between the two statements
            return _record(rows[0])


def find(connection: str, key: str) -> Script[WriteRecord | None]:
    """Read a write."""
    rows = yield Statement(f"SELECT * FROM {{s}}writes WHERE {_KEY}", {"connection": connection, "key": key})
    return _record(rows[0]) if rows else None


def put(record: WriteRecord, expected_owner: str) -> Script[bool]:
    """Write what became of a write, or who has taken it over."""
    rows = yield Statement(
        "UPDATE {s}writes SET owner = %(owner)s, started_at = %(started_at)s, done = %(done)s, sealed = %(sealed)s"
        f" WHERE {_KEY} AND owner = %(expected)s AND done = 0 RETURNING key",
        {**_row(record), "expected": expected_owner},
    )
    return bool(rows)


def drop(record: WriteRecord) -> Script[bool]:
    """Forget a write that surely did not happen."""
    rows = yield Statement(
        f"DELETE FROM {{s}}writes WHERE {_KEY} AND owner = %(owner)s AND done = 0 RETURNING key", _row(record)
    )
    return bool(rows)


def page(
    connection: str, *, identifier: str | None, since: datetime | None, after: str, limit: int
) -> Script[list[WriteRecord]]:
    """Read a page of writes by key."""
    conditions = ["connection = %(connection)s", "key > %(after)s"]
    conditions += ["identifier = %(identifier)s"] if identifier is not None else []
    conditions += ["started_at >= %(since)s"] if since is not None else []
    values = {"connection": connection, "identifier": identifier, "after": after, "limit": limit}
    rows = yield Statement(
        f"SELECT * FROM {{s}}writes WHERE {' AND '.join(conditions)} ORDER BY key LIMIT %(limit)s",
        {**values, "since": since and _written(since)},
    )
    return [_record(row) for row in rows]


def reseal(record: WriteRecord, expected: bytes) -> Script[bool]:
    """Replace the sealed bytes of a write that is as it was read."""
    rows = yield Statement(
        f"UPDATE {{s}}writes SET sealed = %(sealed)s WHERE {_KEY} AND sealed = %(expected)s RETURNING key",
        {**_row(record), "expected": expected},
    )
    return bool(rows)


def prune(connection: str, before: datetime) -> Script[int]:
    """Forget old writes."""
    rows = yield Statement(
        "DELETE FROM {s}writes WHERE connection = %(connection)s AND started_at < %(before)s RETURNING key",
        {"connection": connection, "before": _written(before)},
    )
    return len(rows)


def _row(record: WriteRecord) -> dict[str, Any]:
    values = {name: getattr(record, name) for name in _COLUMNS}
    return {**values, "started_at": _written(record.started_at), "done": int(record.done)}


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()  # compared as text


def _record(row: Any) -> WriteRecord:
    values: Mapping[str, Any] = {name: row[name] for name in _COLUMNS}
    times = {"started_at": datetime.fromisoformat(row["started_at"]), "done": bool(row["done"])}
    return WriteRecord(**{**values, **times})
