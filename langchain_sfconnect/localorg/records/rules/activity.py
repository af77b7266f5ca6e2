"""Rules that tasks and events share: whom they are about, and the last activity of those records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langchain_sfconnect.localorg import ids, sqltext
from langchain_sfconnect.localorg.records import refusals
from langchain_sfconnect.localorg.records.change import Change, Writing
from langchain_sfconnect.localorg.sqltext import Sql

_LINKS = ("WhoId", "WhatId", "AccountId")
_LEAD = "00Q"


def complete_links(change: Change) -> None:
    """Refuse a lead together with a related record, and derive the account."""
    row = change.row
    if row["WhoId"] and row["WhatId"] and ids.prefix(row["WhoId"]) == _LEAD:
        text = "Related To ID: a task or event about a lead cannot be related to another record"
        raise refusals.field_integrity(text, ("WhatId",))
    if change.changed("WhoId", "WhatId"):
        row["AccountId"] = _account(change.writing, row["WhatId"]) or _account(change.writing, row["WhoId"])


def _account(writing: Writing, record_id: str | None) -> str | None:
    record = writing.find(record_id)
    if record is None:
        return None
    is_account = writing.schema.of_id(record["Id"]) is writing.schema["Account"]
    return record["Id"] if is_account else record.get("AccountId")


def roll_up_activity(change: Change) -> None:
    """Keep LastActivityDate of the records an activity is, or was, about."""
    refresh_last_activity(change.writing, change.row)
    if change.before is not None:
        refresh_last_activity(change.writing, change.before)


def refresh_last_activity(writing: Writing, activity: Mapping[str, Any]) -> None:
    """Set LastActivityDate of the records of one activity to the latest event or closed task."""
    for record_id in {activity[name] for name in _LINKS if activity[name]}:
        sobject = writing.schema.of_id(record_id)
        if sobject is not None and sobject.field("LastActivityDate") is not None:
            latest = _latest(record_id).wrapped('SET "LastActivityDate" = (', ")")
            where = Sql('WHERE "Id" = ?', (record_id,))
            writing.database.run(Sql("UPDATE") + sqltext.name(sobject.name) + latest + where)


def _latest(record_id: str) -> Sql:
    done = [_days("Task", link, record_id) + Sql('AND "IsClosed" = 1') for link in _LINKS]
    held = [_days("Event", link, record_id) for link in _LINKS]
    days = sqltext.joined(" UNION ALL ", [*done, *held])
    return Sql("SELECT max(day) FROM") + days.wrapped("(", ")")


def _days(table: str, link: str, record_id: str) -> Sql:
    source = Sql('SELECT "ActivityDate" AS day FROM') + sqltext.name(table) + Sql("WHERE") + sqltext.name(link)
    return source + Sql('= ? AND "IsDeleted" = 0', (record_id,))
