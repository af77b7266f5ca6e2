"""Every way the OAuth endpoints say no, with Salesforce's texts; knows nothing of what led to it."""

from __future__ import annotations

from langchain_sfconnect.localorg.policy import Trouble

# What userinfo and the identity URL answer, as plain text.
MISSING_TOKEN, BAD_TOKEN, WRONG_ORG = "Missing_OAuth_Token", "Bad_OAuth_Token", "Wrong_Org"
BAD_ID, INACTIVE = "Bad_Id", "Inactive"
INVALID_VERSION, INVALID_CALLBACK = "Invalid_Version", "Invalid_Callback"

# What the login page and the error page tell a person.
LOGIN_FAILED = (
    "Please check your username and password. If you still can't log in, contact your Salesforce administrator."
)
PAGE_EXPIRED = "This page was answered before, or is too old. Start again from the application."
MY_DOMAIN_ONLY = "Logins from here are switched off. Log in at your company's own address, which is"
APPROVAL_FAILED = (
    "We can't authorize you because of an OAuth error. For more information, contact your Salesforce administrator. "
    "OAUTH_APPROVAL_ERROR_GENERIC : An unexpected error has occured during authentication. Please try again."
)

_TROUBLES: dict[Trouble, str] = {
    "unknown_error": "retry your request",
    "server_error": "the server could not complete the request",
    "service_unavailable": "the service is unavailable, try again later",
    "system_down": "the system is down for maintenance",
    "app_not_found": "external client app is not installed in this org",
    "fail_close_app_blocked": "this app is blocked by admin",
    "ecapp_policy_not_found": "external client app policy is not found",
    "oauth_policy_not_found": "oauth policy is not found",
    "oauth_flow_disabled": "oauth flow is disabled",
    "invalid_session_level": "the session does not have the required security level",
}


class OAuthRefusal(Exception):
    """A request that Salesforce would refuse.

    Args:
        error: The OAuth error code.
        description: Salesforce's text; part of the meaning, since `invalid_grant` says many things.
        status: The HTTP status, where the answer is not a redirect.
    """

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.status = status

    def body(self) -> dict[str, str]:
        """The JSON object answered."""
        return {"error": self.error, "error_description": self.description}


# --- codes and refresh tokens -----------------------------------------------------------------------------------------


def expired_code() -> OAuthRefusal:
    """A code that is too old or was redeemed before."""
    return OAuthRefusal("invalid_grant", "expired authorization code")


def invalid_code() -> OAuthRefusal:
    """A code of nobody, of another app, or of the other realm."""
    return OAuthRefusal("invalid_grant", "invalid authorization code")


def invalid_verifier() -> OAuthRefusal:
    return OAuthRefusal("invalid_grant", "invalid code verifier")


def expired_refresh_token() -> OAuthRefusal:
    """A refresh token that is revoked, evicted, rotated out, too old, or of the other realm."""
    return OAuthRefusal("invalid_grant", "expired access/refresh token")


def already_processing(*, old_wording: bool = False) -> OAuthRefusal:
    """Another refresh with the same token is under way."""
    return expired_code() if old_wording else OAuthRefusal("invalid_grant", "token request is already being processed")


def invalid_token() -> OAuthRefusal:
    """A revocation of something that is no token, or is gone already."""
    return OAuthRefusal("invalid_token", "the token is invalid or expired")


def unsupported_token_type() -> OAuthRefusal:
    """A revocation that names a kind of token there is not."""
    return OAuthRefusal("unsupported_token_type", "this token type is not supported")


# --- users, and whether they may --------------------------------------------------------------------------------------


def authentication_failure() -> OAuthRefusal:
    """A wrong username or password, or somebody who cannot log in here."""
    return OAuthRefusal("invalid_grant", "authentication failure")


def not_approved() -> OAuthRefusal:
    """A login without the user's consent, which nobody ever gave."""
    return OAuthRefusal("invalid_grant", "user hasn't approved this consumer")


def not_admin_approved() -> OAuthRefusal:
    """A user whose profile the administrator has not let use the app."""
    return OAuthRefusal("invalid_app_access", "user is not admin approved to access this app")


def inactive_user() -> OAuthRefusal:
    return OAuthRefusal("inactive_user", "user is inactive")


def inactive_org() -> OAuthRefusal:
    return OAuthRefusal("inactive_org", "organization is inactive, locked or suspended")


def login_rate_exceeded() -> OAuthRefusal:
    return OAuthRefusal("rate_limit_exceeded", "login rate exceeded")


def ip_restricted() -> OAuthRefusal:
    return OAuthRefusal("invalid_grant", "ip restricted")


def denied() -> OAuthRefusal:
    """The user pressed Deny."""
    return OAuthRefusal("access_denied", "end-user denied authorization")


def interaction_required() -> OAuthRefusal:
    """A silent authorization of somebody who has not logged in, or not approved the app."""
    return OAuthRefusal("immediate_unsuccessful", "end-user interaction required")


# --- the app ----------------------------------------------------------------------------------------------------------


def unknown_client() -> OAuthRefusal:
    return OAuthRefusal("invalid_client_id", "client identifier invalid")


def bad_secret(*, status: int = 400) -> OAuthRefusal:
    return OAuthRefusal("invalid_client", "invalid client credentials", status=status)


def bad_basic_header() -> OAuthRefusal:
    return OAuthRefusal("invalid_basic_auth_header", "invalid basic authorization header")


def app_blocked() -> OAuthRefusal:
    return OAuthRefusal("app_blocked", "this app is blocked by admin")


def app_not_installed() -> OAuthRefusal:
    """An ordinary user's first authorization of an app that nobody installed."""
    return OAuthRefusal("invalid_client", "app must be installed into org")


def nobody_to_run_as() -> OAuthRefusal:
    return OAuthRefusal("invalid_grant", "no client credentials user enabled")


def wrong_host() -> OAuthRefusal:
    """A flow that only the org's own host serves."""
    return OAuthRefusal("invalid_grant", "request not supported on this domain")


def introspection_refused() -> OAuthRefusal:
    return OAuthRefusal("invalid_client", "client is not authorized to introspect tokens", status=401)


# --- the request ------------------------------------------------------------------------------------------------------


def unsupported_grant_type() -> OAuthRefusal:
    return OAuthRefusal("unsupported_grant_type", "grant type not supported")


def unsupported_response_type() -> OAuthRefusal:
    return OAuthRefusal("unsupported_response_type", "response type not supported")


def redirect_missing() -> OAuthRefusal:
    return OAuthRefusal("redirect_uri_missing", "redirect_uri not provided")


def redirect_mismatch() -> OAuthRefusal:
    return OAuthRefusal("redirect_uri_mismatch", "redirect_uri must match configuration")


def invalid_scope() -> OAuthRefusal:
    return OAuthRefusal("invalid_scope", "the requested scope is not allowed")


def missing_challenge() -> OAuthRefusal:
    return OAuthRefusal("invalid_request", "missing required code challenge")


def invalid_challenge() -> OAuthRefusal:
    return OAuthRefusal("invalid_request", "invalid code challenge")


def must_use(method: str) -> OAuthRefusal:
    return OAuthRefusal("invalid_request", f"must use HTTP {method}")


def missing(parameter: str) -> OAuthRefusal:
    return OAuthRefusal("invalid_request", f"missing required parameter: {parameter}")


def invalid_assertion() -> OAuthRefusal:
    """A JWT that is malformed, expired, or not signed by the app."""
    return OAuthRefusal("invalid_grant", "invalid assertion")


def wrong_audience() -> OAuthRefusal:
    """A JWT that is meant for another server."""
    return OAuthRefusal("invalid_grant", "audience is invalid")


def trouble(error: Trouble) -> OAuthRefusal:
    """Something on Salesforce's side that nothing in the request explains."""
    return OAuthRefusal(error, _TROUBLES[error])
