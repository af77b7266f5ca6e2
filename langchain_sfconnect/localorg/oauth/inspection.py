"""What can be done with a token one already has: revoke it, or ask what it is good for."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from langchain_sfconnect.localorg.oauth import refusals
from langchain_sfconnect.localorg.oauth.forms import authenticated_client, parameters, realm_of
from langchain_sfconnect.localorg.oauth.token import NO_STORE
from langchain_sfconnect.localorg.realm import Realm


async def revoke(request: Request) -> Response:
    """`/services/oauth2/revoke`: a refresh token ends its grant, an access token only its session."""
    realm, token = realm_of(request), (await parameters(request)).get("token", "")
    grant = realm.grants.grant_of(token)
    if grant is not None:
        realm.grants.end_grant(grant)
    elif realm.grants.session(token) is not None:
        realm.grants.end_session(token)
    else:
        return JSONResponse(refusals.invalid_token().body(), status_code=400, headers=NO_STORE)
    return Response(status_code=200, headers=NO_STORE)


async def introspect(request: Request) -> Response:
    """`/services/oauth2/introspect`: whether a token is good, whose it is, and until when."""
    realm = realm_of(request)
    try:
        if request.method != "POST":
            raise refusals.must_post()
        form = await parameters(request)
        _authorized_client(request, form)
    except refusals.OAuthRefusal as refusal:
        return JSONResponse(refusal.body(), status_code=refusal.status, headers=NO_STORE)
    token = form.get("token", "")
    known = _access_token(realm, token) or _refresh_token(realm, token)
    return JSONResponse(known or {"active": False}, headers=NO_STORE)


def _authorized_client(request: Request, form: dict[str, str]) -> None:
    try:
        authenticated_client(request, form, secret_required=realm_of(request).site.policy.secret_required)
    except refusals.OAuthRefusal:
        raise refusals.bad_secret(status=401) from None
    if not realm_of(request).site.policy.introspection_allowed:
        raise refusals.introspection_refused()


def _access_token(realm: Realm, token: str) -> dict[str, Any] | None:
    session = realm.grants.session(token)
    if session is None:
        return None
    issued = int(session.issued_at.timestamp())
    return {
        "active": True,
        "scope": " ".join(session.scopes),
        "client_id": session.client_id,
        "username": session.username,
        "sub": realm.identity_url(session.user_id),
        "token_type": "access_token",
        "exp": int(session.expires_at.timestamp()),
        "iat": issued,
        "nbf": issued,
    }


def _refresh_token(realm: Realm, token: str) -> dict[str, Any] | None:
    grant = realm.grants.grant_of(token)
    if grant is None:
        return None
    issued = int(grant.created_at.timestamp())
    return {
        "active": True,
        "scope": " ".join(grant.scopes),
        "client_id": grant.client_id,
        "username": grant.username,
        "sub": realm.identity_url(grant.user_id),
        "token_type": "refresh_token",
        "iat": issued,
        "nbf": issued,
    }
