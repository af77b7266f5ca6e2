"""Authorize URLs and callbacks, without sending anything."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_sfconnect import SalesforceApp
from langchain_sfconnect.errors import AuthorizationDenied, AuthorizationFailed, SFConnectError, StateInvalid
from langchain_sfconnect.oauth.flow import Challenge, authorize_url, parse_callback

APP = SalesforceApp("3MVG9.id", "a secret", redirect_uri="https://app.example/callback?x=1&y=2")


def test_an_authorize_url_carries_state_pkce_scopes_and_the_exact_redirect_uri() -> None:
    challenge = Challenge.new()
    url = authorize_url(APP, "https://login.salesforce.com", challenge, login_hint="ada@acme.example")
    parts = urlsplit(url)
    assert (parts.netloc, parts.path) == ("login.salesforce.com", "/services/oauth2/authorize")
    digest = hashlib.sha256(challenge.code_verifier.encode()).digest()
    assert parse_qs(parts.query) == {
        "response_type": ["code"],
        "client_id": ["3MVG9.id"],
        "redirect_uri": ["https://app.example/callback?x=1&y=2"],
        "scope": ["api refresh_token id"],
        "state": [challenge.state],
        "code_challenge": [base64.urlsafe_b64encode(digest).decode().rstrip("=")],
        "code_challenge_method": ["S256"],
        "login_hint": ["ada@acme.example"],
    }
    assert "a secret" not in url
    assert challenge.code_verifier not in url


def test_challenges_are_long_enough_and_never_alike() -> None:
    made = [Challenge.new() for _ in range(100)]
    assert len({c.state for c in made} | {c.code_verifier for c in made}) == 200
    assert all(43 <= len(c.code_verifier) <= 128 for c in made)
    assert made[0].state not in repr(made[0])


@given(code=st.text(min_size=1), state=st.text(min_size=1))
def test_a_code_is_decoded_exactly_once(code: str, state: str) -> None:
    callback = parse_callback("https://app.example/cb?" + urlencode({"code": code, "state": state}))
    assert (callback.code, callback.state) == (code, state)
    if len(code) > 20:
        assert code not in repr(callback)


@pytest.mark.parametrize("error", ["access_denied", "access-denied"])
def test_a_denial_is_told_as_such(error: str) -> None:
    with pytest.raises(AuthorizationDenied):
        parse_callback(f"https://app.example/cb?error={error}&error_description=end-user+denied+authorization&state=s")


def test_an_app_the_admin_must_approve_names_the_admin() -> None:
    with pytest.raises(AuthorizationFailed, match="admin") as caught:
        parse_callback("https://app.example/cb?error=invalid_app_access&state=s")
    assert caught.value.who == "admin"


@pytest.mark.parametrize("query", ["code=c", "code=c&state=", "code=c&state=a&state=b"])
def test_a_callback_without_one_state_is_refused(query: str) -> None:
    with pytest.raises(StateInvalid):
        parse_callback(f"https://app.example/cb?{query}")


@given(st.text())
def test_any_text_is_a_callback_or_a_named_error(text: str) -> None:
    try:
        callback = parse_callback(text)
    except SFConnectError:
        return
    assert callback.state


@pytest.mark.parametrize("url", ["https://[", "https://[x]/cb?code=c&state=s", "?" + "a=1&" * 60])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(StateInvalid):
        parse_callback(url)
