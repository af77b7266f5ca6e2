"""Reading the token endpoint's answer."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_sfconnect.oauth.token import jwt_expiry, parse_token_response

BODY = {
    "access_token": "00Dx0000000BV7z!opaque",
    "refresh_token": "5Aep861refresh",
    "instance_url": "https://acme.my.salesforce.com/",
    "id": "https://login.salesforce.com/id/00Dx0000000BV7zEAG/005x00000012Q9PAAU",
    "issued_at": "1278448832702",
    "scope": "refresh_token api id",
}


def jwt(payload: object) -> str:
    part = base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=")
    return f"header.{part}.signature"


def test_a_whole_answer_is_read() -> None:
    token = parse_token_response(BODY)
    assert token is not None
    assert (token.org_id, token.user_id) == ("00Dx0000000BV7zEAG", "005x00000012Q9PAAU")
    assert token.instance_url == "https://acme.my.salesforce.com"
    assert token.scopes == ("refresh_token", "api", "id")
    assert token.issued_at == datetime(2010, 7, 6, 20, 40, 32, 702000, tzinfo=UTC)
    assert token.told_expiry() is None
    assert "opaque" not in repr(token)
    assert "5Aep861" not in repr(token)


@pytest.mark.parametrize("issued_at", ["1278448832702", 1278448832702])
def test_times_are_read_from_text_and_numbers(issued_at: object) -> None:
    token = parse_token_response({**BODY, "issued_at": issued_at, "expires_in": "7200"})
    assert token is not None
    assert token.issued_at is not None
    assert token.told_expiry() == token.issued_at + timedelta(hours=2)


def test_a_refresh_answer_needs_only_what_is_always_there() -> None:
    token = parse_token_response({"access_token": "t", "instance_url": "https://x.my.salesforce.com"})
    assert token is not None
    assert (token.refresh_token, token.scopes, token.org_id) == (None, (), None)


def test_a_jwt_tells_its_own_expiry() -> None:
    assert jwt_expiry(jwt({"exp": 1_800_000_000})) == datetime.fromtimestamp(1_800_000_000, UTC)


@given(st.text(), st.text())
def test_any_token_is_opaque_or_has_an_expiry(token: str, tail: str) -> None:
    assert jwt_expiry(f"{token}.{tail}") is None or isinstance(jwt_expiry(f"{token}.{tail}"), datetime)


json_values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda v: st.lists(v) | st.dictionaries(st.text(), v),
)


@given(st.dictionaries(st.sampled_from([*BODY, "expires_in"]), json_values))
def test_any_json_object_is_tokens_or_none(body: dict[str, Any]) -> None:
    token = parse_token_response(body)
    assert token is None or token.access_token == body["access_token"]


@pytest.mark.parametrize("payload", [[], "x", {"exp": "x"}, {"exp": -1}, {}, {"exp": 1e30}])
def test_a_jwt_without_a_usable_expiry_tells_none(payload: object) -> None:
    assert jwt_expiry(jwt(payload)) is None
