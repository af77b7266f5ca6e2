"""What the relational stores do, as SQL and decisions. Knows neither sqlite3 nor psycopg, and sends nothing.

A script is a generator: it yields statements, is sent the rows of each, and returns the outcome. A store runs a script
in one transaction, so that both databases decide the same things with the same words.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from langchain_sfconnect.errors import VersionConflict
from langchain_sfconnect.stores.base import AccountRecord, AuditEntry, AuthorizationRecord, DueAccount, Lease
from langchain_sfconnect.stores.rows import (
    account_record,
    account_row,
    audit_entry,
    audit_row,
    authorization_record,
    authorization_row,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement with named parameters, written `%(name)s`.

    `{s}` stands before every table's name, and `{now}` is the database's own clock in seconds since 1970.
    """

    sql: str
    values: Mapping[str, Any] = field(default_factory=dict)


Script = Generator[Statement, Sequence[Any], T]

_ACCOUNT = "connection = %(connection)s AND identifier = %(identifier)s"


def get_account(connection: str, identifier: str) -> Script[AccountRecord | None]:
    """Read one account."""
    rows = yield Statement(
        f"SELECT * FROM {{s}}accounts WHERE {_ACCOUNT}", {"connection": connection, "identifier": identifier}
    )
    return account_record(rows[0]) if rows else None


def put_account(record: AccountRecord, expected: int, entry: AuditEntry | None) -> Script[AccountRecord]:
    """Write an account over the version expected, and what happened to it."""
    written = replace(record, version=expected + 1)
    values = account_row(written)
    names, marks = ", ".join(values), ", ".join(f"%({name})s" for name in values)
    if expected == 0:
        sql = f"INSERT INTO {{s}}accounts ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING RETURNING version"
    else:
        pairs = ", ".join(f"{name} = %({name})s" for name in values)
        sql = f"UPDATE {{s}}accounts SET {pairs} WHERE {_ACCOUNT} AND version = %(expected)s RETURNING version"
    if not (yield Statement(sql, {**values, "expected": expected})):
        raise VersionConflict(f"The account {record.identifier!r} was changed by somebody else.")
    if entry is not None:
        yield from append_audit(entry)
    return written


def delete_account(connection: str, identifier: str, entry: AuditEntry | None) -> Script[bool]:
    """Remove an account, its authorizations and its writes; what happened to it stays written."""
    account = {"connection": connection, "identifier": identifier}
    yield Statement(f"DELETE FROM {{s}}writes WHERE {_ACCOUNT}", account)
    yield Statement(f"DELETE FROM {{s}}authorizations WHERE {_ACCOUNT}", account)
    gone = yield Statement(f"DELETE FROM {{s}}accounts WHERE {_ACCOUNT} RETURNING version", account)
    if gone and entry is not None:
        yield from append_audit(entry)
    return bool(gone)


def list_accounts(connection: str, *, status: str | None, after: str | None, limit: int) -> Script[list[AccountRecord]]:
    """Read a page of accounts by identifier."""
    conditions = ["connection = %(connection)s"]
    conditions += ["status = %(status)s"] if status is not None else []
    conditions += ["identifier > %(after)s"] if after is not None else []
    rows = yield Statement(
        f"SELECT * FROM {{s}}accounts WHERE {' AND '.join(conditions)} ORDER BY identifier LIMIT %(limit)s",
        {"connection": connection, "status": status, "after": after, "limit": limit},
    )
    return [account_record(row) for row in rows]


def list_due(connection: str, *, now: datetime, after: DueAccount | None, limit: int) -> Script[list[DueAccount]]:
    """Read which accounts are due; not the accounts, of which one may be unreadable."""
    beyond = "" if after is None else " AND (due_at, identifier) > (%(after_due)s, %(after_identifier)s)"
    values: dict[str, Any] = {"connection": connection, "now": now.isoformat(), "limit": limit}
    if after is not None:
        values |= {"after_due": after.due_at.isoformat(), "after_identifier": after.identifier}
    rows = yield Statement(
        "SELECT due_at, identifier FROM {s}accounts WHERE connection = %(connection)s AND due_at <= %(now)s"
        f"{beyond} ORDER BY due_at, identifier LIMIT %(limit)s",
        values,
    )
    return [DueAccount(datetime.fromisoformat(row["due_at"]), row["identifier"]) for row in rows]


def list_sealed_otherwise(connection: str, *, key_id: str, after: str, limit: int) -> Script[list[AccountRecord]]:
    """Read a page of accounts whose grant was sealed with another key."""
    rows = yield Statement(
        "SELECT * FROM {s}accounts WHERE connection = %(connection)s AND identifier > %(after)s"
        " AND key_id <> %(key_id)s ORDER BY identifier LIMIT %(limit)s",
        {"connection": connection, "key_id": key_id, "after": after, "limit": limit},
    )
    return [account_record(row) for row in rows]


def touch(connection: str, identifier: str, at: datetime) -> Script[None]:
    """Note a use."""
    values = {"connection": connection, "identifier": identifier, "at": at.isoformat()}
    yield Statement(f"UPDATE {{s}}accounts SET last_used_at = %(at)s WHERE {_ACCOUNT}", values)


def append_audit(entry: AuditEntry) -> Script[None]:
    """Write down what happened to an account."""
    values = audit_row(entry)
    names, marks = ", ".join(values), ", ".join(f"%({name})s" for name in values)
    yield Statement(f"INSERT INTO {{s}}audit ({names}) VALUES ({marks})", values)


def list_audit(connection: str, identifier: str, *, after: int, limit: int) -> Script[list[AuditEntry]]:
    """Read what happened to an account, in order."""
    rows = yield Statement(
        f"SELECT * FROM {{s}}audit WHERE {_ACCOUNT} AND seq > %(after)s ORDER BY seq LIMIT %(limit)s",
        {"connection": connection, "identifier": identifier, "after": after, "limit": limit},
    )
    return [audit_entry(row) for row in rows]


def acquire_lease(name: str, owner: str, ttl: timedelta) -> Script[Lease | None]:
    """Take a lease that is free or has run out."""
    rows = yield Statement(
        "INSERT INTO {s}leases AS held (name, owner, fence, expires_at)"
        " VALUES (%(name)s, %(owner)s, 1, {now} + %(ttl)s)"
        " ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, fence = held.fence + 1,"
        " expires_at = excluded.expires_at WHERE held.expires_at <= {now} RETURNING fence",
        {"name": name, "owner": owner, "ttl": ttl.total_seconds()},
    )
    return Lease(name, owner, rows[0]["fence"]) if rows else None


def release_lease(lease: Lease) -> Script[None]:
    """Free a lease, if it is still the current one."""
    yield Statement(
        "UPDATE {s}leases SET expires_at = 0 WHERE name = %(name)s AND owner = %(owner)s AND fence = %(fence)s",
        {"name": lease.name, "owner": lease.owner, "fence": lease.fence},
    )


def add_authorization(record: AuthorizationRecord) -> Script[AuthorizationRecord]:
    """Add a request unless one stands, and sweep out the expired ones."""
    values = authorization_row(record)
    yield Statement("DELETE FROM {s}authorizations WHERE expires_at <= %(created_at)s", values)
    rows = yield _insert_authorization(values, "standing.answered = 1")
    if not rows:
        account = {name: values[name] for name in ("connection", "identifier", "login_url")}
        rows = yield Statement(
            f"SELECT * FROM {{s}}authorizations WHERE {_ACCOUNT} AND login_url = %(login_url)s", account
        )
    return authorization_record(rows[0])


def put_authorization(record: AuthorizationRecord) -> Script[None]:
    """Write a request, in place of one for the same account and login host."""
    values = authorization_row(record)
    yield _insert_authorization(values, "1 = 1")


def _insert_authorization(values: Mapping[str, Any], replaces: str) -> Statement:
    names, marks = ", ".join(values), ", ".join(f"%({name})s" for name in values)
    pairs = ", ".join(f"{name} = excluded.{name}" for name in values)
    return Statement(
        f"INSERT INTO {{s}}authorizations AS standing ({names}) VALUES ({marks})"
        f" ON CONFLICT (connection, identifier, login_url) DO UPDATE SET {pairs} WHERE {replaces} RETURNING *",
        values,
    )


def find_authorization(
    connection: str, *, state_hash: str | None, id: str | None
) -> Script[AuthorizationRecord | None]:
    """Read a request by the hash of its state, or by its id."""
    key = "id" if state_hash is None else "state_hash"
    rows = yield Statement(
        f"SELECT * FROM {{s}}authorizations WHERE connection = %(connection)s AND {key} = %({key})s",
        {"connection": connection, "state_hash": state_hash, "id": id},
    )
    return authorization_record(rows[0]) if rows else None


def take_authorization(connection: str, id: str) -> Script[AuthorizationRecord | None]:
    """Remove a request and return it."""
    rows = yield Statement(
        "DELETE FROM {s}authorizations WHERE connection = %(connection)s AND id = %(id)s RETURNING *",
        {"connection": connection, "id": id},
    )
    return authorization_record(rows[0]) if rows else None


def list_authorizations(connection: str, *, after: str | None, limit: int) -> Script[list[AuthorizationRecord]]:
    """Read a page of requests by id."""
    rows = yield Statement(
        "SELECT * FROM {s}authorizations WHERE connection = %(connection)s AND id > %(after)s ORDER BY id"
        " LIMIT %(limit)s",
        {"connection": connection, "after": after or "", "limit": limit},
    )
    return [authorization_record(row) for row in rows]


def reseal_authorization(record: AuthorizationRecord, expected: bytes) -> Script[bool]:
    """Replace the sealed bytes of a request that is as it was read."""
    rows = yield Statement(
        "UPDATE {s}authorizations SET sealed = %(sealed)s"
        " WHERE connection = %(connection)s AND id = %(id)s AND sealed = %(expected)s RETURNING id",
        {"connection": record.connection, "id": record.id, "sealed": record.sealed, "expected": expected},
    )
    return bool(rows)
