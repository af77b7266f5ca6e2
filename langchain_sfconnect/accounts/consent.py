"""How a user's consent becomes a connected account: the link, the callback, and the check of who came back.

A state is used once, by the identifier it was made for, before it expires. Nothing of an account changes until
everything about the new grant has been checked.
"""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from langchain_sfconnect._http import NoAnswer, NotSent
from langchain_sfconnect.accounts.account import AuthorizationLink
from langchain_sfconnect.accounts.expiry import ExpiryTeacher
from langchain_sfconnect.accounts.grant import Grant
from langchain_sfconnect.accounts.identity import Inquiry
from langchain_sfconnect.accounts.status import AccountStatus, Event
from langchain_sfconnect.accounts.vault import Vault
from langchain_sfconnect.conditions import Verdict, Where
from langchain_sfconnect.errors import (
    AuthorizationFailed,
    HostNotAllowed,
    IdentityMismatch,
    SealBroken,
    SFConnectError,
    StateInvalid,
    VersionConflict,
)
from langchain_sfconnect.oauth.client import OAuthClient, TokenRefusal
from langchain_sfconnect.oauth.flow import Callback, Challenge, authorize_url, hash_state, parse_callback
from langchain_sfconnect.oauth.token import TokenResponse
from langchain_sfconnect.salesforce.hosts import HostPolicy
from langchain_sfconnect.stores.base import AccountRecord, AuthorizationRecord

log = logging.getLogger(__name__)

REVOKE_SECONDS = 10.0  # a user waits behind it


@dataclass(frozen=True, slots=True)
class ConsentSettings:
    """How consent is handled.

    Attributes:
        link_lifetime: How long a link works.
        allow_identity_change: Whether an account may be authorized again by another Salesforce user or org.
    """

    link_lifetime: timedelta = timedelta(hours=1)
    allow_identity_change: bool = False


@dataclass(frozen=True, slots=True)
class Consent:
    """Links and callbacks of one vault."""

    vault: Vault
    oauth: OAuthClient
    hosts: HostPolicy
    inquiry: Inquiry
    expiry: ExpiryTeacher
    settings: ConsentSettings

    async def link(self, identifier: str, environment: str | None) -> AuthorizationLink:
        """The account's link for an environment; the same one while it is unexpired."""
        account = await self.vault.load(identifier)
        if environment is None and account.login_url is not None:
            login_url = account.login_url
        else:
            login_url = self.hosts.login_url(environment or "production")
        standing = await self.vault.store.add_authorization(await self._new_request(identifier, login_url))
        challenge = Challenge(**await self._unseal(standing))
        hint = account.username if account.login_url == standing.login_url else None
        url = authorize_url(self.oauth.app, standing.login_url, challenge, login_hint=hint)
        return AuthorizationLink(url, standing.expires_at, identifier, standing.id)

    async def _new_request(self, identifier: str, login_url: str) -> AuthorizationRecord:
        challenge, now = Challenge.new(), self.vault.clock()
        request = AuthorizationRecord(
            id=uuid.uuid4().hex,
            connection=self.vault.connection,
            identifier=identifier,
            login_url=login_url,
            state_hash=challenge.state_hash,
            created_at=now,
            expires_at=now + self.settings.link_lifetime,
        )
        secrets = {"state": challenge.state, "code_verifier": challenge.code_verifier}
        return replace(request, sealed=await self._seal(request, secrets))

    async def complete(self, callback_url: str, identifier: str) -> AccountRecord:
        """Make an account of a callback that `identifier`, as the product knows them, came back with."""
        request, callback = await self._receive(callback_url, identifier)
        answer = await self._redeem(request, callback)
        return await self._admit(identifier, answer, Event.AUTHORIZED)

    async def answer(self, callback_url: str) -> AccountRecord:
        """Take a callback whose user is not known yet; `verify` then says who it was."""
        request, callback = await self._receive(callback_url, None)
        answer = await self._redeem(request, callback)
        answered = replace(request, answered=True, expires_at=self.vault.clock() + self.settings.link_lifetime)
        await self.vault.store.put_authorization(replace(answered, sealed=await self._seal(answered, answer)))
        account = await self.vault.load(request.identifier)
        return await self.vault.write(account, Event.ANSWERED)

    async def verify(self, auth_request_id: str, identifier: str) -> AccountRecord:
        """Say that the callback of a request came from `identifier`."""
        found = await self.vault.store.find_authorization(self.vault.connection, id=auth_request_id)
        request = self._check_request(found, identifier, answered=True)
        taken = await self.vault.store.take_authorization(self.vault.connection, auth_request_id)
        if taken is None:
            raise StateInvalid("This authorization was verified already.")
        if self._is_late(request):
            await self._abandon(taken)
            raise StateInvalid("The authorization was verified too late; its grant was revoked.")
        return await self._admit(identifier, await self._unseal(taken), Event.VERIFIED)

    async def _abandon(self, request: AuthorizationRecord) -> None:
        """End a grant that nobody claimed in time."""
        await self._end(Grant(*(await self._unseal(request))["tokens"]))
        account = await self.vault.load(request.identifier)
        if account.status == AccountStatus.PENDING_VERIFICATION:
            await self.vault.write(account, Event.UNVERIFIED)

    def _is_late(self, request: AuthorizationRecord) -> bool:
        return request.expires_at <= self.vault.clock()

    async def _receive(self, callback_url: str, identifier: str | None) -> tuple[AuthorizationRecord, Callback]:
        callback = parse_callback(callback_url)
        store, connection = self.vault.store, self.vault.connection
        request = await store.find_authorization(connection, state_hash=hash_state(callback.state))
        request = self._check_request(request, identifier, answered=False)
        taken = await store.take_authorization(connection, request.id)
        if taken is None:
            raise StateInvalid("The callback's state was used already.")
        return taken, callback

    def _check_request(
        self, request: AuthorizationRecord | None, identifier: str | None, *, answered: bool
    ) -> AuthorizationRecord:
        if request is None or request.answered is not answered:
            raise StateInvalid("The callback's state is unknown or was used already.")
        if identifier is not None and request.identifier != identifier:
            raise IdentityMismatch(
                "This authorization was begun for another user.", hint="Log in as the user who opened the link."
            )
        if not answered and self._is_late(request):
            raise StateInvalid("The authorization link has expired.")
        return request

    async def _redeem(self, request: AuthorizationRecord, callback: Callback) -> dict[str, Any]:
        """Exchange the code and find out what the grant is for: plain JSON, to be sealed or admitted."""
        token = await self._exchange(request, callback)
        try:
            self.hosts.check(token.instance_url)
        except HostNotAllowed:
            await self.oauth.revoke(request.login_url, token=token.refresh_token or token.access_token)
            raise
        facts = await self.inquiry.facts(token, request.login_url)
        expires_at = await self.expiry.learn(token, request.login_url, self.vault.clock())
        tokens = [token.access_token, token.refresh_token, token.instance_url, request.login_url]
        return {"tokens": tokens, "facts": facts, "expires_at": expires_at.isoformat()}

    async def _exchange(self, request: AuthorizationRecord, callback: Callback) -> TokenResponse:
        verifier = (await self._unseal(request))["code_verifier"]
        try:
            return await self.oauth.exchange_code(request.login_url, code=callback.code, code_verifier=verifier)
        except NotSent as error:
            await self.vault.store.put_authorization(request)  # the code is unspent: the same callback can come again
            raise AuthorizationFailed(
                f"Salesforce's login host was not reached: {error}.",
                hint="Complete the same callback URL again in a moment; it is still good.",
            ) from None
        except NoAnswer:
            raise AuthorizationFailed("Salesforce's login host did not answer; the code may be spent.") from None
        except TokenRefusal as refusal:
            raise _exchange_error(refusal) from None

    async def _admit(self, identifier: str, answer: dict[str, Any], event: Event) -> AccountRecord:
        grant = Grant(*answer["tokens"])
        while True:
            account = await self.vault.load(identifier)
            if not self._may_become(account, answer["facts"]):
                await self._end(grant)
                raise IdentityMismatch(
                    "Another Salesforce user or org authorized than the account belongs to.",
                    hint=f"Log in to Salesforce as {account.username}, or delete the account first.",
                )
            try:
                written = await self.vault.write(account, event, grant=grant, **_admitted(answer))
            except VersionConflict:
                continue  # a refresh or another request came between; look again
            await self._end_replaced(account, grant)
            return written

    async def _end_replaced(self, account: AccountRecord, grant: Grant) -> None:
        """Revoke the grant that a saved one took the place of, or it would count among the few a user may have."""
        try:
            old = await self.vault.grant_of(account)
            if old is None or old.shares_a_token_with(grant):
                return
            async with asyncio.timeout(REVOKE_SECONDS):
                gone = await self._end(old)
        except (SFConnectError, TimeoutError):  # the account works: this is not worth failing the user's consent
            gone = False
        if not gone:
            log.warning("account %s: its former grant could not be revoked, and still lies at Salesforce", account.id)

    async def _end(self, grant: Grant) -> bool:
        return await self.oauth.revoke(grant.login_url, token=grant.refresh_token or grant.access_token)

    def _may_become(self, account: AccountRecord, facts: dict[str, Any]) -> bool:
        if self.settings.allow_identity_change or account.status == AccountStatus.DISCONNECTED:
            return True
        return all(
            known is None or (now or "")[:15] == known[:15]
            for known, now in ((account.org_id, facts["org_id"]), (account.user_id, facts["user_id"]))
        )

    async def _seal(self, request: AuthorizationRecord, values: dict[str, Any]) -> bytes:
        return await self.vault.sealer.seal(json.dumps(values).encode(), place=place_of_request(request))

    async def _unseal(self, request: AuthorizationRecord) -> dict[str, Any]:
        values = json.loads(await self.vault.sealer.open(request.sealed, place=place_of_request(request)))
        if not isinstance(values, dict):
            raise SealBroken("What is sealed here is no authorization request.")
        return values


def place_of_request(request: AuthorizationRecord) -> str:
    """Where the secrets of an authorization request belong; authenticated with the sealed bytes."""
    kind = "answer" if request.answered else "request"
    return json.dumps([kind, request.connection, request.identifier, request.id])


def _admitted(answer: dict[str, Any]) -> dict[str, Any]:
    facts = {**answer["facts"], "scopes": tuple(answer["facts"]["scopes"])}
    return {
        **facts,
        "token_expires_at": datetime.fromisoformat(answer["expires_at"]),
        "status_reason": None,
        "refresh_started_at": None,
        "rotates": None,
    }


def _exchange_error(refusal: TokenRefusal) -> AuthorizationFailed:
    condition = refusal.condition(Where.EXCHANGE)
    error = AuthorizationFailed(f"Salesforce did not accept the authorization code: {refusal}.")
    error.condition = condition.name
    if condition.verdict is Verdict.MISCONFIGURED:
        error.hint, error.who = condition.advice, condition.who
    return error
