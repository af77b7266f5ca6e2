"""Who a session belongs to: userinfo, the identity URL, and the discovery documents. Refusals here are plain text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from langchain_sfconnect.localorg.oauth.apps import SCOPE_LABELS
from langchain_sfconnect.localorg.oauth.forms import bearer, realm_of
from langchain_sfconnect.localorg.realm import Realm, User

_URL_PATHS = {
    "enterprise": "/services/Soap/c/{version}/",
    "metadata": "/services/Soap/m/{version}/",
    "partner": "/services/Soap/u/{version}/",
    "rest": "/services/data/v{version}/",
    "sobjects": "/services/data/v{version}/sobjects/",
    "search": "/services/data/v{version}/search/",
    "query": "/services/data/v{version}/query/",
    "recent": "/services/data/v{version}/recent/",
    "tooling_soap": "/services/Soap/T/{version}/",
    "tooling_rest": "/services/data/v{version}/tooling/",
    "feeds": "/services/data/v{version}/chatter/feeds",
    "groups": "/services/data/v{version}/chatter/groups",
    "users": "/services/data/v{version}/chatter/users",
    "feed_items": "/services/data/v{version}/chatter/feed-items",
    "feed_elements": "/services/data/v{version}/chatter/feed-elements",
}

_NOT_KEPT = {
    "addr_street": None,
    "addr_city": None,
    "addr_state": None,
    "addr_country": "US",
    "addr_zip": None,
    "mobile_phone": None,
    "mobile_phone_verified": False,
    "is_lightning_login_user": False,
    "status": {"created_date": None, "body": None},
}


async def userinfo(request: Request) -> Response:
    """`/services/oauth2/userinfo`."""
    realm = realm_of(request)
    user = _caller(request)
    if isinstance(user, Response):
        return user
    picture = f"{realm.addresses.instance_url}/profilephoto/005"
    return JSONResponse(
        {
            "sub": realm.identity_url(user["Id"]),
            "user_id": user["Id"],
            "organization_id": realm.org_id,
            "preferred_username": user["Username"],
            "nickname": user["Alias"],
            "name": user["Name"],
            "email": user["Email"],
            "email_verified": True,
            "given_name": user["FirstName"],
            "family_name": user["LastName"],
            "zoneinfo": user["TimeZoneSidKey"],
            "photos": {"picture": f"{picture}/F", "thumbnail": f"{picture}/T"},
            "profile": f"{realm.addresses.instance_url}/{user['Id']}",
            "picture": f"{picture}/F",
            "address": {"country": "US"},
            "is_salesforce_integration_user": False,
            "urls": _urls(realm, user["Id"]),
            **_common(realm, user),
            "updated_at": _now(realm).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    )


async def identity(request: Request) -> Response:
    """`/id/{organization}/{user}`."""
    realm = realm_of(request)
    user = _caller(request)
    if isinstance(user, Response):
        return user
    if request.path_params["organization"][:15] != realm.org_id[:15]:
        return PlainTextResponse("Wrong_Org", status_code=403)
    if request.path_params["user"][:15] != user["Id"][:15]:
        return PlainTextResponse("Bad_Id", status_code=404)
    picture, now = (
        f"{realm.addresses.instance_url}/profilephoto/005",
        _now(realm).strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
    )
    return JSONResponse(
        {
            "id": realm.identity_url(user["Id"]),
            "asserted_user": True,
            "user_id": user["Id"],
            "organization_id": realm.org_id,
            "username": user["Username"],
            "nick_name": user["Alias"],
            "display_name": user["Name"],
            "email": user["Email"],
            "email_verified": True,
            "first_name": user["FirstName"],
            "last_name": user["LastName"],
            "timezone": user["TimeZoneSidKey"],
            "photos": {"picture": f"{picture}/F", "thumbnail": f"{picture}/T"},
            **_NOT_KEPT,
            "urls": _urls(realm, user["Id"]),
            **_common(realm, user),
            "last_modified_date": now,
            "is_app_installed": True,
        }
    )


async def openid_configuration(request: Request) -> Response:
    """`/.well-known/openid-configuration`, naming the host it was asked at."""
    host = f"http://{request.headers.get('host', '')}"
    oauth = f"{host}/services/oauth2"
    return JSONResponse(
        {
            "issuer": host,
            "authorization_endpoint": f"{oauth}/authorize",
            "token_endpoint": f"{oauth}/token",
            "revocation_endpoint": f"{oauth}/revoke",
            "userinfo_endpoint": f"{oauth}/userinfo",
            "jwks_uri": f"{host}/id/keys",
            "introspection_endpoint": f"{oauth}/introspect",
            "scopes_supported": list(SCOPE_LABELS),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "display_values_supported": ["page", "popup", "touch"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        }
    )


async def keys(request: Request) -> Response:
    """`/id/keys`: the public half of the org's signing key."""
    return JSONResponse(realm_of(request).site.signing_key.public_keys())


def _caller(request: Request) -> User | Response:
    """The user of the request's session, or the plain-text refusal."""
    token = bearer(request)
    if token is None:
        return PlainTextResponse("Missing_OAuth_Token", status_code=403)
    realm = realm_of(request)
    session = realm.grants.use_session(token)
    user = realm.user_by_id(session.user_id) if session else None
    if user is None or not user["IsActive"] or not realm.site.policy.ip_allowed_at_api:
        return PlainTextResponse("Bad_OAuth_Token", status_code=403)
    return user


def _common(realm: Realm, user: User) -> dict[str, Any]:
    return {
        "active": user["IsActive"],
        "user_type": "STANDARD",
        "language": user["LanguageLocaleKey"],
        "locale": user["LocaleSidKey"],
        "utcOffset": _utc_offset(user["TimeZoneSidKey"]),
    }


def _urls(realm: Realm, user_id: str) -> dict[str, str]:
    base = realm.addresses.instance_url
    urls = {name: base + path + (realm.org_id[:15] if "/Soap/" in path else "") for name, path in _URL_PATHS.items()}
    return {**urls, "profile": f"{base}/{user_id}", "custom_domain": base}


def _utc_offset(zone: str) -> int:
    """Milliseconds that the zone's standard time is ahead of UTC."""
    try:
        offset = datetime(2026, 1, 1, tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError):
        return 0
    return int(offset.total_seconds() * 1000) if offset else 0


def _now(realm: Realm) -> datetime:
    return realm.site.clock.now()
