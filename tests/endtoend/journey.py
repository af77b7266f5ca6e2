"""A way through the package, from a link to a broken end, that keeps all it meets: secrets, and what others can read.

Knows no pytest; what is searched for and how is in searching.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langchain_core.messages import ToolMessage

from langchain_sfconnect import SalesforceConnect
from langchain_sfconnect.errors import ReauthorizationRequired
from langchain_sfconnect.guard import ReauthorizationRequest
from langchain_sfconnect.localorg import LocalOrg


@dataclass
class Journey:
    """One way through the package, on which all that others can read is collected.

    Attributes:
        connecting: Makes further connections over the same store.
        talk: A conversation with an agent; see conversation.py.
        store: The token store's file, or the URL of its Postgres database, as the checkpoints are.
        haystack: What was collected; see searching.py.
        secrets: What must not be in it.
        failures: The errors that were raised on the way.
    """

    org: LocalOrg
    connect: SalesforceConnect
    connecting: Callable[..., SalesforceConnect]
    talk: Any
    store: Path | str
    haystack: Any
    secrets: Any
    failures: list[Exception] = field(default_factory=list)

    def link(self, identifier: str = "rep-42", connect: SalesforceConnect | None = None) -> str:
        link = (connect or self.connect).authorization_link(identifier)
        self.secrets.read_link(link.url)
        self.haystack.add("link", repr(link))
        return link.url

    def approve(self, identifier: str = "rep-42", username: str | None = None) -> str:
        callback = self.org.approve(self.link(identifier), username)
        self.secrets.read_callback(callback)
        return callback

    def authorize(self) -> None:
        self.connect.get_or_create_account("rep-42")
        self.connect.complete_authorization(self.approve(), "rep-42")

    def reads_and_writes(self) -> None:
        """An authorized rep, and a script that reads and then writes."""
        self.authorize()
        self.talk.calls(("salesforce_query_soql", {"query": "SELECT Id FROM Account LIMIT 2"})).creates("Sought")

    async def say(self, text: str = "Go.") -> Any:
        return self.heard(await self.talk.say(text))

    async def answer(self, request: ReauthorizationRequest, decision: Any = "done") -> Any:
        return self.heard(await self.talk.answer(request.resume_command(decision)))

    def heard(self, result: Any) -> Any:
        """Collect what a run gave back."""
        for message in result["messages"]:
            if isinstance(message, ToolMessage):
                self.haystack.add("tool output", message, repr(message), message.artifact)
        for question in result.get("__interrupt__", ()):
            self.haystack.add("question", question, repr(question.value))
        if (request := ReauthorizationRequest.find(result)) is not None:
            for url in request.urls:
                self.secrets.read_link(url)
        return result

    def look_back(self, stage: Any) -> None:
        """Collect what was seen on a stage; see playing.py. Accounts are renewed, so that refresh tokens are known."""
        self.connect = stage.talk.connect
        for account in self.connect.list_accounts(status="ACTIVE"):
            try:
                self.connect.refresh_account(account.identifier)
            except ReauthorizationRequired as error:  # nobody has noticed yet that it was revoked
                self.haystack.add_error(error)
        for link, callback in zip(stage.links, stage.callbacks, strict=True):
            self.secrets.read_link(link)
            self.secrets.read_callback(callback)
        for result in stage.results:
            self.heard(result)
        for error in stage.failures:
            self.haystack.add_error(error)
        self.haystack.add("repr", repr(self.connect.as_connection()))

    @contextmanager
    def failing(self) -> Iterator[None]:
        """What is done inside fails, and how it does is collected."""
        before = len(self.failures)
        try:
            yield
        except Exception as error:
            self.failures.append(error)
            self.haystack.add_error(error)
        assert len(self.failures) > before, "nothing failed"

    def look_everywhere(self, log: Any) -> set[str]:
        """What was found of all secrets that occurred."""
        self.secrets.read_requests(self.org.requests)
        self.haystack.add("account", *map(repr, self.connect.list_accounts()))
        self.haystack.add("repr", repr(self.connect), repr(self.org.app))
        self.haystack.add_log(log.handler, log.records)
        self.look_into_databases()
        found: set[str] = self.haystack.leaks(self.secrets)
        return found

    def look_into_databases(self) -> None:
        """Collect all that lies in them."""
        self._look_into("store", self.store, schema="sfconnect")
        self._look_into("checkpoint", self.talk.checkpoints, schema="public")

    def _look_into(self, place: str, database: Path | str, *, schema: str) -> None:
        if isinstance(database, str):
            self.haystack.add_postgres(place, database, schema=schema)
        elif database.exists():
            self.haystack.add_database(place, database)
