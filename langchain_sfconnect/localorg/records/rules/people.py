"""Rules of people: full names, photos, converted leads, and who may change users."""

from __future__ import annotations

from langchain_sfconnect.localorg.records import refusals
from langchain_sfconnect.localorg.records.change import Change

ADMINISTRATOR = "System Administrator"


def complete_person(change: Change) -> None:
    """Join the first and the last name."""
    parts = (change.row["FirstName"], change.row["LastName"])
    change.row["Name"] = " ".join(part for part in parts if part) or None


def add_photo(change: Change) -> None:
    if change.creates:
        change.row["PhotoUrl"] = f"/services/images/photo/{change.row['Id']}"


def complete_lead(change: Change) -> None:
    """Keep converted leads as they are."""
    if change.before is not None and change.before["IsConverted"]:
        raise refusals.converted_lead()


def guard_users(change: Change) -> None:
    """Let administrators change users, and others only themselves; fill in the nickname."""
    caller = change.writing.user_id
    if change.row["Id"] != caller and not _is_administrator(change):
        if change.creates:
            raise refusals.entity_not_writable("User", "inserted")
        raise refusals.insufficient_access()
    if change.row["CommunityNickname"] is None and change.row["Username"]:
        change.row["CommunityNickname"] = str(change.row["Username"]).partition("@")[0][:40]


def _is_administrator(change: Change) -> bool:
    user = change.writing.find(change.writing.user_id) or {}
    profile = change.writing.find(user.get("ProfileId")) or {}
    return profile.get("Name") == ADMINISTRATOR
