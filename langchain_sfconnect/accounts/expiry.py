"""When an access token dies: learned from Salesforce, assumed only where it does not tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from langchain_sfconnect.oauth.client import OAuthClient
from langchain_sfconnect.oauth.token import TokenResponse


@dataclass(frozen=True, slots=True)
class ExpiryTeacher:
    """Learns expiries: what the token says, else one introspection, else the configured session timeout.

    Args:
        oauth: Asked for introspection.
        session_timeout: Assumed lifetime where Salesforce does not tell.
    """

    oauth: OAuthClient
    session_timeout: timedelta

    def assume(self, token: TokenResponse, now: datetime) -> datetime:
        """What is known without asking."""
        return token.told_expiry() or (token.issued_at or now) + self.session_timeout

    async def learn(self, token: TokenResponse, login_url: str, now: datetime) -> datetime:
        """What is known after asking once."""
        if (told := token.told_expiry()) is not None:
            return told
        asked = await self.oauth.introspect_expiry(login_url, access_token=token.access_token)
        return asked or self.assume(token, now)
