"""Hands out access tokens: fresh from the store, refreshed early, one refresh at a time in this process.

In-process single-flight only spares the store; what makes refreshing correct is in `refresh`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from langchain_sfconnect.accounts.flights import Flights, again
from langchain_sfconnect.accounts.grant import Grant
from langchain_sfconnect.accounts.refresh import Refresher
from langchain_sfconnect.accounts.vault import REFRESH_EARLY, Holding, Vault
from langchain_sfconnect.errors import OAuthRefused, SalesforceUnavailable, SFConnectError
from langchain_sfconnect.salesforce.auth import Access

COOLDOWN = timedelta(seconds=30)
TOUCH_EVERY = timedelta(minutes=1)
SETTLE_SECONDS = 40.0  # enough for a token request and for saving what it brings


class Tokens:
    """The token provider of one vault.

    Args:
        vault: The accounts.
        refresher: Refreshes them.
    """

    def __init__(self, vault: Vault, refresher: Refresher) -> None:
        self._vault, self._refresher = vault, refresher
        self._flights: Flights[Grant] = Flights()
        self._cooling: dict[str, tuple[datetime, SFConnectError]] = {}

    async def access(self, identifier: str) -> Access:
        """A token with more than five minutes to live, or the best there is.

        Raises:
            AccountNotFound: There is no such account.
            ReauthorizationRequired: It has no usable grant.
            SealBroken: Its tokens cannot be opened.
        """
        holding = await self._vault.recall(identifier)
        grant = holding.usable_grant()
        if self._lives(holding, REFRESH_EARLY):
            await self._note_use(holding)
            return _access(grant)
        return _access(await self._early(holding, grant))

    async def _early(self, holding: Holding, grant: Grant) -> Grant:
        identifier, lives = holding.record.identifier, self._lives(holding, timedelta(0))
        if lives and (grant.refresh_token is None or self._failure(identifier) is not None):
            return grant
        try:
            return await self._renewed(identifier, grant.access_token)
        except (SalesforceUnavailable, OAuthRefused):
            if lives:
                return grant
            raise

    async def renew(self, identifier: str, *, rejected: str, force: bool = False) -> Access:
        """Another token than the rejected one; raises as `access` does, and what the refresh raises.

        Args:
            identifier: Whose account.
            rejected: The access token that is no good.
            force: Ask Salesforce even right after it refused.
        """
        self._vault.forget(identifier)
        if force:
            self.forget_failure(identifier)
        grant = await self._renewed(identifier, rejected)
        if grant.access_token == rejected:  # joined a flight that had begun before the rejected token was made
            grant = await self._renewed(identifier, rejected)
        return _access(grant)

    def forget_failure(self, identifier: str) -> None:
        """Ask Salesforce next time, even if a refresh has just failed."""
        self._cooling.pop(identifier, None)

    async def _renewed(self, identifier: str, seen: str) -> Grant:
        """Refresh, unless a refresh failed just now: then a crowd gets that answer, and Salesforce is left alone."""
        failure = self._failure(identifier)
        if failure is not None:
            raise failure
        try:
            return await self._flight(identifier, seen)
        except (SalesforceUnavailable, OAuthRefused) as error:
            self._cooling[identifier] = (self._vault.clock() + COOLDOWN, error)
            raise

    async def settle(self) -> None:
        """Let refreshes under way on this event loop end: tokens that were asked for and not saved are lost."""
        await self._flights.land_all(within=SETTLE_SECONDS)

    async def _flight(self, identifier: str, seen: str) -> Grant:
        # An answer of the token endpoint must not be lost because the caller who asked for it was cancelled.
        return await self._flights.join(identifier, lambda: self._refresher.run(identifier, seen))

    def _lives(self, holding: Holding, margin: timedelta) -> bool:
        expires_at = holding.record.token_expires_at
        return expires_at is None or expires_at - self._vault.clock() > margin

    def _failure(self, identifier: str) -> SFConnectError | None:
        """How the last refresh failed, while that is fresh."""
        until, error = self._cooling.get(identifier, (None, None))
        if until is None or error is None:
            return None
        if timedelta(0) < until - self._vault.clock() <= COOLDOWN:  # also ends when the clock is put back
            return again(error)
        self._cooling.pop(identifier, None)
        return None

    async def _note_use(self, holding: Holding) -> None:
        used = holding.record.last_used_at
        if used is None or self._vault.clock() - used > TOUCH_EVERY:
            await self._vault.touch(holding)


def _access(grant: Grant) -> Access:
    return Access(grant.access_token, grant.instance_url)
