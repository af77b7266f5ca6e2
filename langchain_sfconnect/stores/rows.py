"""Records as rows of a relational store, and back. Pure; the same for every SQL backend.

What is searched for has a column; every other fact of an account sits in one JSON document, so that a new fact needs no
migration.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from langchain_sfconnect.errors import StoreError
from langchain_sfconnect.stores.base import AccountRecord, AuditEntry, AuthorizationRecord
from langchain_sfconnect.stores.sealing import key_id_of

_COLUMNS = ("connection", "identifier", "status", "version", "last_used_at", "due_at", "sealed")
_TIMES = ("created_at", "updated_at", "token_expires_at", "refresh_started_at", "refreshed_at")
_FACTS = tuple(f.name for f in fields(AccountRecord) if f.name not in _COLUMNS)
_KNOWN = frozenset(_FACTS)
_AUDIT = [f.name for f in fields(AuditEntry) if f.name != "seq"]
_AUTHORIZATION = [f.name for f in fields(AuthorizationRecord)]


def account_row(record: AccountRecord) -> dict[str, Any]:
    """Column values of an account; times as ISO 8601 text."""
    facts = {name: getattr(record, name) for name in _FACTS}
    facts |= {name: facts[name].isoformat() for name in _TIMES if facts[name] is not None}
    return {
        "connection": record.connection,
        "identifier": record.identifier,
        "status": str(record.status),
        "version": record.version,
        "last_used_at": _text(record.last_used_at),
        "due_at": _text(record.due_at),
        "key_id": key_id_of(record.sealed) if record.sealed else None,
        "facts": json.dumps(facts),
        "sealed": record.sealed,
    }


def account_record(row: Any) -> AccountRecord:
    """The account of a row that can be indexed by column name.

    Raises:
        StoreError: The row does not hold an account: somebody else wrote it.
    """
    try:
        return _account(row)
    except (ValueError, KeyError, TypeError, AttributeError):
        identifier = row["identifier"]
    raise StoreError(
        f"The stored row of the account {identifier!r} cannot be read: it was changed by something else.",
        hint="Restore it from a backup, or delete_account(identifier) and let the user authorize again.",
    )


def _account(row: Any) -> AccountRecord:
    facts: dict[str, Any] = {name: value for name, value in json.loads(row["facts"]).items() if name in _KNOWN}
    facts |= {name: datetime.fromisoformat(facts[name]) for name in _TIMES if facts.get(name)}
    facts["scopes"] = tuple(facts["scopes"])
    sealed = row["sealed"]
    return AccountRecord(
        connection=row["connection"],
        identifier=row["identifier"],
        status=row["status"],
        version=row["version"],
        last_used_at=_time(row["last_used_at"]),
        due_at=_time(row["due_at"]),
        # Text was not put there by us. It stays what it is, so that opening it fails as it must.
        sealed=sealed.encode() if isinstance(sealed, str) else sealed,
        **facts,
    )


def authorization_row(record: AuthorizationRecord) -> dict[str, Any]:
    """Column values of an authorization request."""
    values = {name: getattr(record, name) for name in _AUTHORIZATION}
    times = {"created_at": record.created_at.isoformat(), "expires_at": record.expires_at.isoformat()}
    return {**values, **times, "answered": int(record.answered)}


def authorization_record(row: Any) -> AuthorizationRecord:
    """The authorization request of a row."""
    values: Mapping[str, Any] = {name: row[name] for name in _AUTHORIZATION}
    times = {name: datetime.fromisoformat(row[name]) for name in ("created_at", "expires_at")}
    return AuthorizationRecord(**{**values, **times, "answered": bool(row["answered"])})


def audit_row(entry: AuditEntry) -> dict[str, Any]:
    """Column values of an audit entry; the store numbers it."""
    return {**{name: getattr(entry, name) for name in _AUDIT}, "at": entry.at.isoformat()}


def audit_entry(row: Any) -> AuditEntry:
    """The audit entry of a row."""
    values: Mapping[str, Any] = {name: row[name] for name in _AUDIT}
    return AuditEntry(**{**values, "at": datetime.fromisoformat(row["at"]), "seq": row["seq"]})


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
