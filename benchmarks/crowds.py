"""Sixty-four queries at a time through LangChain, for one account and for sixty-four; and what the server saw."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
from langchain_core.tools import BaseTool

from benchmarks.contenders import HttpxTool, SimpleSalesforceTool, call_input, connected, our_tool
from benchmarks.figures import Figure
from benchmarks.rounds import Round, Timings, take_turns
from benchmarks.server import Counts, Serving, serving
from langchain_sfconnect import SalesforceConnect

TITLE = "64 calls at a time"
CROWD, EACH, ROUNDS = 64, 5, 11
CALLS = CROWD * EACH


def crowd(tools: Sequence[BaseTool]) -> Round:
    """A round in which each of the crowd makes its calls one after the other, through `ainvoke`."""

    async def one(tool: BaseTool) -> None:
        for _ in range(EACH):
            await tool.ainvoke(call_input())

    async def run() -> None:
        await asyncio.gather(*(one(tools[number % len(tools)]) for number in range(CROWD)))

    return run


def threads(tool: BaseTool, pool: ThreadPoolExecutor) -> Round:
    """A round of synchronous calls on as many threads as there are callers."""

    async def run() -> None:
        for _ in pool.map(tool.invoke, (call_input() for _ in range(CALLS))):
            pass

    return run


async def measure() -> list[Figure]:
    """Calls per second, the ratios that are held to a bound, and what one round sends."""
    with serving() as server, connected(server.url, CROWD) as connect:
        sent = await _sent_by_one_round(server, connect)
        timings = await _timings(server, connect)
        await connect.aclose()
    return [*_speeds(timings), *_traffic(sent)]


async def _sent_by_one_round(server: Serving, connect: SalesforceConnect) -> Counts:
    before = server.counts()
    await crowd([our_tool(connect)])()
    after = server.counts()
    return Counts(after.requests - before.requests, after.connections - before.connections)


async def _timings(server: Serving, connect: SalesforceConnect) -> Timings:
    with ThreadPoolExecutor(CROWD) as pool:
        async with httpx.AsyncClient() as client:
            contenders = {
                "ours": crowd([our_tool(connect)]),
                "ours, 64 accounts": crowd([our_tool(connect, f"rep-{n}") for n in range(1, CROWD + 1)]),
                "simple-salesforce": threads(SimpleSalesforceTool(server.url, threads=CROWD), pool),
                "httpx": crowd([HttpxTool(server.url, client)]),
            }
            return await take_turns(contenders, calls=CALLS, rounds=ROUNDS)


def _speeds(timings: Timings) -> list[Figure]:
    return [
        Figure("ours, ainvoke", 1 / timings.median("ours"), "calls/s"),
        Figure("ours, ainvoke, 64 accounts", 1 / timings.median("ours, 64 accounts"), "calls/s"),
        Figure("simple-salesforce tool, 64 threads", 1 / timings.median("simple-salesforce"), "calls/s"),
        Figure("bare httpx.AsyncClient tool, ainvoke", 1 / timings.median("httpx"), "calls/s"),
        Figure("speed of ours / simple-salesforce", timings.ratio("simple-salesforce", "ours"), "x", at_least=2),
        Figure("speed of ours / httpx", timings.ratio("httpx", "ours"), "x", at_least=5),
    ]


def _traffic(sent: Counts) -> list[Figure]:
    return [
        Figure("HTTP requests per tool call", sent.requests / CALLS, "", at_most=1, at_least=1),
        Figure(f"connections for {CALLS} calls, {CROWD} at a time", sent.connections, "", at_most=CROWD),
    ]
