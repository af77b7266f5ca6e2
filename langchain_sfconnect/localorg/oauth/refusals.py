"""Every way the OAuth endpoints say no, with Salesforce's texts; knows nothing of what led to it."""

from __future__ import annotations


class OAuthRefusal(Exception):
    """A token request that Salesforce would refuse.

    Args:
        error: The OAuth error code.
        description: Salesforce's text; part of the meaning, since `invalid_grant` says many things.
        status: The HTTP status.
    """

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.status = status

    def body(self) -> dict[str, str]:
        """The JSON object answered."""
        return {"error": self.error, "error_description": self.description}


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


def already_processing() -> OAuthRefusal:
    """Another refresh with the same token is under way."""
    return OAuthRefusal("invalid_grant", "token request is already being processed")


def ip_restricted() -> OAuthRefusal:
    return OAuthRefusal("invalid_grant", "ip restricted")


def inactive_user() -> OAuthRefusal:
    return OAuthRefusal("inactive_user", "user is inactive")


def app_blocked() -> OAuthRefusal:
    return OAuthRefusal("app_blocked", "this app is blocked by admin")


def unknown_client() -> OAuthRefusal:
    return OAuthRefusal("invalid_client_id", "client identifier invalid")


def bad_secret(*, status: int = 400) -> OAuthRefusal:
    return OAuthRefusal("invalid_client", "invalid client credentials", status=status)


def bad_basic_header() -> OAuthRefusal:
    return OAuthRefusal("invalid_basic_auth_header", "invalid basic authorization header")


def unsupported_grant_type() -> OAuthRefusal:
    return OAuthRefusal("unsupported_grant_type", "grant type not supported")


def redirect_mismatch() -> OAuthRefusal:
    return OAuthRefusal("redirect_uri_mismatch", "redirect_uri must match configuration")


def must_post() -> OAuthRefusal:
    return OAuthRefusal("invalid_request", "must use HTTP POST")


def missing(parameter: str) -> OAuthRefusal:
    return OAuthRefusal("invalid_request", f"missing required parameter: {parameter}")


def invalid_token() -> OAuthRefusal:
    """A revocation of something that is no token, or is gone already."""
    return OAuthRefusal("invalid_token", "the token is invalid or expired")


def introspection_refused() -> OAuthRefusal:
    return OAuthRefusal("invalid_client", "client is not authorized to introspect tokens", status=401)
