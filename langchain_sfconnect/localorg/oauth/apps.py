"""The OAuth clients that the org knows; values that know nothing of requests or tokens."""

from __future__ import annotations

import hmac
import secrets
import string
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from langchain_sfconnect.localorg.oauth.signing import rsa_key
from langchain_sfconnect.localorg.policy import Policy

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
_SCRIPTS = ("javascript", "data", "vbscript", "file", "blob", "about")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_KEY_ALPHABET = string.ascii_letters + string.digits + "._"

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
        public: The app keeps no secret, and is never asked for one.
        certificate: A PEM certificate or public key that the app's JWTs are verified with.
        run_as: Username of whom the client-credentials flow acts as.
        policy: Rules for this app alone; None for the org's.
    """

    name: str
    key: str
    secret: str = field(repr=False)
    callbacks: set[str] = field(default_factory=set)
    scopes: tuple[str, ...] = tuple(SCOPE_LABELS)
    public: bool = False
    certificate: str | None = field(default=None, repr=False)
    run_as: str | None = None
    policy: Policy | None = None

    @classmethod
    def create(
        cls, name: str, *, callbacks: Iterable[str] = (), scopes: Iterable[str] | None = None, public: bool = False
    ) -> ClientApp:
        """A new app with a key and a secret of its own.

        Raises:
            ValueError: A callback that Salesforce would not register, or a scope that is not known.
        """
        wanted = tuple(SCOPE_LABELS) if scopes is None else tuple(_ALIASES.get(scope, scope) for scope in scopes)
        if unknown := [scope for scope in wanted if scope not in SCOPE_LABELS]:
            raise ValueError(f"{unknown[0]!r} is no scope of the local org; it knows {', '.join(SCOPE_LABELS)}")
        app = cls(name, f"3MVG9{_random(80)}", _new_secret(), scopes=wanted, public=public)
        for callback in callbacks:
            app.register_callback(callback)
        return app

    def register_callback(self, uri: str) -> None:
        """Allow a further redirect URI.

        Raises:
            ValueError: Not an absolute https, loopback http or custom-scheme URI without a fragment.
        """
        parts = urlsplit(uri)
        loopback = parts.scheme == "http" and parts.hostname in _LOOPBACK
        secure = parts.scheme == "https" and bool(parts.hostname)
        custom = parts.scheme not in ("", "http", "https", *_SCRIPTS)
        if "#" in uri or not (loopback or secure or custom):
            raise ValueError(f"{uri!r} cannot be a callback: https, a custom scheme, or http on localhost, no fragment")
        self.callbacks.add(uri)

    def register_certificate(self, pem: str) -> None:
        """Verify the app's JWTs with the RSA key of a PEM certificate, or with a PEM public key.

        Raises:
            ValueError: Neither of them.
        """
        rsa_key(pem)
        self.certificate = pem

    def rotate_secret(self) -> str:
        """Replace the secret and return the new one; whoever calls this ends the app's grants."""
        self.secret = _new_secret()
        return self.secret

    def secret_is(self, given: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self.secret.encode(), given.encode())

    def narrowed(self, wanted: str | None) -> tuple[str, ...] | None:
        """The scopes of a request: all of the app's when none are named, None when one is not the app's."""
        if not wanted or not wanted.strip():
            return self.scopes
        named = tuple(dict.fromkeys(_ALIASES.get(scope, scope) for scope in wanted.split()))
        return named if set(named) <= set(self.scopes) else None


def cli_app() -> ClientApp:
    """The app that Salesforce's command line uses, which every org knows; it keeps no secret."""
    callbacks = {"http://localhost:1717/OauthRedirect"}
    return ClientApp("Salesforce CLI", "PlatformCLI", _new_secret(), callbacks=callbacks, public=True)


def _new_secret() -> str:
    return secrets.token_hex(32).upper()


def _random(length: int) -> str:
    return "".join(secrets.choice(_KEY_ALPHABET) for _ in range(length))
