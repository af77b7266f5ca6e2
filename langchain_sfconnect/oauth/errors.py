"""What an error of Salesforce's token endpoint means for a stored grant. A table, and nothing else.

Salesforce overloads `invalid_grant`, so the description decides there; everything unknown keeps the grant.
"""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What to do about a refused token request."""

    RESTART_LOGIN = "restart_login"
    """The authorization code is spent or wrong: begin again."""
    REVOKED = "revoked"
    """The grant, or the user behind it, is gone."""
    IN_FLIGHT = "in_flight"
    """Another request with this token is being served: wait, read the store, try again."""
    TRANSIENT = "transient"
    """A hiccup: nothing changed, try again later."""
    RATE_LIMITED = "rate_limited"
    """Too many logins: leave it alone for a good while."""
    MISCONFIGURED = "misconfigured"
    """An admin or developer must change something; the grant is kept."""


_REFRESH_GRANT_DESCRIPTIONS = (
    ("expired access/refresh token", Verdict.REVOKED),
    ("token request is already being processed", Verdict.IN_FLIGHT),
    ("expired authorization code", Verdict.IN_FLIGHT),  # the same race, in the wording before Winter '25
)

_ERRORS = {
    "inactive_user": Verdict.REVOKED,
    "rate_limit_exceeded": Verdict.RATE_LIMITED,
    "unknown_error": Verdict.TRANSIENT,
    "server_error": Verdict.TRANSIENT,
    "service_unavailable": Verdict.TRANSIENT,
    "system_down": Verdict.TRANSIENT,
    "temporarily_unavailable": Verdict.TRANSIENT,
}


def refresh_verdict(error: str, description: str, status: int = 400) -> Verdict:
    """The meaning of an error answer to `grant_type=refresh_token`.

    Args:
        error: The `error` member; empty where the body was not OAuth's JSON.
        description: The `error_description` member.
        status: The HTTP status.
    """
    text = description.strip().lower()
    if error == "invalid_grant":
        for beginning, verdict in _REFRESH_GRANT_DESCRIPTIONS:
            if text.startswith(beginning):
                return verdict
    if "login rate exceeded" in text:
        return Verdict.RATE_LIMITED
    if error in _ERRORS:
        return _ERRORS[error]
    if status >= 500 or status in (420, 429) or not error:
        return Verdict.TRANSIENT
    return Verdict.MISCONFIGURED


def exchange_verdict(error: str, description: str, status: int = 400) -> Verdict:
    """The meaning of an error answer to `grant_type=authorization_code`."""
    text = description.strip().lower()
    spent = ("expired authorization code", "invalid authorization code", "invalid code verifier")
    if error == "invalid_grant" and text.startswith(spent):
        return Verdict.RESTART_LOGIN
    verdict = refresh_verdict(error, description, status)
    return Verdict.RESTART_LOGIN if verdict in (Verdict.REVOKED, Verdict.IN_FLIGHT) else verdict


HINTS = {
    "ip restricted": (
        "The server's IP address is outside the ranges this user may log in from. Ask the Salesforce admin to relax "
        "the app's IP policy or to allow the address."
    ),
    "invalid_client_id": "Check client_id; a new or changed app needs up to ten minutes to become known.",
    "invalid_client": "Check client_secret.",
    "redirect_uri_mismatch": "redirect_uri must equal the registered callback URL character for character.",
    "invalid_app_access": "The app admits only users an admin approved. Ask the Salesforce admin.",
    "authentication failure": "Login was refused: an inactive user, a login policy, or the wrong login host.",
    "inactive_org": "The org is locked, closed or suspended; the grant is kept in case it comes back.",
    "invalid_scope": "The app does not have one of the requested scopes.",
}


def hint_for(error: str, description: str) -> str:
    """What to do about a refused token request."""
    text = description.strip().lower()
    for sign, hint in HINTS.items():
        if sign == error or text.startswith(sign):
            return hint
    return "Check the app's OAuth settings in Salesforce; the stored authorization is kept."
