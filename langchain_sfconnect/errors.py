"""Every error this package raises, as one tree. Knows nothing of HTTP, tokens or LangChain.

SFConnectError
├── ConfigurationError            a setting is wrong or missing (developer)
│   └── MissingExtra              an optional dependency is not installed
├── InvalidArgument               an argument was refused before anything was sent
│   └── UnknownTool               no tool has that name
├── PolicyDenied                  an AccessPolicy forbids this
├── AccountNotFound               no connected account has that identifier
├── AccountNotResolved            a run does not say whose account to use
├── AccountNotPermitted           the application does not let this user use that account
├── InvalidTransition             an account status change that the table does not list (a bug)
├── AuthorizationFailed           a consent did not become a connected account
│   ├── AuthorizationDenied       the user pressed Deny
│   ├── AuthorizationTimeout      a wait for the user ended before the account was ACTIVE
│   ├── StateInvalid              the callback's state is unknown, used or expired
│   └── IdentityMismatch          the callback belongs to another identifier, user or org
├── ReauthorizationRequired       the account cannot be used until its user authorizes again
├── OAuthRefused                  Salesforce refused a token request; the grant is kept
├── HostNotAllowed                a URL is not one that tokens may be sent to
├── StoreError                    the token store
│   ├── VersionConflict           somebody else changed the record first
│   └── SealBroken                sealed data cannot be opened: wrong key, or tampered with
└── SalesforceAPIError            Salesforce answered with an error, or not at all
    ├── AccessRestricted          the token is good, but a policy of the org refuses it
    ├── SalesforceUnavailable     no usable answer; nothing was changed
    └── WriteOutcomeUnknown       a write was sent and its outcome is not known

No error carries a token, a secret, a request or a response object. `who` names the person who can mend it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

Who = Literal["agent", "user", "admin", "developer"]


class SFConnectError(Exception):
    """Base of all errors of this package.

    Args:
        message: What happened, in one sentence.
        code: A stable, machine-readable name; Salesforce's own `errorCode` where there is one.
        hint: What to do about it.
        fields: The arguments or fields concerned.

    Attributes:
        who: Who can mend it.
        retryable: Whether the same may work later.
        condition: The condition of the account behind it, by its name in the table of conditions; None where the
            error is about something else.
    """

    default_code: ClassVar[str] = "SFCONNECT_ERROR"
    default_hint: ClassVar[str] = ""
    who: Who = "developer"
    retryable: bool = False
    condition: str | None = None

    def __init__(
        self, message: str, *, code: str | None = None, hint: str | None = None, fields: Sequence[str] = ()
    ) -> None:
        self.message = message
        self.code = code or self.default_code
        self.hint = self.default_hint if hint is None else hint
        self.fields = tuple(fields)
        super().__init__(message)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def envelope(self) -> dict[str, Any]:
        """The error as the plain JSON object an agent reads."""
        return {
            "error": {
                "code": self.code,
                "message": self.message,
                "fields": list(self.fields),
                "retryable": self.retryable,
                "who": self.who,
                "hint": self.hint,
            }
        }


class ConfigurationError(SFConnectError):
    """A setting is wrong or missing."""

    default_code = "CONFIGURATION_ERROR"


class MissingExtra(ConfigurationError, ImportError):
    """An optional dependency is not installed.

    Args:
        what: The feature that needs it.
        extra: The extra of this package that brings it.
    """

    default_code = "MISSING_EXTRA"

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs an optional dependency that is not installed.",
            hint=f'Install it with: pip install "langchain-sfconnect[{extra}]"',
        )


class InvalidArgument(SFConnectError):
    """An argument was refused before anything was sent."""

    default_code = "INVALID_ARGUMENT"
    who: Who = "agent"


class UnknownTool(InvalidArgument):
    """No tool has that name."""

    default_code = "UNKNOWN_TOOL"
    who: Who = "developer"


class PolicyDenied(SFConnectError):
    """The toolkit's AccessPolicy forbids this; nothing was sent."""

    default_code = "POLICY_DENIED"
    default_hint = "Do not try another way: the application does not allow this to the agent."
    who: Who = "developer"


class AccountNotFound(SFConnectError):
    """No connected account has that identifier."""

    default_code = "ACCOUNT_NOT_FOUND"
    default_hint = "Create it with get_or_create_account(identifier)."


class AccountNotResolved(SFConnectError):
    """A run does not say whose account to use, or says another one than before it paused."""

    default_code = "ACCOUNT_NOT_RESOLVED"
    default_hint = (
        "Bind the toolkit, and the guard, to an identifier, or pass salesforce_identifier in the run's context or in "
        "config['configurable']."
    )


class AccountNotPermitted(SFConnectError):
    """The application's `authorize` does not let the run's user use the account; nothing was sent."""

    default_code = "ACCOUNT_NOT_PERMITTED"
    default_hint = "Do not try another way: the application decides whose account a user may use."


class InvalidTransition(SFConnectError):
    """An account status change that the table of transitions does not list."""

    default_code = "INVALID_TRANSITION"


class AuthorizationFailed(SFConnectError):
    """A consent did not become a connected account; the account is as it was before."""

    default_code = "AUTHORIZATION_FAILED"
    default_hint = "Ask for a new link with authorization_link(identifier) and let the user try again."
    who: Who = "user"


class AuthorizationDenied(AuthorizationFailed):
    """The user pressed Deny."""

    default_code = "AUTHORIZATION_DENIED"


class AuthorizationTimeout(AuthorizationFailed, TimeoutError):
    """A wait for the user ended before the account was ACTIVE. Nothing was lost: the user can still authorize.

    Args:
        identifier: Whose account.
        status: Its status when the wait ended.
        seconds: How long the wait was.
    """

    default_code = "AUTHORIZATION_TIMEOUT"
    default_hint = (
        "Nothing was lost: a link that was shown works until it expires. Wait again, or show"
        " authorization_link(identifier) once more."
    )
    retryable = True

    def __init__(self, identifier: str, status: str, seconds: float) -> None:
        self.identifier, self.status = identifier, str(status)
        super().__init__(f"The Salesforce account {identifier!r} is still {self.status} after {seconds:g} seconds.")


class StateInvalid(AuthorizationFailed):
    """The callback's state is unknown, already used or expired."""

    default_code = "STATE_INVALID"


class IdentityMismatch(AuthorizationFailed):
    """The callback belongs to another identifier, or another Salesforce user or org answered."""

    default_code = "IDENTITY_MISMATCH"


class ReauthorizationRequired(SFConnectError):
    """The account cannot be used until its user authorizes again.

    Args:
        identifier: Whose account.
        status: Its status (`PENDING_AUTH`, `EXPIRED`, `REVOKED`, …).
        reason: Why it is in that status.
    """

    default_code = "REAUTHORIZATION_REQUIRED"
    default_hint = "The user must open a link from authorization_link(identifier) and allow access."
    who: Who = "user"

    def __init__(self, identifier: str, status: str, reason: str | None = None) -> None:
        self.identifier = identifier
        self.status = str(status)
        self.reason = self.condition = reason
        why = f": {reason}" if reason else ""
        super().__init__(f"The Salesforce account {identifier!r} is {self.status}{why}.")


class OAuthRefused(SFConnectError):
    """Salesforce's OAuth endpoint refused a request; a stored grant is kept as it was.

    Args:
        error: The `error` member of the answer.
        description: The `error_description` member.
        condition: What the answer means.
    """

    default_code = "OAUTH_REFUSED"
    who: Who = "admin"

    def __init__(
        self,
        error: str,
        description: str = "",
        *,
        hint: str | None = None,
        who: Who = "admin",
        retryable: bool = False,
        condition: str | None = None,
    ) -> None:
        self.error, self.description = error, description
        self.who, self.retryable, self.condition = who, retryable, condition
        detail = f" ({description})" if description else ""
        super().__init__(f"Salesforce refused the token request: {error}{detail}.", code=error, hint=hint)


class HostNotAllowed(SFConnectError):
    """A URL is not one that Salesforce tokens may be sent to."""

    default_code = "HOST_NOT_ALLOWED"
    default_hint = "Use login.salesforce.com, test.salesforce.com or the org's https://….my.salesforce.com address."
    condition: str | None = "wrong_login_host"


class StoreError(SFConnectError):
    """The token store failed or refused."""

    default_code = "STORE_ERROR"


class VersionConflict(StoreError):
    """Somebody else changed the record first; nothing was written."""

    default_code = "VERSION_CONFLICT"
    default_hint = "Read the record again and decide anew."
    retryable = True


class SealBroken(StoreError):
    """Sealed data cannot be opened: the key is wrong or missing, or the data was changed."""

    default_code = "SEAL_BROKEN"
    default_hint = "Check SFCONNECT_ENCRYPTION_KEYS: every key that ever sealed must stay listed."
    condition: str | None = "sealed_data_unreadable"


class SalesforceAPIError(SFConnectError):
    """Salesforce answered with an error, or not at all.

    Args:
        message: Salesforce's own message; may be in the user's language.
        code: Salesforce's `errorCode`.
        status: The HTTP status; None where there was no answer.
        fields: The fields Salesforce named.
        details: Further error objects, and members such as the duplicate rule's matches; plain JSON.
        condition: What the answer means for the account.
    """

    default_code = "SALESFORCE_ERROR"
    who: Who = "agent"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        hint: str | None = None,
        fields: Sequence[str] = (),
        who: Who | None = None,
        retryable: bool | None = None,
        details: Any = None,
        condition: str | None = None,
    ) -> None:
        self.status = status
        self.details = details
        if condition is not None:
            self.condition = condition
        if who is not None:
            self.who = who
        if retryable is not None:
            self.retryable = retryable
        super().__init__(message, code=code, hint=hint, fields=fields)


class AccessRestricted(SalesforceAPIError):
    """The token is good, but the org refuses it: IP range, policy, blocked app or missing scope."""

    default_code = "ACCESS_RESTRICTED"
    default_hint = "Re-authorizing does not help. Ask the Salesforce admin to check the connected app's policies."
    who: Who = "admin"


class SalesforceUnavailable(SalesforceAPIError):
    """There was no usable answer, and nothing was changed."""

    default_code = "SALESFORCE_UNAVAILABLE"
    default_hint = "Try again later."
    retryable = True
    condition: str | None = "salesforce_unreachable"


class WriteOutcomeUnknown(SalesforceAPIError):
    """A write was sent and its outcome is not known: it may have happened."""

    default_code = "WRITE_OUTCOME_UNKNOWN"
    default_hint = "Do not repeat it. Look first whether the record exists or already has the new values, with a query."
