"""Who may pull the levers: programs on this machine, and no web page; knows nothing of the levers."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request

_OWN_PAGE = (None, "none", "same-origin")


def objection(request: Request) -> str | None:
    """Why a request is refused, or None.

    A browser on this machine can be made to send requests here by any page it shows. Such a request names another
    site as its origin, or comes to a host name that only that site points here.
    """
    caller, host = request.client, request.headers.get("host", "")
    if caller is None or not _is_loopback(caller.host):
        return "The local org is controlled from its own machine only."
    if not _is_loopback(urlsplit(f"//{host}").hostname or ""):
        return "Use the address 127.0.0.1 or localhost: other names are refused, so that no web page can get here."
    origin = request.headers.get("origin")
    if origin not in (None, f"{request.url.scheme}://{host}") or request.headers.get("sec-fetch-site") not in _OWN_PAGE:
        return "A web page of another origin may not control the local org; use a program, such as curl."
    return None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
