"""Salesforce's OAuth endpoints: exchange, refresh, revoke, introspect, userinfo. Decides and stores nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pydantic_core

from langchain_sfconnect._http import Answer, Http, NoAnswer, NotSent
from langchain_sfconnect.conditions import Condition, Where, condition_of
from langchain_sfconnect.config import SalesforceApp
from langchain_sfconnect.oauth.token import TokenResponse, parse_token_response


class TokenRefusal(Exception):
    """The token endpoint answered with an error.

    Attributes:
        error: The `error` member; empty where the body was not OAuth's JSON.
        description: The `error_description` member.
        status: The HTTP status.
    """

    def __init__(self, error: str, description: str, status: int) -> None:
        self.error, self.description, self.status = error, description, status
        super().__init__(f"{status} {error} {description}".strip())

    def condition(self, where: Where) -> Condition:
        """What the answer means, to a refresh or to a code exchange."""
        return condition_of(where, self.error, self.description, status=self.status)


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """Calls the OAuth endpoints of one login host at a time.

    Args:
        app: Whose client id and secret to send.
        http: How to send.
    """

    app: SalesforceApp
    http: Http

    async def exchange_code(self, login_url: str, *, code: str, code_verifier: str) -> TokenResponse:
        """Redeem an authorization code.

        Raises:
            TokenRefusal: Salesforce refused.
            NotSent: Nothing reached Salesforce.
            NoAnswer: The code may be spent.
        """
        return await self._token(
            login_url,
            {
                "grant_type": "authorization_code",
                "code": code,
                "code_verifier": code_verifier,
                "redirect_uri": self.app.redirect_uri,
            },
        )

    async def refresh(self, login_url: str, *, refresh_token: str) -> TokenResponse:
        """Get a new access token; raises as `exchange_code` does."""
        return await self._token(login_url, {"grant_type": "refresh_token", "refresh_token": refresh_token})

    async def _token(self, login_url: str, form: Mapping[str, str]) -> TokenResponse:
        answer = await self.http.post_form(f"{login_url}/services/oauth2/token", {**form, **self._client_credentials()})
        body = _json_object(answer.content)
        if answer.status == 200 and (token := parse_token_response(body)) is not None:
            return token
        if answer.status in (200, 408, 504):
            # A gateway that gave up waiting, or an answer cut short: the token endpoint may have done its work.
            raise NoAnswer(f"status {answer.status} without tokens")
        raise TokenRefusal(
            str(body.get("error") or "")[:80], str(body.get("error_description") or "")[:200], answer.status
        )

    def _client_credentials(self) -> dict[str, str]:
        credentials = {"client_id": self.app.client_id}
        if self.app.client_secret is not None:
            credentials["client_secret"] = self.app.client_secret
        return credentials

    async def revoke(self, login_url: str, *, token: str) -> bool:
        """End a grant (refresh token) or a session (access token).

        Returns:
            Whether the token is surely dead: revoked now, or unknown to Salesforce already.
        """
        try:
            answer = await self.http.post_form(f"{login_url}/services/oauth2/revoke", {"token": token})
        except (NotSent, NoAnswer):
            return False
        gone = _json_object(answer.content).get("error") in ("invalid_token", "unsupported_token_type")
        return answer.status == 200 or (answer.status == 400 and gone)

    async def introspect_expiry(self, login_url: str, *, access_token: str) -> datetime | None:
        """When an access token expires, as Salesforce tells; None where it does not tell (RFC 7662)."""
        try:
            body = await self._introspect(login_url, access_token, "access_token")
        except (NotSent, NoAnswer):
            return None
        exp = body.get("exp")
        known = body.get("active") is True and isinstance(exp, (int, float))
        return datetime.fromtimestamp(exp, UTC) if known else None  # type: ignore[arg-type] # a number, as just seen

    async def grant_lives(self, login_url: str, *, refresh_token: str) -> bool | None:
        """Whether a refresh token is still good, without spending it; None where Salesforce does not tell.

        Raises:
            NotSent: The login host was not reached.
            NoAnswer: It gave no answer, or one of a server in trouble.
        """
        active = (await self._introspect(login_url, refresh_token, "refresh_token")).get("active")
        return active if isinstance(active, bool) else None

    async def _introspect(self, login_url: str, token: str, hint: str) -> dict[str, Any]:
        form = {"token": token, "token_type_hint": hint, **self._client_credentials()}
        answer = await self.http.post_form(f"{login_url}/services/oauth2/introspect", form)
        _require_calm(answer)
        return _json_object(answer.content) if answer.status == 200 else {}

    async def server_time(self, login_url: str) -> datetime | None:
        """What time a login host has; None where it does not tell.

        Raises:
            NotSent: It was not reached.
            NoAnswer: It gave no answer, or one of a server in trouble.
        """
        answer = await self.http.send("GET", f"{login_url}/.well-known/openid-configuration")
        _require_calm(answer)
        try:
            told = parsedate_to_datetime(answer.headers.get("Date", ""))
        except ValueError:
            return None
        return told if told.tzinfo is not None else None

    async def userinfo(self, instance_url: str, *, access_token: str) -> Mapping[str, Any]:
        """The OpenID user information of a token's user; empty where it cannot be had."""
        headers = {"Authorization": f"Bearer {access_token}"}
        try:
            answer = await self.http.send("GET", f"{instance_url}/services/oauth2/userinfo", headers=headers)
        except (NotSent, NoAnswer):
            return {}
        return _json_object(answer.content) if answer.status == 200 else {}


def _require_calm(answer: Answer) -> None:
    if answer.status >= 500 or answer.status in (420, 429):
        raise NoAnswer(f"status {answer.status}")


def _json_object(content: bytes) -> dict[str, Any]:
    try:
        body = pydantic_core.from_json(content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
