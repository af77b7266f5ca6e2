"""Acts a scenario out, step by step, with agent, connection and checkpointer built anew before each, and judges it.

The judge is the org: what it was asked to write, by whom, and when. Knows no pytest.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool, StructuredTool
from langgraph.types import Command, interrupt

from langchain_sfconnect import SalesforceConnect
from langchain_sfconnect.guard import ReauthorizationRequest
from langchain_sfconnect.localorg import LocalOrg

DEADLINE = 30.0
WRITING = {"POST", "PATCH", "PUT", "DELETE"}


class Stumbled(ConnectionError):
    """What a tool of the product raises; LangGraph's default retry policy repeats it."""


@dataclass
class Stage:
    """Where scenarios are played, and what is seen of them.

    Attributes:
        connecting: Makes connections over the same store.
        talk: A conversation; see conversation.py.
        accounts: The Salesforce user behind each identifier.
        test: A word that no other test uses.
        links, callbacks, results, failures: What was seen on the way.
    """

    org: LocalOrg
    connecting: Callable[[], SalesforceConnect]
    talk: Any
    accounts: dict[str, str]
    test: str
    links: list[str] = field(default_factory=list)
    callbacks: list[str] = field(default_factory=list)
    results: list[Any] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    _seen: int = 0
    _revoked: bool = False
    _stumbled: bool = False

    # --- what happens -------------------------------------------------------------------------------------------------

    def revoke(self, *identifiers: str) -> None:
        for identifier in identifiers:
            self.org.revoke(self.accounts[identifier])

    def revoke_once(self, call: Any) -> None:
        if not self._revoked:
            self._revoked = True
            self.revoke(self.talk.identifier)

    def authorize(self, identifier: str) -> None:
        self.talk.connect.get_or_create_account(identifier)
        self._allow(self.talk.connect.authorization_link(identifier).url, identifier)

    def authorize_as_asked(self, *identifiers: str) -> None:
        """These users open their links of the question."""
        links = {each["identifier"]: each["auth_url"] for each in self.question.accounts}
        for identifier in identifiers:
            self._allow(links[identifier] or "", identifier)

    def authorize_with(self, request: ReauthorizationRequest) -> None:
        """All users of a question open their links."""
        for each in request.accounts:
            self._allow(each["auth_url"] or "", each["identifier"])

    def _allow(self, url: str, identifier: str) -> None:
        callback = self.org.approve(url, self.accounts[identifier])
        self.links.append(url)
        self.callbacks.append(callback)
        self.talk.connect.complete_authorization(callback, identifier)

    async def restart(self) -> None:
        """Close the connection and make another, as a process does that ends and is started again."""
        if self.talk.mode == "sync":
            self.talk.connect.close()
        else:
            await self.talk.connect.aclose()
        self.talk.connect = self.connecting()

    # --- the product's own tools --------------------------------------------------------------------------------------

    @cached_property
    def ask_somebody(self) -> BaseTool:
        return StructuredTool.from_function(
            lambda text: str(interrupt({"type": "ask_somebody", "text": text})),
            name="ask_somebody",
            description="Asks.",
        )

    @cached_property
    def stumble_once(self) -> BaseTool:
        """Fails the first time it is called, once a write has reached the org."""

        def stumble() -> str:
            for _ in self._until_a_write_arrives():
                threading.Event().wait(0.005)
            return self._stumble()

        async def astumble() -> str:
            for _ in self._until_a_write_arrives():
                await asyncio.sleep(0.005)
            return self._stumble()

        return StructuredTool.from_function(stumble, astumble, name="stumble_once", description="Fails once.")

    def _until_a_write_arrives(self) -> Iterator[None]:
        deadline = time.monotonic() + DEADLINE
        while not any(fault.hits for fault in self.org.faults):
            assert time.monotonic() < deadline, "no write arrived"
            yield

    def _stumble(self) -> str:
        if not self._stumbled:
            self._stumbled = True
            raise Stumbled("The product's own trouble.")
        return "All right now."

    # --- what is seen -------------------------------------------------------------------------------------------------

    def begins(self) -> None:
        """From here on, what arrives at the org counts."""
        self._seen = len(self.org.requests)

    @property
    def question(self) -> ReauthorizationRequest:
        request = ReauthorizationRequest.find(self.results[-1])
        assert request is not None, "nobody was asked"
        return request

    @property
    def writes(self) -> list[tuple[str, str | None]]:
        """What has been written, and by which user, in an order of our own: a turn's calls run together."""
        return sorted(
            (_name(request), request.user) for request in self._attempts() if request.status in (None, 200, 201, 204)
        )

    @property
    def refused(self) -> int:
        """How many writes were answered 401; no write is answered in any other way."""
        attempts = [request.status for request in self._attempts()]
        assert set(attempts) <= {None, 200, 201, 204, 401}, attempts
        return attempts.count(401)

    def _attempts(self) -> list[Any]:
        data = [each for each in list(self.org.requests)[self._seen :] if each.path.startswith("/services/data/")]
        return [request for request in data if request.method in WRITING]

    def expected(self, names: tuple[str, ...]) -> list[tuple[str, str]]:
        """These writes, each by the user of its account."""
        return sorted((name.format(test=self.test), self._user_of(name)) for name in names)

    def _user_of(self, name: str) -> str:
        return self.accounts.get(name.partition(" ")[0]) or self.accounts[self.talk.identifier]


def _name(request: Any) -> str:
    return str(json.loads(request.body)["Name"]) if request.method == "POST" else str(request.method)


async def play(scenario: Any, stage: Stage) -> Any:
    """Act it out from the beginning to the end, and judge; returns the last result."""
    prepare(scenario, stage)
    for act in scenario.before:
        act(stage)
    stage.begins()
    result = await _take(stage, {"messages": [HumanMessage("Go.")]})
    for step in scenario.steps:
        result = await _take(stage, await _go_on(step, result, stage))
    judge(scenario, result, stage)
    return result


def prepare(scenario: Any, stage: Stage) -> None:
    """Connect the accounts, and script the model."""
    for identifier in scenario.accounts:
        stage.authorize(identifier)
    talk = stage.talk
    talk.identifier = scenario.accounts[0]
    if len(scenario.accounts) > 1:
        talk.account_for = lambda call, *_: call["args"]["Name"].partition(" ")[0]
    for name, value in scenario.settings(stage).items():
        setattr(talk, name, value)
    for turn in scenario.turns:
        talk.calls(*(_filled_in(call, stage) for call in turn))
        if scenario.ids:
            _rename(talk.script[-1], scenario.ids)


def _filled_in(call: Any, stage: Stage) -> Any:
    name, given = call
    args = {key: value.format(test=stage.test) for key, value in given.items()}
    if name == "salesforce_account_update":
        args["account_id"] = stage.org.query("SELECT Id FROM Account LIMIT 1")[0]["Id"]
    return name, args


def _rename(message: AIMessage, ids: Any) -> None:
    for call, id_ in zip(message.tool_calls, ids, strict=True):
        call["id"] = id_


async def _take(stage: Stage, given: Any) -> Any:
    try:
        result = await stage.talk.step(given)
    except Stumbled as error:
        stage.failures.append(error)
        return error
    stage.results.append(result)
    return result


async def _go_on(step: Any, result: Any, stage: Stage) -> Any:
    """What the run is given next, once it is seen to have stopped where it must, and all is built anew."""
    if not hasattr(step, "about"):
        assert isinstance(result, Stumbled)
        await stage.restart()
        return None
    (asked,) = result["__interrupt__"]
    request = ReauthorizationRequest.find(result)
    assert _about(asked.value, request) == step.about
    assert request is None or stage.writes == stage.expected(step.written)
    await stage.restart()
    # A neighbour may interrupt while a write is under way; closing the connection lets it end.
    assert stage.writes == stage.expected(step.written)
    for act in step.meanwhile:
        act(stage)
    return request.resume_command(step.answer) if request else Command(resume={asked.id: step.answer})


def _about(value: Any, request: ReauthorizationRequest | None) -> Any:
    if request is not None:
        return tuple(account["identifier"] for account in request.accounts)
    return value.get("type", "review")


def judge(scenario: Any, result: Any, stage: Stage) -> None:
    """Each intended write once and by the right user, every call answered once, and a history that models accept."""
    assert stage.writes == stage.expected(scenario.writes)
    assert stage.refused == scenario.refused
    assert not isinstance(result, Exception)
    assert "__interrupt__" not in result
    assert result["messages"][-1].text == "Done."
    answers = [message for message in result["messages"] if isinstance(message, ToolMessage)]
    calls = [call["id"] for message in result["messages"] for call in getattr(message, "tool_calls", ())]
    assert sorted(message.tool_call_id for message in answers) == sorted(calls)
    assert {m.tool_call_id: _code(m) for m in answers if m.status == "error"} == scenario.errors, answers


def _code(message: ToolMessage) -> str:
    """The error's code; a reviewer's words may stand before it, or alone."""
    _, found, envelope = str(message.content).partition('{"error":')
    if not found:
        return "rejected"
    error = json.loads(found + envelope)["error"]
    assert error["code"] != "REAUTHORIZATION_REQUIRED" or "Nothing was written" in error["hint"], error
    return str(error["code"])
