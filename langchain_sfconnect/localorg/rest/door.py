"""From an HTTP request below `/services/data` to its answer: version, session, quota, body, route, in this order."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.oauth.grants import Session as OAuthSession
from langchain_sfconnect.localorg.realm import Realm
from langchain_sfconnect.localorg.rest import bodies, versions
from langchain_sfconnect.localorg.rest.call import NOTHING, Call, Org, Reply
from langchain_sfconnect.localorg.rest.routes import make_router

LONGEST_URI = 16_384
MOST_BODY = 50_000_000
JSON_TYPE = "application/json;charset=UTF-8"
_ROOT = re.compile(r"/+services/+data(/.*)?", re.DOTALL)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RawRequest:
    """An HTTP request as it arrived.

    Attributes:
        method: Upper case.
        path: Percent-encoded, without the query.
        query: Percent-encoded, without the question mark.
        headers: Names in lower case.
        body: The bytes.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


class RestDoor:
    """Answers REST requests of one realm's users."""

    def __init__(self) -> None:
        self._router = make_router()

    @staticmethod
    def serves(path: str) -> bool:
        """Whether a path belongs to REST; doubled slashes are tolerated, as Salesforce's own CLI sends them."""
        return _ROOT.fullmatch(path) is not None

    def answer(self, realm: Realm, request: RawRequest) -> Reply:
        """The reply to a request, refusals included; a JSON value or nothing."""
        try:
            return self._answer(realm, request)
        except errors.OrgError as refusal:
            return _refused(refusal)
        except Exception:
            _log.exception("The local org failed at %s %s", request.method, request.path)
            return _refused(errors.unknown_exception("0000000000-00000 (0000000000)"))

    def _answer(self, realm: Realm, request: RawRequest) -> Reply:
        if len(request.path) + len(request.query) > LONGEST_URI:
            raise errors.OrgError(414, "URI_TOO_LONG", f"The URI is longer than {LONGEST_URI} bytes")
        rest = _below_root(request.path)
        if not rest:
            return _versions_list(request.method)
        version_segment, _, path = rest.partition("/")
        version = versions.spoken(unquote(version_segment))
        session = authenticated(realm, request.headers)
        if not realm.spend_request():
            raise errors.request_limit_exceeded()
        query = parse_qs(request.query, keep_blank_values=True)
        method = _method(request.method, query)
        call = Call(
            method=method,
            path=unquote(path),
            version=version,
            session=realm.engine.session(session.user_id, api_version=version),
            org=_org(realm, session),
            query=query,
            headers=request.headers,
            payload=_payload(method, request),
        )
        return self._router.dispatch(call, path)


def authenticated(realm: Realm, headers: Mapping[str, str]) -> OAuthSession:
    """The session of a request's token.

    Raises:
        OrgError: There is none, or a policy keeps it from REST.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if not token.strip():
        raise errors.invalid_session()
    if scheme.lower() not in ("bearer", "oauth"):
        raise errors.invalid_auth_header("INVALID_HEADER_TYPE")
    session = realm.grants.use_session(token.strip())
    policy = realm.site.policy
    if session is None and "!" not in token and token.count(".") == 2:
        raise errors.invalid_auth_header("INVALID_JWT_FORMAT")
    if session is None or not policy.ip_allowed_at_api or not _is_active(realm, session):
        raise errors.invalid_session()
    if policy.api_scope_enforced and not {"api", "full"} & set(session.scopes):
        raise errors.session_not_for_rest()
    return session


def response_headers(realm: Realm, path: str) -> dict[str, str]:
    """The headers that REST answers carry; the versions list is not counted."""
    if not _below_root(path):
        return {"Content-Type": JSON_TYPE}
    usage = f"api-usage={realm.requests_today}/{realm.site.policy.daily_api_requests}"
    return {"Content-Type": JSON_TYPE, "Sforce-Limit-Info": usage}


def _refused(refusal: errors.OrgError) -> Reply:
    return Reply(status=refusal.status, body=refusal.body())


def _below_root(path: str) -> str:
    found = _ROOT.fullmatch(path)
    return (found[1] or "").strip("/") if found else ""


def _versions_list(method: str) -> Reply:
    if method not in ("GET", "HEAD"):
        raise errors.method_not_allowed(method, ["GET", "HEAD"])
    return Reply(body=versions.listed())


def _is_active(realm: Realm, session: OAuthSession) -> bool:
    user = realm.user_by_id(session.user_id)
    return user is not None and bool(user["IsActive"])


def _method(method: str, query: Mapping[str, list[str]]) -> str:
    """The method meant: HEAD asks what GET asks, and clients without PATCH say `_HttpMethod=PATCH` on a POST."""
    if method == "POST" and query.get("_HttpMethod"):
        return query["_HttpMethod"][0].upper()
    return "GET" if method == "HEAD" else method


def _payload(method: str, request: RawRequest) -> Any:
    if method not in ("POST", "PATCH", "PUT"):
        return NOTHING
    if len(request.body) > MOST_BODY:
        raise errors.OrgError(413, "REQUEST_ENTITY_TOO_LARGE", f"The body is larger than {MOST_BODY} bytes")
    return bodies.parse(request.body, request.headers.get("content-type", ""))


def _org(realm: Realm, session: OAuthSession) -> Org:
    return Org(
        engine=realm.engine,
        user_id=session.user_id,
        identity_url=realm.identity_url(session.user_id),
        requests_max=realm.site.policy.daily_api_requests,
        requests_today=realm.requests_today,
    )
