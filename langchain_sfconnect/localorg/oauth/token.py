"""The token endpoint: codes and refresh tokens in, sessions out, each refusal as Salesforce words it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from langchain_sfconnect.localorg.oauth import refusals
from langchain_sfconnect.localorg.oauth.apps import ClientApp
from langchain_sfconnect.localorg.oauth.forms import Parameters, authenticated_client, parameters, realm_of
from langchain_sfconnect.localorg.oauth.grants import Consent, Grant, Session, opaque_access_token
from langchain_sfconnect.localorg.realm import Realm

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
Flow = Callable[[Realm, ClientApp, Parameters], Awaitable[dict[str, Any]]]


async def token(request: Request) -> Response:
    """`/services/oauth2/token`."""
    try:
        return JSONResponse(await _grant(request), headers=NO_STORE)
    except refusals.OAuthRefusal as refusal:
        return JSONResponse(refusal.body(), status_code=refusal.status, headers=NO_STORE)


async def _grant(request: Request) -> dict[str, Any]:
    if request.method != "POST":
        raise refusals.must_post()
    realm, form = realm_of(request), await parameters(request)
    flow = _FLOWS.get(form.get("grant_type", ""))
    if flow is None:
        raise refusals.unsupported_grant_type()
    policy = realm.site.policy
    app = authenticated_client(request, form, secret_required=policy.secret_required)
    if policy.blocked_app:
        raise refusals.app_blocked()
    if not policy.ip_allowed_at_token:
        raise refusals.ip_restricted()
    return await flow(realm, app, form)


async def _authorization_code(realm: Realm, app: ClientApp, form: Parameters) -> dict[str, Any]:
    for name in ("code", "redirect_uri"):
        if name not in form:
            raise refusals.missing(name)
    consent = realm.grants.redeem_code(form["code"])
    if consent.client_id != app.key:
        raise refusals.invalid_code()
    if consent.redirect_uri != form["redirect_uri"]:
        raise refusals.redirect_mismatch()
    if consent.challenge is not None and not _verifies(form.get("code_verifier"), consent.challenge):
        raise refusals.invalid_verifier()
    _require_active(realm, consent.user_id)
    grant = realm.grants.open_grant(consent) if "refresh_token" in consent.scopes else None
    body = _session_body(realm, app, start_session(realm, app, consent, grant))
    if grant is not None:
        body["refresh_token"] = grant.refresh_token
    if "openid" in consent.scopes:
        body["id_token"] = _id_token(realm, consent)
    return body


async def _refresh_token(realm: Realm, app: ClientApp, form: Parameters) -> dict[str, Any]:
    if "refresh_token" not in form:
        raise refusals.missing("refresh_token")
    with realm.grants.refreshing(form["refresh_token"], app.key) as grant:
        _require_active(realm, grant.user_id)
        await asyncio.sleep(realm.site.policy.refresh_duration.total_seconds())
        rotated = realm.grants.used(grant)
        body = _session_body(realm, app, start_session(realm, app, grant, grant))
        if rotated:
            body["refresh_token"] = grant.refresh_token
        return body


_FLOWS: dict[str, Flow] = {"authorization_code": _authorization_code, "refresh_token": _refresh_token}


def start_session(realm: Realm, app: ClientApp, owner: Consent | Grant, grant: Grant | None = None) -> Session:
    """A new access token for whoever `owner` names, ended together with `grant`."""
    policy, now = realm.site.policy, realm.site.clock.now()
    session = Session(
        token="",
        client_id=app.key,
        user_id=owner.user_id,
        username=owner.username,
        scopes=owner.scopes,
        issued_at=now,
        expires_at=now + policy.session_timeout,
        lifetime=policy.session_timeout,
        grant=grant,
    )
    session.token = _jwt(realm, session) if policy.jwt_access_tokens else opaque_access_token(realm.org_id)
    realm.grants.start_session(session)
    return session


def _session_body(realm: Realm, app: ClientApp, session: Session) -> dict[str, Any]:
    identity, issued_at = realm.identity_url(session.user_id), str(_milliseconds(session.issued_at))
    signature = hmac.digest(app.secret.encode(), f"{identity}{issued_at}".encode(), "sha256")
    body: dict[str, Any] = {
        "access_token": session.token,
        "signature": base64.b64encode(signature).decode(),
        "scope": " ".join(session.scopes),
        "instance_url": realm.addresses.instance_url,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued_at,
    }
    if realm.site.policy.expires_in_sent:
        body["expires_in"] = int(session.lifetime.total_seconds())
    return body


def _jwt(realm: Realm, session: Session) -> str:
    issued = int(session.issued_at.timestamp())
    claims = {
        "iss": realm.addresses.instance_url,
        "sub": f"uid:{session.user_id}",
        "aud": [realm.addresses.instance_url],
        "client_id": session.client_id,
        "scp": " ".join(session.scopes),
        "iat": issued,
        "nbf": issued,
        "exp": int(session.expires_at.timestamp()),
        "jti": opaque_access_token(realm.org_id)[-32:],
    }
    return realm.site.signing_key.sign(claims, tty="sfdc-core-token")


def _id_token(realm: Realm, consent: Consent) -> str:
    now = int(realm.site.clock.now().timestamp())
    claims: dict[str, Any] = {
        "iss": realm.addresses.login_url,
        "sub": realm.identity_url(consent.user_id),
        "aud": consent.client_id,
        "iat": now,
        "exp": now + 120,
    }
    if consent.nonce:
        claims["nonce"] = consent.nonce
    return realm.site.signing_key.sign(claims)


def _require_active(realm: Realm, user_id: str) -> None:
    user = realm.user_by_id(user_id)
    if user is None or not user["IsActive"]:
        raise refusals.inactive_user()


def _verifies(verifier: str | None, challenge: str) -> bool:
    digest = hashlib.sha256((verifier or "").encode()).digest()
    expected = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return verifier is not None and hmac.compare_digest(expected, challenge)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
