"""The token store's contract: records with versions, leases with fences, authorizations taken once, writes begun once.

A store keeps sealed bytes and never sees a token. Correctness under crowds and crashes rests on four promises, which
the conformance suite checks: a `put` succeeds for one writer per version, a lease has one holder, an authorization is
taken by one caller, and a write is begun by one owner.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """One connected account as stored.

    Attributes:
        connection: Name of the connection the account belongs to.
        identifier: The product's own name for the user; unique within the connection.
        id: Our id of the account.
        status: One of the account statuses.
        version: Raised by every `put`; 0 means not stored yet.
        created_at: Aware UTC time, as all times here.
        updated_at: Time of the last `put`.
        status_reason: Why the status is what it is.
        environment: `production` or `sandbox`, once known.
        login_url: The login host the grant came from.
        org_id: 18-character id of the Salesforce org.
        org_name: The org's name.
        user_id: 18-character id of the Salesforce user.
        username: The Salesforce username.
        instance_url: Origin of the org's REST API.
        scopes: Granted scopes.
        token_expires_at: When the access token expires.
        last_used_at: About when a token was last handed out.
        refresh_started_at: Set while a refresh request is under way; left behind by a crash in the middle of one.
        refreshed_at: When Salesforce last gave us tokens for the grant; an idle limit counts from here.
        due_at: When a keeper should look at the account next; None for never.
        grant_number: Counts the grants the account has had, renewals included; the newest is sealed with its number.
        rotates: Whether refreshing replaces the refresh token, once seen.
        sealed: The sealed grant; None when there is none.
    """

    connection: str
    identifier: str
    id: str
    status: str
    created_at: datetime
    updated_at: datetime
    version: int = 0
    status_reason: str | None = None
    environment: str | None = None
    login_url: str | None = None
    org_id: str | None = None
    org_name: str | None = None
    user_id: str | None = None
    username: str | None = None
    instance_url: str | None = None
    scopes: tuple[str, ...] = ()
    token_expires_at: datetime | None = None
    last_used_at: datetime | None = None
    refresh_started_at: datetime | None = None
    refreshed_at: datetime | None = None
    due_at: datetime | None = None
    grant_number: int = 0
    rotates: bool | None = None
    sealed: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AuthorizationRecord:
    """One authorization request that a user has not finished.

    Attributes:
        id: Our id of the request; not secret.
        connection: Name of the connection.
        identifier: Whose account it is for.
        login_url: The login host it was made for.
        state_hash: SHA-256 of the OAuth state.
        created_at: Aware UTC time.
        expires_at: From then on it is worthless.
        answered: Whether the callback has come and only the user's identity is still to be verified.
        sealed: State and PKCE verifier; once answered, the new grant.
    """

    id: str
    connection: str
    identifier: str
    login_url: str
    state_hash: str
    created_at: datetime
    expires_at: datetime
    answered: bool = False
    sealed: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that happened to an account: written once, never changed, and never with a token.

    Attributes:
        connection: Name of the connection.
        identifier: Whose account it is.
        account_id: Our id of the account.
        at: Aware UTC time.
        event: What happened.
        status_before: The status until then.
        status_after: The status from then on.
        reason: Why, where there is something to say.
        seq: Grows with every entry of the store; 0 until it is stored.
    """

    connection: str
    identifier: str
    account_id: str
    at: datetime
    event: str
    status_before: str
    status_after: str
    reason: str | None = None
    seq: int = 0


@dataclass(frozen=True, slots=True, order=True)
class DueAccount:
    """An account that a keeper should look at.

    Attributes:
        due_at: Since when.
        identifier: Whose account it is.
    """

    due_at: datetime
    identifier: str


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to refresh one account for a while.

    Attributes:
        name: What is leased.
        owner: Who holds it.
        fence: Grows with every new holder of the name.
    """

    name: str
    owner: str
    fence: int


@dataclass(frozen=True, slots=True)
class WriteRecord:
    """One write of an agent to Salesforce, from before it is sent until it is known what became of it.

    Attributes:
        connection: Name of the connection.
        key: What tells this write from all others; the same when a graph executes the call again.
        identifier: Whose account it is made for.
        owner: Who sends it; another one when somebody else takes it over.
        started_at: When its owner began to send it; aware UTC time.
        done: Whether it is known what became of it.
        sealed: What was asked, and once done what was answered.
    """

    connection: str
    key: str
    identifier: str
    owner: str
    started_at: datetime
    done: bool = False
    sealed: bytes = field(default=b"", repr=False)


class TokenStore(Protocol):
    """What `SalesforceConnect` needs of a store. Every method may be called from any thread and any event loop."""

    async def get(self, connection: str, identifier: str) -> AccountRecord | None:
        """The account, as last put."""
        ...

    async def put(
        self, record: AccountRecord, *, expected_version: int, entry: AuditEntry | None = None
    ) -> AccountRecord:
        """Write durably, if the stored version is the expected one; 0 expects that there is no such account.

        The entry, if any, is written with the record or not at all.

        Returns:
            The record as stored, with its new version.

        Raises:
            VersionConflict: It is another one; nothing was written.
        """
        ...

    async def delete(self, connection: str, identifier: str, *, entry: AuditEntry | None = None) -> bool:
        """Remove the account, its authorizations and its writes; tell whether there was one. Its audit trail stays."""
        ...

    async def list_accounts(
        self, connection: str, *, status: str | None = None, after: str | None = None, limit: int = 100
    ) -> list[AccountRecord]:
        """Accounts by ascending identifier, beginning behind `after`."""
        ...

    async def list_due(
        self, connection: str, *, now: datetime, after: DueAccount | None = None, limit: int = 100
    ) -> list[DueAccount]:
        """Accounts whose `due_at` is not after `now`, the longest due first, beginning behind `after`."""
        ...

    async def list_sealed_otherwise(
        self, connection: str, *, key_id: str, after: str = "", limit: int = 100
    ) -> list[AccountRecord]:
        """Accounts whose grant is sealed with another key than this one, by identifier, beginning behind `after`."""
        ...

    async def list_audit(
        self, connection: str, identifier: str, *, after: int = 0, limit: int = 100
    ) -> list[AuditEntry]:
        """What happened to an account, in order, beginning behind the entry with the number `after`."""
        ...

    async def touch(self, connection: str, identifier: str, *, last_used_at: datetime) -> None:
        """Note a use without changing the version; nothing happens where the account is gone."""
        ...

    async def acquire_lease(self, name: str, *, owner: str, ttl: timedelta) -> Lease | None:
        """Lease a name, unless somebody holds an unexpired lease on it. Expiry is by the store's own clock."""
        ...

    async def release_lease(self, lease: Lease) -> None:
        """Give a lease back; nothing happens where it is no longer the current one."""
        ...

    async def add_authorization(self, record: AuthorizationRecord) -> AuthorizationRecord:
        """Add a request, unless an open one stands for the same account and login host.

        One that expired before the new one was created, or was answered, is replaced.

        Returns:
            The one that stands.
        """
        ...

    async def find_authorization(
        self, connection: str, *, state_hash: str | None = None, id: str | None = None
    ) -> AuthorizationRecord | None:
        """Look a request up by exactly one of its keys."""
        ...

    async def take_authorization(self, connection: str, id: str) -> AuthorizationRecord | None:
        """Remove a request and return it; of several callers one gets it."""
        ...

    async def put_authorization(self, record: AuthorizationRecord) -> None:
        """Put back a request that was taken: answered and awaiting its user's verification, or not used after all."""
        ...

    async def list_authorizations(
        self, connection: str, *, after: str | None = None, limit: int = 100
    ) -> list[AuthorizationRecord]:
        """Requests by ascending id, beginning behind `after`."""
        ...

    async def reseal_authorization(self, record: AuthorizationRecord, *, expected: bytes) -> bool:
        """Replace the sealed bytes of a request that still has the expected ones; tell whether it had."""
        ...

    async def begin_write(self, record: WriteRecord) -> WriteRecord:
        """Write durably that a write is about to be sent, unless one with its key was begun before.

        Returns:
            The one that stands; its owner tells whose it is.
        """
        ...

    async def find_write(self, connection: str, key: str) -> WriteRecord | None:
        """The write with this key."""
        ...

    async def put_write(self, record: WriteRecord, *, expected_owner: str) -> bool:
        """Replace a write that is not done and has the expected owner; tell whether it was so."""
        ...

    async def drop_write(self, record: WriteRecord) -> bool:
        """Forget a write that is not done and still has this owner; tell whether it was so."""
        ...

    async def list_writes(
        self,
        connection: str,
        *,
        identifier: str | None = None,
        since: datetime | None = None,
        after: str = "",
        limit: int = 100,
    ) -> list[WriteRecord]:
        """Writes by ascending key, beginning behind `after`; of one account, or begun since then, if that is given."""
        ...

    async def reseal_write(self, record: WriteRecord, *, expected: bytes) -> bool:
        """Replace the sealed bytes of a write that still has the expected ones; tell whether it had."""
        ...

    async def prune_writes(self, connection: str, *, before: datetime) -> int:
        """Forget the writes that were begun before then; tell how many."""
        ...

    async def aclose(self) -> None:
        """Close what the store opened."""
        ...
