"""From an HTTP request below `/_local/` to a lever and back, or to a sentence that says what is wrong."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from langchain_sfconnect.localorg.administration import Administration
from langchain_sfconnect.localorg.control import PREFIX
from langchain_sfconnect.localorg.control.guard import objection
from langchain_sfconnect.localorg.control.levers import LEVERS, Lever
from langchain_sfconnect.localorg.errors import OrgError

_BY_NAME: dict[str, dict[str, Lever]] = {
    name: {lever.method: lever for lever in LEVERS if lever.name == name} for name in {lever.name for lever in LEVERS}
}
_NO_STORE = {"Cache-Control": "no-store"}


async def respond(org: Administration, request: Request) -> Response:
    """Pull the lever that a request names. Its body has been read."""
    refused = objection(request)
    if refused is not None:
        return _answer({"error": refused}, status=403)
    name = request.url.path.removeprefix(PREFIX.rstrip("/")).strip("/")
    levers = _BY_NAME.get(name)
    if levers is None:
        return _answer({"error": f"There is nothing at {PREFIX}{name}; GET {PREFIX} lists what there is"}, status=404)
    lever = levers.get("GET" if request.method == "HEAD" else request.method)
    if lever is None:
        error = f"{request.method} does nothing here; there is {', '.join(levers)}"
        return _answer({"error": error}, status=405, Allow=", ".join(levers))
    return await _pulled(org, lever, request)


async def _pulled(org: Administration, lever: Lever, request: Request) -> Response:
    try:
        given = _arguments(lever, request, await request.body())
        return _answer(await asyncio.to_thread(lever.pull, org, given))
    except ValidationError as wrong:
        known = ", ".join(lever.takes.model_fields) or "none"
        return _answer({"error": "; ".join(_problem(item, known) for item in wrong.errors())}, status=400)
    except OrgError as refusal:
        return _answer({"error": refusal.body()}, status=400)
    except ValueError as wrong:
        return _answer({"error": str(wrong)}, status=400)


def _arguments(lever: Lever, request: Request, body: bytes) -> BaseModel:
    if lever.method in ("GET", "DELETE"):
        query = request.scope["query_string"].decode("ascii", "replace")
        return lever.takes.model_validate(dict(parse_qsl(query, keep_blank_values=True)))
    if body and "json" not in request.headers.get("content-type", ""):
        raise ValueError("The body must be JSON: send it with Content-Type: application/json")
    return lever.takes.model_validate_json(body or b"{}")


def _problem(item: Any, known: str) -> str:
    where = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        return f"{where}: there is no such argument here; there is {known}"
    said = item["msg"].removeprefix("Value error, ")
    if item["type"] == "time_delta_parsing":
        said = "a duration is a number of seconds, such as 7200, or ISO 8601, such as PT2H"
    return f"{where}: {said}" if where else said


def _answer(body: Any, *, status: int = 200, **headers: str) -> Response:
    return JSONResponse({} if body is None else body, status_code=status, headers=_NO_STORE | headers)
