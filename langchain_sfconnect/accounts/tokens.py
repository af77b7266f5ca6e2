"""Hands out access tokens: fresh from the store, refreshed early, one refresh at a time in this process.

In-process single-flight only spares the store; what makes refreshing correct is in `refresh`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from langchain_sfconnect.accounts.flights import Flights
from langchain_sfconnect.accounts.grant import Grant
from langchain_sfconnect.accounts.refresh import Refresher
from langchain_sfconnect.accounts.vault import Holding, Vault
from langchain_sfconnect.errors import OAuthRefused, SalesforceUnavailable
from langchain_sfconnect.salesforce.auth import Access

REFRESH_EARLY = timedelta(minutes=5)
COOLDOWN = timedelta(seconds=30)
TOUCH_EVERY = timedelta(minutes=1)


class Tokens:
    """The token provider of one vault.

    Args:
        vault: The accounts.
        refresher: Refreshes them.
    """

    def __init__(self, vault: Vault, refresher: Refresher) -> None:
        self._vault, self._refresher = vault, refresher
        self._flights: Flights[Grant] = Flights()
        self._cooling: dict[str, datetime] = {}

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
        if lives and (grant.refresh_token is None or self._is_cooling(identifier)):
            return grant
        try:
            return await self._flight(identifier, grant.access_token)
        except (SalesforceUnavailable, OAuthRefused):
            self._cooling[identifier] = self._vault.clock() + COOLDOWN
            if lives:
                return grant
            raise

    async def renew(self, identifier: str, *, rejected: str) -> Access:
        """Another token than the rejected one; raises as `access` does, and what the refresh raises."""
        self._vault.forget(identifier)
        grant = await self._flight(identifier, rejected)
        if grant.access_token == rejected:  # joined a flight that had begun before the rejected token was made
            grant = await self._flight(identifier, rejected)
        return _access(grant)

    async def _flight(self, identifier: str, seen: str) -> Grant:
        # An answer of the token endpoint must not be lost because the caller who asked for it was cancelled.
        return await self._flights.join(identifier, lambda: self._refresher.run(identifier, seen))

    def _lives(self, holding: Holding, margin: timedelta) -> bool:
        expires_at = holding.record.token_expires_at
        return expires_at is None or expires_at - self._vault.clock() > margin

    def _is_cooling(self, identifier: str) -> bool:
        until = self._cooling.get(identifier)
        if until is None or until > self._vault.clock():
            return until is not None
        self._cooling.pop(identifier, None)
        return False

    async def _note_use(self, holding: Holding) -> None:
        used = holding.record.last_used_at
        if used is None or self._vault.clock() - used > TOUCH_EVERY:
            await self._vault.touch(holding)


def _access(grant: Grant) -> Access:
    return Access(grant.access_token, grant.instance_url)
