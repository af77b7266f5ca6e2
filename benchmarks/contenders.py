"""The same query as a LangChain tool, three times: ours, a bare httpx one and a bare simple-salesforce one."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import requests
from langchain_core.tools import BaseTool
from pydantic import BaseModel, PrivateAttr
from simple_salesforce.api import Salesforce

from langchain_sfconnect import SalesforceApp, SalesforceConnect
from langchain_sfconnect.stores import KeyRing

API = "/services/data/v66.0"
TOKEN = "00D5g000004Case!AQ.fixed"
SOQL = "SELECT Id, Name, Industry FROM Account WHERE Name = 'Acme' LIMIT 1"
TOOL = "salesforce_query_soql"
REP = "rep-1"


class Query(BaseModel):
    """What the bare tools take."""

    query: str


class HttpxTool(BaseTool):
    """What one writes first: httpx's own client, a fixed token, no accounts."""

    name: str = TOOL
    description: str = "Run a SOQL query."
    args_schema: type[BaseModel] = Query
    _url: str = PrivateAttr()
    _client: httpx.AsyncClient = PrivateAttr()

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        super().__init__()
        self._url, self._client = f"{url}{API}/query", client

    def _run(self, query: str) -> Any:
        raise NotImplementedError("This tool is awaited.")

    async def _arun(self, query: str) -> Any:
        answer = await self._client.get(self._url, params={"q": query}, headers={"authorization": f"Bearer {TOKEN}"})
        return answer.raise_for_status().json()


class SimpleSalesforceTool(BaseTool):
    """What one writes around the best known client, which is synchronous; its session keeps `threads` connections."""

    name: str = TOOL
    description: str = "Run a SOQL query."
    args_schema: type[BaseModel] = Query
    _client: Salesforce = PrivateAttr()

    def __init__(self, url: str, *, threads: int) -> None:
        super().__init__()
        session = requests.Session()
        session.mount("http://", requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=threads))
        self._client = Salesforce(instance_url=url, session_id=TOKEN, session=session)
        self._client.base_url = f"{url}{API}/"  # it would write https

    def _run(self, query: str) -> Any:
        return self._client.query(query)


@contextmanager
def connected(url: str, accounts: int = 1) -> Iterator[SalesforceConnect]:
    """Ours with everything on: an SQLite store, sealed tokens, and `accounts` reps who went through OAuth."""
    app = SalesforceApp("bench", redirect_uri="http://127.0.0.1/callback", login_url=url, sandbox_login_url=url)
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:///{folder}/accounts.sqlite"
        with SalesforceConnect(app, store=store, encryption_keys=[KeyRing.generate_key()]) as connect:
            for number in range(1, accounts + 1):
                _authorize(connect, f"rep-{number}")
            yield connect


def _authorize(connect: SalesforceConnect, identifier: str) -> None:
    connect.get_or_create_account(identifier)
    link = connect.authorization_link(identifier).url
    state = parse_qs(urlsplit(link).query)["state"][0]
    connect.complete_authorization(f"http://127.0.0.1/callback?code=abc&state={state}", identifier)


def our_tool(connect: SalesforceConnect, identifier: str = REP) -> BaseTool:
    """The query tool of one account's toolkit."""
    return next(tool for tool in connect.toolkit(identifier).get_tools() if tool.name == TOOL)


def call_input() -> dict[str, Any]:
    """A tool call as a model makes it, new for each call."""
    return {"type": "tool_call", "id": "call-1", "name": TOOL, "args": {"query": SOQL}}
