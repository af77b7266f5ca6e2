"""How OAuth requests are read: their parameters, their bearer token, and where they come from and go to."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

from langchain_sfconnect.localorg.realm import Realm

Parameters = dict[str, str]


def realm_of(request: Request) -> Realm:
    """The realm that the request's port belongs to."""
    realm: Realm = request.state.realm
    return realm


async def parameters(request: Request) -> Parameters:
    """The query, and the form of a POST, which goes first; of a repeated parameter the first."""
    given = _pairs(request.scope["query_string"])
    return {**given, **_pairs(await request.body())} if request.method == "POST" else given


def bearer(request: Request) -> str | None:
    """The access token of a request: from the header, or the query parameters that older clients use."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() in ("bearer", "oauth") and token.strip():
        return token.strip()
    return request.query_params.get("oauth_token") or request.query_params.get("access_token")


def address_of(request: Request) -> str:
    """The IP address that a request comes from."""
    return request.client.host if request.client else "127.0.0.1"


def is_at_login_host(request: Request) -> bool:
    """Whether a request came to a login host that is not the org's own host as well."""
    addresses = realm_of(request).addresses
    login, instance = urlsplit(addresses.login_url), urlsplit(addresses.instance_url)
    return login.port != instance.port and request.scope["server"][1] == login.port


def _pairs(raw: bytes) -> Parameters:
    pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)
    return dict(reversed(pairs))
