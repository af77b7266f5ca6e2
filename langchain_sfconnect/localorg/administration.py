"""The orgs from inside: who is there, and what their users and administrators do; knows no socket and no HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.engine import Engine, Session
from langchain_sfconnect.localorg.faults import Faults
from langchain_sfconnect.localorg.journal import Journal
from langchain_sfconnect.localorg.oauth.apps import CONSUMER_KEY, CONSUMER_SECRET, ClientApp
from langchain_sfconnect.localorg.oauth.issuing import start_session
from langchain_sfconnect.localorg.oauth.values import Consent
from langchain_sfconnect.localorg.policy import Policy
from langchain_sfconnect.localorg.realm import Realm, RealmName, Site
from langchain_sfconnect.localorg.sandbox import become_sandbox


class Administration:
    """A production org and a sandbox, and everything that can be done to them without a network.

    What is done to a user by name is done in every org that has been used; data is production's unless said otherwise.
    """

    def __init__(self) -> None:
        self._site = Site(app=ClientApp("Local Org Demo App", CONSUMER_KEY, CONSUMER_SECRET))
        self._realms: dict[RealmName, Realm] = {}
        self._resets = 0

    # --- where it is and who is there ---------------------------------------------------------------------------------

    @property
    def login_url(self) -> str:
        """Production's login host."""
        return self._realm("production").addresses.login_url

    @property
    def sandbox_login_url(self) -> str:
        """The sandbox's login host."""
        return self._realm("sandbox").addresses.login_url

    @property
    def instance_url(self) -> str:
        """The production org; its OAuth endpoints are those of a My Domain."""
        return self._realm("production").addresses.instance_url

    @property
    def sandbox_instance_url(self) -> str:
        """The sandbox org."""
        return self._realm("sandbox").addresses.instance_url

    @property
    def client_id(self) -> str:
        """The consumer key of the app installed in both orgs."""
        return self._site.app.key

    @property
    def client_secret(self) -> str:
        """The consumer secret of that app."""
        return self._site.app.secret

    @property
    def password(self) -> str:
        """Every user's password, for the login page and for clients that log in by it."""
        return self._site.password

    @property
    def security_token(self) -> str:
        """Every user's security token, which some clients put behind the password."""
        return self._site.security_token

    @property
    def users(self) -> list[dict[str, Any]]:
        """The users of the production org."""
        return self.engine.users()

    @property
    def username(self) -> str:
        """The rep that things are done as when nobody is named."""
        return str(self._realm("production").default_user()["Username"])

    @property
    def engine(self) -> Engine:
        """The production org's data."""
        return self._realm("production").engine

    @property
    def sandbox_engine(self) -> Engine:
        """The sandbox org's data, made on first use."""
        return self._realm("sandbox").engine

    # --- users and their grants ---------------------------------------------------------------------------------------

    def revoke(self, username: str | None = None) -> None:
        """A user revokes the app in Salesforce: all of the user's grants and sessions end.

        Args:
            username: Whose; the default rep's if None.

        Raises:
            ValueError: There is no such user.
        """
        for realm, user_id in self._known(username):
            realm.grants.end_user(user_id)

    def expire_sessions(self, username: str | None = None) -> None:
        """Access tokens die, refresh tokens live.

        Args:
            username: Whose; everybody's if None.

        Raises:
            ValueError: There is no such user.
        """
        if username is None:
            for realm in self._used_realms():
                realm.sessions.end_all()
            return
        for realm, user_id in self._known(username):
            realm.sessions.end_of_user(user_id)

    def deactivate(self, username: str) -> None:
        """An administrator freezes a user out: no login, no refresh, no call.

        Raises:
            ValueError: There is no such user.
        """
        for realm, user_id in self._known(username):
            realm.engine.set_active(user_id, False)

    def activate(self, username: str) -> None:
        """Let a deactivated user in again.

        Raises:
            ValueError: There is no such user.
        """
        for realm, user_id in self._known(username):
            realm.engine.set_active(user_id, True)

    def add_user(
        self, username: str, *, last_name: str, first_name: str | None = None, profile: str = "Standard User"
    ) -> dict[str, Any]:
        """Add a user to every org that has been used, and return production's record.

        Args:
            username: The login name, shaped like an email address.
            last_name: The last name.
            first_name: The first name, if any.
            profile: The name of a profile.

        Raises:
            ValueError: The username is taken, or there is no such profile.
        """
        added = [
            realm.engine.add_user(username, last_name=last_name, first_name=first_name, profile=profile)
            for realm in self._used_realms()
        ]
        return added[0]

    def session_token(self, username: str | None = None) -> str:
        """A fresh access token for the production org, without any consent.

        Args:
            username: Whose; the default rep's if None.

        Raises:
            ValueError: There is no such user.
        """
        realm = self._realm("production")
        user = realm.default_user() if username is None else realm.engine.user_by_username(username)
        if user is None:
            raise ValueError(f"{username!r} is no user of this org; see `users`")
        app = self._site.app
        owner = Consent(app.key, "", app.scopes, user["Id"], user["Username"])
        return start_session(realm, app, owner).token

    # --- apps ---------------------------------------------------------------------------------------------------------

    def add_app(
        self, name: str, *, callbacks: Iterable[str] = (), scopes: Iterable[str] | None = None, public: bool = False
    ) -> ClientApp:
        """Install a further app in both orgs and return it, with its key and secret.

        Args:
            name: Shown on the consent page.
            callbacks: Its redirect URIs.
            scopes: What it may ask for; everything when None.
            public: It keeps no secret, and is never asked for one.

        Raises:
            ValueError: A callback that Salesforce would not register, or an unknown scope.
        """
        app = ClientApp.create(name, callbacks=callbacks, scopes=scopes, public=public)
        self._site.add_app(app)
        return app

    def allow_callback(self, redirect_uri: str) -> None:
        """Register a further callback URL for the default app.

        Raises:
            ValueError: Salesforce would not register it.
        """
        self._site.app.register_callback(redirect_uri)

    def rotate_secret(self) -> str:
        """Give the default app a new secret, which ends its grants, and return it."""
        secret = self._site.app.rotate_secret()
        for realm in self._used_realms():
            realm.grants.end_app(self.client_id)
        return secret

    def trust_certificate(self, pem: str) -> None:
        """Let the default app prove itself by JWTs signed with this certificate's key.

        Raises:
            ValueError: It is no PEM certificate or public key.
        """
        self._site.app.register_certificate(pem)

    def run_as(self, username: str | None) -> None:
        """Let the default app's client-credentials flow act as a user; None switches the flow off.

        Raises:
            ValueError: There is no such user.
        """
        if username is not None:
            self._known(username)
        self._site.app.run_as = username

    # --- data ---------------------------------------------------------------------------------------------------------

    def query(self, soql: str) -> list[dict[str, Any]]:
        """The rows of a query, read behind the org's back as an administrator, for assertions."""
        session = self._administrator("production")
        page = session.query(soql)
        rows: list[dict[str, Any]] = page["records"]
        while not page["done"]:
            page = session.query_more(page["nextRecordsUrl"].rpartition("/")[2])
            rows += page["records"]
        return rows

    def undelete(self, record_id: str, *, realm: RealmName = "production") -> None:
        """Take a record, and what was deleted with it, out of the recycle bin."""
        self._administrator(realm).undelete(record_id)

    def empty_recycle_bin(self, *, realm: RealmName = "production") -> None:
        """Delete for good what is in the recycle bin."""
        self._administrator(realm).purge()

    @contextmanager
    def lock_row(self, record_id: str, *, realm: RealmName = "production") -> Iterator[None]:
        """Somebody else writes to a record all the time: who else wants to meets UNABLE_TO_LOCK_ROW."""
        engine = self._realm(realm).engine
        engine.lock_row(record_id)
        try:
            yield
        finally:
            engine.unlock_row(record_id)

    # --- control and observation --------------------------------------------------------------------------------------

    @property
    def policy(self) -> Policy:
        """The rules in force; change an attribute and the next request obeys."""
        return self._site.policy

    @property
    def clock(self) -> Clock:
        """The time in both orgs; `advance`, `freeze`, `thaw`."""
        return self._site.clock

    @property
    def faults(self) -> Faults:
        """What shall go wrong."""
        return self._site.faults

    @property
    def requests(self) -> Journal:
        """What arrived, oldest first; clear it as you like."""
        return self._site.journal

    @property
    def resets(self) -> int:
        """How often the orgs went back to the start; a request that began before is not answered any more."""
        return self._resets

    def reset(self) -> None:
        """Go back to the start: data, users, grants, apps, policy, clock, faults and requests."""
        self._resets += 1
        self.faults.reset()
        self.clock.reset()
        self._site.reset()
        for realm in self._used_realms():
            realm.reset()
            realm.engine.reset()
            if realm.name == "sandbox":
                become_sandbox(realm.engine)
        self.requests.clear()

    # --- the rest is private ------------------------------------------------------------------------------------------

    def _realm(self, name: RealmName) -> Realm:
        if name not in self._realms:
            raise RuntimeError("The local org is not running: use `with LocalOrg() as org:`, or call start() first")
        return self._realms[name]

    def _used_realms(self) -> list[Realm]:
        """The realms in which anybody can have done anything; production is one of them."""
        self._realm("production")
        return [realm for realm in self._realms.values() if realm.is_open]

    def _known(self, username: str | None) -> list[tuple[Realm, str]]:
        """Where a user is known, and by which id."""
        found = []
        for realm in self._used_realms():
            user = realm.default_user() if username is None else realm.engine.user_by_username(username)
            if user is not None:
                found.append((realm, str(user["Id"])))
        if not found:
            raise ValueError(f"{username!r} is no user of this org; see `users`")
        return found

    def _administrator(self, name: RealmName) -> Session:
        realm = self._realm(name)
        users = realm.active_users()
        return realm.engine.session(next(filter(realm.is_administrator, users), users[0])["Id"])
