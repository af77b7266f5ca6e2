"""A scripted agent on both wirings, sync and async, on both savers, and rebuilt from nothing before every step."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.types import Command

from langchain_sfconnect.connection import Operation, Result
from langchain_sfconnect.errors import SFConnectError
from langchain_sfconnect.guard import ReauthorizationRequest, SalesforceGuard, SalesforceGuardMiddleware
from langchain_sfconnect.tools import SPECS
from langchain_sfconnect.tools.base import Binding, SalesforceTool

ACCOUNT_ID = "001000000000001AAA"
PLANTED = "00D5e000001PlanT!AQ0AQPlantedAccessToken"
LINK_EXPIRES = datetime(2026, 3, 1, 14, 30, tzinfo=timezone(timedelta(hours=2)))


@dataclass
class FakeAccount:
    identifier: str
    status: str
    status_reason: str | None = None
    username: str | None = "rep@acme.example"
    org_name: str | None = "Acme Sales"
    environment: str | None = "production"
    access_token: str = PLANTED


@dataclass
class FakeLink:
    url: str
    expires_at: datetime
    code_verifier: str = PLANTED


@dataclass
class FakeConnect:
    """An in-memory Connectable that counts what it is asked."""

    statuses: dict[str, str] = field(default_factory=lambda: {"rep-42": "ACTIVE"})
    then: list[str] = field(default_factory=list)
    errors: dict[str, SFConnectError] = field(default_factory=dict)
    checks: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    sent: list[tuple[str, Operation]] = field(default_factory=list)
    reserved: dict[str, str] = field(default_factory=dict)
    access_token: str = PLANTED
    api_version: str = "66.0"

    def as_connection(self) -> FakeConnect:
        return self

    async def reserve(self, write_keys: Sequence[str], *, identifier: str) -> None:
        self.reserved.update(dict.fromkeys(write_keys, identifier))

    def permits(self, identifier: str, user: Any) -> bool:
        return True

    async def send(self, operation: Operation, *, identifier: str, **_: Any) -> Result:
        self.sent.append((identifier, operation))
        if operation.method == "GET":
            return Result(200, {"Id": ACCOUNT_ID, "Name": "Acme", "Industry": "Energy"})
        if operation.method == "DELETE":
            return Result(204)
        return Result(201, {"id": ACCOUNT_ID, "success": True, "errors": []})

    @property
    def writes(self) -> list[tuple[str, str]]:
        """The identifier and the name of every record created, in an order of our own: a turn's calls run together."""
        return sorted((identifier, op.json["Name"]) for identifier, op in self.sent if op.kind == "write")

    @property
    def written(self) -> list[tuple[str, str, Any]]:
        """Who wrote what: the identifier, the method and the body of every write."""
        return sorted(
            ((identifier, op.method, op.json) for identifier, op in self.sent if op.kind == "write"), key=repr
        )

    @property
    def reads(self) -> list[str]:
        """The identifier of every read."""
        return [identifier for identifier, op in self.sent if op.kind == "read"]

    async def check(self, identifier: str) -> FakeAccount:
        self.checks.append(identifier)
        if identifier in self.errors:
            raise self.errors[identifier]
        status = self.then.pop(0) if self.then else self.statuses[identifier]
        return FakeAccount(identifier, status, None if status == "ACTIVE" else "grant_revoked")

    async def link(self, identifier: str) -> FakeLink:
        self.links.append(identifier)
        url = f"https://login.salesforce.com/authorize?state={identifier}-{len(self.links)}"
        return FakeLink(url, LINK_EXPIRES)


class ScriptedModel(BaseChatModel):
    """Answers the n-th time with the n-th message of its script, counted in the history: a restart changes nothing."""

    script: list[AIMessage]

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> ScriptedModel:
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        refuse_unanswered(messages)
        turn = sum(isinstance(message, AIMessage) for message in messages)
        reply = self.script[turn] if turn < len(self.script) else AIMessage("Done.")
        return ChatResult(generations=[ChatGeneration(message=reply.model_copy(deep=True))])


def refuse_unanswered(messages: Sequence[BaseMessage]) -> None:
    """What model providers do: every call is answered, exactly once, before anybody else speaks."""
    waiting: list[str] = []
    for message in messages:
        if isinstance(message, ToolMessage):
            waiting.remove(message.tool_call_id)
        else:
            assert not waiting, f"400: tool calls {waiting} were not answered"
        if isinstance(message, AIMessage):
            waiting = [call["id"] or "" for call in message.tool_calls]
    assert not waiting, f"400: tool calls {waiting} were not answered"


@dataclass
class Context:
    salesforce_identifier: str | None = None


def build_graph(model: BaseChatModel, tools: list[BaseTool], guard: SalesforceGuard) -> StateGraph[Any, Any, Any, Any]:
    def call_model(state: MessagesState) -> dict[str, Any]:
        return {"messages": [model.invoke(state["messages"])]}

    builder = StateGraph(MessagesState, context_schema=Context)
    builder.add_node("model", call_model)
    builder.add_node("guard", guard.as_node())
    builder.add_node("tools", ToolNode(tools))
    builder.add_edge(START, "model")
    builder.add_edge("model", "guard")
    builder.add_conditional_edges("guard", SalesforceGuard.route, ["tools", "model", END])
    builder.add_edge("tools", "model")
    return builder


@dataclass
class Agent:
    """One conversation. Every step builds its graph anew over the same saver, as a restarted process would."""

    wiring: str
    mode: str
    saver: BaseCheckpointSaver[Any] | Path
    connect: FakeConnect = field(default_factory=FakeConnect)
    script: list[AIMessage] = field(default_factory=list)
    guard: dict[str, Any] = field(default_factory=lambda: {"identifier": "rep-42"})
    more_tools: list[BaseTool] = field(default_factory=list)
    more_middleware: list[Any] = field(default_factory=list)
    guard_last: bool = False
    guarded: bool = True
    thread: str = "thread"
    callbacks: list[Any] = field(default_factory=list)

    def calls(self, *calls: tuple[str, dict[str, Any]], ids: Sequence[str] = ()) -> Agent:
        """Script one turn of the model: these tool calls together."""
        names = ids or [f"call_{len(self.script)}_{index}" for index in range(len(calls))]
        made = [{"name": name, "args": args, "id": id_} for (name, args), id_ in zip(calls, names, strict=True)]
        self.script.append(AIMessage("", tool_calls=made))
        return self

    def creates(self, *names: str) -> Agent:
        """Script one turn that creates these accounts."""
        return self.calls(*(("salesforce_account_create", {"Name": name}) for name in names))

    async def say(self, text: str = "Go.", **run: Any) -> Any:
        return await self._step({"messages": [HumanMessage(text)]}, **run)

    async def answer(self, answer: Any, **run: Any) -> Any:
        return await self._step(answer if isinstance(answer, Command) else Command(resume=answer), **run)

    def build(self, saver: BaseCheckpointSaver[Any] | None) -> Any:
        model, tools = ScriptedModel(script=self.script), [*self._tools(), *self.more_tools]
        if self.wiring == "graph":
            return build_graph(model, tools, SalesforceGuard(self.connect, **self.guard)).compile(checkpointer=saver)
        guard = [SalesforceGuardMiddleware(self.connect, **self.guard)] if self.guarded else []
        middleware = [*self.more_middleware, *guard] if self.guard_last else [*guard, *self.more_middleware]
        return create_agent(model, tools, middleware=middleware, context_schema=Context, checkpointer=saver)

    def _tools(self) -> list[BaseTool]:
        whose = Binding(self.connect, self.guard.get("identifier"), account_for=self.guard.get("account_for"))
        return [SalesforceTool(spec, whose) for spec in SPECS.values()]

    async def _step(self, given: Any, *, configurable: dict[str, Any] | None = None, **run: Any) -> Any:
        config: RunnableConfig = {
            "configurable": {"thread_id": self.thread, **(configurable or {})},
            "callbacks": self.callbacks,
        }
        async with self._opened() as saver:
            graph = self.build(saver)
            if self.mode == "sync":
                return graph.invoke(given, config, **run)
            return await graph.ainvoke(given, config, **run)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[BaseCheckpointSaver[Any]]:
        if not isinstance(self.saver, Path):
            yield self.saver
        elif self.mode == "sync":
            with SqliteSaver.from_conn_string(str(self.saver)) as saver:
                yield saver
        else:
            async with AsyncSqliteSaver.from_conn_string(str(self.saver)) as asaver:
                yield asaver


@pytest.fixture
def saver(request: pytest.FixtureRequest, tmp_path: Path) -> BaseCheckpointSaver[Any] | Path:
    """A SQLite file, opened anew for each step; `memory` as indirect parameter gives a saver in memory instead."""
    return InMemorySaver() if getattr(request, "param", "sqlite") == "memory" else tmp_path / "checkpoints.db"


@pytest.fixture(params=["sync", "async"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["graph", "create_agent"])
def agent(request: pytest.FixtureRequest, mode: str, saver: BaseCheckpointSaver[Any] | Path) -> Agent:
    return Agent(str(request.param), mode, saver)


@pytest.fixture
def agent_of(saver: BaseCheckpointSaver[Any] | Path) -> Callable[[str, str], Agent]:
    return lambda wiring, mode: Agent(wiring, mode, saver)


@pytest.fixture
def planted() -> str:
    """A token that every fake connection holds."""
    return PLANTED


@pytest.fixture
def fake_connect() -> FakeConnect:
    return FakeConnect()


@pytest.fixture
def question() -> Callable[[Any], ReauthorizationRequest]:
    """The guard's question in a result; fails where nobody was asked."""

    def find(result: Any) -> ReauthorizationRequest:
        request = ReauthorizationRequest.find(result)
        assert request is not None, "nobody was asked"
        return request

    return find
