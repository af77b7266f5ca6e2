"""Who may come in: the session of a request's token, the org's daily calls, how many are inside at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.oauth.admission import admit
from langchain_sfconnect.localorg.oauth.values import Session as OAuthSession
from langchain_sfconnect.localorg.realm import Realm
from langchain_sfconnect.localorg.rest import refusals


class Crowd:
    """How many requests are being attended to."""

    def __init__(self) -> None:
        self._inside = 0

    @contextmanager
    def attending(self) -> Iterator[None]:
        """A request is inside for as long as this block lasts."""
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    def check(self, most: int | None) -> None:
        """Let a request go on.

        Raises:
            OrgError: REQUEST_LIMIT_EXCEEDED: more than `most` are inside.
        """
        if most is not None and self._inside > most:
            raise refusals.too_many_at_once()


def admitted(realm: Realm, headers: Mapping[str, str], *, address: str) -> OAuthSession:
    """The session of a request's token.

    Raises:
        OrgError: There is none, or a policy keeps it from REST.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if not token.strip():
        raise errors.invalid_session()
    if scheme.lower() not in ("bearer", "oauth"):
        raise errors.invalid_auth_header("INVALID_HEADER_TYPE")
    session = admit(realm, token.strip(), address=address)
    if realm.site.policy_of(session.client_id).api_scope_enforced and not {"api", "full"} & set(session.scopes):
        raise errors.session_not_for_rest()
    return session


def spend(realm: Realm) -> None:
    """Count a call.

    Raises:
        OrgError: REQUEST_LIMIT_EXCEEDED: there are none left today.
    """
    if not realm.spend_request():
        raise errors.request_limit_exceeded()


def usage(realm: Realm) -> str:
    """The value of `Sforce-Limit-Info`."""
    policy, app, used = realm.site.policy, realm.site.app, realm.requests_today
    text = f"api-usage={used}/{policy.daily_api_requests}"
    share: int | None = policy.app_daily_api_requests
    return text if share is None else f"{text}; per-app-api-usage={used}/{share}(appName={app.name})"
