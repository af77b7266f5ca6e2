"""The OAuth client installed in the org; a value that knows nothing of requests or tokens."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

SCOPE_LABELS = {
    "api": "Manage user data via APIs (api)",
    "refresh_token": "Perform requests at any time (refresh_token, offline_access)",
    "id": "Access the identity URL service (id, profile, email, address, phone)",
    "openid": "Access unique user identifiers (openid)",
    "profile": "Access the identity URL service (profile)",
    "email": "Access the identity URL service (email)",
    "web": "Manage user data via Web browsers (web)",
    "full": "Full access (full)",
}
_ALIASES = {"offline_access": "refresh_token"}

# An emulator's well-known credentials, the same in every local org, so that settings survive a restart.
# They open nothing but a server on loopback.
CONSUMER_KEY = "3MVG9LocalOrg.AppForDevelopment00000000000000000000000000000000000000000000000000000"
CONSUMER_SECRET = "local-org-consumer-secret-0000000000000000000000000000000000000000"  # noqa: S105 — see above


@dataclass
class ClientApp:
    """An External Client App as the org knows it.

    Attributes:
        name: Shown on the consent page.
        key: The consumer key, `client_id` on the wire.
        secret: The consumer secret.
        callbacks: The registered redirect URIs, matched character for character.
        scopes: What the app may ask for.
    """

    name: str
    key: str
    secret: str = field(repr=False)
    callbacks: set[str] = field(default_factory=set)
    scopes: tuple[str, ...] = tuple(SCOPE_LABELS)

    def secret_is(self, given: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self.secret.encode(), given.encode())

    def narrowed(self, wanted: str | None) -> tuple[str, ...] | None:
        """The scopes of a request: all of the app's when none are named, None when one is not the app's."""
        if not wanted or not wanted.strip():
            return self.scopes
        named = tuple(dict.fromkeys(_ALIASES.get(scope, scope) for scope in wanted.split()))
        return named if set(named) <= set(self.scopes) else None
