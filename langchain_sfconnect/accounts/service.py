"""Connected accounts from first link to deletion: the async core behind the account methods of SalesforceConnect."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass

from langchain_sfconnect.accounts.account import AuthorizationLink, ConnectedAccount
from langchain_sfconnect.accounts.consent import Consent
from langchain_sfconnect.accounts.doctor import PROBE, Diagnosis, Doctor
from langchain_sfconnect.accounts.ledger import Ledger
from langchain_sfconnect.accounts.status import AccountStatus, Event
from langchain_sfconnect.accounts.tokens import Tokens
from langchain_sfconnect.accounts.vault import Vault
from langchain_sfconnect.errors import (
    InvalidArgument,
    ReauthorizationRequired,
    StoreError,
    VersionConflict,
)
from langchain_sfconnect.oauth.client import OAuthClient
from langchain_sfconnect.salesforce.client import SalesforceClient
from langchain_sfconnect.stores.base import AccountRecord, AuditEntry


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of one connection."""

    vault: Vault
    consent: Consent
    tokens: Tokens
    oauth: OAuthClient
    salesforce: SalesforceClient
    doctor: Doctor
    ledger: Ledger

    async def get_or_create(self, identifier: str) -> ConnectedAccount:
        """The account, made if there is none; of many callers at once, one makes it."""
        check_identifier(identifier)
        record = await self.vault.find(identifier)
        if record is None:
            try:
                record = await self.vault.create(self._new(identifier))
            except VersionConflict:
                record = await self.vault.load(identifier)
        return ConnectedAccount.of(record)

    def _new(self, identifier: str) -> AccountRecord:
        now = self.vault.clock()
        return AccountRecord(
            connection=self.vault.connection,
            identifier=identifier,
            id=uuid.uuid4().hex,
            status=AccountStatus.PENDING_AUTH,
            created_at=now,
            updated_at=now,
        )

    async def audit_trail(self, identifier: str, *, after: int, limit: int) -> list[AuditEntry]:
        """What happened to an account, in order; also of one that was deleted."""
        check_identifier(identifier)
        store, connection = self.vault.store, self.vault.connection
        return await store.list_audit(connection, identifier, after=after, limit=max(1, min(limit, 1000)))

    async def get(self, identifier: str) -> ConnectedAccount:
        return ConnectedAccount.of(await self.vault.load(check_identifier(identifier)))

    async def list(self, status: str | None, *, after: str | None, limit: int) -> list[ConnectedAccount]:
        if status is not None and status not in set(AccountStatus):
            raise InvalidArgument(f"{status!r} is no account status.", hint=f"Use one of {', '.join(AccountStatus)}.")
        records = await self.vault.store.list_accounts(
            self.vault.connection, status=status, after=after, limit=max(1, min(limit, 1000))
        )
        return [ConnectedAccount.of(record) for record in records]

    async def link(self, identifier: str, environment: str | None = None) -> AuthorizationLink:
        return await self.consent.link(check_identifier(identifier), environment)

    async def complete(self, callback_url: str, identifier: str | None) -> ConnectedAccount:
        if identifier is None:
            return ConnectedAccount.of(await self.consent.answer(callback_url))
        return ConnectedAccount.of(await self.consent.complete(callback_url, check_identifier(identifier)))

    async def verify(self, auth_request_id: str, identifier: str) -> ConnectedAccount:
        return ConnectedAccount.of(await self.consent.verify(auth_request_id, check_identifier(identifier)))

    async def refresh(self, identifier: str) -> ConnectedAccount:
        """Replace the access token now; a failure leaves an ACTIVE account as it was unless its grant is gone."""
        holding = await self.vault.open(check_identifier(identifier))
        await self.tokens.renew(identifier, rejected=holding.usable_grant().access_token, force=True)
        return await self.get(identifier)

    async def check(self, identifier: str) -> ConnectedAccount:
        """Ask Salesforce whether the account works, and return it as it then stands."""
        record = await self.vault.load(check_identifier(identifier))
        if record.status != AccountStatus.ACTIVE:
            return ConnectedAccount.of(record)
        await self.vault.unsealed(record)  # remembered, so that the probe goes out as what was just read
        try:
            await self.salesforce.send(PROBE, identifier=identifier)
        except ReauthorizationRequired:
            return await self.get(identifier)  # the account says it itself
        return ConnectedAccount.of((await self.vault.recall(identifier)).record)

    async def diagnose(self, identifier: str) -> Diagnosis:
        """Find out what is wrong with the account, if anything, without harming it."""
        return await self.doctor.examine(check_identifier(identifier))

    async def disconnect(self, identifier: str) -> ConnectedAccount:
        """Stop using the account, revoke its grant at Salesforce, then forget the tokens.

        If Salesforce cannot be reached, the account is DISCONNECTED with `status_reason` `revocation_unconfirmed`, and
        the sealed tokens stay for the next call to revoke.
        """
        record = await self._mark_disconnected(check_identifier(identifier))
        grant = await self.vault.grant_of(record)
        if grant is None or await self.oauth.revoke(grant.login_url, token=grant.refresh_token or grant.access_token):
            record = await self.vault.write(record, Event.DISCONNECTED, sealed=None, status_reason=None)
        return ConnectedAccount.of(record)

    async def _mark_disconnected(self, identifier: str) -> AccountRecord:
        while True:
            record = await self.vault.load(identifier)
            reason = "revocation_unconfirmed" if record.sealed is not None else None
            try:
                return await self.vault.write(
                    record, Event.DISCONNECTED, status_reason=reason, token_expires_at=None, refresh_started_at=None
                )
            except VersionConflict:
                continue  # a refresh came between; it will find the account disconnected

    async def delete(self, identifier: str) -> None:
        """Revoke what can be revoked, then forget everything about the account."""
        # What cannot be opened cannot be revoked; forgetting it is what was asked for.
        with suppress(StoreError):
            await self.disconnect(identifier)
        await self.vault.delete(identifier)


def check_identifier(identifier: str) -> str:
    """Return the identifier if it can be one.

    Raises:
        InvalidArgument: It is empty, longer than 255 characters, not printable, or not text.
    """
    if not isinstance(identifier, str) or not 0 < len(identifier) <= 255 or not identifier.isprintable():
        raise InvalidArgument(
            "An identifier is 1 to 255 printable characters.",
            hint="Pass your own id of the user, such as 'rep-42'.",
            fields=["identifier"],
        )
    return identifier
