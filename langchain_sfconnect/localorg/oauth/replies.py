"""The shapes that OAuth answers come in: JSON, XML, a form, or a script's callback; knows nothing of what they say."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlencode
from xml.etree import ElementTree

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from langchain_sfconnect.localorg.oauth.forms import Parameters

Format = Literal["json", "xml", "urlencoded"]
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_CALLBACK = re.compile(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*", re.ASCII)
_ACCEPTED: Mapping[str, Format] = {
    "application/json": "json",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/x-www-form-urlencoded": "urlencoded",
}
_NAMED: Mapping[str, Format] = {"json": "json", "xml": "xml", "urlencoded": "urlencoded"}
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def wanted_format(request: Request, given: Parameters) -> Format:
    """What `format=` says, or else the first type of `Accept` that there is; JSON when neither helps."""
    if given.get("format") in _NAMED:
        return _NAMED[given["format"]]
    accepted = (part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(","))
    return next((_ACCEPTED[name] for name in accepted if name in _ACCEPTED), "json")


def answer(body: Mapping[str, Any], wanted: Format, *, root: str = "OAuth", status: int = 200) -> Response:
    """An object in the wanted format, which nothing on the way may keep."""
    if wanted == "xml":
        return Response(_xml(root, body), status, NO_STORE, media_type="application/xml")
    if wanted == "urlencoded":
        text = urlencode({name: _plain(value) for name, value in body.items()})
        return Response(text, status, NO_STORE, media_type="application/x-www-form-urlencoded")
    return JSONResponse(body, status, NO_STORE)


def is_callback(name: str) -> bool:
    """Whether a script may have its answer passed to a function of this name."""
    return _CALLBACK.fullmatch(name) is not None


def script(callback: str, body: Mapping[str, Any]) -> Response:
    """A JSONP answer, always 200, for scripts see no other."""
    return Response(f"{callback}({_for_scripts(body)});", 200, NO_STORE, media_type="application/javascript")


def _for_scripts(body: Mapping[str, Any]) -> str:
    return json.dumps(body).replace("<", "\\u003c")


def _xml(root: str, body: Mapping[str, Any]) -> bytes:
    element = ElementTree.Element(root)
    _fill(element, body)
    text: bytes = ElementTree.tostring(element, encoding="UTF-8", xml_declaration=True)
    return text


def _fill(element: ElementTree.Element, value: Any) -> None:
    if isinstance(value, Mapping):
        for name, item in value.items():
            _fill(ElementTree.SubElement(element, name), item)
    else:
        element.text = _NOT_IN_XML.sub("", _plain(value))


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
