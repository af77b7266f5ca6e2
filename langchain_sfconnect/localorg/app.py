"""The ASGI application: reads a request, lets faults strike, hands it to OAuth or REST, writes down what happened."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from email.utils import format_datetime
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from langchain_sfconnect.localorg import control, errors
from langchain_sfconnect.localorg.administration import Administration
from langchain_sfconnect.localorg.delivery import deliver, planned
from langchain_sfconnect.localorg.journal import RecordedRequest
from langchain_sfconnect.localorg.mishaps import Action, Answer, Latency, Reset, Truncate
from langchain_sfconnect.localorg.oauth import routes
from langchain_sfconnect.localorg.oauth.forms import address_of, bearer
from langchain_sfconnect.localorg.realm import Realm
from langchain_sfconnect.localorg.rest.door import RawRequest, RestDoor

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
        administration: The orgs, and what their administrators have planned for this request.
        doors: What is behind each port.
    """

    def __init__(self, administration: Administration, doors: Mapping[int, Door]) -> None:
        self._administration = administration
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
        if control.serves(request.url.path) and routes.find(request.url.path) is None:
            from langchain_sfconnect.localorg.control.door import respond  # here, because most runs pull no lever

            await (await respond(self._administration, request))(scope, receive, send)
            return
        door = self._doors[scope["server"][1]]
        raw = _raw(request, body)
        request.state.realm, request.state.raw = door.realm, raw
        visitor = _Visitor.of(request, door.realm)
        actions = self._administration.faults.take(raw.method, raw.path, door.realm.name)
        began = self._administration.resets
        with self._rest.attending() if RestDoor.serves(raw.path) else nullcontext():
            response = await self._outcome(door, request, actions)
        if self._administration.resets != began:  # asked of an org that is gone, so it leaves no trace in this one
            await deliver(Reset(), (scope, receive, send))
            return
        self._administration.requests.keep(
            visitor.record(None if isinstance(response, Reset) else response.status_code)
        )
        if isinstance(response, Response):
            response.headers.setdefault("date", format_datetime(self._administration.clock.now(), usegmt=True))
        cut = next((action for action in actions if isinstance(action, Truncate)), None)
        await deliver(response, (scope, receive, send), cut=cut)

    async def _outcome(self, door: Door, request: Request, actions: list[Action]) -> Response | Reset:
        """What the client gets; the org is left alone where a fault strikes before it."""
        if not await self._in_time(actions):
            return Reset()
        last = actions[-1] if actions else None
        if isinstance(last, Reset | Answer) and last.after == "before":
            return last if isinstance(last, Reset) else planned(last)
        response = await self._respond(door, request)
        if isinstance(last, Reset):
            return last
        return planned(last) if isinstance(last, Answer) else response

    async def _in_time(self, actions: list[Action]) -> bool:
        """Sit latencies out; False when the org was reset meanwhile."""
        began = self._administration.resets
        for action in actions:
            if isinstance(action, Latency):
                await asyncio.sleep(action.seconds)
        return self._administration.resets == began

    async def _respond(self, door: Door, request: Request) -> Response:
        path = re.sub("/{2,}", "/", request.state.raw.path)
        if RestDoor.serves(path):
            return self._rest_response(door, request)
        found = routes.find(path)
        if found is None:
            return JSONResponse(errors.not_found().body(), status_code=404)
        if request.method not in ("GET", "HEAD", "POST"):
            refusal = errors.method_not_allowed(request.method, ["GET", "HEAD", "POST"])
            return JSONResponse(refusal.body(), status_code=refusal.status)
        endpoint, request.scope["path_params"] = found
        return await _without_traceback(endpoint, request)

    def _rest_response(self, door: Door, request: Request) -> Response:
        raw: RawRequest = request.state.raw
        if door.login_only and raw.path.strip("/") != "services/data":
            return JSONResponse(errors.not_found().body(), status_code=404)
        answer = self._rest.respond(door.realm, raw)
        return Response(answer.content, answer.status, headers=answer.headers)


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
        session = realm.sessions.get(presented) if presented else None
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
        address=address_of(request),
    )


async def _without_traceback(endpoint: routes.Endpoint, request: Request) -> Response:
    try:
        return await endpoint(request)
    except Exception:
        _log.exception("The local org failed at %s %s", request.method, request.state.raw.path)
        return JSONResponse({"error": "unknown_error", "error_description": "retry your request"}, status_code=400)
