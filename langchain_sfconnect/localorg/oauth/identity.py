"""Who a session belongs to: userinfo and the identity URL. Refusals here are plain text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.oauth import admission, refusals
from langchain_sfconnect.localorg.oauth.forms import Parameters, address_of, bearer, parameters, realm_of
from langchain_sfconnect.localorg.oauth.replies import answer, is_callback, script, wanted_format
from langchain_sfconnect.localorg.realm import Realm, User

_LATEST = "68.0"
_VERSION = re.compile(r"latest|v?(\d{1,3}(?:\.\d)?)", re.ASCII)

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


class _Refused(Exception):
    """A refusal, as the text and status of its answer."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.response = PlainTextResponse(text, status)


async def userinfo(request: Request) -> Response:
    """`/services/oauth2/userinfo`."""
    realm, given = realm_of(request), await parameters(request)
    try:
        user = _caller(request, given)
    except _Refused as refused:
        return refused.response
    return answer(_userinfo(realm, user), "json")


async def identity(request: Request) -> Response:
    """`/id/{organization}/{user}`, in JSON, XML or for scripts."""
    realm, given = realm_of(request), await parameters(request)
    try:
        caller = _caller(request, given)
        body = _identity(realm, _shown(request, realm), caller)
        body["urls"] = _with_version(body["urls"], given.get("version"))
        callback = _callback(given)
    except _Refused as refused:
        return refused.response
    if callback is not None:
        return script(callback, body)
    return answer(body, wanted_format(request, given), root="user")


def _caller(request: Request, given: Parameters) -> User:
    """The user of the request's session."""
    token = bearer(request) or given.get("oauth_token") or given.get("access_token")
    if not token:
        raise _Refused(refusals.MISSING_TOKEN, 403)
    realm = realm_of(request)
    try:
        session = admission.admit(realm, token, address=address_of(request))
    except OrgError:
        raise _Refused(refusals.BAD_TOKEN, 403) from None
    user = realm.user_by_id(session.user_id)
    if user is None:
        raise _Refused(refusals.BAD_TOKEN, 403)
    return user


def _shown(request: Request, realm: Realm) -> User:
    """The user whom the URL names."""
    if request.path_params["organization"][:15] != realm.org_id[:15]:
        raise _Refused(refusals.WRONG_ORG, 403)
    user = realm.user_by_id(request.path_params["user"])
    if user is None:
        raise _Refused(refusals.BAD_ID, 404)
    if not user["IsActive"]:
        raise _Refused(refusals.INACTIVE, 404)
    return user


def _callback(given: Parameters) -> str | None:
    """The function that a script wants called; None where no script asks."""
    if given.get("format") != "jsonp":
        return None
    if not is_callback(given.get("callback", "")):
        raise _Refused(refusals.INVALID_CALLBACK, 406)
    return given["callback"]


def _with_version(urls: Mapping[str, str], wanted: str | None) -> dict[str, str]:
    """The URLs for one API version; with the place left open where none is wanted."""
    if wanted is None:
        return dict(urls)
    spelled = _VERSION.fullmatch(wanted)
    if spelled is None:
        raise _Refused(refusals.INVALID_VERSION, 406)
    version = f"{float(spelled[1]):.1f}" if spelled[1] else _LATEST
    return {name: url.replace("{version}", version) for name, url in urls.items()}


def _userinfo(realm: Realm, user: User) -> dict[str, Any]:
    photos = _photos(realm)
    return {
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
        "photos": photos,
        "profile": f"{realm.addresses.instance_url}/{user['Id']}",
        "picture": photos["picture"],
        "address": {"country": "US"},
        "is_salesforce_integration_user": False,
        "urls": _urls(realm, user["Id"]),
        **_common(user),
        "updated_at": realm.site.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _identity(realm: Realm, user: User, caller: User) -> dict[str, Any]:
    return {
        "id": realm.identity_url(user["Id"]),
        "asserted_user": user["Id"] == caller["Id"],
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
        "photos": _photos(realm),
        **_NOT_KEPT,
        "urls": _urls(realm, user["Id"]),
        **_common(user),
        "last_modified_date": realm.site.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "is_app_installed": True,
    }


def _photos(realm: Realm) -> dict[str, str]:
    picture = f"{realm.addresses.instance_url}/profilephoto/005"
    return {"picture": f"{picture}/F", "thumbnail": f"{picture}/T"}


def _common(user: User) -> dict[str, Any]:
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
