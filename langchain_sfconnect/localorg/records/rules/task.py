"""Rules of tasks: closing and priority."""

from __future__ import annotations

from langchain_sfconnect.localorg.records.change import Change
from langchain_sfconnect.localorg.records.rules.activity import complete_links
from langchain_sfconnect.localorg.schema.standard.task import CLOSED_STATUS, HIGH_PRIORITY


def complete_task(change: Change) -> None:
    """Derive everything that follows from what was given."""
    row = change.row
    complete_links(change)
    row["IsHighPriority"] = int((row["Priority"] or "").lower() == HIGH_PRIORITY.lower())
    row["IsClosed"] = int((row["Status"] or "").lower() == CLOSED_STATUS.lower())
    if not row["IsClosed"]:
        row["CompletedDateTime"] = None
    elif row["CompletedDateTime"] is None:
        row["CompletedDateTime"] = change.writing.stamp
