"""The access tokens that are good in one realm, kept as hashes in SQLite; knows nothing of HTTP or refresh tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from langchain_sfconnect.localorg import sqltext
from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.database import Database
from langchain_sfconnect.localorg.oauth.values import Session, is_jwt
from langchain_sfconnect.localorg.policy import Policy
from langchain_sfconnect.localorg.sqltext import Sql

PolicyOf = Callable[[str], Policy]
_COLUMNS = Sql("client_id, user_id, username, scopes, issued_at, expires_at, lifetime, grant_id, address")
_TABLES = (
    f"CREATE TABLE IF NOT EXISTS sessions (token TEXT PRIMARY KEY, {_COLUMNS.text}) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS sessions_of_grant ON sessions (grant_id)",
)
_KEPT = timedelta(days=30)  # how long an expired session stays in a file: clocks of orgs can be set back


def hashed(token: str) -> str:
    """What is kept of a token: enough to know it again, useless to whoever reads the file."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def moment(timestamp: float) -> datetime:
    """The moment of a stored timestamp."""
    return datetime.fromtimestamp(timestamp, UTC)


class SessionBook:
    """All sessions of one realm. Thread-safe; time is the org's clock, rules are the app's policy.

    Args:
        database: Where they are kept.
        clock: The org's clock.
        policy_of: The policy of an app, by consumer key.
    """

    def __init__(self, database: Database, *, clock: Clock, policy_of: PolicyOf) -> None:
        self._database = database
        self._clock = clock
        self._policy_of = policy_of
        database.run_script(_TABLES)
        database.run(Sql("DELETE FROM sessions WHERE expires_at < ?", ((clock.now() - _KEPT).timestamp(),)))

    def add(self, session: Session) -> None:
        """Make an access token good."""
        row = (
            hashed(session.token), session.client_id, session.user_id, session.username, " ".join(session.scopes),
            session.issued_at.timestamp(), session.expires_at.timestamp(),
            (session.expires_at - session.issued_at).total_seconds(),
            session.grant_id, session.address,
        )  # fmt: skip
        columns = _COLUMNS.wrapped("(token, ", ")")
        self._database.run(Sql("INSERT INTO sessions") + columns + sqltext.values(row).wrapped("VALUES (", ")"))

    def get(self, token: str) -> Session | None:
        """The live session of an access token, without counting as use."""
        found = self._find(token)
        return found[0] if found else None

    def use(self, token: str) -> Session | None:
        """The live session of an access token; use in the second half of its life renews a sliding one."""
        with self._database.lock:
            found = self._find(token)
            if found is None or is_jwt(token) or not self._policy_of(found[0].client_id).sliding:
                return found[0] if found else None
            session, lifetime = found
            now = self._clock.now()
            if session.expires_at - now > lifetime / 2:
                return session
            renewed = replace(session, expires_at=now + lifetime)
            change = (renewed.expires_at.timestamp(), hashed(token))
            self._database.run(Sql("UPDATE sessions SET expires_at = ? WHERE token = ?", change))
            return renewed

    def end(self, token: str) -> None:
        """End one session; its grant stays."""
        self._database.run(Sql("DELETE FROM sessions WHERE token = ?", (hashed(token),)))

    def end_of_grant(self, grant_id: int) -> None:
        """End the sessions that a grant gave."""
        self._database.run(Sql("DELETE FROM sessions WHERE grant_id = ?", (grant_id,)))

    def end_of_user(self, user_id: str) -> None:
        """End a user's sessions; grants stay."""
        self._database.run(Sql("DELETE FROM sessions WHERE user_id = ?", (user_id,)))

    def end_of_app(self, client_id: str) -> None:
        """End the sessions of an app, whoever's they are."""
        self._database.run(Sql("DELETE FROM sessions WHERE client_id = ?", (client_id,)))

    def end_all(self) -> None:
        """End everybody's sessions; grants stay."""
        self._database.run(Sql("DELETE FROM sessions"))

    def _find(self, token: str) -> tuple[Session, timedelta] | None:
        """A live session and the life it is given with each renewal."""
        row = self._database.row(Sql("SELECT") + _COLUMNS + Sql("FROM sessions WHERE token = ?", (hashed(token),)))
        if row is None or self._clock.now() >= moment(row[5]):
            return None
        client_id, user_id, username, scopes, issued_at, expires_at, lifetime, grant_id, address = row
        session = Session(
            token, client_id, user_id, username, tuple(scopes.split()), moment(issued_at), moment(expires_at),
            grant_id, address,
        )  # fmt: skip
        return session, timedelta(seconds=lifetime)
