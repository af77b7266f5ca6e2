"""From an HTTP request below `/services/data` to its answer: version, session, quota, body, route, in this order."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.oauth.values import Session as OAuthSession
from langchain_sfconnect.localorg.realm import Realm
from langchain_sfconnect.localorg.rest import answers, bodies, refusals, versions
from langchain_sfconnect.localorg.rest.admission import Crowd, admitted, spend, usage
from langchain_sfconnect.localorg.rest.answers import Answer, Wishes
from langchain_sfconnect.localorg.rest.call import NOTHING, Call, Org, Reply
from langchain_sfconnect.localorg.rest.routes import make_router

LONGEST_URI = LONGEST_HEAD = 16_384
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
        address: Where it came from.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    address: str = ""


class RestDoor:
    """Answers REST requests of any realm's users."""

    def __init__(self) -> None:
        self._router = make_router()
        self._crowd = Crowd()

    @staticmethod
    def serves(path: str) -> bool:
        """Whether a path belongs to REST; doubled slashes are tolerated, as Salesforce's own CLI sends them."""
        return _ROOT.fullmatch(path) is not None

    def attending(self) -> AbstractContextManager[None]:
        """Count a request as being attended to while the block lasts: what it waits for is part of that."""
        return self._crowd.attending()

    def respond(self, realm: Realm, request: RawRequest) -> Answer:
        """The answer to a request, refusals included, as it goes out."""
        path, suffix = answers.split_suffix(_below_root(request.path))
        wishes = Wishes.of(request.headers, suffix)
        try:
            reply = self._reply(realm, request, path)
            return answers.write(reply, wishes, _headers(realm, path))
        except Exception:
            _log.exception("The local org failed at %s %s", request.method, request.path)
            failure = errors.unknown_exception("0000000000-00000 (0000000000)")
            return answers.write(_refused(failure), wishes, _headers(realm, path))

    def _reply(self, realm: Realm, request: RawRequest, path: str) -> Reply:
        try:
            _check_length(request)
            return self._versions(request) if not path else self._handled(realm, request, path)
        except errors.OrgError as refusal:
            return _refused(refusal)

    def _versions(self, request: RawRequest) -> Reply:
        if request.method not in ("GET", "HEAD"):
            raise errors.method_not_allowed(request.method, ["GET", "HEAD"])
        return Reply(body=versions.listed())

    def _handled(self, realm: Realm, request: RawRequest, path: str) -> Reply:
        version_segment, _, below = path.partition("/")
        version = versions.spoken(unquote(version_segment))
        session = admitted(realm, request.headers, address=request.address)
        self._crowd.check(realm.site.policy.concurrent_requests)
        spend(realm)
        query = parse_qs(request.query, keep_blank_values=True)
        method = _method(request.method, query)
        call = Call(
            method=method,
            path=unquote(below),
            version=version,
            session=realm.engine.session(
                session.user_id, api_version=version, strict_soql=realm.site.policy.strict_soql
            ),
            org=_org(realm, session),
            query=query,
            headers=request.headers,
            payload=_payload(method, request),
        )
        return self._router.dispatch(call, below)


def _below_root(path: str) -> str:
    found = _ROOT.fullmatch(path)
    return (found[1] or "").strip("/") if found else ""


def _headers(realm: Realm, path: str) -> dict[str, str]:
    """The headers that every answer carries; the versions list is not counted."""
    return {"Sforce-Limit-Info": usage(realm)} if path else {}


def _refused(refusal: errors.OrgError) -> Reply:
    return Reply(status=refusal.status, body=refusal.body())


def _check_length(request: RawRequest) -> None:
    uri = len(request.path) + len(request.query) + 1
    if uri > LONGEST_URI:
        raise refusals.uri_too_long(LONGEST_URI)
    if uri + sum(len(name) + len(value) + 4 for name, value in request.headers.items()) > LONGEST_HEAD:
        raise refusals.headers_too_large(LONGEST_HEAD)


def _method(method: str, query: Mapping[str, list[str]]) -> str:
    """The method meant: HEAD asks what GET asks, and clients without PATCH say `_HttpMethod=PATCH` on a POST."""
    if method == "POST" and query.get("_HttpMethod"):
        return query["_HttpMethod"][0].upper()
    return "GET" if method == "HEAD" else method


def _payload(method: str, request: RawRequest) -> Any:
    return bodies.parse(request.body, request.headers) if method in ("POST", "PATCH", "PUT") else NOTHING


def _org(realm: Realm, session: OAuthSession) -> Org:
    return Org(
        engine=realm.engine,
        user_id=session.user_id,
        identity_url=realm.identity_url(session.user_id),
        requests_max=realm.site.policy.daily_api_requests,
        requests_today=realm.requests_today,
    )
