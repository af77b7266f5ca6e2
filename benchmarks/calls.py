"""One query at a time through LangChain: ours beside a bare httpx tool and a bare simple-salesforce tool."""

from __future__ import annotations

import httpx
from langchain_core.tools import BaseTool

from benchmarks.contenders import HttpxTool, SimpleSalesforceTool, call_input, connected, our_tool
from benchmarks.figures import Figure
from benchmarks.rounds import Round, Timings, take_turns
from benchmarks.server import serving

TITLE = "One call at a time"
CALLS, ROUNDS = 50, 40


def awaited(tool: BaseTool) -> Round:
    """A round of calls, each awaited before the next."""

    async def run() -> None:
        for _ in range(CALLS):
            await tool.ainvoke(call_input())

    return run


def invoked(tool: BaseTool) -> Round:
    """A round of synchronous calls. They block the event loop, on which nothing else waits."""

    async def run() -> None:
        for _ in range(CALLS):
            tool.invoke(call_input())

    return run


async def measure() -> list[Figure]:
    """Time per call, and the ratios that are held to a bound."""
    with serving() as server, connected(server.url) as connect:
        async with httpx.AsyncClient() as client:
            ours = our_tool(connect)
            timings = await take_turns(
                {
                    "ours": awaited(ours),
                    "httpx": awaited(HttpxTool(server.url, client)),
                    "ours, sync": invoked(ours),
                    "simple-salesforce": invoked(SimpleSalesforceTool(server.url, threads=1)),
                },
                calls=CALLS,
                rounds=ROUNDS,
            )
            await connect.aclose()
    return _figures(timings)


def _figures(timings: Timings) -> list[Figure]:
    return [
        Figure("ours, ainvoke", timings.median("ours") * 1e6, "µs"),
        Figure("ours, invoke", timings.median("ours, sync") * 1e6, "µs"),
        Figure("bare httpx.AsyncClient tool, ainvoke", timings.median("httpx") * 1e6, "µs"),
        Figure("simple-salesforce tool, invoke", timings.median("simple-salesforce") * 1e6, "µs"),
        Figure("ours / httpx", timings.ratio("ours", "httpx"), "x", at_most=1.0),
        Figure("ours / simple-salesforce", timings.ratio("ours", "simple-salesforce"), "x", at_most=0.75),
        Figure("ours, invoke / simple-salesforce", timings.ratio("ours, sync", "simple-salesforce"), "x"),
    ]
