"""Makes access tokens and id tokens, and the bodies they travel in; knows nothing of who may have them."""

from __future__ import annotations

import base64
import hmac
from datetime import datetime
from typing import Any

from langchain_sfconnect.localorg.oauth.apps import ClientApp
from langchain_sfconnect.localorg.oauth.codes import random_token
from langchain_sfconnect.localorg.oauth.values import Consent, Owner, Session
from langchain_sfconnect.localorg.realm import Realm

_ID_TOKEN_LIFETIME = 120


def start_session(
    realm: Realm, app: ClientApp, owner: Owner, *, grant_id: int | None = None, address: str | None = None
) -> Session:
    """A new access token for whoever `owner` names, ended together with the grant."""
    policy, now = realm.site.policy_of(app.key), realm.site.clock.now()
    expires_at = now + policy.session_timeout
    session = Session(
        token=_jwt(realm, app, owner, now, expires_at) if policy.jwt_access_tokens else _opaque(realm.org_id),
        client_id=app.key,
        user_id=owner.user_id,
        username=owner.username,
        scopes=owner.scopes,
        issued_at=now,
        expires_at=expires_at,
        grant_id=grant_id,
        address=address,
    )
    realm.sessions.add(session)
    return session


def session_body(realm: Realm, app: ClientApp, session: Session) -> dict[str, Any]:
    """What the token endpoint answers."""
    identity, issued_at = realm.identity_url(session.user_id), str(int(session.issued_at.timestamp() * 1000))
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
    if realm.site.policy_of(app.key).expires_in_sent:
        body["expires_in"] = int((session.expires_at - session.issued_at).total_seconds())
    return body


def id_token(realm: Realm, consent: Consent) -> str:
    """An OpenID Connect token that says who consented."""
    now = int(realm.site.clock.now().timestamp())
    claims: dict[str, Any] = {
        "iss": realm.addresses.login_url,
        "sub": realm.identity_url(consent.user_id),
        "aud": consent.client_id,
        "iat": now,
        "exp": now + _ID_TOKEN_LIFETIME,
    }
    if consent.nonce:
        claims["nonce"] = consent.nonce
    return realm.site.signing_key.sign(claims)


def _opaque(org_id: str) -> str:
    """An access token in Salesforce's usual shape: the 15-character org id, `!`, and 96 characters."""
    return f"{org_id[:15]}!AQ{random_token(94)}"


def _jwt(realm: Realm, app: ClientApp, owner: Owner, issued_at: datetime, expires_at: datetime) -> str:
    issued = int(issued_at.timestamp())
    claims = {
        "iss": realm.addresses.instance_url,
        "sub": f"uid:{owner.user_id}",
        "aud": [realm.addresses.instance_url],
        "client_id": app.key,
        "scp": " ".join(owner.scopes),
        "iat": issued,
        "nbf": issued,
        "exp": int(expires_at.timestamp()),
        "jti": random_token(32),
    }
    return realm.site.signing_key.sign(claims, tty="sfdc-core-token")
