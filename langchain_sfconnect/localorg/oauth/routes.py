"""Which path belongs to which OAuth endpoint or page; knows nothing of what they do."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from langchain_sfconnect.localorg.oauth import authorize, consent, discovery, identity, inspection, token
from langchain_sfconnect.localorg.oauth.consent import CALLBACK_PATH, CONSENT_PATH, LOGIN_PATH

__all__ = ["CALLBACK_PATH", "CONSENT_PATH", "LOGIN_PATH", "Endpoint", "find"]

Endpoint = Callable[[Request], Awaitable[Response]]
_IDENTITY = re.compile(r"/id/(?P<organization>\w{15,18})/(?P<user>\w{15,18})", re.ASCII)
_ENDPOINTS: Mapping[str, Endpoint] = {
    "/services/oauth2/authorize": authorize.authorize,
    "/services/oauth2/token": token.token,
    "/services/oauth2/revoke": inspection.revoke,
    "/services/oauth2/introspect": inspection.introspect,
    "/services/oauth2/userinfo": identity.userinfo,
    "/.well-known/openid-configuration": discovery.openid_configuration,
    "/.well-known/auth-configuration": discovery.auth_configuration,
    "/id/keys": discovery.keys,
    LOGIN_PATH: consent.log_in,
    CONSENT_PATH: consent.decide,
    CALLBACK_PATH: consent.callback,
}


def find(path: str) -> tuple[Endpoint, dict[str, str]] | None:
    """The endpoint of a path and the parameters in it; None where OAuth has nothing."""
    if path in _ENDPOINTS:
        return _ENDPOINTS[path], {}
    named = _IDENTITY.fullmatch(path)
    return (identity.identity, named.groupdict()) if named else None
