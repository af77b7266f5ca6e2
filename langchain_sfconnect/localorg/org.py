"""The local org as tests and developers hold it: start, stop, press Allow; the rest is its administration."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from langchain_sfconnect.localorg import consenting
from langchain_sfconnect.localorg.administration import Administration
from langchain_sfconnect.localorg.app import Door, LocalOrgApp
from langchain_sfconnect.localorg.engine import Engine
from langchain_sfconnect.localorg.listening import LOOPBACK, listen, port_of
from langchain_sfconnect.localorg.oauth.routes import CALLBACK_PATH
from langchain_sfconnect.localorg.realm import Addresses, Realm, RealmName
from langchain_sfconnect.localorg.sandbox import become_sandbox
from langchain_sfconnect.localorg.server import ServerThread

if TYPE_CHECKING:
    from langchain_sfconnect.config import SalesforceApp
    from langchain_sfconnect.localorg.tls import Certificates

LAST_PORT = 65_535


class LocalOrg(Administration):
    """An embedded Salesforce look-alike on loopback: a production org, a sandbox, and their login hosts.

    Use it as a context manager, or call `start` and `stop`.

    Args:
        path: A file to keep the data in; the sandbox gets one beside it, and so do the grants of either, with
            hashes in place of tokens. In memory when None.
        port: Where production's login host and org listen; the sandbox's listen on the next. Free ports when 0,
            and then login hosts and orgs are apart.
        seed: Fill a new org with a sales pipeline.
        tls: Speak https only, with a certificate for loopback and Salesforce's hosts; see `ca_certificate`.
        schema: Objects, fields, rules, profiles and users to add to the standard ones: a YAML file, or its content.

    Raises:
        ValueError: There is no such port.
    """

    def __init__(
        self,
        path: str | Path | None = None,
        port: int = 0,
        seed: bool = True,
        *,
        tls: bool = False,
        schema: str | Path | Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        if not 0 <= port < LAST_PORT:
            raise ValueError(f"port is 0 for free ones, or from 1 to {LAST_PORT - 1}: the sandbox takes the next")
        self._path = None if path is None else Path(path)
        self._port = port
        self._seed = seed
        self._tls = tls
        self._schema = schema
        self._certificates: Certificates | None = None
        self._closing = ExitStack()

    # --- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> LocalOrg:
        """Start serving; returns once requests are answered.

        Raises:
            OSError: A port is taken, or the file cannot be used.
            RuntimeError: It is running already.
            ValueError: The schema is wrong.
        """
        if self._realms:
            raise RuntimeError("The local org is running already; stop() it first")
        with ExitStack() as undo:
            undo.callback(self._forget)
            if self._tls:
                self._certificates = undo.enter_context(_certificates())
            self._serve(undo)
            self._closing = undo.pop_all()
        return self

    def stop(self) -> None:
        """Stop serving and close the data; what was in memory is gone. Nothing happens when it is not running."""
        self._closing.close()

    def reset(self) -> None:
        """Go back to the start: data, users, grants, apps, policy, clock, faults and requests."""
        super().reset()
        self.allow_callback(self.redirect_uri)

    def __enter__(self) -> LocalOrg:
        return self.start()

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.stop()

    # --- for its clients ----------------------------------------------------------------------------------------------

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
    def redirect_uri(self) -> str:
        """A callback that shows a page to close; `allow_callback` registers others."""
        return f"{self.login_url}{CALLBACK_PATH}"

    @property
    def speaks_https(self) -> bool:
        """Whether it was made with `tls=True`."""
        return self._tls

    @property
    def ca_certificate(self) -> Path:
        """The PEM file of the authority that clients must trust; it is gone when the org stops.

        Raises:
            RuntimeError: The org is not running, or was not made with `tls=True`.
        """
        if self._certificates is None:
            raise RuntimeError("There is no certificate: use `with LocalOrg(tls=True) as org:`")
        return self._certificates.authority

    def approve(self, url: str, username: str | None = None, password: str | None = None) -> str:
        """Open an authorization URL, log in, press Allow.

        Args:
            url: The authorization URL.
            username: Who does; the default rep if None.
            password: What that user types; the right one if None.

        Returns:
            The callback URL with `code` and `state`, or with `error` where Salesforce sends errors there.

        Raises:
            ConsentFailed: The URL or the login was refused with a page instead.
            ValueError: The URL is not this org's.
        """
        return self._press(url, "allow", username, password)

    def deny(self, url: str, username: str | None = None) -> str:
        """As `approve`, pressing Deny."""
        return self._press(url, "deny", username)

    def _press(
        self, url: str, decision: Literal["allow", "deny"], username: str | None, password: str | None = None
    ) -> str:
        username = username or self._visited(url).default_user()["Username"]
        trust = self._certificates.client if self._certificates else None
        return consenting.press(url, decision, username=username, password=password or self.password, tls=trust)

    def _visited(self, url: str) -> Realm:
        """The realm whose login host or org a URL points to."""
        host = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
        for realm in self._realms.values():
            if host in (realm.addresses.login_url, realm.addresses.instance_url):
                return realm
        raise ValueError(
            f"{host!r} is not this local org; its login hosts are {self.login_url}, {self.sandbox_login_url}"
        )

    # --- how it starts ------------------------------------------------------------------------------------------------

    def _serve(self, undo: ExitStack) -> None:
        production, production_sockets = self._open("production", undo)
        sandbox, sandbox_sockets = self._open("sandbox", undo)
        _ = production.engine  # seeded now; the sandbox's when it is first used
        doors = {**_doors(production, production_sockets), **_doors(sandbox, sandbox_sockets)}
        self._realms = {"production": production, "sandbox": sandbox}
        self.allow_callback(self.redirect_uri)
        tls = self._certificates.server if self._certificates else None
        server = ServerThread(LocalOrgApp(self, doors), [*production_sockets, *sandbox_sockets], tls=tls)
        server.start()
        undo.callback(server.stop)

    def _open(self, name: RealmName, undo: ExitStack) -> tuple[Realm, list[socket.socket]]:
        """A realm and its listening sockets, the login host's first; closed again by `undo`."""
        ports = [0, 0] if self._port == 0 else [self._port + (name == "sandbox")]
        sockets = [undo.enter_context(listen(port)) for port in ports]
        addresses = Addresses(login_url=self._url(sockets[0]), instance_url=self._url(sockets[-1]))
        realm = Realm(
            name,
            site=self._site,
            addresses=addresses,
            make_engine=lambda: self._make_engine(name),
            grants_path=self._file(name, "grants"),
        )
        undo.callback(realm.close)
        return realm, sockets

    def _url(self, listening: socket.socket) -> str:
        return f"{'https' if self._tls else 'http'}://{LOOPBACK}:{port_of(listening)}"

    def _make_engine(self, name: RealmName) -> Engine:
        path = self._file(name)
        file = None if path is None else str(path)
        engine = Engine(file, clock=self.clock, seed=self._seed, schema=self._schema)
        if name == "sandbox":
            become_sandbox(engine)
        return engine

    def _file(self, name: RealmName, *labels: str) -> Path | None:
        """A file beside the org's, or the org's itself; None when everything is in memory."""
        if self._path is None:
            return None
        named = (*(["sandbox"] if name == "sandbox" else []), *labels)
        return self._path.with_name(".".join([self._path.stem, *named]) + self._path.suffix)

    def _forget(self) -> None:
        self._realms, self._certificates = {}, None


def _certificates() -> Certificates:
    from langchain_sfconnect.localorg.tls import Certificates  # here, because most orgs need none

    return Certificates()


def _doors(realm: Realm, sockets: list[socket.socket]) -> Mapping[int, Door]:
    """What is behind each of a realm's ports: a login host of its own serves no data."""
    apart = len(sockets) > 1
    return {
        port_of(listening): Door(realm, login_only=apart and position == 0)
        for position, listening in enumerate(sockets)
    }
