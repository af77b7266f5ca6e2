"""What an administrator of the local org has switched on; a plain value that every request reads anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Literal, get_args

IPRange = IPv4Network | IPv6Network
GrantType = Literal[
    "authorization_code",
    "refresh_token",
    "password",
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
]
Trouble = Literal[
    "unknown_error",
    "server_error",
    "service_unavailable",
    "system_down",
    "app_not_found",
    "fail_close_app_blocked",
    "ecapp_policy_not_found",
    "oauth_policy_not_found",
    "oauth_flow_disabled",
    "invalid_session_level",
]


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
        old_race_wording: That refusal is worded as before Winter '25: `expired authorization code`.
        max_approvals: Grants kept per user and app; one more ends the oldest.
        grants_allowed: The `grant_type`s that are switched on; others are not supported.
        secret_required: Redeeming a code and username-password need the client secret. A wrong one never does.
        secret_required_at_refresh: Refreshing needs it too; a switch of its own, as in Salesforce.
        pkce_required: Authorization requests without a code challenge are refused.
        introspection_allowed: The app may introspect tokens.
        blocked_app: An administrator has blocked the app.
        app_propagated: The app is known already; a new or changed one is not for some minutes.
        app_installed: The app is installed; without, only administrators can allow it for the first time.
        admin_approved_profiles: Names of profiles whose users may use the app, and need not be asked; None lets
            every user decide.
        org_active: The org is neither locked, nor closed, nor suspended.
        my_domain_only: Nobody logs in at the login host, only at the org's own. It needs hosts that are apart.
        logins_per_hour: Tokens a user can be given within an hour; None for any number.
        api_scope_enforced: REST refuses sessions without the `api` scope.
        ip_allowed_at_token: The caller's address is within the ranges when it asks for tokens, whatever they are.
        ip_allowed_at_api: The caller's address is within the ranges when it uses one.
        ip_ranges_at_login: The addresses people can log in from; None for any.
        ip_ranges_at_token: The addresses tokens are given to; None for any.
        ip_ranges_at_api: The addresses tokens are good from; None for any.
        session_locked_to_ip: A token is only good from the address it was given to.
        token_trouble: Every request for a token ends with this error.
        callback_trouble: Every authorization ends with this error.
        strict_soql: Clauses that only Apex needs (ALL ROWS, FOR UPDATE, WITH …) are refused, as some orgs do over REST.
        daily_api_requests: REST calls per day; more are answered with REQUEST_LIMIT_EXCEEDED.
        app_daily_api_requests: The app's own share of them, told besides in `Sforce-Limit-Info`; None for no share.
        concurrent_requests: REST calls answered at the same time; more are refused with REQUEST_LIMIT_EXCEEDED.
            Salesforce counts only long-running ones, so None: any number.
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
    old_race_wording: bool = False
    max_approvals: int = 5
    grants_allowed: tuple[GrantType, ...] = get_args(GrantType)
    secret_required: bool = True
    secret_required_at_refresh: bool = True
    pkce_required: bool = False
    introspection_allowed: bool = True
    blocked_app: bool = False
    app_propagated: bool = True
    app_installed: bool = True
    admin_approved_profiles: tuple[str, ...] | None = None
    org_active: bool = True
    my_domain_only: bool = False
    logins_per_hour: int | None = None
    api_scope_enforced: bool = True
    ip_allowed_at_token: bool = True
    ip_allowed_at_api: bool = True
    ip_ranges_at_login: tuple[IPRange, ...] | None = None
    ip_ranges_at_token: tuple[IPRange, ...] | None = None
    ip_ranges_at_api: tuple[IPRange, ...] | None = None
    session_locked_to_ip: bool = False
    token_trouble: Trouble | None = None
    callback_trouble: Trouble | None = None
    strict_soql: bool = False
    daily_api_requests: int = 15_000
    app_daily_api_requests: int | None = None
    concurrent_requests: int | None = None

    def reset(self) -> None:
        """Go back to the defaults; whoever holds this policy sees them."""
        vars(self).update(vars(Policy()))

    def logs_in_from(self, address: str) -> bool:
        """Whether a person at `address` can log in."""
        return _within(address, self.ip_ranges_at_login)

    def gives_tokens_to(self, address: str) -> bool:
        """Whether a caller at `address` can be given tokens."""
        return self.ip_allowed_at_token and _within(address, self.ip_ranges_at_token)

    def takes_tokens_from(self, address: str) -> bool:
        """Whether tokens are good when shown from `address`."""
        return self.ip_allowed_at_api and _within(address, self.ip_ranges_at_api)


def _within(address: str, ranges: tuple[IPRange, ...] | None) -> bool:
    return ranges is None or any(ip_address(address) in allowed for allowed in ranges)
