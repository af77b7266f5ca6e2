"""Every answer means one condition, the right one, and nothing but Salesforce's own word ends a grant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_sfconnect import AccountStatus
from langchain_sfconnect.conditions import CONDITIONS, TABLE, Verdict, Where, condition_of

ANSWERED = (Where.CALLBACK, Where.EXCHANGE, Where.REFRESH, Where.REST, Where.USERINFO)
signs = [sign for row in TABLE for sign in row.signs]
errors = st.sampled_from(sorted({sign.error or "" for sign in signs})) | st.text(max_size=30)
texts = st.sampled_from(sorted({sign.text or "" for sign in signs})) | st.text(max_size=60)


@pytest.mark.parametrize(
    ("error", "description", "name", "verdict"),
    [
        ("invalid_grant", "expired access/refresh token", "grant_revoked", Verdict.REVOKED),
        ("invalid_grant", "Expired Access/Refresh Token ", "grant_revoked", Verdict.REVOKED),
        ("inactive_user", "user is inactive", "user_inactive", Verdict.REVOKED),
        ("invalid_grant", "token request is already being processed", "refresh_in_flight", Verdict.IN_FLIGHT),
        ("invalid_grant", "expired authorization code", "refresh_in_flight", Verdict.IN_FLIGHT),
        ("invalid_grant", "authentication failure", "login_refused", Verdict.MISCONFIGURED),
        ("invalid_grant", "authentication failure - Invalid Password", "login_refused", Verdict.MISCONFIGURED),
        ("invalid_grant", "ip restricted", "ip_restricted_at_login", Verdict.MISCONFIGURED),
        ("invalid_grant", "IP restricted or invalid login hours", "ip_restricted_at_login", Verdict.MISCONFIGURED),
        ("invalid_grant", "user hasn't approved this consumer", "user_not_approved", Verdict.MISCONFIGURED),
        ("invalid_app_access", "user is not admin approved …", "app_not_admin_approved", Verdict.MISCONFIGURED),
        ("invalid_client_id", "client identifier invalid", "client_id_unknown", Verdict.MISCONFIGURED),
        ("invalid_client", "invalid client credentials", "client_secret_wrong", Verdict.MISCONFIGURED),
        ("invalid_client", "app must be installed into org", "app_not_installed", Verdict.MISCONFIGURED),
        ("invalid_basic_auth_header", "", "request_malformed", Verdict.MISCONFIGURED),
        ("unsupported_grant_type", "grant type not supported", "oauth_flow_disabled", Verdict.MISCONFIGURED),
        ("redirect_uri_mismatch", "", "redirect_uri_mismatch", Verdict.MISCONFIGURED),
        ("invalid_request", "must use HTTP POST", "request_malformed", Verdict.MISCONFIGURED),
        ("invalid_scope", "", "scope_not_allowed", Verdict.MISCONFIGURED),
        ("inactive_org", "", "org_inactive", Verdict.MISCONFIGURED),
        ("app_blocked", "", "app_blocked", Verdict.MISCONFIGURED),
        ("app_not_found", "", "app_not_installed", Verdict.MISCONFIGURED),
        ("ecapp_policy_not_found", "", "app_policy_missing", Verdict.MISCONFIGURED),
        ("oauth_flow_disabled", "", "oauth_flow_disabled", Verdict.MISCONFIGURED),
        ("rate_limit_exceeded", "", "login_rate_exceeded", Verdict.RATE_LIMITED),
        ("invalid_grant", "login rate exceeded", "login_rate_exceeded", Verdict.RATE_LIMITED),
        ("unknown_error", "retry your request", "login_host_busy", Verdict.TRANSIENT),
        ("server_error", "", "login_host_busy", Verdict.TRANSIENT),
        ("", "<html>", "login_host_busy", Verdict.TRANSIENT),
        ("invalid_grant", "something new", "token_request_refused", Verdict.MISCONFIGURED),
        ("something_new", "", "token_request_refused", Verdict.MISCONFIGURED),
    ],
)
def test_a_refused_refresh_is_read_as_salesforce_means_it(
    error: str, description: str, name: str, verdict: Verdict
) -> None:
    condition = condition_of(Where.REFRESH, error, description)
    assert (condition.name, condition.verdict) == (name, verdict)


@pytest.mark.parametrize(
    ("status", "code", "message", "name", "verdict"),
    [
        (401, "INVALID_SESSION_ID", "Session expired or invalid", "session_ended", Verdict.RENEW),
        (401, "INVALID_SESSION_ID", "Sitzung abgelaufen", "session_ended", Verdict.RENEW),
        (401, "INVALID_AUTH_HEADER", "INVALID_JWT_FORMAT", "session_ended", Verdict.RENEW),
        (401, "INVALID_AUTH_HEADER", "INVALID_SCOPES", "session_not_for_rest", Verdict.RESTRICTED),
        (
            401,
            "INVALID_SESSION_ID",
            "This session is not valid for use with the REST API",
            "session_not_for_rest",
            Verdict.RESTRICTED,
        ),
        (401, "", "", "session_ended", Verdict.RENEW),
        (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", "daily_limit_spent", Verdict.MISCONFIGURED),
        (403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (…) exceeded.", "too_many_requests", Verdict.TRANSIENT),
        (403, "API_CURRENTLY_DISABLED", "", "api_disabled_for_user", Verdict.MISCONFIGURED),
        (403, "API_DISABLED_FOR_ORG", "", "api_disabled_for_org", Verdict.MISCONFIGURED),
        (403, "INVALID_OPERATION_WITH_EXPIRED_PASSWORD", "", "password_expired", Verdict.MISCONFIGURED),
        (403, "FUNCTIONALITY_NOT_ENABLED", "", "functionality_not_enabled", Verdict.MISCONFIGURED),
        (403, "INSUFFICIENT_ACCESS", "", "not_permitted", Verdict.FINAL),
        (503, "SERVER_UNAVAILABLE", "", "salesforce_unreachable", Verdict.TRANSIENT),
        (400, "REQUIRED_FIELD_MISSING", "", "request_refused", Verdict.FINAL),
    ],
)
def test_an_answer_of_rest_says_whether_it_is_about_the_account(
    status: int, code: str, message: str, name: str, verdict: Verdict
) -> None:
    condition = condition_of(Where.REST, code, message, status=status)
    assert (condition.name, condition.verdict) == (name, verdict)


def test_a_bad_token_at_userinfo_is_renewed_and_no_other_403_is() -> None:
    assert condition_of(Where.USERINFO, text="Bad_OAuth_Token", status=403).verdict is Verdict.RENEW
    assert condition_of(Where.USERINFO, text="Missing_OAuth_Token", status=403).verdict is not Verdict.RENEW


@given(where=st.sampled_from(ANSWERED), error=errors, text=texts, status=st.integers(400, 599))
def test_every_answer_means_something_and_only_salesforces_own_word_ends_a_grant(
    where: Where, error: str, text: str, status: int
) -> None:
    condition = condition_of(where, error, text, status=status)
    assert where in condition.where
    if condition.status is not None:
        assert (where, condition.status) == (Where.REFRESH, "REVOKED")
        said = error == "invalid_grant" and text.strip().lower().startswith("expired access/refresh token")
        assert error == "inactive_user" or said
    else:
        assert condition.verdict not in (Verdict.REVOKED, Verdict.LOST, Verdict.ENDED)


@pytest.mark.parametrize(
    "description", ["expired authorization code", "invalid authorization code", "invalid code verifier"]
)
def test_a_spent_or_wrong_code_restarts_the_login(description: str) -> None:
    assert condition_of(Where.EXCHANGE, "invalid_grant", description).verdict is Verdict.RESTART_LOGIN


def test_the_table_is_sound() -> None:
    assert len(CONDITIONS) == len(TABLE), "a name stands twice"
    moved = {row.name: row.status for row in TABLE if row.status is not None}
    assert moved == {
        "grant_revoked": "REVOKED",
        "user_inactive": "REVOKED",
        "no_refresh_token": "EXPIRED",
        "refresh_interrupted": "EXPIRED",
        "refresh_outcome_unknown": "EXPIRED",
        "revocation_unconfirmed": "DISCONNECTED",
    }
    assert set(moved.values()) <= set(AccountStatus)
    for row in TABLE:
        assert row.means
        assert row.signs
        assert row.where
        assert row.advice or row.name == "request_refused"


def test_every_row_with_a_sign_can_be_met() -> None:
    for row in TABLE:
        for sign in row.signs:
            if not sign.told:
                status = sign.status[0] if sign.status else 400
                error = (sign.error or "").replace("*", "X")
                if sign.error is None:
                    error = "anything"
                met = {condition_of(where, error, sign.text or "", status=status).name for where in row.where}
                assert met & {row.name}, (row.name, str(sign), met)
