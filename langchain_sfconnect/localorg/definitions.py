"""What reports and dashboards show, kept beside their rows; knows not what a definition says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from langchain_sfconnect.localorg import ids, sqltext
from langchain_sfconnect.localorg.database import Database
from langchain_sfconnect.localorg.records.change import Writing
from langchain_sfconnect.localorg.records.writer import Writer
from langchain_sfconnect.localorg.sqltext import Sql

_FOLDER = "Private Reports"


def find_definition(database: Database, record_id: str) -> dict[str, Any] | None:
    """Return what a report or a dashboard shows."""
    query = Sql("SELECT body FROM _definitions WHERE record_id = ?", (ids.normalize(record_id),))
    row = database.row(query)
    return json.loads(row[0]) if row else None


def save_report(writing: Writing, definition: Mapping[str, Any], report_id: str | None) -> str:
    """Keep a report's definition and its row, a new one unless an id is given, and return the id.

    Args:
        writing: Who saves, and when.
        definition: In the plain terms that reports are run by.
        report_id: The report that changes.
    """
    values = {
        "Name": definition["name"], "Description": definition.get("description"),
        "Format": str(definition["format"]).capitalize(), "DeveloperName": definition.get("developerName"),
    }  # fmt: skip
    with writing.database.transaction():
        saved = _insert(writing, values) if report_id is None else _update(writing, values, report_id)
        body = json.dumps({**definition, "id": saved})
        writing.database.run(Sql("INSERT OR REPLACE INTO _definitions VALUES (?, ?)", (saved, body)))
    return saved


def _insert(writing: Writing, values: Mapping[str, Any]) -> str:
    sobject, writer = writing.schema["Report"], Writer(writing)
    unique = values["DeveloperName"] or _developer_name(values["Name"])
    row = {**values, "FolderName": _FOLDER, "DeveloperName": unique}
    change = writer.prepare(sobject, row, frozenset(row))
    writer.insert(sobject, [change.row])
    return str(change.row["Id"])


def _update(writing: Writing, values: Mapping[str, Any], report_id: str) -> str:
    saved = str(ids.normalize(report_id))
    kept = {name: value for name, value in values.items() if name != "DeveloperName"}
    changed = kept | {
        "LastModifiedDate": writing.stamp, "SystemModstamp": writing.stamp, "LastModifiedById": writing.user_id,
    }  # fmt: skip
    pairs = sqltext.joined(", ", (sqltext.name(name) + Sql("= ?", (value,)) for name, value in changed.items()))
    where = Sql('WHERE "Id" = ?', (saved,))
    writing.database.run(Sql("UPDATE") + sqltext.name("Report") + Sql("SET") + pairs + where)
    return saved


def _developer_name(name: str) -> str:
    return "_".join("".join(char if char.isalnum() else " " for char in name).split())
