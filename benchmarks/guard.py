"""What the guard and the ledger add to a turn with one write: the same agent with and without them, side by side."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from benchmarks.contenders import REP, connected
from benchmarks.figures import Figure
from benchmarks.rounds import Round, Timings, take_turns
from benchmarks.server import Serving, serving
from langchain_sfconnect import SalesforceConnect, SalesforceToolkit
from langchain_sfconnect.connection import Connection, Operation, Result
from langchain_sfconnect.guard import SalesforceGuardMiddleware
from langchain_sfconnect.tools import base

TITLE = "Guard and ledger, a turn with one write"
TURNS, ROUNDS = 10, 40


class Writer(BaseChatModel):
    """Asks for one write, then says that it is done."""

    @property
    def _llm_type(self) -> str:
        return "writer"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Writer:
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        call = {"name": "salesforce_account_create", "args": {"Name": "Acme"}, "id": f"call_{len(messages)}"}
        asks = AIMessage("", tool_calls=[call]) if isinstance(messages[-1], HumanMessage) else AIMessage("Done.")
        return ChatResult(generations=[ChatGeneration(message=asks)])


class WithoutLedger:
    """The same connection, which forgets that a write has a key."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self.api_version = connection, connection.api_version

    def permits(self, identifier: str, user: Any) -> bool:
        return True

    async def send(self, operation: Operation, *, identifier: str, write_key: str | None = None) -> Result:
        return await self._connection.send(operation, identifier=identifier)


async def measure() -> list[Figure]:
    """Milliseconds per turn, and what is added: accounts and ledger are in SQLite, checkpoints in memory or there too.

    With checkpoints in SQLite the bound is missed: LangGraph stores two more steps, and a write waits until it has.
    """
    with serving() as server, connected(server.url) as connect, TemporaryDirectory() as folder:
        requests = await _requests(server, _agents(connect, InMemorySaver())["both"])
        in_memory = await take_turns(_agents(connect, InMemorySaver()), calls=TURNS, rounds=ROUNDS)
        async with AsyncSqliteSaver.from_conn_string(str(Path(folder) / "checkpoints.sqlite")) as saver:
            in_sqlite = await take_turns(_agents(connect, saver), calls=TURNS, rounds=ROUNDS)
        await connect.aclose()
    return [
        *_figures("checkpoints in memory", in_memory),
        *_figures("checkpoints in SQLite", in_sqlite),
        Figure("requests of a turn: the write, and the guard's check", requests, "", at_most=2, at_least=2),
    ]


def _figures(where: str, timings: Timings) -> list[Figure]:
    def added(name: str, to: str = "bare") -> float:
        return timings.added(name, to=to) * 1e3

    return [
        Figure(f"{where}: a turn without guard and ledger", timings.median("bare") * 1e3, "ms"),
        Figure("… a middleware that does nothing adds", added("empty"), "ms"),
        Figure("… the guard adds", added("guard"), "ms"),
        Figure("… the ledger adds", added("ledger"), "ms"),
        Figure("… both together add", added("both"), "ms", at_most=5),
        Figure("… of it beyond the middleware that does nothing", added("both", to="empty"), "ms"),
    ]


async def _requests(server: Serving, turns: Round) -> float:
    before = server.counts().requests
    await turns()
    return (server.counts().requests - before) / TURNS


class Empty(AgentMiddleware[Any, Any, Any]):
    """What the guard's two hooks cost by themselves: two more steps of LangGraph, and LangChain's tracing."""

    async def awrap_model_call(self, request: Any, handler: Any) -> Any:
        return await handler(request)

    async def aafter_model(self, state: Any, runtime: Any) -> None:
        return None


def _agents(connect: SalesforceConnect, saver: BaseCheckpointSaver[Any]) -> dict[str, Round]:
    def agent(connection: Any, *middleware: Any) -> Round:
        tools = SalesforceToolkit(connection, REP).get_tools()
        return _turns(create_agent(Writer(), tools, middleware=middleware, checkpointer=saver))

    def without_ledger(*middleware: Any) -> Round:
        return _unkept(agent(WithoutLedger(connect.as_connection()), *middleware))

    def guard() -> SalesforceGuardMiddleware:
        return SalesforceGuardMiddleware(connect, identifier=REP)

    return {
        "bare": without_ledger(),
        "empty": without_ledger(Empty()),
        "guard": without_ledger(guard()),
        "ledger": agent(connect),
        "both": agent(connect, guard()),
    }


def _unkept(run: Round) -> Round:
    """The round, with tools that do not wait for the checkpoint they run from, as they do for the ledger's sake."""

    async def at_once(config: Any) -> None:
        return None

    async def unkept() -> None:
        with patch.object(base, "await_until_kept", at_once):
            await run()

    return unkept


_threads = itertools.count()


def _turns(agent: Any) -> Round:
    """A round: so many turns, each in a thread of its own, so that no history grows."""

    async def run() -> None:
        for _ in range(TURNS):
            config = {"configurable": {"thread_id": f"thread-{next(_threads)}"}}
            answer = await agent.ainvoke({"messages": [HumanMessage("Go.")]}, config)
            assert answer["messages"][-1].text == "Done."
            assert answer["messages"][-2].status == "success"

    return run
