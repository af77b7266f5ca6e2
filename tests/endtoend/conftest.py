"""A running local org per module, set back before each test, a rep who has authorized, and ways to call and to talk."""

from __future__ import annotations

import importlib.util
import json
import logging
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool
from langgraph.checkpoint.serde.event_hooks import register_serde_event_listener

from langchain_sfconnect import SalesforceConnect
from langchain_sfconnect.localorg import LocalOrg
from langchain_sfconnect.localorg.journal import RecordedRequest
from langchain_sfconnect.localorg.policy import Policy
from langchain_sfconnect.stores import KeyRing

sys.path.append(str(Path(__file__).parent))  # the processes that tests start are given functions of modules here

DATA = "/services/data/"
OBJECTS = ("Account", "Contact", "Opportunity", "OpportunityContactRole", "Lead", "Task")


@pytest.fixture(scope="module")
def running_org() -> Iterator[LocalOrg]:
    with LocalOrg() as org:
        yield org


@pytest.fixture
def org(running_org: LocalOrg) -> LocalOrg:
    """The module's org under its default policies, with no fault planned and an empty journal."""
    vars(running_org.policy).update(vars(Policy()))
    running_org.faults.clear()
    running_org.requests.clear()
    return running_org


@pytest.fixture(params=["sync", "async"])
def mode(request: pytest.FixtureRequest) -> str:
    """Which half of the public methods is used."""
    return str(request.param)


@pytest.fixture(scope="module")
def standing_connect(
    running_org: LocalOrg, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[SalesforceConnect, str]]:
    """A connection for the whole module, and the rep who is connected through it."""

    def now() -> datetime:
        return running_org.clock.now()

    store = f"sqlite:///{tmp_path_factory.mktemp('standing')}/accounts.sqlite"
    with SalesforceConnect(running_org.app, store, [KeyRing.generate_key()], clock=now) as connect:
        connect.get_or_create_account("rep-42")
        connect.complete_authorization(running_org.approve(connect.authorization_link("rep-42").url), "rep-42")
        yield connect, "rep-42"


@dataclass
class Caller:
    """Calls tools in a rep's name, through LangChain as a model's call would arrive, or by name without LangChain."""

    connect: SalesforceConnect
    identifier: str
    mode: str

    @cached_property
    def tools(self) -> dict[str, BaseTool]:
        return {tool.name: tool for tool in self.connect.toolkit(self.identifier).get_tools()}

    async def message(self, name: str, /, **arguments: Any) -> ToolMessage:
        call = {"type": "tool_call", "id": "call_1", "name": name, "args": arguments}
        tool = self.tools[name]
        message = tool.invoke(call) if self.mode == "sync" else await tool.ainvoke(call)
        assert isinstance(message, ToolMessage)
        return message

    async def content(self, name: str, /, **arguments: Any) -> Any:
        """What the model reads of a call that succeeds."""
        message = await self.message(name, **arguments)
        assert message.status == "success", message.content
        return json.loads(str(message.content))

    async def result(self, name: str, /, **arguments: Any) -> Any:
        """The whole result of a call that succeeds."""
        message = await self.message(name, **arguments)
        assert message.status == "success", message.content
        return message.artifact

    async def error(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """What the model reads of a call that fails."""
        message = await self.message(name, **arguments)
        assert message.status == "error", message.content
        error: dict[str, Any] = json.loads(str(message.content))["error"]
        return error

    async def execute(self, name: str, /, **tool_input: Any) -> dict[str, Any]:
        if self.mode == "sync":
            return self.connect.execute_tool(name, identifier=self.identifier, tool_input=tool_input)
        return await self.connect.aexecute_tool(name, identifier=self.identifier, tool_input=tool_input)


@pytest.fixture
def caller(org: LocalOrg, standing_connect: tuple[SalesforceConnect, str], mode: str) -> Caller:
    return Caller(*standing_connect, mode)


@pytest.fixture
def one(org: LocalOrg) -> Callable[[str], dict[str, Any]]:
    """The one row of a query, read behind the tools' back."""

    def look(soql: str) -> dict[str, Any]:
        (row,) = org.query(soql)
        return {name: value for name, value in row.items() if name != "attributes"}

    return look


@pytest.fixture
def make(org: LocalOrg) -> Callable[..., str]:
    """Makes a record behind the tools' back and returns its id."""

    def go(sobject: str, **fields: Any) -> str:
        return org.engine.session(org.users[0]["Id"]).create(sobject, fields)

    return go


@pytest.fixture
def sent(org: LocalOrg) -> Callable[..., list[RecordedRequest]]:
    """The REST requests that arrived so far, by method and by what their path ends with."""

    def find(method: str | None = None, ending: str = "") -> list[RecordedRequest]:
        requests = (each for each in list(org.requests) if each.path.startswith(DATA) and each.path.endswith(ending))
        return [each for each in requests if method in (None, each.method)]

    return find


@pytest.fixture
def state_of_the_org(org: LocalOrg) -> Callable[[], list[dict[str, Any]]]:
    """How many records of each object there are, and when one last changed: differs after any write."""

    def look() -> list[dict[str, Any]]:
        return [
            org.query(f"SELECT COUNT(Id) rows, MAX(SystemModstamp) changed FROM {sobject}")[0] for sobject in OBJECTS
        ]

    return look


def _module(name: str) -> ModuleType:
    """A plain module beside this file; the processes that tests start import conversation.py as such."""
    full_name, path = f"endtoend_{name}", Path(__file__).with_name(f"{name}.py")
    if full_name not in sys.modules:
        spec = importlib.util.spec_from_file_location(full_name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[full_name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[full_name])
    return sys.modules[full_name]


@pytest.fixture
def searching() -> ModuleType:
    """searching.py: what is secret, and where it is looked for."""
    return _module("searching")


@pytest.fixture
def conversing(connect: SalesforceConnect, tmp_path: Path) -> Callable[..., Any]:
    """Begins a conversation over the test's own checkpoints and connection; see conversation.py."""

    def begin(**options: Any) -> Any:
        return _module("conversation").Conversation(
            **{"connect": connect, "checkpoints": tmp_path / "checkpoints.sqlite", **options}
        )

    return begin


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Plays what a module's `performances` names; see scenarios.py and grounds.py."""
    if "performance" in metafunc.fixturenames:
        performances = metafunc.module.performances(_module("grounds"), _module("scenarios"))
        metafunc.parametrize("performance", performances, ids=str)


@pytest.fixture
def playing() -> ModuleType:
    """playing.py: acts scenarios out, and judges."""
    return _module("playing")


@pytest.fixture(scope="session")
def checkpoint_database(postgres_server: str, worker_id: str) -> str:
    """The URL of a Postgres database that is made ready for checkpoints; tests tell theirs by the thread."""
    import psycopg
    from langgraph.checkpoint.postgres import PostgresSaver

    name = f"sfconnect_checkpoints_{worker_id}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
    url = urlunsplit(urlsplit(postgres_server)._replace(path=f"/{name}"))
    with PostgresSaver.from_conn_string(url) as saver:
        saver.setup()
    return url


@pytest.fixture
def only_plain_values() -> Iterator[None]:
    """Fails where a checkpoint held a class that LangGraph's strict mode would not read back."""
    odd: list[Any] = []
    forget = register_serde_event_listener(odd.append)
    yield
    forget()
    assert odd == []


@pytest.fixture
def empty_checkpoint_database(checkpoint_database: str) -> str:
    """The same, without anything that came of other tests."""
    import psycopg

    with psycopg.connect(checkpoint_database, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('public', 'sfconnect')"
            " AND tablename NOT IN ('checkpoint_migrations', 'migrations')"
        ).fetchall()
        connection.execute(f"TRUNCATE {', '.join(name for (name,) in tables)}")
    return checkpoint_database


@pytest.fixture
async def stage(
    performance: Any,
    only_plain_values: None,
    org: LocalOrg,
    connecting: Callable[..., SalesforceConnect],
    conversing: Callable[..., Any],
    request: pytest.FixtureRequest,
) -> AsyncIterator[Any]:
    """Where a performance is played: with token store and checkpoints in the database that it names."""
    test = uuid.uuid4().hex
    options: dict[str, Any] = {"wiring": performance.wiring, "mode": performance.mode, "thread": test}
    settings: dict[str, Any] = {}
    if performance.database == "postgres":
        options["checkpoints"] = settings["store"] = request.getfixturevalue("checkpoint_database")
        settings["connection"] = test  # accounts of other tests are not seen
    users = [user["Username"] for user in org.users if user["IsActive"]]
    accounts = {"rep-42": org.username, "alice": users[1], "bob": users[2]}
    made: list[SalesforceConnect] = []

    def connect() -> SalesforceConnect:
        made.append(connecting(**settings))
        return made[-1]

    yield _module("playing").Stage(org, connect, conversing(connect=connect(), **options), accounts, test)
    for each in made if performance.mode == "async" else ():
        await each.aclose()  # here, while the loop lives that it was used on


@pytest.fixture(params=["create_agent", "graph"])
def wiring(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[("create_agent", "sync"), ("graph", "async")], ids="-".join)
def talk(request: pytest.FixtureRequest, conversing: Callable[..., Any], rep: str) -> Any:
    """A conversation of a rep who has authorized; in two of the four combinations of wiring and mode, where a test
    does not name others."""
    wiring, mode = request.param
    return conversing(identifier=rep, wiring=wiring, mode=mode)


async def no_pause(_: float) -> None:
    return None


@pytest.fixture
def journey(
    org: LocalOrg,
    connecting: Callable[..., SalesforceConnect],
    conversing: Callable[..., Any],
    tmp_path: Path,
    key: str,
    mode: str,
    caplog: pytest.LogCaptureFixture,
) -> Any:
    """A way not yet gone: sync over `create_agent`, async over a graph, with every log at DEBUG and no pauses."""
    caplog.set_level(logging.DEBUG)
    connect = connecting(sleep=no_pause)
    talk = conversing(connect=connect, mode=mode, wiring="create_agent" if mode == "sync" else "graph")
    searching = _module("searching")
    store, haystack = tmp_path / "accounts.sqlite", searching.Haystack()
    journey = _module("journey").Journey(org, connect, connecting, talk, store, haystack, searching.Secrets())
    talk.callbacks = [searching.RecordingTracer(haystack)]
    journey.secrets.add("encryption key", key)
    journey.secrets.add("client_secret", org.client_secret)
    return journey


@pytest.fixture
def way(
    performance: Any,
    stage: Any,
    org: LocalOrg,
    connecting: Callable[..., SalesforceConnect],
    tmp_path: Path,
    key: str,
    request: pytest.FixtureRequest,
) -> Any:
    """A journey over a stage, on which all is written down; on Postgres it is the only one in its database."""
    if performance.database == "postgres":
        request.getfixturevalue("empty_checkpoint_database")
    searching, talk = _module("searching"), stage.talk
    haystack, secrets = searching.Haystack(), searching.Secrets()
    talk.callbacks = [searching.RecordingTracer(haystack)]
    secrets.add("encryption key", key)
    secrets.add("client_secret", org.client_secret)
    store = talk.checkpoints if performance.database == "postgres" else tmp_path / "accounts.sqlite"
    return _module("journey").Journey(org, talk.connect, connecting, talk, store, haystack, secrets)
