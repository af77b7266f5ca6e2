"""Grants against a model in plain Python: whatever is authorized, refreshed, replayed, revoked, and when."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.database import Database
from langchain_sfconnect.localorg.oauth.grants import GrantBook
from langchain_sfconnect.localorg.oauth.refusals import OAuthRefusal
from langchain_sfconnect.localorg.oauth.sessions import SessionBook
from langchain_sfconnect.localorg.oauth.values import Consent, Session
from langchain_sfconnect.localorg.policy import Policy

DEAD, BUSY = "expired access/refresh token", "token request is already being processed"
APPS, USERS = st.sampled_from(["app", "other"]), st.sampled_from(["ada", "bob"])
SCOPES = st.sets(st.sampled_from(["api", "id", "refresh_token"]), min_size=1).map(lambda s: tuple(sorted(s)))
STEPS = st.sampled_from([timedelta(minutes=m) for m in (-30, 0, 25, 30, 60)])


@dataclass(eq=False)
class ModelGrant:
    app: str
    user: str
    created: datetime
    used: datetime
    tokens: list[str] = field(default_factory=list)
    alive: bool = True


@dataclass
class ModelSession:
    app: str
    user: str
    expires: datetime
    grant: ModelGrant | None
    alive: bool = True


class Grants(RuleBasedStateMachine):
    """Runs a grant book, made anew on its database now and then, beside lists of what must be so."""

    tokens, sessions = Bundle("tokens"), Bundle("sessions")

    @initialize(
        rotation=st.booleans(),
        sliding=st.booleans(),
        approvals=st.integers(1, 3),
        idle=st.sampled_from([None, timedelta(hours=1)]),
        absolute=st.sampled_from([None, timedelta(hours=2)]),
    )
    def start(self, rotation, sliding, approvals, idle, absolute) -> None:
        self.database = Database()
        self.clock, self.names = Clock(), itertools.count()
        self.clock.freeze(datetime(2026, 11, 24, tzinfo=UTC))
        self.policy = Policy(
            rotation=rotation, sliding=sliding, max_approvals=approvals, refresh_idle_limit=idle,
            refresh_lifetime=absolute, session_timeout=timedelta(hours=1),
        )  # fmt: skip
        self.grants: list[ModelGrant] = []
        self.model_sessions: dict[str, ModelSession] = {}
        self.approvals: dict[tuple[str, str], set[str]] = {}
        self.open()

    def open(self) -> None:
        def policy_of(client_id: str) -> Policy:
            return self.policy

        self.session_book = SessionBook(self.database, clock=self.clock, policy_of=policy_of)
        self.book = GrantBook(self.database, sessions=self.session_book, clock=self.clock, policy_of=policy_of)

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()

    @rule()
    def restart(self) -> None:
        """Nothing but the database is left."""
        self.open()

    @rule(by=STEPS)
    def time_passes(self, by: timedelta) -> None:
        self.clock.advance(by)

    @rule(target=tokens, app=APPS, user=USERS, scopes=SCOPES)
    def authorize(self, app: str, user: str, scopes: tuple[str, ...]) -> str:
        now = self.clock.now()
        consent = Consent(app, "https://app.example/", scopes, user, user)
        self.book.approve(consent)
        token = self.book.open(consent)[1]
        grant = ModelGrant(app, user, now, now, [token])
        self.grants.append(grant)
        self.approvals.setdefault((app, user), set()).update(scopes)
        alive = [g for g in self.grants if g.alive and (g.app, g.user) == (app, user)]
        for oldest in alive[: -self.policy.max_approvals]:
            self.ends(oldest)
        return token

    @rule(target=sessions, token=tokens)
    def session_of_a_grant(self, token: str) -> str:
        known = self.book.of(token)
        grant = self.live(token)
        assert (known is not None) == (grant is not None)
        return self.begin(grant.app, grant.user, grant, known.id) if grant and known else "nothing"

    @rule(target=sessions, app=APPS, user=USERS)
    def session_of_its_own(self, app: str, user: str) -> str:
        return self.begin(app, user, None, None)

    @rule(target=tokens, token=tokens, app=APPS, broken_off=st.booleans())
    def refresh(self, token: str, app: str, broken_off: bool) -> str:
        grant = self.family(token)
        current = grant is not None and grant.tokens[-1] == token
        expected = None if grant and grant.app == app and current and not self.too_old(grant) else DEAD
        if grant and grant.app == app and not current:
            self.ends(grant)
        if expected is not None or grant is None:
            with pytest.raises(OAuthRefusal, match=DEAD), self.book.refreshing(token, app):
                pass
            return token
        with self.book.refreshing(token, app) as held:
            with pytest.raises(OAuthRefusal, match=BUSY), self.book.refreshing(token, app):
                pass
            if broken_off:  # given up before anything is decided
                return token
            fresh = self.book.used(held)
        grant.used = self.clock.now()
        assert (fresh is not None) == self.policy.rotation
        if fresh is not None:
            grant.tokens.append(fresh)
        return fresh or token

    @rule(token=tokens)
    def revoked_while_refreshing(self, token: str) -> None:
        grant = self.live(token)
        if grant is None:
            return
        with self.book.refreshing(token, grant.app) as held:
            self.book.end(held.id)
            self.ends(grant)
            with pytest.raises(OAuthRefusal, match=DEAD):
                self.book.used(held)

    @rule(token=tokens)
    def revoke(self, token: str) -> None:
        known, grant = self.book.of(token), self.live(token)
        assert (known is None) == (grant is None)
        if known and grant:
            self.book.end(known.id)
            self.ends(grant)

    @rule(user=USERS)
    def revoke_all(self, user: str) -> None:
        self.book.end_user(user)
        for grant in [g for g in self.grants if g.alive and g.user == user]:
            self.ends(grant)
        self.approvals = {pair: scopes for pair, scopes in self.approvals.items() if pair[1] != user}
        self.stop_sessions(lambda session: session.user == user)

    @rule(app=APPS)
    def new_secret(self, app: str) -> None:
        self.book.end_app(app)
        for grant in [g for g in self.grants if g.alive and g.app == app]:
            self.ends(grant)
        self.approvals = {pair: scopes for pair, scopes in self.approvals.items() if pair[0] != app}
        self.stop_sessions(lambda session: session.app == app)

    @rule(session=sessions)
    def use(self, session: str) -> None:
        model, now = self.model_sessions.get(session), self.clock.now()
        alive = model is not None and model.alive and now < model.expires
        assert (self.session_book.use(session) is not None) == alive
        if model and alive and self.policy.sliding and model.expires - now <= timedelta(minutes=30):
            model.expires = now + timedelta(hours=1)

    @rule(session=sessions)
    def log_out(self, session: str) -> None:
        self.session_book.end(session)
        if session in self.model_sessions:
            self.model_sessions[session].alive = False

    @precondition(lambda self: hasattr(self, "book"))
    @invariant()
    def everything_agrees(self) -> None:
        for grant in self.grants:
            for token in grant.tokens:
                good = grant.alive and token == grant.tokens[-1] and not self.too_old(grant)
                assert (self.book.of(token) is not None) == good
        for token, session in self.model_sessions.items():
            found = self.session_book.get(token)
            assert (found is not None) == (session.alive and self.clock.now() < session.expires)
            assert found is None or found.expires_at == session.expires
        for app, user in itertools.product(("app", "other"), ("ada", "bob")):
            assert self.book.approved(app, user) == self.approvals.get((app, user), set())

    # --- the model ----------------------------------------------------------------------------------------------------

    def begin(self, app: str, user: str, grant: ModelGrant | None, grant_id: int | None) -> str:
        token, now = f"00D!{next(self.names)}", self.clock.now()
        expires = now + self.policy.session_timeout
        self.session_book.add(Session(token, app, user, user, ("api",), now, expires, grant_id))
        self.model_sessions[token] = ModelSession(app, user, expires, grant)
        return token

    def ends(self, grant: ModelGrant) -> None:
        grant.alive = False
        self.stop_sessions(lambda session: session.grant is grant)
        if not any(g.alive and (g.app, g.user) == (grant.app, grant.user) for g in self.grants):
            self.approvals.pop((grant.app, grant.user), None)

    def stop_sessions(self, ended) -> None:
        for session in self.model_sessions.values():
            session.alive = session.alive and not ended(session)

    def family(self, token: str) -> ModelGrant | None:
        return next((grant for grant in self.grants if grant.alive and token in grant.tokens), None)

    def live(self, token: str) -> ModelGrant | None:
        grant = self.family(token)
        return grant if grant and grant.tokens[-1] == token and not self.too_old(grant) else None

    def too_old(self, grant: ModelGrant) -> bool:
        now, idle, absolute = self.clock.now(), self.policy.refresh_idle_limit, self.policy.refresh_lifetime
        return (idle is not None and now - grant.used >= idle) or (
            absolute is not None and now - grant.created >= absolute
        )


TestGrants = Grants.TestCase
TestGrants.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
