"""A token store in this process's memory: for tests, notebooks and demos. Everything is gone with the process."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from langchain_sfconnect.errors import VersionConflict
from langchain_sfconnect.stores.base import (
    AccountRecord,
    AuditEntry,
    AuthorizationRecord,
    DueAccount,
    Lease,
    WriteRecord,
)
from langchain_sfconnect.stores.sealing import key_id_of


@dataclass(slots=True)
class _Held:
    lease: Lease
    expires_at: float


class MemoryTokenStore:
    """Keeps records in dictionaries, under one lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accounts: dict[tuple[str, str], AccountRecord] = {}
        self._authorizations: dict[tuple[str, str], AuthorizationRecord] = {}
        self._leases: dict[str, _Held] = {}
        self._audit: list[AuditEntry] = []
        self._writes: dict[tuple[str, str], WriteRecord] = {}

    async def get(self, connection: str, identifier: str) -> AccountRecord | None:
        with self._lock:
            return self._accounts.get((connection, identifier))

    async def put(
        self, record: AccountRecord, *, expected_version: int, entry: AuditEntry | None = None
    ) -> AccountRecord:
        key = (record.connection, record.identifier)
        with self._lock:
            stored = self._accounts.get(key)
            if (stored.version if stored else 0) != expected_version:
                raise VersionConflict(f"The account {record.identifier!r} was changed by somebody else.")
            written = replace(record, version=expected_version + 1)
            self._accounts[key] = written
            self._append(entry)
            return written

    def _append(self, entry: AuditEntry | None) -> None:
        if entry is not None:
            self._audit.append(replace(entry, seq=len(self._audit) + 1))

    async def delete(self, connection: str, identifier: str, *, entry: AuditEntry | None = None) -> bool:
        with self._lock:
            for key, waiting in list(self._authorizations.items()):
                if (waiting.connection, waiting.identifier) == (connection, identifier):
                    del self._authorizations[key]
            for key, write in list(self._writes.items()):
                if (write.connection, write.identifier) == (connection, identifier):
                    del self._writes[key]
            gone = self._accounts.pop((connection, identifier), None) is not None
            self._append(entry if gone else None)
            return gone

    async def list_accounts(
        self, connection: str, *, status: str | None = None, after: str | None = None, limit: int = 100
    ) -> list[AccountRecord]:
        with self._lock:
            found = [
                record
                for (owner, identifier), record in sorted(self._accounts.items())
                if owner == connection
                and (status is None or record.status == status)
                and (after is None or identifier > after)
            ]
        return found[:limit]

    async def list_due(
        self, connection: str, *, now: datetime, after: DueAccount | None = None, limit: int = 100
    ) -> list[DueAccount]:
        with self._lock:
            due = [
                DueAccount(record.due_at, record.identifier)
                for record in self._accounts.values()
                if record.connection == connection and record.due_at is not None and record.due_at <= now
            ]
        return [account for account in sorted(due) if after is None or account > after][:limit]

    async def list_sealed_otherwise(
        self, connection: str, *, key_id: str, after: str = "", limit: int = 100
    ) -> list[AccountRecord]:
        with self._lock:
            return [
                record
                for (owner, identifier), record in sorted(self._accounts.items(), key=lambda item: item[0])
                if owner == connection and identifier > after and record.sealed and key_id_of(record.sealed) != key_id
            ][:limit]

    async def list_audit(
        self, connection: str, identifier: str, *, after: int = 0, limit: int = 100
    ) -> list[AuditEntry]:
        with self._lock:
            return [
                entry
                for entry in self._audit
                if (entry.connection, entry.identifier) == (connection, identifier) and entry.seq > after
            ][:limit]

    async def touch(self, connection: str, identifier: str, *, last_used_at: datetime) -> None:
        with self._lock:
            record = self._accounts.get((connection, identifier))
            if record is not None:
                self._accounts[connection, identifier] = replace(record, last_used_at=last_used_at)

    async def acquire_lease(self, name: str, *, owner: str, ttl: timedelta) -> Lease | None:
        now = time.monotonic()
        with self._lock:
            held = self._leases.get(name)
            if held is not None and held.expires_at > now:
                return None
            lease = Lease(name, owner, held.lease.fence + 1 if held else 1)
            self._leases[name] = _Held(lease, now + ttl.total_seconds())
            return lease

    async def release_lease(self, lease: Lease) -> None:
        with self._lock:
            held = self._leases.get(lease.name)
            if held is not None and held.lease == lease:
                held.expires_at = float("-inf")

    async def add_authorization(self, record: AuthorizationRecord) -> AuthorizationRecord:
        with self._lock:
            for key, standing in list(self._authorizations.items()):
                expired = standing.expires_at <= record.created_at
                same = (standing.connection, standing.identifier, standing.login_url) == (
                    record.connection,
                    record.identifier,
                    record.login_url,
                )
                if same and not expired and not standing.answered:
                    return standing
                if same or expired:
                    del self._authorizations[key]
            self._authorizations[record.connection, record.id] = record
            return record

    async def find_authorization(
        self, connection: str, *, state_hash: str | None = None, id: str | None = None
    ) -> AuthorizationRecord | None:
        with self._lock:
            for record in self._authorizations.values():
                if record.connection == connection and (record.id == id or record.state_hash == state_hash):
                    return record
        return None

    async def take_authorization(self, connection: str, id: str) -> AuthorizationRecord | None:
        with self._lock:
            return self._authorizations.pop((connection, id), None)

    async def put_authorization(self, record: AuthorizationRecord) -> None:
        with self._lock:
            self._authorizations[record.connection, record.id] = record

    async def list_authorizations(
        self, connection: str, *, after: str | None = None, limit: int = 100
    ) -> list[AuthorizationRecord]:
        with self._lock:
            found = sorted(self._authorizations.items(), key=lambda item: item[0])
        return [record for (owner, id), record in found if owner == connection and id > (after or "")][:limit]

    async def reseal_authorization(self, record: AuthorizationRecord, *, expected: bytes) -> bool:
        key = (record.connection, record.id)
        with self._lock:
            stored = self._authorizations.get(key)
            if stored is None or stored.sealed != expected:
                return False
            self._authorizations[key] = replace(stored, sealed=record.sealed)
            return True

    async def begin_write(self, record: WriteRecord) -> WriteRecord:
        with self._lock:
            return self._writes.setdefault((record.connection, record.key), record)

    async def find_write(self, connection: str, key: str) -> WriteRecord | None:
        with self._lock:
            return self._writes.get((connection, key))

    async def put_write(self, record: WriteRecord, *, expected_owner: str) -> bool:
        with self._lock:
            open_to_us = self._is_open(record, expected_owner)
            if open_to_us:
                self._writes[record.connection, record.key] = record
            return open_to_us

    async def drop_write(self, record: WriteRecord) -> bool:
        with self._lock:
            open_to_us = self._is_open(record, record.owner)
            if open_to_us:
                del self._writes[record.connection, record.key]
            return open_to_us

    def _is_open(self, record: WriteRecord, owner: str) -> bool:
        stored = self._writes.get((record.connection, record.key))
        return stored is not None and stored.owner == owner and not stored.done

    async def list_writes(
        self,
        connection: str,
        *,
        identifier: str | None = None,
        since: datetime | None = None,
        after: str = "",
        limit: int = 100,
    ) -> list[WriteRecord]:
        with self._lock:
            return [
                record
                for (owner, key), record in sorted(self._writes.items(), key=lambda item: item[0])
                if owner == connection
                and key > after
                and identifier in (None, record.identifier)
                and (since is None or record.started_at >= since)
            ][:limit]

    async def reseal_write(self, record: WriteRecord, *, expected: bytes) -> bool:
        with self._lock:
            stored = self._writes.get((record.connection, record.key))
            if stored is None or stored.sealed != expected:
                return False
            self._writes[record.connection, record.key] = replace(stored, sealed=record.sealed)
            return True

    async def prune_writes(self, connection: str, *, before: datetime) -> int:
        with self._lock:
            old = [key for key, record in self._writes.items() if key[0] == connection and record.started_at < before]
            for key in old:
                del self._writes[key]
            return len(old)

    async def aclose(self) -> None:
        """Nothing to close."""
