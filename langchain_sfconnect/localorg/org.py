"""The local org as tests and developers hold it: start, stop, press Allow, revoke, move time, break things, look."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from langchain_sfconnect.localorg import consenting
from langchain_sfconnect.localorg.app import CALLBACK_PATH, Door, LocalOrgApp
from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.engine import Engine
from langchain_sfconnect.localorg.faults import Faults
from langchain_sfconnect.localorg.journal import RecordedRequest
from langchain_sfconnect.localorg.oauth.apps import CONSUMER_KEY, CONSUMER_SECRET, ClientApp
from langchain_sfconnect.localorg.oauth.grants import Consent
from langchain_sfconnect.localorg.oauth.token import start_session
from langchain_sfconnect.localorg.policy import Policy
from langchain_sfconnect.localorg.realm import Addresses, Realm, RealmName, Site
from langchain_sfconnect.localorg.sandbox import become_sandbox
from langchain_sfconnect.localorg.server import ServerThread

if TYPE_CHECKING:
    from langchain_sfconnect.config import SalesforceApp

LOOPBACK = "127.0.0.1"
BACKLOG = 2048


class LocalOrg:
    """An embedded Salesforce look-alike on loopback: a production org, a sandbox, and their login hosts.

    Use it as a context manager, or call `start` and `stop`.

    Args:
        path: A file to keep the data in (the sandbox gets one beside it); in memory when None. Grants and tokens
            are in memory in either case.
        port: Where production's login host and org listen; the sandbox's listen on the next. Free ports when 0,
            and then login hosts and orgs are apart.
        seed: Fill a new org with a sales pipeline.
    """

    def __init__(self, path: str | Path | None = None, port: int = 0, seed: bool = True) -> None:
        self._path = None if path is None else Path(path)
        self._port = port
        self._seed = seed
        self._site = Site(app=ClientApp("Local Org Demo App", CONSUMER_KEY, CONSUMER_SECRET))
        self._realms: dict[RealmName, Realm] = {}
        self._closing = ExitStack()

    # --- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> LocalOrg:
        """Start serving; returns once requests are answered.

        Raises:
            OSError: The port is taken.
        """
        with ExitStack() as undo:
            production, production_sockets = self._open("production", undo)
            sandbox, sandbox_sockets = self._open("sandbox", undo)
            self._realms = {"production": production, "sandbox": sandbox}
            self._site.app.callbacks.add(self.redirect_uri)
            _ = production.engine  # seeded now; the sandbox's when it is first used
            doors = {**_doors(production, production_sockets), **_doors(sandbox, sandbox_sockets)}
            server = ServerThread(LocalOrgApp(self._site, doors), [*production_sockets, *sandbox_sockets])
            server.start()
            undo.callback(server.stop)
            self._closing = undo.pop_all()
        return self

    def stop(self) -> None:
        """Stop serving and close the data."""
        self._closing.close()

    def __enter__(self) -> LocalOrg:
        return self.start()

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.stop()

    # --- where it is and who is there ---------------------------------------------------------------------------------

    @property
    def app(self) -> SalesforceApp:
        """A ready `SalesforceApp` for this org."""
        # The one arrow out of this package: a plain value, loaded only when somebody asks for it.
        from langchain_sfconnect.config import SalesforceApp

        return SalesforceApp(
            client_id=self.client_id,
            client_secret=self.client_secret,
            redirect_uri=self.redirect_uri,
            login_url=self.login_url,
            sandbox_login_url=self.sandbox_login_url,
        )

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
    def redirect_uri(self) -> str:
        """A callback that shows a page to close; `allow_callback` registers others."""
        return f"{self.login_url}{CALLBACK_PATH}"

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

    # --- what users and administrators do -----------------------------------------------------------------------------

    def approve(self, url: str, username: str | None = None) -> str:
        """Open an authorization URL, log in, press Allow.

        Args:
            url: The authorization URL.
            username: Who does; the default rep if None.

        Returns:
            The callback URL with `code` and `state`, or with `error` where Salesforce sends errors there.

        Raises:
            ConsentFailed: The URL was refused with a page instead.
            ValueError: The URL is not this org's.
        """
        return consenting.press(url, "allow", username=username or self._visited(url).default_user()["Username"])

    def deny(self, url: str) -> str:
        """As `approve`, pressing Deny."""
        return consenting.press(url, "deny", username=self._visited(url).default_user()["Username"])

    def revoke(self, username: str | None = None) -> None:
        """A user revokes the app in Salesforce: all of the user's grants and sessions end.

        Args:
            username: Whose; the default rep's if None.
        """
        for realm in self._visited_realms():
            for user_id in self._ids(realm, username):
                realm.grants.end_user(user_id)

    def expire_sessions(self, username: str | None = None) -> None:
        """Access tokens die, refresh tokens live.

        Args:
            username: Whose; everybody's if None.
        """
        for realm in self._visited_realms():
            if username is None:
                realm.grants.end_sessions()
                continue
            for user_id in self._ids(realm, username):
                realm.grants.end_sessions(user_id)

    def allow_callback(self, redirect_uri: str) -> None:
        """Register a further callback URL for the app."""
        self._site.app.callbacks.add(redirect_uri)

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
        owner = Consent(self.client_id, self.redirect_uri, self._site.app.scopes, user["Id"], user["Username"])
        return start_session(realm, self._site.app, owner).token

    # --- control and observation --------------------------------------------------------------------------------------

    @property
    def policy(self) -> Policy:
        """The rules in force; change an attribute and the next request obeys."""
        return self._site.policy

    @property
    def clock(self) -> Clock:
        """The time in both orgs; move it with `advance`."""
        return self._site.clock

    @property
    def faults(self) -> Faults:
        """What shall go wrong."""
        return self._site.faults

    @property
    def requests(self) -> list[RecordedRequest]:
        """What arrived, oldest first; clear it as you like."""
        return self._site.journal

    def query(self, soql: str) -> list[dict[str, Any]]:
        """The rows of a query, read behind the org's back, for assertions."""
        session = self.engine.session(self._realm("production").active_users()[0]["Id"])
        page = session.query(soql)
        rows: list[dict[str, Any]] = page["records"]
        while not page["done"]:
            page = session.query_more(page["nextRecordsUrl"].rpartition("/")[2])
            rows += page["records"]
        return rows

    # --- the rest is private ------------------------------------------------------------------------------------------

    def _realm(self, name: RealmName) -> Realm:
        if name not in self._realms:
            raise RuntimeError("The local org is not running: use `with LocalOrg() as org:`, or call start() first")
        return self._realms[name]

    def _open(self, name: RealmName, undo: ExitStack) -> tuple[Realm, list[socket.socket]]:
        """A realm and its listening sockets, the login host's first; closed again by `undo`."""
        ports = [0, 0] if self._port == 0 else [self._port + (name == "sandbox")]
        sockets = [undo.enter_context(_listening(port)) for port in ports]
        login, instance = _url(sockets[0]), _url(sockets[-1])
        realm = Realm(
            name,
            site=self._site,
            addresses=Addresses(login_url=login, instance_url=instance),
            make_engine=lambda: self._make_engine(name),
        )
        undo.callback(realm.close)
        return realm, sockets

    def _make_engine(self, name: RealmName) -> Engine:
        path = self._path
        if path is not None and name == "sandbox":
            path = path.with_name(f"{path.stem}.sandbox{path.suffix}")
        engine = Engine(None if path is None else str(path), clock=self._site.clock, seed=self._seed)
        if name == "sandbox":
            become_sandbox(engine)
        return engine

    def _visited(self, url: str) -> Realm:
        """The realm whose login host or org a URL points to."""
        host = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
        for realm in self._realms.values():
            if host in (realm.addresses.login_url, realm.addresses.instance_url):
                return realm
        raise ValueError(
            f"{host!r} is not this local org; its login hosts are {self.login_url}, {self.sandbox_login_url}"
        )

    def _visited_realms(self) -> list[Realm]:
        """The realms in which anybody can have granted anything."""
        return [realm for realm in self._realms.values() if realm.is_open]

    def _ids(self, realm: Realm, username: str | None) -> list[str]:
        """The ids a username has in a realm: one, or none."""
        user = realm.default_user() if username is None else realm.engine.user_by_username(username)
        return [] if user is None else [user["Id"]]


def _listening(port: int) -> socket.socket:
    # The protocol is named because asyncio switches Nagle's algorithm off only on sockets that say TCP,
    # and with it every small answer would wait 40 ms for an acknowledgement.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((LOOPBACK, port))
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def _url(listening: socket.socket) -> str:
    return f"http://{LOOPBACK}:{listening.getsockname()[1]}"


def _doors(realm: Realm, sockets: list[socket.socket]) -> Mapping[int, Door]:
    """What is behind each of a realm's ports: a login host of its own serves no data."""
    apart = len(sockets) > 1
    return {
        listening.getsockname()[1]: Door(realm, login_only=apart and position == 0)
        for position, listening in enumerate(sockets)
    }
