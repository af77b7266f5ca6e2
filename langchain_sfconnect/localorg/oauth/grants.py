"""What users have granted in one realm: codes, refresh tokens and sessions, in memory; knows nothing of HTTP."""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import RLock

from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.oauth import refusals
from langchain_sfconnect.localorg.policy import Policy

CODE_LIFETIME = timedelta(minutes=15)
_ALPHABET = string.ascii_letters + string.digits + "._"


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


@dataclass(frozen=True, slots=True)
class Consent:
    """What a user allowed: the app's wish together with who allowed it."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    user_id: str
    username: str
    challenge: str | None = None
    nonce: str | None = None


@dataclass(eq=False)
class Grant:
    """A user's standing approval of an app: one family of refresh tokens, of which the last is good."""

    client_id: str
    user_id: str
    username: str
    scopes: tuple[str, ...]
    created_at: datetime
    used_at: datetime
    refresh_token: str = field(repr=False, default="")
    refreshing: bool = False


@dataclass(eq=False)
class Session:
    """An access token and what it is good for."""

    token: str = field(repr=False)
    client_id: str
    user_id: str
    username: str
    scopes: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    lifetime: timedelta
    grant: Grant | None = None


class GrantBook:
    """All grants of one realm. Thread-safe; time is the org's clock, rules are the org's policy."""

    def __init__(self, *, clock: Clock, policy: Policy) -> None:
        self._clock = clock
        self._policy = policy
        self._lock = RLock()
        self._codes: dict[str, tuple[Consent, datetime]] = {}
        self._spent_codes: set[str] = set()
        self._grants: list[Grant] = []
        self._families: dict[str, Grant] = {}
        self._sessions: dict[str, Session] = {}

    # --- authorization codes ------------------------------------------------------------------------------------------

    def issue_code(self, consent: Consent) -> str:
        """A code for a consent: single use, fifteen minutes."""
        code = f"aPrx{_random(80)}=="
        with self._lock:
            self._codes[code] = (consent, self._clock.now() + CODE_LIFETIME)
        return code

    def redeem_code(self, code: str) -> Consent:
        """Trade a code for its consent; the code is spent even when the rest of the request turns out wrong.

        Raises:
            OAuthRefusal: Unknown, used or expired.
        """
        with self._lock:
            if code in self._spent_codes:
                raise refusals.expired_code()
            if code not in self._codes:
                raise refusals.invalid_code()
            consent, expires_at = self._codes.pop(code)
            self._spent_codes.add(code)
        if self._clock.now() >= expires_at:
            raise refusals.expired_code()
        return consent

    # --- grants and refresh tokens ------------------------------------------------------------------------------------

    def open_grant(self, consent: Consent) -> Grant:
        """Record an approval; one more than the policy allows ends the oldest of that user and app."""
        now = self._clock.now()
        grant = Grant(consent.client_id, consent.user_id, consent.username, consent.scopes, now, now)
        with self._lock:
            self._grants.append(grant)
            self._new_refresh_token(grant)
            same = [g for g in self._grants if (g.client_id, g.user_id) == (grant.client_id, grant.user_id)]
            for oldest in same[: -max(1, self._policy.max_approvals)]:
                self.end_grant(oldest)
        return grant

    @contextmanager
    def refreshing(self, refresh_token: str, client_id: str) -> Iterator[Grant]:
        """Hold the grant of a refresh token while it is refreshed; only one refresh at a time gets in.

        Raises:
            OAuthRefusal: The token is not good (one that was rotated out ends its family), or is in use.
        """
        with self._lock:
            grant = self._usable_grant(refresh_token, client_id)
            if grant.refreshing:
                raise refusals.already_processing()
            grant.refreshing = True
        try:
            yield grant
        finally:
            grant.refreshing = False

    def used(self, grant: Grant) -> bool:
        """Note a completed refresh; True when the policy rotated the refresh token.

        Raises:
            OAuthRefusal: The grant ended while the refresh was under way.
        """
        with self._lock:
            if grant not in self._grants:
                raise refusals.expired_refresh_token()
            grant.used_at = self._clock.now()
            if self._policy.rotation:
                self._new_refresh_token(grant)
            return self._policy.rotation

    def grant_of(self, refresh_token: str) -> Grant | None:
        """The live grant whose current refresh token this is."""
        with self._lock:
            grant = self._families.get(refresh_token)
            return grant if grant and grant.refresh_token == refresh_token and not self._too_old(grant) else None

    def end_grant(self, grant: Grant) -> None:
        """End a grant: its refresh tokens and every session it gave."""
        with self._lock:
            self._grants = [g for g in self._grants if g is not grant]
            self._families = {token: g for token, g in self._families.items() if g is not grant}
            self._sessions = {token: s for token, s in self._sessions.items() if s.grant is not grant}

    def end_user(self, user_id: str) -> None:
        """End everything a user granted, and the user's sessions."""
        with self._lock:
            for grant in [g for g in self._grants if g.user_id == user_id]:
                self.end_grant(grant)
            self.end_sessions(user_id)

    def _usable_grant(self, refresh_token: str, client_id: str) -> Grant:
        grant = self._families.get(refresh_token)
        if grant is None or grant.client_id != client_id:
            raise refusals.expired_refresh_token()
        if grant.refresh_token != refresh_token:
            self.end_grant(grant)
            raise refusals.expired_refresh_token()
        if self._too_old(grant):
            raise refusals.expired_refresh_token()
        return grant

    def _too_old(self, grant: Grant) -> bool:
        policy, now = self._policy, self._clock.now()
        idle = policy.refresh_idle_limit is not None and now - grant.used_at >= policy.refresh_idle_limit
        aged = policy.refresh_lifetime is not None and now - grant.created_at >= policy.refresh_lifetime
        return policy.refresh_immediate_expiry or idle or aged

    def _new_refresh_token(self, grant: Grant) -> None:
        grant.refresh_token = f"5Aep861{_random(78)}"
        self._families[grant.refresh_token] = grant

    # --- sessions -----------------------------------------------------------------------------------------------------

    def start_session(self, session: Session) -> None:
        """Make an access token good."""
        with self._lock:
            self._sessions[session.token] = session

    def session(self, token: str) -> Session | None:
        """The live session of an access token, without counting as use."""
        with self._lock:
            session = self._sessions.get(token)
            return session if session and self._clock.now() < session.expires_at else None

    def use_session(self, token: str) -> Session | None:
        """The live session of an access token; use in the second half of its life renews a sliding one."""
        session = self.session(token)
        sliding = self._policy.sliding and not self._policy.jwt_access_tokens
        if session and sliding and session.expires_at - self._clock.now() <= session.lifetime / 2:
            session.expires_at = self._clock.now() + session.lifetime
        return session

    def end_session(self, token: str) -> None:
        """End one session; its grant stays."""
        with self._lock:
            self._sessions.pop(token, None)

    def end_sessions(self, user_id: str | None = None) -> None:
        """End a user's sessions, or everybody's; grants stay."""
        with self._lock:
            self._sessions = {t: s for t, s in self._sessions.items() if user_id is not None and s.user_id != user_id}


def opaque_access_token(org_id: str) -> str:
    """An access token in Salesforce's usual shape: the 15-character org id, `!`, and 96 characters."""
    return f"{org_id[:15]}!AQ{_random(94)}"
