"""How OAuth requests are read: parameters of a query or a form, and the client's credentials."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import parse_qsl

from starlette.requests import Request

from langchain_sfconnect.localorg.oauth import refusals
from langchain_sfconnect.localorg.oauth.apps import ClientApp
from langchain_sfconnect.localorg.realm import Realm

Parameters = dict[str, str]


def realm_of(request: Request) -> Realm:
    """The realm that the request's port belongs to."""
    realm: Realm = request.state.realm
    return realm


async def parameters(request: Request) -> Parameters:
    """The form of a POST, the query of anything else; of a repeated parameter the first."""
    raw = await request.body() if request.method == "POST" else request.scope["query_string"]
    pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)
    return dict(reversed(pairs))


def bearer(request: Request) -> str | None:
    """The access token of a request: from the header, or the parameters that older clients use."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() in ("bearer", "oauth") and token.strip():
        return token.strip()
    return request.query_params.get("oauth_token") or request.query_params.get("access_token")


def authenticated_client(request: Request, form: Parameters, *, secret_required: bool) -> ClientApp:
    """The app that makes a request, by HTTP Basic or by form.

    Raises:
        OAuthRefusal: No such app, or a wrong or missing secret.
    """
    client_id, secret = _credentials(request, form)
    app = realm_of(request).site.app
    if not client_id or client_id != app.key:
        raise refusals.unknown_client()
    if (secret is None and secret_required) or (secret is not None and not app.secret_is(secret)):
        raise refusals.bad_secret()
    return app


def _credentials(request: Request, form: Parameters) -> tuple[str | None, str | None]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id"), form.get("client_secret")
    try:
        client_id, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise refusals.bad_basic_header() from None
    if not colon:
        raise refusals.bad_basic_header()
    return client_id, secret
