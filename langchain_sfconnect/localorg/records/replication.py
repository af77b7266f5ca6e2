"""What was deleted or changed in a stretch of time, for programs that keep a copy; knows no user and writes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from langchain_sfconnect.localorg import sqltext
from langchain_sfconnect.localorg.database import Database
from langchain_sfconnect.localorg.moments import second_stamp, stamp
from langchain_sfconnect.localorg.records import refusals
from langchain_sfconnect.localorg.schema import SObject
from langchain_sfconnect.localorg.sqltext import Sql

LONGEST_MEMORY = timedelta(days=30)


def deleted_between(
    database: Database, sobject: SObject, start: datetime, end: datetime, *, now: datetime
) -> dict[str, Any]:
    """Return what was deleted from `start` up to `end`, as the `deleted` resource shows it.

    Raises:
        OrgError: INVALID_REPLICATION_DATE.
    """
    since, until = _period(start, end, now)
    query = Sql("SELECT record_id, deleted_at FROM _bin WHERE sobject = ?", (sobject.name,))
    query += Sql("AND deleted_at >= ? AND deleted_at < ? ORDER BY deleted_at, record_id", (since, until))
    records = [{"deletedDate": at, "id": record_id} for record_id, at in database.rows(query)]
    earliest = database.row(Sql("SELECT min(deleted_at) FROM _bin WHERE sobject = ?", (sobject.name,)))
    available = earliest[0] if earliest and earliest[0] else second_stamp(now)
    covered = {"earliestDateAvailable": available, "latestDateCovered": stamp(min(end, now))}
    return {"deletedRecords": records, **covered}


def updated_between(
    database: Database, sobject: SObject, start: datetime, end: datetime, *, now: datetime
) -> dict[str, Any]:
    """Return what was created or changed from `start` up to `end`, as the `updated` resource shows it.

    Raises:
        OrgError: INVALID_REPLICATION_DATE.
    """
    since, until = _period(start, end, now)
    query = Sql('SELECT "Id" FROM') + sqltext.name(sobject.name)
    query += Sql('WHERE "SystemModstamp" >= ? AND "SystemModstamp" < ?', (since, until))
    if sobject.has_recycle_bin:
        query += Sql('AND "IsDeleted" = 0')
    ids = [row[0] for row in database.rows(query + Sql('ORDER BY "SystemModstamp", "Id"'))]
    return {"ids": ids, "latestDateCovered": stamp(min(end, now))}


def _period(start: datetime, end: datetime, now: datetime) -> tuple[str, str]:
    if end <= start:
        raise refusals.invalid_period("endDate must be after startDate")
    if now - start > LONGEST_MEMORY:
        raise refusals.invalid_period("startDate cannot be more than 30 days ago")
    return stamp(start), stamp(end)
