"""What users have approved in one realm, and the refresh tokens of it, kept in SQLite; knows nothing of HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from langchain_sfconnect.localorg import sqltext
from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.database import Database
from langchain_sfconnect.localorg.oauth import refusals
from langchain_sfconnect.localorg.oauth.codes import random_token
from langchain_sfconnect.localorg.oauth.sessions import PolicyOf, SessionBook, hashed, moment
from langchain_sfconnect.localorg.oauth.values import Consent, Grant
from langchain_sfconnect.localorg.sqltext import Sql

_FAMILY = "SELECT id, client_id, user_id, username, scopes, created_at, used_at, refresh_token = token FROM grants"
_OPEN = "INSERT INTO grants (client_id, user_id, username, scopes, created_at, used_at) VALUES ("
_TABLES = (
    "CREATE TABLE IF NOT EXISTS approvals (client_id, user_id, scope, PRIMARY KEY (client_id, user_id, scope))",
    "CREATE TABLE IF NOT EXISTS grants (id INTEGER PRIMARY KEY AUTOINCREMENT, client_id, user_id, username, scopes,"
    " created_at, used_at, refresh_token)",
    "CREATE TABLE IF NOT EXISTS refresh_tokens (token TEXT PRIMARY KEY, grant_id INTEGER) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS refresh_tokens_of_grant ON refresh_tokens (grant_id)",
)


class GrantBook:
    """All approvals and grants of one realm. Thread-safe; time is the org's clock, rules are the app's policy.

    Args:
        database: Where they are kept; of tokens only hashes.
        sessions: The sessions that end with their grant.
        clock: The org's clock.
        policy_of: The policy of an app, by consumer key.
    """

    def __init__(self, database: Database, *, sessions: SessionBook, clock: Clock, policy_of: PolicyOf) -> None:
        self._database = database
        self._sessions = sessions
        self._clock = clock
        self._policy_of = policy_of
        self._refreshing: set[int] = set()
        database.run_script(_TABLES)

    # --- approvals ----------------------------------------------------------------------------------------------------

    def approve(self, consent: Consent) -> None:
        """Put on file that a user allowed an app its scopes."""
        rows = [(consent.client_id, consent.user_id, scope) for scope in consent.scopes]
        self._database.run_many("INSERT OR IGNORE INTO approvals VALUES (?, ?, ?)", rows)

    def approved(self, client_id: str, user_id: str) -> frozenset[str]:
        """The scopes a user has allowed an app; none if the user never did, or took it back."""
        query = Sql("SELECT scope FROM approvals WHERE client_id = ? AND user_id = ?", (client_id, user_id))
        return frozenset(row[0] for row in self._database.rows(query))

    def open(self, consent: Consent) -> tuple[Grant, str]:
        """Open a grant and give its first refresh token; one more than the policy allows ends the oldest."""
        now, pair = self._clock.now(), (consent.client_id, consent.user_id)
        with self._database.transaction():
            row = (*pair, consent.username, " ".join(consent.scopes), now.timestamp(), now.timestamp())
            opened = self._database.row(sqltext.values(row).wrapped(_OPEN, ") RETURNING id"))
            grant = Grant(opened[0] if opened else 0, *pair, consent.username, consent.scopes, now, now)
            refresh_token = self._new_refresh_token(grant)
            same = self._ids(Sql("client_id = ? AND user_id = ?", pair))
            for oldest in same[: -max(1, self._policy_of(consent.client_id).max_approvals)]:
                self.end(oldest)
        return grant, refresh_token

    # --- refresh tokens -----------------------------------------------------------------------------------------------

    @contextmanager
    def refreshing(self, refresh_token: str, client_id: str) -> Iterator[Grant]:
        """Hold the grant of a refresh token while it is refreshed; only one refresh at a time gets in.

        Raises:
            OAuthRefusal: The token is not good (one that was rotated out ends its family), or is in use.
        """
        with self._database.lock:
            grant = self._usable(refresh_token, client_id)
            if grant.id in self._refreshing:
                raise refusals.already_processing(old_wording=self._policy_of(client_id).old_race_wording)
            self._refreshing.add(grant.id)
        try:
            yield grant
        finally:
            self._refreshing.discard(grant.id)

    def used(self, grant: Grant) -> str | None:
        """Note a completed refresh, and give the new refresh token where the policy rotates them.

        Raises:
            OAuthRefusal: The grant ended while the refresh was under way.
        """
        with self._database.transaction():
            used = Sql("UPDATE grants SET used_at = ? WHERE id = ?", (self._clock.now().timestamp(), grant.id))
            if not self._database.run(used):
                raise refusals.expired_refresh_token()
            return self._new_refresh_token(grant) if self._policy_of(grant.client_id).rotation else None

    def of(self, refresh_token: str) -> Grant | None:
        """The live grant whose current refresh token this is."""
        found = self._family(refresh_token)
        return found[0] if found and found[1] and not self._too_old(found[0]) else None

    @property
    def is_empty(self) -> bool:
        """Whether nobody has a grant."""
        return self._database.row(Sql("SELECT 1 FROM grants LIMIT 1")) is None

    # --- ends ---------------------------------------------------------------------------------------------------------

    def end(self, grant_id: int) -> None:
        """End a grant: its refresh tokens, every session it gave, and with a user's last the approval of the app."""
        with self._database.transaction():
            pair = self._database.row(Sql("DELETE FROM grants WHERE id = ? RETURNING client_id, user_id", (grant_id,)))
            self._database.run(Sql("DELETE FROM refresh_tokens WHERE grant_id = ?", (grant_id,)))
            self._sessions.end_of_grant(grant_id)
            if pair and not self._ids(Sql("client_id = ? AND user_id = ?", pair)):
                self._database.run(Sql("DELETE FROM approvals WHERE client_id = ? AND user_id = ?", pair))

    def end_user(self, user_id: str) -> None:
        """End everything a user approved, and the user's sessions."""
        with self._database.transaction():
            for grant_id in self._ids(Sql("user_id = ?", (user_id,))):
                self.end(grant_id)
            self._database.run(Sql("DELETE FROM approvals WHERE user_id = ?", (user_id,)))
            self._sessions.end_of_user(user_id)

    def end_app(self, client_id: str) -> None:
        """End all approvals, grants and sessions of an app, as a new secret does."""
        with self._database.transaction():
            for grant_id in self._ids(Sql("client_id = ?", (client_id,))):
                self.end(grant_id)
            self._database.run(Sql("DELETE FROM approvals WHERE client_id = ?", (client_id,)))
            self._sessions.end_of_app(client_id)

    def clear(self) -> None:
        """Forget every approval, grant and session."""
        with self._database.transaction():
            for table in ("approvals", "grants", "refresh_tokens"):
                self._database.run(Sql("DELETE FROM") + sqltext.name(table))
            self._sessions.end_all()

    # --- the rest is private ------------------------------------------------------------------------------------------

    def _usable(self, refresh_token: str, client_id: str) -> Grant:
        found = self._family(refresh_token)
        if found is None or found[0].client_id != client_id:
            raise refusals.expired_refresh_token()
        grant, current = found
        if not current:
            self.end(grant.id)
        if not current or self._too_old(grant):
            raise refusals.expired_refresh_token()
        return grant

    def _family(self, refresh_token: str) -> tuple[Grant, bool] | None:
        """The grant that a refresh token, current or rotated out, belongs to, and whether it is the current one."""
        of_token = Sql("JOIN refresh_tokens ON grant_id = id WHERE token = ?", (hashed(refresh_token),))
        row = self._database.row(Sql(_FAMILY) + of_token)
        if row is None:
            return None
        grant_id, client_id, user_id, username, scopes, created_at, used_at, current = row
        scopes = tuple(scopes.split())
        return Grant(grant_id, client_id, user_id, username, scopes, moment(created_at), moment(used_at)), bool(current)

    def _too_old(self, grant: Grant) -> bool:
        policy, now = self._policy_of(grant.client_id), self._clock.now()
        idle = policy.refresh_idle_limit is not None and now - grant.used_at >= policy.refresh_idle_limit
        aged = policy.refresh_lifetime is not None and now - grant.created_at >= policy.refresh_lifetime
        return policy.refresh_immediate_expiry or idle or aged

    def _new_refresh_token(self, grant: Grant) -> str:
        refresh_token = f"5Aep861{random_token(78)}"
        self._database.run(Sql("INSERT INTO refresh_tokens VALUES (?, ?)", (hashed(refresh_token), grant.id)))
        current = Sql("UPDATE grants SET refresh_token = ? WHERE id = ?", (hashed(refresh_token), grant.id))
        self._database.run(current)
        return refresh_token

    def _ids(self, condition: Sql) -> list[int]:
        """The grants that meet a condition, oldest first."""
        return [
            row[0] for row in self._database.rows(Sql("SELECT id FROM grants WHERE") + condition + Sql("ORDER BY id"))
        ]
