"""What an administrator of the local org has switched on; a plain value that every request reads anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass
class Policy:
    """The org's and the app's OAuth policies. Change an attribute and the next request sees it.

    Attributes:
        session_timeout: How long an access token lives; Salesforce's default is two hours.
        sliding: Use in the second half of its life gives a session a new full life.
        jwt_access_tokens: Access tokens are JWTs of fixed life instead of opaque strings.
        expires_in_sent: Token responses carry `expires_in`; Salesforce sends none for opaque tokens.
        rotation: A refresh returns a new refresh token; showing an old one ends the whole grant.
        refresh_immediate_expiry: Refresh tokens are dead on arrival ("expire immediately").
        refresh_idle_limit: A refresh token unused for this long is dead.
        refresh_lifetime: A grant older than this is dead.
        refresh_duration: How long a refresh takes. A second refresh with the same token meanwhile is refused.
        max_approvals: Grants kept per user and app; one more ends the oldest.
        secret_required: The token endpoint insists on the client secret. A wrong one is refused in any case.
        pkce_required: Authorization requests without a code challenge are refused.
        introspection_allowed: The app may introspect tokens.
        blocked_app: An administrator has blocked the app.
        api_scope_enforced: REST refuses sessions without the `api` scope.
        ip_allowed_at_token: The caller's address is within the ranges when it asks for tokens.
        ip_allowed_at_api: The caller's address is within the ranges when it calls REST.
        daily_api_requests: REST calls per day; more are answered with REQUEST_LIMIT_EXCEEDED.
    """

    session_timeout: timedelta = timedelta(hours=2)
    sliding: bool = True
    jwt_access_tokens: bool = False
    expires_in_sent: bool = False
    rotation: bool = False
    refresh_immediate_expiry: bool = False
    refresh_idle_limit: timedelta | None = None
    refresh_lifetime: timedelta | None = None
    refresh_duration: timedelta = timedelta(0)
    max_approvals: int = 5
    secret_required: bool = True
    pkce_required: bool = False
    introspection_allowed: bool = True
    blocked_app: bool = False
    api_scope_enforced: bool = True
    ip_allowed_at_token: bool = True
    ip_allowed_at_api: bool = True
    daily_api_requests: int = 15_000
