"""SalesforceConnect: the one entry point. Every method is sync, with an async twin that has an `a` in front.

Holds the parts together and decides nothing itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from langchain_sfconnect import _portal
from langchain_sfconnect._http import Http, Transport
from langchain_sfconnect.accounts.consent import Consent, ConsentSettings
from langchain_sfconnect.accounts.doctor import Doctor
from langchain_sfconnect.accounts.expiry import ExpiryTeacher
from langchain_sfconnect.accounts.identity import Inquiry
from langchain_sfconnect.accounts.ledger import Ledger
from langchain_sfconnect.accounts.local import Authorize, LocalConnection
from langchain_sfconnect.accounts.methods import AccountMethods
from langchain_sfconnect.accounts.refresh import Refresher
from langchain_sfconnect.accounts.service import Accounts, check_identifier
from langchain_sfconnect.accounts.sightings import Sightings
from langchain_sfconnect.accounts.tokens import Tokens
from langchain_sfconnect.accounts.vault import Vault
from langchain_sfconnect.config import SalesforceApp, read_settings
from langchain_sfconnect.connection import Connection, Method, rest_call
from langchain_sfconnect.oauth.client import OAuthClient
from langchain_sfconnect.salesforce.client import SalesforceClient
from langchain_sfconnect.salesforce.hearing import TheirClock
from langchain_sfconnect.salesforce.hosts import HostPolicy
from langchain_sfconnect.salesforce.retry import RetryPolicy
from langchain_sfconnect.stores.base import TokenStore
from langchain_sfconnect.stores.keys import KeyProvider
from langchain_sfconnect.stores.opening import open_keys, open_store
from langchain_sfconnect.stores.sealing import Sealer

if TYPE_CHECKING:
    from langchain_sfconnect.toolkit import SalesforceToolkit
    from langchain_sfconnect.tools.identity import AccountFor
    from langchain_sfconnect.tools.policy import AccessPolicy


def _now() -> datetime:
    return datetime.now(UTC)


def _open_transport() -> Transport:
    from langchain_sfconnect._transport import AiohttpTransport  # here, because loading aiohttp takes long

    return AiohttpTransport()


class SalesforceConnect(AccountMethods):
    """Connects each user of a product to Salesforce, and gives agents tools that work there in the user's name.

    Args:
        app: The OAuth app users give their consent to.
        store: `memory://`, `sqlite:///path`, or a TokenStore; by default an SQLite file in the user's data directory.
        encryption_keys: Keys as `KeyRing.generate_key()` prints them: the first seals, all open; or a
            KeyProvider, such as one of a cloud key service. By default, for a SQLite store, a key file beside it.
        connection: Name of this connection; accounts of different names do not see each other.
        session_timeout: Assumed lifetime of access tokens where Salesforce does not tell one.
        link_lifetime: How long an authorization link works.
        allow_identity_change: Whether an account may be authorized again by another Salesforce user or org.
        write_retention: How long it is remembered what became of an agent's write, so that a graph that executes the
            call again gets the first outcome.
        authorize: From the identifier that a run of an agent names, and the user whom a LangGraph server has
            authenticated (None elsewhere), to whether that user may use that account. Asked before every tool call and
            by the guard; give one on servers, where clients choose a run's context and config.
        clock: Tells the time, aware UTC.
        sleep: Awaited between tries.

    Raises:
        ConfigurationError: A setting is wrong.
        HostNotAllowed: A login URL of the app is not Salesforce's.
    """

    def __init__(
        self,
        app: SalesforceApp,
        store: str | TokenStore | None = None,
        encryption_keys: Sequence[str] | KeyProvider | None = None,
        connection: str = "salesforce",
        *,
        session_timeout: timedelta = timedelta(hours=2),
        link_lifetime: timedelta = timedelta(hours=1),
        allow_identity_change: bool = False,
        write_retention: timedelta = timedelta(days=30),
        authorize: Authorize | None = None,
        clock: Callable[[], datetime] = _now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._app = app
        self._owns_store = store is None or isinstance(store, str)
        self._store = open_store(store) if store is None or isinstance(store, str) else store
        hosts = HostPolicy(app)
        self._http = Http(hosts.check, _open_transport)
        oauth = OAuthClient(app, self._http)
        expiry = ExpiryTeacher(oauth, session_timeout)
        sealer = Sealer(open_keys(encryption_keys, self._store))
        vault = Vault(self._store, sealer, connection=connection, clock=clock)
        tokens = Tokens(vault, Refresher(vault, oauth, expiry, allows=hosts.check, sleep=sleep))
        their_clock = TheirClock(clock)
        sending: dict[str, Any] = {"api_version": app.api_version, "their_clock": their_clock}
        salesforce = SalesforceClient(self._http, tokens, retry=RetryPolicy(sleep=sleep), **sending)
        inquiry = Inquiry(oauth, salesforce.send_as, hosts)
        settings = ConsentSettings(link_lifetime, allow_identity_change)
        consent = Consent(vault, oauth, hosts, inquiry, expiry, settings)
        # A doctor tells of trouble instead of waiting until it is over.
        few_tries = RetryPolicy(attempts=2, total_seconds=5, sleep=sleep)
        impatient = SalesforceClient(self._http, tokens, retry=few_tries, **sending)
        doctor = Doctor(vault, tokens, oauth, impatient)
        sightings = Sightings(vault, oauth, salesforce)
        ledger = Ledger(vault, salesforce, sightings, their_clock, retention=write_retention, sleep=sleep)
        super().__init__(Accounts(vault, consent, tokens, oauth, salesforce, doctor, ledger), sleep=sleep)
        self._connection = LocalConnection(self._accounts, authorize)

    @classmethod
    def from_env(cls) -> SalesforceConnect:
        """Build from `SFCONNECT_CLIENT_ID`, `SFCONNECT_CLIENT_SECRET`, `SFCONNECT_REDIRECT_URI`, `SFCONNECT_STORE_URL`
        and `SFCONNECT_ENCRYPTION_KEYS` (comma separated).

        Raises:
            ConfigurationError: A variable is missing or wrong; the error names it.
        """  # noqa: D205 - the names are the summary
        settings = read_settings()
        return cls(settings.app, settings.store_url, settings.encryption_keys)

    def as_connection(self) -> Connection:
        """What tools and the guard are given: it sends operations and holds no token one could read."""
        return self._connection

    # Tools and requests

    def toolkit(
        self,
        identifier: str | None = None,
        policy: AccessPolicy | None = None,
        *,
        account_for: AccountFor | None = None,
    ) -> SalesforceToolkit:
        """The 25 tools.

        Args:
            identifier: The account they are bound to; None to resolve it at each run.
            policy: What they may do; everything by default.
            account_for: From a tool call, the run's config and runtime to an identifier, for graphs where one message
                touches several accounts. The guard needs the same.
        """
        from langchain_sfconnect.toolkit import SalesforceToolkit

        return SalesforceToolkit(self, identifier=identifier, policy=policy, account_for=account_for)

    def execute_tool(
        self, tool_name: str, *, identifier: str, tool_input: Mapping[str, Any], policy: AccessPolicy | None = None
    ) -> dict[str, Any]:
        """Call a tool by name, without LangChain, and return its full result.

        Raises:
            UnknownTool: No tool has that name.
            InvalidArgument: The input does not fit the tool.
            PolicyDenied: The policy forbids the call.
            SFConnectError: What the call itself raises.
        """
        return _portal.run(self.aexecute_tool, tool_name, identifier=identifier, tool_input=tool_input, policy=policy)

    async def aexecute_tool(
        self, tool_name: str, *, identifier: str, tool_input: Mapping[str, Any], policy: AccessPolicy | None = None
    ) -> dict[str, Any]:
        """Async twin of `execute_tool`."""
        from langchain_sfconnect.tools.execute import execute

        check_identifier(identifier)
        return await execute(self._connection, tool_name, identifier=identifier, tool_input=tool_input, policy=policy)

    def request(
        self,
        method: Method,
        path: str,
        *,
        identifier: str,
        params: Mapping[str, str] | None = None,
        json: Any = None,
    ) -> Any:
        """Any other REST call as the account; returns the parsed JSON body, None when empty.

        Args:
            method: GET, POST, PATCH, PUT or DELETE; everything but GET counts as a write.
            path: Relative to `/services/data/vNN.0`; a `nextRecordsUrl` works as it is.
            identifier: Whose account.
            params: Query parameters.
            json: The body.

        Raises:
            InvalidArgument: The path leads elsewhere.
            SFConnectError: As the tools raise.
        """
        return _portal.run(self.arequest, method, path, identifier=identifier, params=params, json=json)

    async def arequest(
        self,
        method: Method,
        path: str,
        *,
        identifier: str,
        params: Mapping[str, str] | None = None,
        json: Any = None,
    ) -> Any:
        """Async twin of `request`."""
        operation = rest_call(method, path, params=params, json=json)
        return (await self._connection.send(operation, identifier=check_identifier(identifier))).data

    # Closing

    def close(self) -> None:
        """Close connections and, if it was opened here, the store; writes and refreshes under way are let end first."""
        _portal.run(self.aclose)

    async def aclose(self) -> None:
        """Async twin of `close`, for the running event loop."""
        await self._accounts.ledger.settle()
        await self._accounts.tokens.settle()
        await self._http.aclose()
        if self._owns_store:
            await self._store.aclose()

    def __enter__(self) -> SalesforceConnect:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> SalesforceConnect:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"SalesforceConnect(client_id={self._app.client_id!r}, store={self._store!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("SalesforceConnect is not pickled: it holds encryption keys and leads to tokens.")
