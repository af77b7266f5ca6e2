"""The documents by which clients find their way: endpoints, login pages and public keys, for the host they ask."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from langchain_sfconnect.localorg.oauth.apps import SCOPE_LABELS
from langchain_sfconnect.localorg.oauth.flows import FLOWS
from langchain_sfconnect.localorg.oauth.forms import realm_of


async def openid_configuration(request: Request) -> Response:
    """`/.well-known/openid-configuration`."""
    host = _host(request)
    oauth = f"{host}/services/oauth2"
    return JSONResponse(
        {
            "issuer": host,
            "authorization_endpoint": f"{oauth}/authorize",
            "token_endpoint": f"{oauth}/token",
            "revocation_endpoint": f"{oauth}/revoke",
            "userinfo_endpoint": f"{oauth}/userinfo",
            "jwks_uri": f"{host}/id/keys",
            "introspection_endpoint": f"{oauth}/introspect",
            "scopes_supported": list(SCOPE_LABELS),
            "response_types_supported": ["code"],
            "grant_types_supported": list(FLOWS),
            "code_challenge_methods_supported": ["S256"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "display_values_supported": ["page", "popup", "touch", "mobile"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic", "private_key_jwt"],
        }
    )


async def auth_configuration(request: Request) -> Response:
    """`/.well-known/auth-configuration`: how the org wants people to log in, which here is always by password."""
    return JSONResponse(
        {
            "OrgId": realm_of(request).org_id[:15],
            "Url": _host(request),
            "MobileSDK": {
                "UseiOSNativeBrowserForAuthentication": False,
                "UseAndroidNativeBrowserForAuthentication": False,
                "shareBrowserSessionIOS": False,
                "shareBrowserSessionAndroid": False,
            },
            "LoginPage": None,
            "SamlProviders": [],
            "AuthProviders": [],
            "CertificateLogin": None,
            "LoginPageType": "Standard",
            "LoginPageTypeConfigs": {},
        }
    )


async def keys(request: Request) -> Response:
    """`/id/keys`: the public half of the org's signing key."""
    return JSONResponse(realm_of(request).site.signing_key.public_keys())


def _host(request: Request) -> str:
    return f"{request.scope['scheme']}://{request.headers.get('host', '')}"
