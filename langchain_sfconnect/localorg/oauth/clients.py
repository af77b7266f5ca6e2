"""Which app makes a request, and how it proves that: a secret in the form or in HTTP Basic, or a signed assertion."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from langchain_sfconnect.localorg.oauth import refusals
from langchain_sfconnect.localorg.oauth.apps import ClientApp
from langchain_sfconnect.localorg.oauth.forms import Parameters
from langchain_sfconnect.localorg.oauth.signing import claims_of, is_signed_by
from langchain_sfconnect.localorg.realm import Realm

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_DIGITS = re.compile(r"[0-9]{1,15}")
_PUBLIC_HOSTS = {"production": "https://login.salesforce.com", "sandbox": "https://test.salesforce.com"}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request says about its app, checked by nobody yet."""

    client_id: str | None
    secret: str | None = field(default=None, repr=False)
    assertion: str | None = field(default=None, repr=False)


def credentials(request: Request, form: Parameters) -> Credentials:
    """What a request says about its app; HTTP Basic goes before the form.

    Raises:
        OAuthRefusal: A Basic header that cannot be read.
    """
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        return _basic(encoded)
    if form.get("client_assertion_type") == _ASSERTION_TYPE:
        assertion = form.get("client_assertion", "")
        return Credentials(form.get("client_id") or _text(claims_of(assertion), "iss"), assertion=assertion)
    return Credentials(form.get("client_id"), form.get("client_secret") or None)


def known_app(realm: Realm, client_id: str | None) -> ClientApp:
    """The app of a consumer key.

    Raises:
        OAuthRefusal: There is none, or it has not been propagated yet.
    """
    app = realm.site.apps.get(client_id or "")
    if app is None or not realm.site.policy_of(app.key).app_propagated:
        raise refusals.unknown_client()
    return app


def authenticate(realm: Realm, app: ClientApp, given: Credentials, *, secret_required: bool) -> None:
    """Check that a request is its app's.

    Raises:
        OAuthRefusal: A wrong secret or assertion, or none where one is needed.
    """
    if given.assertion is not None:
        if not _proves(realm, app, given.assertion):
            raise refusals.bad_secret()
    elif given.secret is None:
        if secret_required:
            raise refusals.bad_secret()
    elif not app.secret_is(given.secret):
        raise refusals.bad_secret()


def audiences(realm: Realm) -> set[str]:
    """The names under which a realm is addressed in assertions."""
    hosts = (realm.addresses.login_url, realm.addresses.instance_url, _PUBLIC_HOSTS[realm.name])
    return {host + path for host in hosts for path in ("", "/", "/services/oauth2/token")}


def is_current(realm: Realm, claims: Mapping[str, Any]) -> bool:
    """Whether the assertion's time has not run out; digits in a string are taken, as Salesforce takes them."""
    expires = claims.get("exp")
    if isinstance(expires, str) and _DIGITS.fullmatch(expires):
        expires = int(expires)
    if not isinstance(expires, int | float) or isinstance(expires, bool):
        return False
    return realm.site.clock.now().timestamp() < expires


def is_meant_for(realm: Realm, claims: Mapping[str, Any]) -> bool:
    """Whether the assertion names this realm as its audience."""
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    return any(isinstance(name, str) and name in audiences(realm) for name in named)


def _proves(realm: Realm, app: ClientApp, assertion: str) -> bool:
    claims = claims_of(assertion) or {}
    named = claims.get("iss") == app.key and claims.get("sub") == app.key
    signed = app.certificate is not None and is_signed_by(assertion, app.certificate)
    return named and signed and is_meant_for(realm, claims) and is_current(realm, claims)


def _basic(encoded: str) -> Credentials:
    try:
        client_id, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        raise refusals.bad_basic_header() from None
    if not colon:
        raise refusals.bad_basic_header()
    return Credentials(client_id, secret)


def _text(claims: Mapping[str, Any] | None, name: str) -> str | None:
    value = (claims or {}).get(name)
    return value if isinstance(value, str) else None
