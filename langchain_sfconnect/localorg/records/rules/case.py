"""Rules of cases: number, account of the contact, closing."""

from __future__ import annotations

from langchain_sfconnect.localorg.records.change import Change
from langchain_sfconnect.localorg.schema.standard.case import CLOSED_STATUS
from langchain_sfconnect.localorg.sqltext import Sql

_FIRST_NUMBER = 1000


def complete_case(change: Change) -> None:
    """Derive everything that follows from what was given."""
    row = change.row
    if change.creates:
        row["CaseNumber"] = next_case_number(change)
    if change.creates and row["ContactId"] and not row["AccountId"]:
        row["AccountId"] = (change.writing.find(row["ContactId"]) or {}).get("AccountId")
    row["Comments"] = None
    row["IsClosed"] = int((row["Status"] or "").lower() == CLOSED_STATUS.lower())
    if not row["IsClosed"]:
        row["ClosedDate"] = None
    elif row["ClosedDate"] is None:
        row["ClosedDate"] = change.writing.stamp


def next_case_number(change: Change) -> str:
    """Return the number after the highest in use."""
    last = change.writing.database.row(Sql('SELECT max("CaseNumber") FROM "Case"'))
    highest = int(last[0]) if last and last[0] else _FIRST_NUMBER
    return f"{highest + 1:08d}"
