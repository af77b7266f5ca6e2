"""One login realm, production or sandbox: its org's data, its grants and its addresses; knows nothing of HTTP."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.database import Database
from langchain_sfconnect.localorg.engine import Engine
from langchain_sfconnect.localorg.faults import Faults
from langchain_sfconnect.localorg.journal import Journal
from langchain_sfconnect.localorg.oauth.apps import ClientApp, cli_app
from langchain_sfconnect.localorg.oauth.codes import CodeBook
from langchain_sfconnect.localorg.oauth.desk import Desk
from langchain_sfconnect.localorg.oauth.grants import GrantBook
from langchain_sfconnect.localorg.oauth.logins import LoginCounter
from langchain_sfconnect.localorg.oauth.sessions import SessionBook
from langchain_sfconnect.localorg.oauth.signing import SigningKey
from langchain_sfconnect.localorg.policy import Policy
from langchain_sfconnect.localorg.records.rules.people import ADMINISTRATOR
from langchain_sfconnect.localorg.sqltext import Sql

RealmName = Literal["production", "sandbox"]
User = dict[str, Any]

# Known to everybody, as the app's credentials are: they open nothing but a server on loopback.
PASSWORD = "local-org-1"  # noqa: S105 — see above
SECURITY_TOKEN = "LocalOrgSecurityToken000"  # noqa: S105 — see above


@dataclass
class Site:
    """What both realms share: the apps, the clock, the rules, and what tests control and observe.

    Attributes:
        app: The app that every org has.
        password: Every user's.
        security_token: What other clients may put behind the password; every user's, too.
        apps: All apps by consumer key; that of Salesforce's own command line is always there.
    """

    app: ClientApp
    clock: Clock = field(default_factory=Clock)
    policy: Policy = field(default_factory=Policy)
    faults: Faults = field(default_factory=Faults)
    journal: Journal = field(default_factory=Journal)
    signing_key: SigningKey = field(default_factory=SigningKey)
    password: str = field(default=PASSWORD, repr=False)
    security_token: str = field(default=SECURITY_TOKEN, repr=False)
    apps: dict[str, ClientApp] = field(init=False)

    def __post_init__(self) -> None:
        self._first = copy(self.app)
        self._first.callbacks = set(self.app.callbacks)
        self._install_apps()

    def add_app(self, app: ClientApp) -> None:
        """Make a further app known to both realms."""
        self.apps[app.key] = app

    def policy_of(self, client_id: str) -> Policy:
        """The rules for an app: its own where it has some, else the org's."""
        app = self.apps.get(client_id)
        return app.policy if app and app.policy else self.policy

    def reset(self) -> None:
        """Apps, callbacks and policy as they were when the site was made."""
        vars(self.app).update(vars(self._first), callbacks=set(self._first.callbacks))
        self._install_apps()
        self.policy.reset()

    def _install_apps(self) -> None:
        self.apps = {app.key: app for app in (self.app, cli_app())}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a realm listens, without trailing slashes."""

    login_url: str
    instance_url: str


class Realm:
    """A realm and its one org.

    Args:
        name: `production` or `sandbox`.
        site: What it shares with the other realm.
        addresses: Where it listens.
        make_engine: Opens the org's data; called once, when the data is first needed.
        grants_path: A file to keep grants and sessions in, as hashes; in memory when None.
    """

    _counting_day: date

    def __init__(
        self,
        name: RealmName,
        *,
        site: Site,
        addresses: Addresses,
        make_engine: Callable[[], Engine],
        grants_path: Path | None = None,
    ) -> None:
        self.name = name
        self.site = site
        self.addresses = addresses
        self._granted = Database(None if grants_path is None else str(grants_path))
        self.sessions = SessionBook(self._granted, clock=site.clock, policy_of=site.policy_of)
        self.grants = GrantBook(self._granted, sessions=self.sessions, clock=site.clock, policy_of=site.policy_of)
        self._open_books()
        self._make_engine = make_engine
        self._engine: Engine | None = None
        self._lock = Lock()

    @property
    def engine(self) -> Engine:
        """The org's data, opened on first use."""
        with self._lock:
            if self._engine is None:
                self._engine = self._make_engine()
            return self._engine

    @property
    def is_open(self) -> bool:
        """Whether anybody has used the org, now or before a restart."""
        return self._engine is not None or not self.grants.is_empty

    @cached_property
    def org_id(self) -> str:
        """The 18-character id of the org."""
        return str(self.engine.organization["Id"])

    # --- people -------------------------------------------------------------------------------------------------------

    def active_users(self) -> list[User]:
        """The users who can log in."""
        return [user for user in self.engine.users() if user["IsActive"]]

    def default_user(self) -> User:
        """The rep that things are done as when nobody is named."""
        return self.active_users()[0]

    def user_by_id(self, user_id: str) -> User | None:
        """A user by id."""
        return self.engine.user(user_id)

    def user_with_password(self, username: str, password: str) -> User | None:
        """The user of a username, if the password is right; the security token may stand behind it."""
        user = self.engine.user_by_username(username)
        right = (self.site.password, self.site.password + self.site.security_token)
        given = password.encode("utf-8", "surrogatepass")
        return user if any(hmac.compare_digest(given, one.encode()) for one in right) else None

    def profile_of(self, user: User) -> str | None:
        """The name of a user's profile."""
        row = self.engine.database.row(Sql('SELECT "Name" FROM "Profile" WHERE "Id" = ?', (user["ProfileId"],)))
        return str(row[0]) if row else None

    def is_administrator(self, user: User) -> bool:
        """Whether a user has the administrators' profile."""
        return self.profile_of(user) == ADMINISTRATOR

    def identity_url(self, user_id: str) -> str:
        """The identity URL; its host tells the realm, as on the real login hosts."""
        return f"{self.addresses.login_url}/id/{self.org_id}/{user_id}"

    # --- counts and ends ----------------------------------------------------------------------------------------------

    def spend_request(self) -> bool:
        """Count a REST call against today's; False when there are none left."""
        if self._counting_day != self.site.clock.today():
            self._counting_day, self.requests_today = self.site.clock.today(), 0
        if self.requests_today >= self.site.policy.daily_api_requests:
            return False
        self.requests_today += 1
        return True

    def reset(self) -> None:
        """Forget every grant, session, code, login and count; the org's data stays."""
        self.grants.clear()
        self._open_books()

    def close(self) -> None:
        """Close the data, if it was ever opened, and the grants."""
        with self._lock:
            if self._engine is not None:
                self._engine.close()
        self._granted.close()

    def _open_books(self) -> None:
        """What is never kept over a restart."""
        self.codes = CodeBook(self.site.clock)
        self.desk = Desk()
        self.logins = LoginCounter(self.site.clock)
        self.requests_today = 0
        self._counting_day = self.site.clock.today()
