"""The pure part of the web-server flow: PKCE, state, authorize URLs and callbacks. Sends nothing, stores nothing.

RFC 6749 section 4.1 and RFC 7636; parameter names as Salesforce documents its authorize endpoint.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from langchain_sfconnect.conditions import Verdict, Where, condition_of
from langchain_sfconnect.config import SalesforceApp
from langchain_sfconnect.errors import AuthorizationDenied, AuthorizationFailed, StateInvalid


@dataclass(frozen=True, slots=True)
class Challenge:
    """The two secrets of one authorization request.

    Attributes:
        state: Returned by Salesforce unchanged; ties the callback to this request.
        code_verifier: PKCE verifier, 43 characters.
    """

    state: str = field(repr=False)
    code_verifier: str = field(repr=False)

    @classmethod
    def new(cls) -> Challenge:
        return cls(state=secrets.token_urlsafe(32), code_verifier=secrets.token_urlsafe(32))

    @property
    def code_challenge(self) -> str:
        """The S256 challenge of the verifier, base64url without padding."""
        digest = hashlib.sha256(self.code_verifier.encode("ascii")).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")

    @property
    def state_hash(self) -> str:
        """What a store may know of the state."""
        return hash_state(self.state)


def hash_state(state: str) -> str:
    """SHA-256 of a state, hexadecimal."""
    return hashlib.sha256(state.encode()).hexdigest()


def authorize_url(app: SalesforceApp, login_url: str, challenge: Challenge, *, login_hint: str | None = None) -> str:
    """The URL at which the user gives consent."""
    parameters = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "scope": " ".join(app.scopes),
        "state": challenge.state,
        "code_challenge": challenge.code_challenge,
        "code_challenge_method": "S256",
    }
    if login_hint:
        parameters["login_hint"] = login_hint
    return f"{login_url}/services/oauth2/authorize?{urlencode(parameters)}"


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback that carries a code."""

    code: str = field(repr=False)
    state: str = field(repr=False)


def parse_callback(callback_url: str) -> Callback:
    """Read the query of a callback URL.

    Raises:
        AuthorizationDenied: The user pressed Deny.
        AuthorizationFailed: Salesforce reports another error, or there is no code.
        StateInvalid: There is no state.
    """
    try:
        query = parse_qs(urlsplit(callback_url).query, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        raise StateInvalid("This is not a callback URL.") from None
    values = {name: given[0] for name, given in query.items() if len(given) == 1}
    if "error" in query:
        raise _failure(values.get("error", ""), values.get("error_description", ""))
    if not values.get("state"):
        raise StateInvalid("The callback URL carries no state.")
    if not values.get("code"):
        raise AuthorizationFailed("The callback URL carries no code.")
    return Callback(code=values["code"], state=values["state"])


def _failure(error: str, description: str) -> AuthorizationFailed:
    condition = condition_of(Where.CALLBACK, error, description)
    if condition.name == "access_denied":
        failure: AuthorizationFailed = AuthorizationDenied("The user denied access in Salesforce.")
    else:
        told = f"Salesforce ended the authorization: {error[:80]} {description[:200]}".strip()
        failure = AuthorizationFailed(f"{told}. {condition.means}")
    if condition.verdict is Verdict.MISCONFIGURED:
        failure.hint, failure.who, failure.code = condition.advice, condition.who, error[:80]
    failure.condition = condition.name
    return failure
