"""Every condition an account can meet, as one table: its signs, what it means, who can mend it. Decides nothing itself.

Salesforce overloads `invalid_grant` and one 401 body, so descriptions decide there and nowhere else: they may be in
the user's language. Where several rows fit an answer, the first one is meant; each place has a row that fits them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from langchain_sfconnect.errors import Who


class Where(StrEnum):
    """Where a condition shows itself."""

    CALLBACK = "callback of the authorize page"
    EXCHANGE = "token endpoint, code exchange"
    REFRESH = "token endpoint, refresh"
    REST = "REST API"
    USERINFO = "userinfo"
    HERE = "here, without an answer"
    PROBE = "live probe"


class Verdict(StrEnum):
    """What the code does about a condition."""

    RESTART_LOGIN = "restart_login"
    """The authorization came to nothing: begin again."""
    REVOKED = "revoked"
    """The grant, or the user behind it, is gone."""
    LOST = "lost"
    """The grant may live, but nobody here can renew it any more."""
    ENDED = "ended"
    """We ended it."""
    IN_FLIGHT = "in_flight"
    """Another request with this token is being served: wait, read the store, try again."""
    TRANSIENT = "transient"
    """A hiccup: nothing changed, try again later."""
    RATE_LIMITED = "rate_limited"
    """Too many logins: leave it alone for a good while."""
    MISCONFIGURED = "misconfigured"
    """An admin or developer must change something; the grant is kept."""
    RENEW = "renew"
    """Get a new access token once and send the request once more."""
    RESTRICTED = "restricted"
    """The token is good and refused all the same: a new one does not help, nor does the user."""
    FINAL = "final"
    """It is about the request, or only to be told."""


_STATUS = {Verdict.REVOKED: "REVOKED", Verdict.LOST: "EXPIRED", Verdict.ENDED: "DISCONNECTED"}
_RETRYABLE = {Verdict.IN_FLIGHT, Verdict.TRANSIENT, Verdict.RATE_LIMITED, Verdict.RENEW}


@dataclass(frozen=True, slots=True)
class Sign:
    """What an answer looks like. What is left out may be anything.

    Attributes:
        error: The `error` or `errorCode`; one that ends in `*` is a beginning.
        text: How the description, message or plain body begins, in lower case.
        status: HTTP statuses.
        told: The sign in words, where no single answer shows it.
    """

    error: str | None = None
    text: str | None = None
    status: tuple[int, ...] | range = ()
    told: str = ""

    def fits(self, error: str, text: str, status: int) -> bool:
        """Whether an answer shows this sign; its text in lower case."""
        if self.told or (self.status and status not in self.status):
            return False
        wanted = self.error
        if wanted is not None and not (error.startswith(wanted[:-1]) if wanted.endswith("*") else error == wanted):
            return False
        return self.text is None or text.startswith(self.text)

    def __str__(self) -> str:
        if self.told:
            return self.told
        number = "5xx" if isinstance(self.status, range) else ", ".join(map(str, self.status))
        parts = (
            f"HTTP {number}" if self.status else None,
            "no error code" if self.error == "" else self.error and f"`{self.error}`",
            self.text and f"“{self.text}…”",
        )
        return " ".join(filter(None, parts)) or "anything else"


@dataclass(frozen=True, slots=True)
class Condition:
    """One row of the table.

    Attributes:
        name: Short and stable; the `status_reason` of an account that the condition moved.
        where: Where it shows itself.
        verdict: What the code branches on.
        who: Who can mend it.
        signs: By which it is known.
        means: What it means, in one sentence.
        advice: What they should do.
    """

    name: str
    where: tuple[Where, ...]
    verdict: Verdict
    who: Who
    signs: tuple[Sign, ...]
    means: str
    advice: str

    @property
    def status(self) -> str | None:
        """What an ACTIVE account becomes; None where it stays ACTIVE."""
        return _STATUS.get(self.verdict)

    @property
    def retryable(self) -> bool:
        """Whether the same may work later, with nobody doing anything."""
        return self.verdict in _RETRYABLE


def condition_of(where: Where, error: str = "", text: str = "", *, status: int = 400) -> Condition:
    """What an error answer means. Every answer means something.

    Args:
        where: Who answered: one of the callback, the token endpoint's two, REST and userinfo.
        error: The `error` or `errorCode` member; empty where the body had none.
        text: The description, the message, or the plain body.
        status: The HTTP status.
    """
    given = text.strip().lower()
    return next(row for row in _BY_PLACE[where] if any(sign.fits(error, given, status) for sign in row.signs))


_W, _V = Where, Verdict
_TOKEN = (_W.REFRESH, _W.EXCHANGE)
_LOGIN = (*_TOKEN, _W.CALLBACK)

_AUTHORIZE_AGAIN = "Send the user through a link from authorization_link(identifier)."
_NEW_LINK = "Ask for a new link with authorization_link(identifier) and let the user try again."
_SERVER_ERRORS = range(500, 600)

# Not one argument a line: a row is read as a whole.
# fmt: off
TABLE: tuple[Condition, ...] = (
    # --- the end of a grant ---
    Condition("grant_revoked", (_W.REFRESH,), _V.REVOKED, "user",
        (Sign("invalid_grant", "expired access/refresh token"),),
        "Salesforce says that the refresh token is dead: revoked, expired by the app's policy, pushed out by a "
        "sixth approval, rotated out, or the org was refreshed.",
        _AUTHORIZE_AGAIN),
    Condition("user_inactive", (_W.REFRESH,), _V.REVOKED, "admin", (Sign("inactive_user"),),
        "The Salesforce user has been deactivated or frozen.",
        "Activate the user in Salesforce; then the user authorizes again."),
    Condition("no_refresh_token", (_W.HERE,), _V.LOST, "user",
        (Sign(told="no refresh token is stored, and the access token is refused or over"),),
        "The session ended, and Salesforce had given no refresh token with it.",
        f"{_AUTHORIZE_AGAIN} To be asked less often, let the app request the refresh_token scope."),
    Condition("refresh_interrupted", (_W.HERE,), _V.LOST, "user",
        (Sign(told="the mark of a refresh that nobody finished, and Salesforce says that the token is spent, or does "
              "not tell"),),
        "A process died after Salesforce had renewed the tokens and before they were saved.",
        _AUTHORIZE_AGAIN),
    Condition("refresh_outcome_unknown", (_W.HERE,), _V.LOST, "user",
        (Sign(told="no whole answer to a refresh"),),
        "A refresh was sent and no answer came. While the account is ACTIVE, it is not known yet what became of it; it "
        "is EXPIRED once Salesforce says that the refresh token is spent, or does not tell.",
        "While the account is ACTIVE, try again in a minute. " + _AUTHORIZE_AGAIN),
    Condition("revocation_unconfirmed", (_W.HERE,), _V.ENDED, "developer",
        (Sign(told="disconnect_account got no answer from the revocation endpoint"),),
        "The account is disconnected here, but Salesforce has not confirmed that the grant is gone there.",
        "Call disconnect_account(identifier) again."),
    # --- hiccups of the login host ---
    Condition("refresh_in_flight", (_W.REFRESH,), _V.IN_FLIGHT, "developer",
        (Sign("invalid_grant", "token request is already being processed"),
         Sign("invalid_grant", "expired authorization code")),
        "Another refresh with the same token is being served.",
        "Nothing; the other one's tokens are used as soon as they are stored."),
    Condition("code_expired", (_W.EXCHANGE,), _V.RESTART_LOGIN, "user",
        (Sign("invalid_grant", "expired authorization code"),),
        "The authorization code is too old, or was redeemed before.",
        _NEW_LINK),
    Condition("code_invalid", (_W.EXCHANGE,), _V.RESTART_LOGIN, "user",
        (Sign("invalid_grant", "invalid authorization code"),),
        "The authorization code is garbled, another app's, or from another login host.",
        _NEW_LINK),
    Condition("code_verifier_wrong", (_W.EXCHANGE,), _V.RESTART_LOGIN, "user",
        (Sign("invalid_grant", "invalid code verifier"), Sign("invalid_request", "invalid code verifier")),
        "The PKCE verifier does not belong to the code.",
        f"{_NEW_LINK} If it happens again, report a bug."),
    Condition("login_rate_exceeded", _TOKEN, _V.RATE_LIMITED, "developer",
        (Sign("rate_limit_exceeded"), Sign(text="login rate exceeded")),
        "The user has been given too many tokens within the hour.",
        "Too many logins; leave this account alone for at least fifteen minutes."),
    Condition("login_host_busy", _TOKEN, _V.TRANSIENT, "developer",
        (*map(Sign, ("unknown_error", "server_error", "service_unavailable", "system_down")),
         Sign("temporarily_unavailable"), Sign(""), Sign(status=(420, 429)), Sign(status=_SERVER_ERRORS)),
        "Salesforce's login host has a hiccup; nothing changed.",
        "Try again later."),
    # --- what an admin or developer must change; the grant is kept ---
    Condition("ip_restricted_at_login", _LOGIN, _V.MISCONFIGURED, "admin", (Sign("invalid_grant", "ip restricted"),),
        "The server's IP address, or the time of day, is outside of what this user may log in from.",
        "Ask the Salesforce admin to relax the app's IP policy, or to allow the server's IP address and hours."),
    Condition("login_refused", _LOGIN, _V.MISCONFIGURED, "admin", (Sign("invalid_grant", "authentication failure"),),
        "Salesforce lets this user not log in: a login policy, an inactive user, or the wrong login host.",
        "Look into the user's login history in Setup; it names the reason."),
    Condition("user_not_approved", _TOKEN, _V.MISCONFIGURED, "user",
        (Sign("invalid_grant", "user hasn't approved this consumer"),),
        "The user's approval of the app is not on file any more.",
        _AUTHORIZE_AGAIN),
    Condition("user_inactive_at_login", (_W.EXCHANGE, _W.CALLBACK), _V.MISCONFIGURED, "admin", (Sign("inactive_user"),),
        "The Salesforce user who tried to authorize is inactive.",
        "Activate the user in Salesforce, or let another one authorize."),
    Condition("app_not_admin_approved", _LOGIN, _V.MISCONFIGURED, "admin", (Sign("invalid_app_access"),),
        "The app admits only users an admin approved, and this user is none of them.",
        "Ask the Salesforce admin to approve the app for this user's profile or permission set."),
    Condition("app_blocked", _LOGIN, _V.MISCONFIGURED, "admin", (Sign("app_blocked"), Sign("fail_close_app_blocked")),
        "An admin has blocked the app in this org.",
        "Ask the Salesforce admin to unblock the app: Setup, Connected Apps OAuth Usage."),
    Condition("app_not_installed", _LOGIN, _V.MISCONFIGURED, "admin",
        (Sign("app_not_found"), Sign("invalid_client", "app must be installed"), Sign("OAUTH_*")),
        "The app is not installed in this org.",
        "Ask the Salesforce admin to install the app, or to approve it for this user."),
    Condition("app_policy_missing", _LOGIN, _V.MISCONFIGURED, "admin",
        (Sign("ecapp_policy_not_found"), Sign("oauth_policy_not_found")),
        "The app's policies are missing in this org.",
        "Ask the Salesforce admin to open the app's policies in Setup and to save them."),
    Condition("oauth_flow_disabled", _LOGIN, _V.MISCONFIGURED, "admin",
        (Sign("oauth_flow_disabled"), Sign("unsupported_grant_type"), Sign("unsupported_response_type")),
        "The app, or the org, has this OAuth flow switched off.",
        "Ask the Salesforce admin to allow the web-server and refresh-token flows."),
    Condition("session_level_too_low", _LOGIN, _V.MISCONFIGURED, "admin", (Sign("invalid_session_level"),),
        "A policy wants a higher session security level, such as multi-factor authentication.",
        "Ask the Salesforce admin to look into the app's session policies."),
    Condition("org_inactive", _LOGIN, _V.MISCONFIGURED, "admin", (Sign("inactive_org"),),
        "The org is locked, closed or suspended; the grant is kept in case it comes back.",
        "Ask the Salesforce admin what became of the org."),
    Condition("client_id_unknown", _LOGIN, _V.MISCONFIGURED, "developer", (Sign("invalid_client_id"),),
        "Salesforce does not know the app's client id.",
        "Check client_id; a new or changed app needs up to ten minutes to become known."),
    Condition("client_secret_wrong", _TOKEN, _V.MISCONFIGURED, "developer", (Sign("invalid_client"),),
        "The app's secret is wrong or missing.",
        "Check client_secret against the app's consumer secret in Salesforce."),
    Condition("redirect_uri_mismatch", _LOGIN, _V.MISCONFIGURED, "developer",
        (Sign("redirect_uri_mismatch"), Sign("redirect_uri_missing")),
        "The redirect_uri is not one the app has registered.",
        "redirect_uri must equal the registered callback URL character for character."),
    Condition("scope_not_allowed", _LOGIN, _V.MISCONFIGURED, "developer", (Sign("invalid_scope"),),
        "The app does not have one of the requested scopes.",
        "Give the app the scopes that SalesforceApp asks for, or ask for fewer."),
    Condition("request_malformed", _LOGIN, _V.MISCONFIGURED, "developer",
        (Sign("invalid_request"), Sign("invalid_basic_auth_header")),
        "Salesforce does not understand the request.",
        "Check that the app's settings allow PKCE and the web-server flow; else report a bug."),
    Condition("access_denied", (_W.CALLBACK,), _V.RESTART_LOGIN, "user", (Sign("access_denied"), Sign("access-denied")),
        "The user pressed Deny.",
        _NEW_LINK),
    Condition("authorization_ended", (_W.CALLBACK,), _V.RESTART_LOGIN, "user", (Sign(),),
        "Salesforce ended the authorization for another reason.",
        _NEW_LINK),
    Condition("token_request_refused", _TOKEN, _V.MISCONFIGURED, "admin", (Sign(),),
        "Salesforce refuses to give a token, for a reason this version does not know.",
        "Check the app's OAuth settings in Salesforce; the stored authorization is kept."),
    # --- REST and userinfo ---
    Condition("session_not_for_rest", (_W.REST,), _V.RESTRICTED, "admin",
        (Sign("INVALID_SESSION_ID", "this session is not valid for use with the rest api", (401,)),
         Sign("INVALID_SESSION_ID", "connected app is not attached to agent", (401,)),
         Sign("INVALID_AUTH_HEADER", "invalid_scopes", (401,))),
        "The session may not use REST: the grant lacks the api scope, or API access control keeps the app out.",
        "Re-authorizing does not help. Ask the Salesforce admin to check the connected app's IP and session "
        "policies, API access control, and its 'api' scope."),
    Condition("session_ended", (_W.REST, _W.USERINFO), _V.RENEW, "developer",
        (Sign(status=(401,)), Sign(text="bad_oauth_token", status=(403,))),
        "The access token is over: expired, revoked, or its user is inactive.",
        "Nothing; a new access token is fetched and the request sent once more."),
    Condition("ip_restricted_at_rest", (_W.REST,), _V.RESTRICTED, "admin",
        (Sign(told="HTTP 401 again, right after a refresh that went well"),),
        "The org refuses a session that was just renewed: an IP range, a session locked to an address, or an app "
        "policy.",
        "Re-authorizing does not help. Ask the Salesforce admin to check the IP ranges of the user's profile, the"
        " org's session settings, and the connected app's IP policy and 'api' scope."),
    Condition("api_disabled_for_user", (_W.REST,), _V.MISCONFIGURED, "admin", (Sign("API_CURRENTLY_DISABLED"),),
        "The user lacks the 'API Enabled' permission.",
        "Ask the Salesforce admin to give the user's profile or permission set 'API Enabled'."),
    Condition("api_disabled_for_org", (_W.REST,), _V.MISCONFIGURED, "admin", (Sign("API_DISABLED_FOR_ORG"),),
        "The org's edition has no REST API.",
        "Ask the Salesforce admin for API access; it is an add-on in some editions."),
    Condition("too_many_requests", (_W.REST,), _V.TRANSIENT, "developer",
        (Sign("REQUEST_LIMIT_EXCEEDED", "concurrent"), Sign("REQUEST_LIMIT_EXCEEDED", status=(420, 429, 503))),
        "Too many requests at once; this one was not carried out.",
        "Try again later, with fewer requests at the same time."),
    Condition("daily_limit_spent", (_W.REST,), _V.MISCONFIGURED, "admin", (Sign("REQUEST_LIMIT_EXCEEDED"),),
        "The org's daily API quota is used up; it is a rolling 24 hours.",
        "Wait, or ask the Salesforce admin for more API calls, and what else uses them."),
    Condition("password_expired", (_W.REST,), _V.MISCONFIGURED, "user",
        (Sign("INVALID_OPERATION_WITH_EXPIRED_PASSWORD"),),
        "The user must reset their Salesforce password first.",
        "Log in to Salesforce in a browser and set a new password."),
    Condition("functionality_not_enabled", (_W.REST,), _V.MISCONFIGURED, "admin", (Sign("FUNCTIONALITY_NOT_ENABLED"),),
        "The org does not have the feature.",
        "Ask the Salesforce admin to switch the feature on."),
    Condition("not_permitted", (_W.REST, _W.USERINFO), _V.FINAL, "admin", (Sign(status=(403,)),),
        "The user may not do this.",
        "Ask the Salesforce admin for the permission."),
    Condition("salesforce_unreachable", (_W.REST, _W.USERINFO, *_TOKEN), _V.TRANSIENT, "developer",
        (Sign(status=(408, 420, 429)), Sign(status=_SERVER_ERRORS), Sign(told="no connection, or no answer")),
        "Salesforce does not answer, or is overloaded or in maintenance.",
        "Try again later; see status.salesforce.com, and whether the server may open connections to Salesforce."),
    Condition("request_refused", (_W.REST, _W.USERINFO), _V.FINAL, "agent", (Sign(),),
        "Something is wrong with the request; the account is fine.",
        ""),
    # --- what the live probe tells besides ---
    Condition("healthy", (_W.PROBE,), _V.FINAL, "developer",
        (Sign(told="REST and the login host answer as they should"),),
        "The account works.",
        "Nothing."),
    Condition("never_authorized", (_W.PROBE,), _V.FINAL, "user", (Sign(told="the account is PENDING_AUTH"),),
        "The user has not authorized yet.",
        _AUTHORIZE_AGAIN),
    Condition("not_verified", (_W.PROBE,), _V.FINAL, "developer", (Sign(told="the account is PENDING_VERIFICATION"),),
        "Somebody authorized at a hosted callback; who it was is not verified yet.",
        "Call verify_account_user(auth_request_id, identifier) for the user who is logged in."),
    Condition("disconnected", (_W.PROBE,), _V.FINAL, "user", (Sign(told="the account is DISCONNECTED"),),
        "The account was disconnected here.",
        f"If it is wanted again: {_AUTHORIZE_AGAIN}"),
    Condition("sealed_data_unreadable", (_W.PROBE,), _V.FINAL, "developer", (Sign(told="the seal does not open"),),
        "The stored tokens cannot be opened: the encryption key is wrong or missing, or the data was changed.",
        "Check SFCONNECT_ENCRYPTION_KEYS: every key that ever sealed must stay listed. If the key is lost, the "
        "user must authorize again."),
    Condition("grant_idle_expired", (_W.PROBE,), _V.FINAL, "user",
        (Sign(told="`grant_revoked`, and the last refresh was 30 days or longer before"),),
        "The grant ended after lying idle: nobody had renewed it for thirty days or longer.",
        f"{_AUTHORIZE_AGAIN} To keep idle grants alive, run keep_alive() or `sfconnect serve`."),
    Condition("grant_rotated_out", (_W.PROBE,), _V.FINAL, "developer",
        (Sign(told="`grant_revoked`, and the grant is known to rotate"),),
        "Refresh tokens of this app rotate: if nobody revoked the app, a copy of the token store (a restored "
        "backup, a second deployment) may have shown an old one.",
        "Let all workers share one token store, and never run on a copy of it."),
    Condition("wrong_login_host", (_W.PROBE,), _V.FINAL, "developer",
        (Sign(told="`login_refused` at a host that is not the org's own, or a host that is not allowed"),),
        "The login host the account was authorized at does not take its logins, or is not one that tokens may go "
        "to.",
        "Send the user through authorization_link(identifier, environment=…) with the org's My Domain address."),
    Condition("api_scope_missing", (_W.PROBE,), _V.FINAL, "admin",
        (Sign(told="`session_not_for_rest`, and the granted scopes are known to lack `api`"),),
        "The user's grant does not contain the api scope.",
        "Give the app the scope 'Manage user data via APIs (api)' in Salesforce; then the user authorizes again."),
    Condition("renewal_impossible", (_W.PROBE,), _V.FINAL, "developer", (Sign(told="no refresh token is stored"),),
        "The account works until its session ends: Salesforce gave no refresh token.",
        "Let the app request the refresh_token scope; then the user authorizes again."),
    Condition("daily_limit_nearly_spent", (_W.PROBE,), _V.FINAL, "admin",
        (Sign(told="the `Sforce-Limit-Info` header"),),
        "Less than a tenth of the org's daily API quota is left.",
        "Ask the Salesforce admin for more API calls, and what else uses them."),
    Condition("clock_skew", (_W.PROBE,), _V.FINAL, "developer",
        (Sign(told="the `Date` header of an answer differs from our clock by more than a minute"),),
        "This machine's clock and Salesforce's do not agree, so tokens are renewed too late or too often.",
        "Set this machine's clock, for example with NTP."),
)
# fmt: on

CONDITIONS: dict[str, Condition] = {row.name: row for row in TABLE}
_BY_PLACE = {where: tuple(row for row in TABLE if where in row.where) for where in Where}
