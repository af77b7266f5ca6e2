"""What can be done with a token one already has: revoke it, or ask what it is good for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from langchain_sfconnect.localorg.oauth import clients, refusals
from langchain_sfconnect.localorg.oauth.apps import ClientApp
from langchain_sfconnect.localorg.oauth.forms import Parameters, parameters, realm_of
from langchain_sfconnect.localorg.oauth.replies import NO_STORE, answer, is_callback, script
from langchain_sfconnect.localorg.oauth.values import Grant, Session
from langchain_sfconnect.localorg.realm import Realm

_HINTS = ("access_token", "refresh_token")


async def revoke(request: Request) -> Response:
    """`/services/oauth2/revoke`: a refresh token ends its grant, an access token only its session."""
    given = await parameters(request)
    callback = given.get("callback")
    if callback is not None and not is_callback(callback):
        return answer(refusals.missing("callback").body(), "json", status=400)
    try:
        _revoke(realm_of(request), given)
    except refusals.OAuthRefusal as refusal:
        if callback is not None:
            return script(callback, {"error": refusal.error})
        return answer(refusal.body(), "json", status=refusal.status)
    return Response(status_code=200, headers=NO_STORE) if callback is None else script(callback, {})


async def introspect(request: Request) -> Response:
    """`/services/oauth2/introspect`: whether a token is good, whose it is, and until when."""
    realm = realm_of(request)
    try:
        if request.method != "POST":
            raise refusals.must_use("POST")
        form = await parameters(request)
        app = _asking(request, realm, form)
    except refusals.OAuthRefusal as refusal:
        return answer(refusal.body(), "json", status=refusal.status)
    token = form.get("token", "")
    return answer(_described(realm, app, realm.sessions.get(token) or realm.grants.of(token)), "json")


def _revoke(realm: Realm, given: Parameters) -> None:
    if given.get("token_type_hint", _HINTS[0]) not in _HINTS:
        raise refusals.unsupported_token_type()
    token = given.get("token", "")
    grant = realm.grants.of(token)
    if grant is not None:
        realm.grants.end(grant.id)
    elif realm.sessions.get(token) is not None:
        realm.sessions.end(token)
    else:
        raise refusals.invalid_token()


def _asking(request: Request, realm: Realm, form: Parameters) -> ClientApp:
    """The app that introspects, which is refused with 401."""
    try:
        given = clients.credentials(request, form)
        app = clients.known_app(realm, given.client_id)
        policy = realm.site.policy_of(app.key)
        clients.authenticate(realm, app, given, secret_required=policy.secret_required and not app.public)
    except refusals.OAuthRefusal:
        raise refusals.bad_secret(status=401) from None
    if not policy.introspection_allowed:
        raise refusals.introspection_refused()
    return app


def _described(realm: Realm, app: ClientApp, known: Session | Grant | None) -> dict[str, Any]:
    """What a token is good for; apps learn nothing of other apps' tokens."""
    if known is None or known.client_id != app.key:
        return {"active": False}
    is_session = isinstance(known, Session)
    issued = _seconds(known.issued_at if isinstance(known, Session) else known.created_at)
    body: dict[str, Any] = {
        "active": True,
        "scope": " ".join(known.scopes),
        "client_id": known.client_id,
        "username": known.username,
        "sub": realm.identity_url(known.user_id),
        "token_type": "access_token" if is_session else "refresh_token",
    }
    if isinstance(known, Session):
        body["exp"] = _seconds(known.expires_at)
    return {**body, "iat": issued, "nbf": issued}


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
