"""A conversation with an agent: only the model is scripted; tools, guard and checkpoints are the real ones.

Used by the tests and by the processes they start, so it knows neither pytest nor the local org.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.types import Command, RetryPolicy

from langchain_sfconnect import SalesforceConnect, SalesforceToolkit
from langchain_sfconnect.guard import SalesforceGuard, SalesforceGuardMiddleware
from langchain_sfconnect.tools.identity import AccountFor

Meddler = Callable[[Any], None]
"""Is shown each tool call right before it runs."""


@dataclass(frozen=True)
class Tenant:
    """Who is talking, as the run's context tells it."""

    salesforce_identifier: str


class ScriptedModel(BaseChatModel):
    """Says the n-th line of its script as its n-th message, counted in the history: a restart changes nothing.

    Where the script holds a word instead of a message, that word is the name of the account it creates; `{said}` in it
    is what the user said last.
    """

    script: list[str | AIMessage]

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> ScriptedModel:
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        refuse_unanswered(messages)
        turn = sum(isinstance(message, AIMessage) for message in messages)
        line = self.script[turn] if turn < len(self.script) else AIMessage("Done.")
        if isinstance(line, str):
            said = next(message.text for message in reversed(messages) if isinstance(message, HumanMessage))
            line = asks(("salesforce_account_create", {"Name": line.format(said=said)}), ids=[f"call_{turn}"])
        return ChatResult(generations=[ChatGeneration(message=line.model_copy(deep=True))])


def asks(*calls: tuple[str, dict[str, Any]], ids: Sequence[str] = ()) -> AIMessage:
    """The model asks for these tool calls, all in one turn."""
    named = zip(calls, ids or [f"call_{index}" for index in range(len(calls))], strict=True)
    return AIMessage("", tool_calls=[{"name": name, "args": args, "id": id_} for (name, args), id_ in named])


def refuse_unanswered(messages: Sequence[BaseMessage]) -> None:
    """What model providers do: every call is answered, exactly once, before anybody else speaks."""
    waiting: list[str] = []
    for message in messages:
        if isinstance(message, ToolMessage):
            waiting.remove(message.tool_call_id)
            continue
        assert not waiting, f"400: tool calls {waiting} were not answered"
        if isinstance(message, AIMessage):
            waiting = [call["id"] or "" for call in message.tool_calls]
    assert not waiting, f"400: tool calls {waiting} were not answered"


@dataclass
class Conversation:
    """One thread. Every step opens its checkpoints and builds its agent anew, as a restarted process would.

    Attributes:
        checkpoints: A SQLite file, or the URL of a Postgres database.
        wiring: `create_agent` with the middleware; `graph` with the guard's node, its route and a ToolNode; `classic`,
            where the ToolNode gets the whole state instead of one call per task; or `subgraph`, a graph in a graph.
        beside: Further conversations whose graphs are subgraphs next to this one's.
        model: Who speaks instead of the script.
        identifier: Whose context the runs have; none where it is empty.
        mode: `sync` or `async`.
        account_for: Given to toolkit and guard alike; otherwise the run's context says whose account it is.
        approve: Which writes the guard asks people to approve.
        tools: More of them, beside the 25.
        middleware: More of it, behind the guard's.
        guard_last: The guard's middleware behind the others instead.
        meddler: Called before each tool call.
        retry_policy: Of the tools' node, in a graph.
        durability: When LangGraph writes its checkpoints.
    """

    connect: SalesforceConnect
    checkpoints: Path | str
    wiring: str = "create_agent"
    beside: list[Conversation] = field(default_factory=list)
    mode: str = "sync"
    script: list[str | AIMessage] = field(default_factory=list)
    model: BaseChatModel | None = None
    identifier: str = "rep-42"
    account_for: AccountFor | None = None
    approve: Any = "never"
    tools: list[Any] = field(default_factory=list)
    middleware: list[Any] = field(default_factory=list)
    guard_last: bool = False
    meddler: Meddler | None = None
    retry_policy: RetryPolicy | None = None
    durability: Any = "sync"
    callbacks: list[Any] = field(default_factory=list)
    thread: str = "thread"
    configurable: dict[str, Any] = field(default_factory=dict)

    def creates(self, *names: str) -> Conversation:
        """Script one turn that creates these accounts."""
        return self.calls(*(("salesforce_account_create", {"Name": name}) for name in names))

    def calls(self, *calls: tuple[str, dict[str, Any]]) -> Conversation:
        """Script one turn of these calls."""
        turn = len(self.script)
        self.script.append(asks(*calls, ids=[f"call_{turn}_{index}" for index in range(len(calls))]))
        return self

    def says(self, text: str) -> Conversation:
        """Script the end of the model's answer."""
        self.script.append(AIMessage(text))
        return self

    async def say(self, text: str = "Go.") -> Any:
        return await self.step({"messages": [HumanMessage(text)]})

    async def answer(self, command: Command[Any], *, as_tenant: str | None = None) -> Any:
        return await self.step(command, as_tenant=as_tenant)

    async def step(self, given: Any, *, as_tenant: str | None = None) -> Any:
        """Run until the agent is done or asks; None goes on after a crash."""
        run = self.run(as_tenant or self.identifier)
        async with opened(self.checkpoints, self.mode) as saver:
            agent = self.build(saver)
            return agent.invoke(given, **run) if self.mode == "sync" else await agent.ainvoke(given, **run)

    async def replay(self, *, before: str) -> Any:
        """Run again from the last moment before a node, as developers do who travel in time."""
        run = self.run(self.identifier)
        async with opened(self.checkpoints, self.mode) as saver:
            agent = self.build(saver)
            if self.mode == "sync":
                states = list(agent.get_state_history(run["config"]))
            else:
                states = [state async for state in agent.aget_state_history(run["config"])]
            config = {**run["config"], **next(state.config for state in states if before in state.next)}
            run["config"] = config
            return agent.invoke(None, **run) if self.mode == "sync" else await agent.ainvoke(None, **run)

    def run(self, tenant: str, thread: str | None = None) -> dict[str, Any]:
        """How an agent is run for a tenant."""
        configurable = {"thread_id": thread or self.thread, **self.configurable}
        config = {"configurable": configurable, "callbacks": self.callbacks}
        return {"config": config, "context": Tenant(tenant) if tenant else None, "durability": self.durability}

    def build(self, saver: BaseCheckpointSaver[Any] | None) -> Any:
        if self.wiring == "subgraph":
            inner = [each.graph().compile() for each in (self, *self.beside)]
            return _around(inner).compile(checkpointer=saver)
        if self.wiring != "create_agent":
            return self.graph().compile(checkpointer=saver)
        guard = SalesforceGuardMiddleware(self.connect, account_for=self.account_for, approve=self.approve)
        middleware = [*self.middleware, guard] if self.guard_last else [guard, *self.middleware]
        if self.meddler is not None:
            middleware.append(_Meddling(self.meddler))
        model = self.model or ScriptedModel(script=self.script)
        return create_agent(model, self._tools(), middleware=middleware, context_schema=Tenant, checkpointer=saver)

    def _tools(self) -> list[Any]:
        return [*SalesforceToolkit(self.connect, account_for=self.account_for).get_tools(), *self.tools]

    def graph(self) -> StateGraph[Any, Any, Any, Any]:
        model = self.model or ScriptedModel(script=self.script)

        def call_model(state: MessagesState) -> dict[str, Any]:
            return {"messages": [model.invoke(state["messages"])]}

        meddling = _Meddling(self.meddler or (lambda call: None))
        acting = ToolNode(
            self._tools(), wrap_tool_call=meddling.wrap_tool_call, awrap_tool_call=meddling.awrap_tool_call
        )
        graph = StateGraph(MessagesState, context_schema=Tenant)
        graph.add_node("model", call_model)
        graph.add_node(
            "guard", SalesforceGuard(self.connect, account_for=self.account_for, approve=self.approve).as_node()
        )
        graph.add_node("tools", acting, retry_policy=self.retry_policy)
        graph.add_edge(START, "model")
        graph.add_edge("model", "guard")
        route = _route_whole if self.wiring == "classic" else SalesforceGuard.route
        graph.add_conditional_edges("guard", route, ["tools", "model", END])
        graph.add_edge("tools", "model")
        return graph


class _Meddling(AgentMiddleware[Any, Any, Any]):
    def __init__(self, meddler: Meddler) -> None:
        super().__init__()
        self._meddler = meddler

    def wrap_tool_call(self, request: Any, handler: Any) -> Any:
        self._meddler(request.tool_call)
        return handler(request)

    async def awrap_tool_call(self, request: Any, handler: Any) -> Any:
        self._meddler(request.tool_call)
        return await handler(request)


def _route_whole(state: Any) -> str:
    """As the guard's route, but the tools' node gets all of the state."""
    route = SalesforceGuard.route(state)
    return route if isinstance(route, str) else "tools"


def _around(inner: Sequence[Any]) -> StateGraph[Any, Any, Any, Any]:
    graph = StateGraph(MessagesState, context_schema=Tenant)
    for number, subgraph in enumerate(inner):
        graph.add_node(f"inner{number}", subgraph)
        graph.add_edge(START, f"inner{number}")
    return graph


@asynccontextmanager
async def opened(checkpoints: Path | str, mode: str) -> AsyncIterator[BaseCheckpointSaver[Any]]:
    """LangGraph's own saver for them."""
    place = str(checkpoints)
    if place.startswith("postgres"):
        from langgraph.checkpoint.postgres import PostgresSaver
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

        savers: Any = (PostgresSaver, AsyncPostgresSaver)
    else:
        savers = (SqliteSaver, AsyncSqliteSaver)
    if mode == "sync":
        with savers[0].from_conn_string(place) as saver:
            yield saver
    else:
        async with savers[1].from_conn_string(place) as asaver:
            try:
                yield asaver
            finally:
                # A run that fails is left with its last writes under way; closed amid them, SQLite keeps its lock.
                async with asaver.lock:
                    pass
