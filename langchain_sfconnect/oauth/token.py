"""The token endpoint's answer as a value. Pure; accepts more than is documented."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class TokenResponse:
    """Tokens, and what came with them.

    Attributes:
        access_token: Bearer token; opaque, or a JWT.
        refresh_token: Absent from most refresh answers: keep the old one then.
        instance_url: Origin of the org's REST API, without a trailing slash.
        identity_url: `https://{login host}/id/{org id}/{user id}`.
        scopes: Granted scopes; empty where the answer did not say.
        issued_at: When the token was issued, if the answer said.
        expires_in: Lifetime, if the answer said; opaque tokens come without.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    instance_url: str
    identity_url: str
    scopes: tuple[str, ...]
    issued_at: datetime | None
    expires_in: timedelta | None

    @property
    def org_id(self) -> str | None:
        return self._identity(-2)

    @property
    def user_id(self) -> str | None:
        return self._identity(-1)

    def _identity(self, position: int) -> str | None:
        segments = urlsplit(self.identity_url).path.rstrip("/").split("/")
        return segments[position] if len(segments) >= 4 and segments[-3] == "id" else None

    def told_expiry(self) -> datetime | None:
        """When the access token dies, as far as the answer itself tells."""
        if self.expires_in is not None and self.issued_at is not None:
            return self.issued_at + self.expires_in
        return jwt_expiry(self.access_token)


def parse_token_response(body: Mapping[str, Any]) -> TokenResponse | None:
    """Read a success body; None when it is not one."""
    access_token, instance_url = body.get("access_token"), body.get("instance_url")
    if not isinstance(access_token, str) or not isinstance(instance_url, str) or not access_token:
        return None
    refresh_token = body.get("refresh_token")
    expires_in = _number(body.get("expires_in"))
    issued_at = _number(body.get("issued_at"))
    return TokenResponse(
        access_token=access_token,
        refresh_token=refresh_token if isinstance(refresh_token, str) and refresh_token else None,
        instance_url=instance_url.rstrip("/"),
        identity_url=str(body.get("id") or ""),
        scopes=tuple(str(body.get("scope") or "").split()),
        issued_at=datetime.fromtimestamp(issued_at / 1000, UTC) if issued_at else None,
        expires_in=timedelta(seconds=expires_in) if expires_in else None,
    )


def _number(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if 0 < number < 1e14 else None


def jwt_expiry(token: str) -> datetime | None:
    """The `exp` of a JWT access token; None for an opaque token. Nothing is verified: Salesforce does that."""
    parts = token.split(".")
    if len(parts) != 3 or "!" in token:
        return None
    try:
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        exp = _number(payload.get("exp"))
    except (ValueError, binascii.Error, AttributeError):
        return None
    return datetime.fromtimestamp(exp, UTC) if exp is not None and exp < 1e11 else None
