"""What users granted, as values: a consent, the grant it opened, the sessions a grant gives; knows no store."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


class Owner(Protocol):
    """Whoever a session can be started for: a consent, or a grant."""

    @property
    def user_id(self) -> str: ...
    @property
    def username(self) -> str: ...
    @property
    def scopes(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Consent:
    """What a user allowed: the app's wish together with who allowed it."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    user_id: str
    username: str
    challenge: str | None = None
    nonce: str | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """A user's standing approval of an app: one family of refresh tokens, of which the last is good."""

    id: int
    client_id: str
    user_id: str
    username: str
    scopes: tuple[str, ...]
    created_at: datetime
    used_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """An access token and what it is good for.

    Attributes:
        grant_id: The grant whose end ends the session; None for a session without one.
        address: Where the token was given to; None where nobody called.
    """

    token: str = field(repr=False)
    client_id: str
    user_id: str
    username: str
    scopes: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    grant_id: int | None = None
    address: str | None = None


def is_jwt(token: str) -> bool:
    """Whether an access token is a JWT and not an opaque one, which carries the org's id and an exclamation mark."""
    return "!" not in token and token.count(".") == 2
