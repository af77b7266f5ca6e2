"""What the guard and the ledger add to a turn with one write: the same agent with and without them, side by side."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from benchmarks.contenders import REP, connected
from benchmarks.figures import Figure
from benchmarks.rounds import Round, take_turns
from benchmarks.server import serving
from langchain_sfconnect import SalesforceConnect, SalesforceToolkit
from langchain_sfconnect.connection import Connection, Operation, Result
from langchain_sfconnect.guard import SalesforceGuardMiddleware

TITLE = "Guard and ledger, a turn with one write"
TURNS, ROUNDS = 10, 15


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
    """Milliseconds per turn, and what is added."""
    with serving() as server, connected(server.url) as connect, TemporaryDirectory() as folder:
        async with _agents(connect, Path(folder)) as agents:
            before = server.counts().requests
            await agents["bare"]()
            bare = server.counts().requests - before
            await agents["both"]()
            both = server.counts().requests - before - bare
            timings = await take_turns(agents, calls=TURNS, rounds=ROUNDS)
        await connect.aclose()
    added = {name: (timings.median(name) - timings.median("bare")) * 1e3 for name in ("guard", "ledger", "both")}
    return [
        Figure("a turn without guard and ledger", timings.median("bare") * 1e3, "ms"),
        Figure("the guard adds", added["guard"], "ms"),
        Figure("the ledger adds", added["ledger"], "ms"),
        Figure("both together add", added["both"], "ms", at_most=5),
        Figure("a turn with both / without", timings.ratio("both", "bare"), "x"),
        Figure("requests of a turn: the write, and the guard's check", both / TURNS, "", at_most=2, at_least=2),
    ]


@asynccontextmanager
async def _agents(connect: SalesforceConnect, folder: Path) -> AsyncIterator[dict[str, Round]]:
    bare: Any = WithoutLedger(connect.as_connection())
    async with AsyncSqliteSaver.from_conn_string(str(folder / "checkpoints.sqlite")) as saver:

        def agent(connection: Any, *middleware: Any) -> Any:
            tools = SalesforceToolkit(connection, REP).get_tools()
            return create_agent(Writer(), tools, middleware=middleware, checkpointer=saver)

        def guard() -> SalesforceGuardMiddleware:
            return SalesforceGuardMiddleware(connect, identifier=REP)

        yield {
            "bare": _turns(agent(bare)),
            "guard": _turns(agent(bare, guard())),
            "ledger": _turns(agent(connect)),
            "both": _turns(agent(connect, guard())),
        }


_threads = itertools.count()


def _turns(agent: Any) -> Callable[[], Any]:
    """A round: so many turns, each in a thread of its own, so that no history grows."""

    async def run() -> None:
        for _ in range(TURNS):
            config = {"configurable": {"thread_id": f"thread-{next(_threads)}"}}
            answer = await agent.ainvoke({"messages": [HumanMessage("Go.")]}, config)
            assert answer["messages"][-1].text == "Done."
            assert answer["messages"][-2].status == "success"

    return run
