"""The ASGI application: reads a request, lets faults strike, hands it to OAuth or REST, writes down what happened."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.faults import Action, Answer, Latency, Reset, Truncate
from langchain_sfconnect.localorg.journal import RecordedRequest, keep
from langchain_sfconnect.localorg.oauth import authorize, identity, inspection, token
from langchain_sfconnect.localorg.oauth.forms import bearer
from langchain_sfconnect.localorg.realm import Realm, Site
from langchain_sfconnect.localorg.rest import bodies
from langchain_sfconnect.localorg.rest.door import RawRequest, RestDoor, response_headers

CONSENT_PATH, CALLBACK_PATH = "/_local/consent", "/_local/callback"
_PAGES: Mapping[str, Callable[[Request], Awaitable[Response]]] = {
    "/services/oauth2/authorize": authorize.authorize,
    "/services/oauth2/token": token.token,
    "/services/oauth2/revoke": inspection.revoke,
    "/services/oauth2/introspect": inspection.introspect,
    "/services/oauth2/userinfo": identity.userinfo,
    "/.well-known/openid-configuration": identity.openid_configuration,
    "/id/keys": identity.keys,
    CONSENT_PATH: authorize.decide,
    CALLBACK_PATH: authorize.callback,
}
_IDENTITY = re.compile(r"/id/(?P<organization>\w{15,18})/(?P<user>\w{15,18})")
_SHOWN_NOWHERE = {"authorization", "cookie"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Door:
    """What is behind a port: a realm, and whether it is only that realm's login host."""

    realm: Realm
    login_only: bool


class LocalOrgApp:
    """Serves both realms; the port a request comes in at tells which one is meant.

    Args:
        site: What the realms share.
        doors: What is behind each port.
    """

    def __init__(self, site: Site, doors: Mapping[int, Door]) -> None:
        self._site = site
        self._doors = doors
        self._rest = RestDoor()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._serve(scope, receive, send)
        except asyncio.CancelledError:
            return  # the server is stopping and has dropped the connection

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            body = await request.body()
        except ClientDisconnect:
            return
        door = self._doors[scope["server"][1]]
        raw = _raw(request, body)
        request.state.realm, request.state.raw = door.realm, raw
        visitor = _Visitor.of(request, door.realm)
        actions = self._site.faults.take(raw.method, raw.path)
        response = await self._outcome(door, request, actions)
        keep(self._site.journal, visitor.record(None if isinstance(response, Reset) else response.status_code))
        await _deliver(response, actions, (scope, receive, send))

    async def _outcome(self, door: Door, request: Request, actions: list[Action]) -> Response | Reset:
        """What the client gets; the org is left alone where a fault strikes before it."""
        for action in actions:
            if isinstance(action, Latency):
                await asyncio.sleep(action.seconds)
        last = actions[-1] if actions else None
        if isinstance(last, Reset | Answer) and last.after == "before":
            return last if isinstance(last, Reset) else _planned(last)
        response = await self._respond(door, request)
        if isinstance(last, Reset):
            return last
        return _planned(last) if isinstance(last, Answer) else response

    async def _respond(self, door: Door, request: Request) -> Response:
        path = re.sub("/{2,}", "/", request.state.raw.path)
        if RestDoor.serves(path):
            return self._rest_response(door, request)
        endpoint = _PAGES.get(path)
        named = _IDENTITY.fullmatch(path)
        if endpoint is None and named is not None:
            request.scope["path_params"] = named.groupdict()
            endpoint = identity.identity
        if endpoint is None:
            return JSONResponse(errors.not_found().body(), status_code=404)
        if request.method not in ("GET", "HEAD", "POST"):
            refusal = errors.method_not_allowed(request.method, ["GET", "HEAD", "POST"])
            return JSONResponse(refusal.body(), status_code=refusal.status)
        return await _without_traceback(endpoint, request)

    def _rest_response(self, door: Door, request: Request) -> Response:
        raw: RawRequest = request.state.raw
        if door.login_only and raw.path.strip("/") != "services/data":
            return JSONResponse(errors.not_found().body(), status_code=404)
        reply = self._rest.answer(door.realm, raw)
        headers = {**response_headers(door.realm, raw.path), **reply.headers}
        if reply.body is None:
            del headers["Content-Type"]
            return Response(status_code=reply.status, headers=headers)
        pretty = raw.headers.get("x-prettyprint") == "1"
        return Response(bodies.write(reply.body, pretty=pretty), status_code=reply.status, headers=headers)


@dataclass(frozen=True, slots=True)
class _Visitor:
    """A request as the journal keeps it, taken before it is handled: handling may end the session it came with."""

    request: Request
    realm: Realm
    token: str | None
    user: str | None

    @classmethod
    def of(cls, request: Request, realm: Realm) -> _Visitor:
        presented = bearer(request)
        session = realm.grants.session(presented) if presented else None
        return cls(request, realm, presented, session.username if session else None)

    def record(self, status: int | None) -> RecordedRequest:
        raw: RawRequest = self.request.state.raw
        return RecordedRequest(
            realm=self.realm.name,
            method=raw.method,
            path=raw.path,
            status=status,
            user=self.user,
            headers={name: value for name, value in raw.headers.items() if name not in _SHOWN_NOWHERE},
            query=dict(parse_qsl(raw.query, keep_blank_values=True)),
            body=raw.body,
            token=self.token,
        )


def _raw(request: Request, body: bytes) -> RawRequest:
    return RawRequest(
        method=request.method,
        path=request.scope["raw_path"].decode("ascii", "replace"),
        query=request.scope["query_string"].decode("ascii", "replace"),
        headers=dict(request.headers),
        body=body,
    )


async def _without_traceback(endpoint: Callable[[Request], Awaitable[Response]], request: Request) -> Response:
    try:
        return await endpoint(request)
    except Exception:
        _log.exception("The local org failed at %s %s", request.method, request.state.raw.path)
        return JSONResponse({"error": "unknown_error", "error_description": "retry your request"}, status_code=400)


def _planned(answer: Answer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers), media_type=answer.content_type)


async def _deliver(response: Response | Reset, actions: list[Action], wire: tuple[Scope, Receive, Send]) -> None:
    scope, receive, send = wire
    if isinstance(response, Reset):
        await _hang_up(scope, receive, reset=True)
    elif actions and isinstance(actions[-1], Truncate):
        await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
        kept = bytes(response.body)[: actions[-1].keep]
        await send({"type": "http.response.body", "body": kept, "more_body": True})
        await _hang_up(scope, receive, reset=False)
    else:
        await response(scope, receive, send)


async def _hang_up(scope: Scope, receive: Receive, *, reset: bool) -> None:
    """Close the connection under the client: with a TCP reset, or after what was written."""
    transport: asyncio.Transport = scope["state"]["transport"]
    if reset:
        no_linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
        transport.abort()
    else:
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
