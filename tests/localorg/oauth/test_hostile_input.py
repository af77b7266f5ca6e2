"""Any bytes at any OAuth endpoint: an answer or a refusal in the right shape, never a fall."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PATHS = [
    *(f"/services/oauth2/{name}" for name in ("authorize", "token", "revoke", "introspect", "userinfo")),
    "/.well-known/openid-configuration", "/.well-known/auth-configuration", "/id/keys",
    "/id/00D000000000000/005000000000000", "/id/00Dé00000000000/005000000000000",
    "/_local/login", "/_local/consent", "/_local/callback",
]  # fmt: skip
NAMES = [
    "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method", "prompt",
    "login_hint", "display", "immediate", "nonce", "grant_type", "code", "code_verifier", "client_secret", "username",
    "password", "refresh_token", "assertion", "client_assertion", "client_assertion_type", "token", "token_type_hint",
    "callback", "format", "version", "oauth_token", "access_token", "request_id", "decision",
]  # fmt: skip
KNOWN = [
    "code", "token", "S256", "none login", "true", "popup", "authorization_code", "refresh_token", "password",
    "client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer", "api refresh_token", "xml", "jsonp",
    "urlencoded", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "latest", "allow", "e30.e30.e30",
    "bnVsbA.W10.x", "a" * 43,
]  # fmt: skip


@pytest.fixture
def hostile_org(running_org):
    """As the last example left it: what an example did must not matter either."""
    return running_org


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_request_is_answered(hostile_org, http, data):
    org = hostile_org
    known = [*KNOWN, org.client_id, org.client_secret, org.redirect_uri, org.username, org.password]
    values = st.sampled_from(known) | st.text(max_size=12) | st.binary(max_size=6)
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(NAMES) | st.text(max_size=4), values), max_size=8))
    encoded = "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)
    method = data.draw(st.sampled_from(["GET", "POST", "POST", "HEAD", "PUT"]))
    path = quote(data.draw(st.sampled_from(PATHS)))
    query, body = data.draw(st.sampled_from([(encoded, ""), ("", encoded)]))
    header = data.draw(st.sampled_from(["Bearer x", "Basic !", "Basic eA==", "Basic eDp5", "", "Bearer a.b.c"]))
    headers = {"Authorization": header, "Cookie": "sid_production=x"}
    answer = http.request(method, f"{org.login_url}{path}?{query}", content=body, headers=headers)
    assert answer.status_code < 500
    assert "retry your request" not in answer.text  # what an exception would be turned into
    if answer.content and answer.status_code >= 400 and answer.headers["content-type"].startswith("application/json"):
        problem = answer.json()
        assert problem[0]["errorCode"] if isinstance(problem, list) else problem["error"]
