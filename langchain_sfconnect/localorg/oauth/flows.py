"""The five grant types: from what a checked token request shows to a session; knows nothing of HTTP."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from langchain_sfconnect.localorg.oauth import admission, clients, refusals
from langchain_sfconnect.localorg.oauth.apps import ClientApp
from langchain_sfconnect.localorg.oauth.forms import Parameters
from langchain_sfconnect.localorg.oauth.issuing import id_token, session_body, start_session
from langchain_sfconnect.localorg.oauth.signing import claims_of, is_signed_by
from langchain_sfconnect.localorg.oauth.values import Consent
from langchain_sfconnect.localorg.realm import Realm, User

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A request for a token whose app has proved itself."""

    realm: Realm
    app: ClientApp
    form: Parameters = field(repr=False)
    address: str
    at_login_host: bool

    def __getitem__(self, name: str) -> str:
        """A parameter.

        Raises:
            OAuthRefusal: It is missing.
        """
        if name not in self.form:
            raise refusals.missing(name)
        return self.form[name]


Flow = Callable[[TokenRequest], Awaitable[dict[str, Any]]]


async def authorization_code(asked: TokenRequest) -> dict[str, Any]:
    """A code, for a session and where the scope says so a refresh token and an id token."""
    realm, app = asked.realm, asked.app
    code, redirect_uri = asked["code"], asked["redirect_uri"]
    consent = realm.codes.redeem(code)
    if consent.client_id != app.key:
        raise refusals.invalid_code()
    if consent.redirect_uri != redirect_uri:
        raise refusals.redirect_mismatch()
    if consent.challenge is not None and not _verifies(asked.form.get("code_verifier"), consent.challenge):
        raise refusals.invalid_verifier()
    user = admission.check_user(realm, app, realm.user_by_id(consent.user_id))
    admission.count_login(realm, app, user)
    realm.grants.approve(consent)
    grant, refresh_token = realm.grants.open(consent) if "refresh_token" in consent.scopes else (None, None)
    session = start_session(realm, app, consent, grant_id=grant.id if grant else None, address=asked.address)
    body = session_body(realm, app, session)
    if refresh_token is not None:
        body["refresh_token"] = refresh_token
    if "openid" in consent.scopes:
        body["id_token"] = id_token(realm, consent)
    return body


async def refresh_token(asked: TokenRequest) -> dict[str, Any]:
    """A refresh token, for a new session and under rotation a new refresh token."""
    realm, app = asked.realm, asked.app
    with realm.grants.refreshing(asked["refresh_token"], app.key) as grant:
        user = admission.check_user(realm, app, realm.user_by_id(grant.user_id))
        admission.count_login(realm, app, user)
        await asyncio.sleep(realm.site.policy_of(app.key).refresh_duration.total_seconds())
        rotated = realm.grants.used(grant)
        session = start_session(realm, app, grant, grant_id=grant.id, address=asked.address)
    body = session_body(realm, app, session)
    if rotated is not None:
        body["refresh_token"] = rotated
    return body


async def password(asked: TokenRequest) -> dict[str, Any]:
    """A username and a password, with or without the security token behind it."""
    user = asked.realm.user_with_password(asked["username"], asked["password"])
    if user is None or not user["IsActive"]:
        raise refusals.authentication_failure()
    body = _start(asked, admission.check_user(asked.realm, asked.app, user))
    del body["scope"]
    return body


async def client_credentials(asked: TokenRequest) -> dict[str, Any]:
    """Nothing but the app itself, which acts as the user that its policy names."""
    if asked.at_login_host:
        raise refusals.wrong_host()
    user = asked.realm.engine.user_by_username(asked.app.run_as or "")
    if user is None:
        raise refusals.nobody_to_run_as()
    if not user["IsActive"]:
        raise refusals.inactive_user()
    return _start(asked, user)  # permitted users do not matter here: the administrator has named this one


async def jwt_bearer(asked: TokenRequest) -> dict[str, Any]:
    """An assertion that the app has signed, for a user who approved the app before."""
    realm, app, assertion = asked.realm, asked.app, asked["assertion"]
    claims = claims_of(assertion) or {}
    if app.certificate is None or not is_signed_by(assertion, app.certificate):
        raise refusals.invalid_assertion()
    if not clients.is_meant_for(realm, claims):
        raise refusals.wrong_audience()
    if not clients.is_current(realm, claims):
        raise refusals.invalid_assertion()
    username = str(claims.get("sub") or claims.get("prn")).encode("utf-8", "replace").decode()
    user = realm.engine.user_by_username(username)
    if user is None:
        raise refusals.not_approved()
    admission.check_user(realm, app, user)
    if not admission.needs_no_consent(realm, app, user, ()):
        raise refusals.not_approved()
    body = _start(asked, user)
    return {name: value for name, value in body.items() if name not in ("signature", "issued_at")}


FLOWS: dict[str, Flow] = {
    "authorization_code": authorization_code,
    "refresh_token": refresh_token,
    "password": password,
    "client_credentials": client_credentials,
    JWT_BEARER: jwt_bearer,
}


def issuer(form: Parameters) -> str | None:
    """The consumer key that a bearer assertion claims to come from.

    Raises:
        OAuthRefusal: There is no assertion, or none that can be read.
    """
    if "assertion" not in form:
        raise refusals.missing("assertion")
    claims = claims_of(form["assertion"])
    if claims is None:
        raise refusals.invalid_assertion()
    return str(claims.get("iss"))


def _start(asked: TokenRequest, user: User) -> dict[str, Any]:
    """A session with all the scopes of the app, and no grant behind it."""
    realm, app = asked.realm, asked.app
    admission.count_login(realm, app, user)
    scopes = tuple(scope for scope in app.scopes if scope != "refresh_token")
    owner = Consent(app.key, "", scopes, user["Id"], user["Username"])
    return session_body(realm, app, start_session(realm, app, owner, address=asked.address))


def _verifies(verifier: str | None, challenge: str) -> bool:
    digest = hashlib.sha256((verifier or "").encode()).digest()
    expected = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return verifier is not None and hmac.compare_digest(expected, challenge)
