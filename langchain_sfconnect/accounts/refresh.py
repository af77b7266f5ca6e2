"""One refresh of one account's tokens, correct among crowds and crashes.

A lease in the store lets one worker of many refresh. Before the request a mark is written, and the new tokens are
written before they are used. Whoever finds a mark that no living worker left knows that a refresh token may have been
replaced by one that nobody kept; showing it once more could then make Salesforce revoke the whole family. So Salesforce
is asked first whether the token is still good, which spends nothing, and the user only if it is not.

A lease is given back only once what became of its request is known. Else it runs out, and by then the request is over:
it may take `TOKEN_TIMEOUT` from the moment the lease was asked for, and not even be begun after that.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from langchain_sfconnect._http import NoAnswer, NotSent
from langchain_sfconnect.accounts.expiry import ExpiryTeacher
from langchain_sfconnect.accounts.grant import Grant
from langchain_sfconnect.accounts.status import AccountStatus, Event
from langchain_sfconnect.accounts.vault import Holding, Vault
from langchain_sfconnect.conditions import Condition, Verdict, Where
from langchain_sfconnect.errors import (
    HostNotAllowed,
    OAuthRefused,
    ReauthorizationRequired,
    SalesforceUnavailable,
    SFConnectError,
    StoreError,
    VersionConflict,
)
from langchain_sfconnect.oauth.client import OAuthClient, TokenRefusal
from langchain_sfconnect.oauth.token import TokenResponse
from langchain_sfconnect.stores.base import AccountRecord

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
TOKEN_TIMEOUT = 30.0  # for all tries together: well under the lease, so that a request is over when its lease is
LEASE_PAUSES = (0.05, 0.1, 0.2, 0.4, *(0.5,) * 130)  # together longer than a lease
IN_FLIGHT_PAUSES = (0.5, 1.0, 2.0)
IN_DOUBT = "refresh_outcome_unknown"
SAVE_PAUSES = (0.05, 0.2, 0.5, 1.0, 2.0)  # new tokens that cannot be saved are lost: try hard


@dataclass(slots=True)
class _Turn:
    """One worker's time with a lease.

    Attributes:
        deadline: Until when, by the event loop's clock, its request must be over.
        in_doubt: Whether a request was begun of which it is not known what became.
    """

    deadline: float
    in_doubt: bool = False


class Refresher:
    """Refreshes accounts of one vault.

    Args:
        vault: The accounts.
        oauth: The token endpoint.
        expiry: Learns when a new token dies.
        allows: Raises HostNotAllowed for an instance URL that may not see a token.
        sleep: Awaited while another worker refreshes.
    """

    def __init__(
        self,
        vault: Vault,
        oauth: OAuthClient,
        expiry: ExpiryTeacher,
        *,
        allows: Callable[[str], None],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._vault, self._oauth, self._expiry = vault, oauth, expiry
        self._allows, self._sleep = allows, sleep

    async def run(self, identifier: str, seen: str) -> Grant:
        """Replace the access token `seen`, unless somebody already has.

        Raises:
            ReauthorizationRequired: The grant is gone.
            OAuthRefused: Salesforce refuses for a reason an admin or developer can mend; the grant is kept.
            SalesforceUnavailable: No answer, or another worker takes too long; the grant is kept.
        """
        name = f"refresh:{self._vault.connection}:{identifier}"
        for pause in LEASE_PAUSES:
            holding = await self._vault.open(identifier)
            if self._serves(holding, seen):
                return holding.usable_grant()
            turn = _Turn(deadline=asyncio.get_running_loop().time() + TOKEN_TIMEOUT)
            lease = await self._vault.store.acquire_lease(name, owner=uuid.uuid4().hex, ttl=LEASE)
            if lease is not None:
                _step(identifier, "leased")
                try:
                    return await self._under_lease(identifier, seen, turn)
                except VersionConflict:
                    continue  # a disconnect or a new consent came between; look again
                finally:
                    if not turn.in_doubt:
                        with suppress(StoreError):  # it runs out by itself; what was done under it is what counts
                            await self._vault.store.release_lease(lease)
            elif holding.record.status_reason == IN_DOUBT:
                raise _in_doubt()  # nobody is at work: what is waited for is only that the lease runs out
            await self._sleep(pause)
        raise SalesforceUnavailable("Another worker has been refreshing this account's tokens for too long.")

    def _serves(self, holding: Holding, seen: str) -> bool:
        """Whether somebody has brought another token meanwhile, and it has not died since.

        Raises:
            ReauthorizationRequired: The account has no usable grant.
        """
        expires_at = holding.record.token_expires_at
        lives = expires_at is None or expires_at > self._vault.clock()
        return holding.usable_grant().access_token != seen and lives

    async def _under_lease(self, identifier: str, seen: str, turn: _Turn) -> Grant:
        holding = await self._vault.open(identifier)
        grant = holding.usable_grant()
        if self._serves(holding, seen):
            return grant
        if grant.refresh_token is None:
            raise await self._lose(holding.record, "no_refresh_token")
        if holding.record.refresh_started_at is not None:
            await self._require_unspent(holding.record, grant, grant.refresh_token)
        marked = await self._vault.write(holding.record, refresh_started_at=self._vault.clock(), status_reason=None)
        _step(identifier, "marked")
        token = await self._ask(marked, grant, grant.refresh_token, turn)
        _step(identifier, "answered")
        return await self._keep(marked, grant, token)

    async def _require_unspent(self, record: AccountRecord, grant: Grant, refresh_token: str) -> None:
        """Let a refresh go ahead whose predecessor left a mark, if Salesforce says that its token is still good.

        Raises:
            ReauthorizationRequired: The token is spent, or Salesforce does not tell and it may be.
            SalesforceUnavailable: The login host does not answer; ask again later.
        """
        try:
            lives = await self._oauth.grant_lives(grant.login_url, refresh_token=refresh_token)
        except (NotSent, NoAnswer) as error:
            raise SalesforceUnavailable(f"Salesforce's login host does not answer: {error}.") from None
        # Not every app may introspect. Then what was seen before has to do: where tokens do not rotate, none is spent.
        if lives is False or (lives is None and record.rotates is not False):
            raise await self._lose(record, record.status_reason or "refresh_interrupted")

    async def _ask(self, record: AccountRecord, grant: Grant, refresh_token: str, turn: _Turn) -> TokenResponse:
        for pause in (*IN_FLIGHT_PAUSES, None):
            try:
                return await self._request(grant, refresh_token, turn)
            except NotSent as error:
                await self._unmark(record)
                raise SalesforceUnavailable(f"Salesforce's login host was not reached: {error}.") from None
            except NoAnswer:
                raise await self._unknown(record) from None
            except TokenRefusal as refusal:
                condition = refusal.condition(Where.REFRESH)
                if condition.verdict is not Verdict.IN_FLIGHT or pause is None:
                    raise await self._refused(record, refusal, condition) from None
            await self._sleep(pause)
            await self._check_unchanged(record)
        raise AssertionError("the last pause is None")

    async def _request(self, grant: Grant, refresh_token: str, turn: _Turn) -> TokenResponse:
        """Show the refresh token to Salesforce, unless this turn is over: then somebody else may have shown it.

        Raises:
            NotSent: It was surely not shown.
            NoAnswer: It may be spent.
            TokenRefusal: Salesforce refused.
        """
        if asyncio.get_running_loop().time() >= turn.deadline:
            raise NotSent("its time was over before it was sent")
        turn.in_doubt = True
        try:
            async with asyncio.timeout_at(turn.deadline):
                token = await self._oauth.refresh(grant.login_url, refresh_token=refresh_token)
        except TimeoutError:
            raise NoAnswer("it took too long") from None
        except (NotSent, TokenRefusal):
            turn.in_doubt = False
            raise
        turn.in_doubt = False
        return token

    async def _check_unchanged(self, record: AccountRecord) -> None:
        """Whoever is being served may have saved its tokens meanwhile; then ours is not the token to ask with."""
        now = await self._vault.find(record.identifier)
        if now is None or now.version != record.version:
            raise VersionConflict(f"The account {record.identifier!r} was refreshed by somebody else.")

    async def _unknown(self, record: AccountRecord) -> SFConnectError:
        # The mark stays, and so does the lease: whoever is next asks whether the token was spent, once it surely is or
        # is not. Asked now, Salesforce might still be at work on the request.
        await self._vault.write(record, status_reason=IN_DOUBT)
        return _in_doubt()

    async def _refused(self, record: AccountRecord, refusal: TokenRefusal, condition: Condition) -> SFConnectError:
        if condition.verdict is Verdict.REVOKED:
            reason = condition.name
            await self._vault.write(
                record, Event.REVOKED, sealed=None, status_reason=reason, refresh_started_at=None, token_expires_at=None
            )
            log.warning("account %s: Salesforce revoked the grant: %s", record.id, refusal)
            return ReauthorizationRequired(record.identifier, AccountStatus.REVOKED, reason)
        await self._unmark(record)
        if condition.verdict in (Verdict.TRANSIENT, Verdict.IN_FLIGHT):
            busy = f"Salesforce's login host is busy: {refusal}."
            return SalesforceUnavailable(busy, status=refusal.status, condition=condition.name)
        return OAuthRefused(
            refusal.error,
            refusal.description,
            hint=condition.advice,
            who=condition.who,
            retryable=condition.retryable,
            condition=condition.name,
        )

    async def _lose(self, record: AccountRecord, reason: str) -> ReauthorizationRequired:
        # The sealed grant stays: the lost answer may still arrive, and a disconnect can still revoke it.
        await self._vault.write(record, Event.LOST, status_reason=reason, refresh_started_at=None)
        log.warning("account %s: expired, %s", record.id, reason)
        return ReauthorizationRequired(record.identifier, AccountStatus.EXPIRED, reason)

    async def _unmark(self, record: AccountRecord) -> None:
        await self._vault.write(record, refresh_started_at=None, status_reason=None)

    async def _keep(self, record: AccountRecord, old: Grant, token: TokenResponse) -> Grant:
        instance_url, misdirected = token.instance_url, None
        try:
            self._allows(instance_url)
        except HostNotAllowed as error:
            instance_url, misdirected = old.instance_url, error  # the refresh token must be kept all the same
        renewed = Grant(token.access_token, token.refresh_token or old.refresh_token, instance_url, old.login_url)
        changes = {
            "instance_url": instance_url,
            "token_expires_at": self._expiry.assume(token, self._vault.clock()),
            "rotates": token.refresh_token is not None and token.refresh_token != old.refresh_token,
            "refresh_started_at": None,
            "status_reason": None,
        }
        kept = await self._save(record, old, renewed, changes)
        _step(record.identifier, "saved")
        if misdirected is not None:
            raise misdirected
        await self._learn_expiry(kept, token, old.login_url)
        return renewed

    async def _save(
        self, record: AccountRecord, old: Grant, renewed: Grant, changes: dict[str, object]
    ) -> AccountRecord:
        for pause in (*SAVE_PAUSES, None):
            try:
                return await self._write_renewed(record, old, renewed, changes)
            except VersionConflict:
                raise
            except StoreError as error:
                log.error("account %s: new tokens could not be saved: %s", record.id, error)
                if pause is None:
                    raise
            await self._sleep(pause)
        raise AssertionError("the last pause is None")

    async def _write_renewed(
        self, record: AccountRecord, old: Grant, renewed: Grant, changes: dict[str, object]
    ) -> AccountRecord:
        while True:
            try:
                return await self._vault.write(record, Event.REFRESHED, grant=renewed, **changes)
            except VersionConflict:
                holding = await self._vault.look(record.identifier)
            if holding is not None and holding.grant == renewed:
                return holding.record  # a try that seemed to fail had been saved
            if holding is None or not _still_holds(holding, old):
                # The account was disconnected, deleted or authorized anew while we waited: these tokens are nobody's.
                await self._oauth.revoke(renewed.login_url, token=renewed.refresh_token or renewed.access_token)
                raise VersionConflict(f"The account {record.identifier!r} was changed by somebody else.")
            record = holding.record

    async def _learn_expiry(self, record: AccountRecord, token: TokenResponse, login_url: str) -> None:
        learned = await self._expiry.learn(token, login_url, self._vault.clock())
        if learned != record.token_expires_at:
            try:
                await self._vault.write(record, token_expires_at=learned)
            except VersionConflict:
                log.debug("account %s changed before its expiry was noted", record.id)


def _still_holds(holding: Holding, old: Grant) -> bool:
    alive = holding.record.status in (AccountStatus.ACTIVE, AccountStatus.EXPIRED)
    return alive and holding.grant is not None and holding.grant.refresh_token == old.refresh_token


def _in_doubt() -> SalesforceUnavailable:
    told = "Salesforce's login host gave no answer to a refresh, and what became of it is not known yet."
    return SalesforceUnavailable(told, hint="Try again in a minute.", condition=IN_DOUBT)


def _step(identifier: str, step: str) -> None:
    """Say where a refresh is. The tests kill processes at each of these steps."""
    log.debug("refresh of %s: %s", identifier, step)
