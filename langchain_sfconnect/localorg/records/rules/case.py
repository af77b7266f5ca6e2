"""Rules of cases: account of the contact, closing."""

from __future__ import annotations

from langchain_sfconnect.localorg.records.change import Change
from langchain_sfconnect.localorg.schema.standard.case import CLOSED_STATUS


def complete_case(change: Change) -> None:
    """Derive everything that follows from what was given."""
    row = change.row
    if change.creates and row["ContactId"] and not row["AccountId"]:
        row["AccountId"] = (change.writing.find(row["ContactId"]) or {}).get("AccountId")
    row["Comments"] = None
    row["IsClosed"] = int((row["Status"] or "").lower() == CLOSED_STATUS.lower())
    if not row["IsClosed"]:
        row["ClosedDate"] = None
    elif row["ClosedDate"] is None:
        row["ClosedDate"] = change.writing.stamp
