"""Talks to a running local org's control: one JSON request, one JSON answer. Needs nothing but Python."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

DEADLINE = 30.0


class SteeringFailed(Exception):
    """The org is not there, or refused; the message says why."""


class Steering:
    """The control of the local org on a port of this machine.

    Args:
        port: Its port.
        ca: The certificate of its authority, when it speaks https.
    """

    def __init__(self, port: int, ca: Path | None = None) -> None:
        self._base = f"{'https' if ca else 'http'}://127.0.0.1:{port}/_local/"
        try:
            trust = ssl.create_default_context(cafile=ca) if ca else None
        except OSError as error:
            raise SteeringFailed(f"The certificate {str(ca)!r} cannot be read: {error}") from None
        self._opener = build_opener(ProxyHandler({}), HTTPSHandler(context=trust))

    def look(self, name: str, **query: Any) -> Any:
        """What the org answers to a GET."""
        return self._send("GET", name, query)

    def clear(self, name: str, **query: Any) -> Any:
        """What the org answers to a DELETE."""
        return self._send("DELETE", name, query)

    def pull(self, name: str, arguments: Mapping[str, Any] | None = None, *, method: str = "POST") -> Any:
        """What the org answers to a JSON body of these arguments."""
        return self._send(method, name, {}, json.dumps(arguments or {}).encode())

    def _send(self, method: str, name: str, query: dict[str, Any], body: bytes | None = None) -> Any:
        given = urlencode({key: value for key, value in query.items() if value is not None})
        url = f"{self._base}{name}?{given}" if given else self._base + name
        request = Request(url, body, {"Content-Type": "application/json"}, method=method)  # noqa: S310 - http(s) above
        try:
            with self._opener.open(request, timeout=DEADLINE) as answer:
                return json.load(answer)
        except HTTPError as refusal:
            with refusal:
                raise SteeringFailed(_reason(refusal)) from None
        except (URLError, OSError, ValueError) as error:
            raise SteeringFailed(f"No local org answers at {self._base}: {getattr(error, 'reason', error)}") from None


def _reason(refusal: HTTPError) -> str:
    text = refusal.read().decode("utf-8", "replace")
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return f"What answers at that port is no local org; it said {refusal.code}"
