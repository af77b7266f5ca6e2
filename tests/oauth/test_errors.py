"""What each answer of the token endpoint means for a stored grant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_sfconnect.oauth.errors import Verdict, exchange_verdict, hint_for, refresh_verdict


@pytest.mark.parametrize(
    ("error", "description", "verdict"),
    [
        ("invalid_grant", "expired access/refresh token", Verdict.REVOKED),
        ("invalid_grant", "Expired Access/Refresh Token ", Verdict.REVOKED),
        ("inactive_user", "user is inactive", Verdict.REVOKED),
        ("invalid_grant", "token request is already being processed", Verdict.IN_FLIGHT),
        ("invalid_grant", "expired authorization code", Verdict.IN_FLIGHT),
        ("invalid_grant", "authentication failure", Verdict.MISCONFIGURED),
        ("invalid_grant", "ip restricted", Verdict.MISCONFIGURED),
        ("invalid_grant", "user hasn't approved this consumer", Verdict.MISCONFIGURED),
        ("invalid_app_access", "user is not admin approved to access this app", Verdict.MISCONFIGURED),
        ("invalid_client_id", "client identifier invalid", Verdict.MISCONFIGURED),
        ("invalid_client", "invalid client credentials", Verdict.MISCONFIGURED),
        ("inactive_org", "", Verdict.MISCONFIGURED),
        ("app_blocked", "", Verdict.MISCONFIGURED),
        ("rate_limit_exceeded", "", Verdict.RATE_LIMITED),
        ("invalid_grant", "login rate exceeded", Verdict.RATE_LIMITED),
        ("unknown_error", "retry your request", Verdict.TRANSIENT),
        ("server_error", "", Verdict.TRANSIENT),
        ("", "", Verdict.TRANSIENT),
    ],
)
def test_a_refused_refresh_is_read_as_salesforce_means_it(error: str, description: str, verdict: Verdict) -> None:
    assert refresh_verdict(error, description) is verdict


@given(error=st.text(max_size=30), description=st.text(max_size=60), status=st.integers(400, 599))
def test_nothing_but_salesforces_own_word_revokes(error: str, description: str, status: int) -> None:
    if refresh_verdict(error, description, status) is Verdict.REVOKED:
        assert error == "inactive_user" or description.strip().lower().startswith("expired access/refresh token")


@pytest.mark.parametrize(
    "description", ["expired authorization code", "invalid authorization code", "invalid code verifier"]
)
def test_a_spent_or_wrong_code_restarts_the_login(description: str) -> None:
    assert exchange_verdict("invalid_grant", description) is Verdict.RESTART_LOGIN


@given(error=st.text(max_size=30), description=st.text(max_size=60))
def test_an_exchange_never_revokes_a_grant(error: str, description: str) -> None:
    assert exchange_verdict(error, description) is not Verdict.REVOKED


def test_hints_name_what_to_do() -> None:
    assert "IP" in hint_for("invalid_grant", "ip restricted")
    assert "client_secret" in hint_for("invalid_client", "invalid client credentials")
    assert "kept" in hint_for("something_new", "")
