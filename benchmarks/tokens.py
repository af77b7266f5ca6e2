"""What a token costs that needs no refresh, how a crowd gets one that does, and what a session puts on the wire."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.contenders import REP, call_input, connected, our_tool
from benchmarks.figures import Figure
from benchmarks.rounds import Round, Timings, take_turns
from benchmarks.server import serving
from langchain_sfconnect import SalesforceConnect
from langchain_sfconnect.accounts.vault import Vault
from langchain_sfconnect.localorg import LocalOrg
from langchain_sfconnect.stores import KeyRing

TITLE = "Tokens"
CALLS, ROUNDS = 500, 15
CHECKS = 20
WAITERS, REFRESHES = 256, 9
TOOL_CALLS, SESSION_REFRESHES = 100, 4


async def measure() -> list[Figure]:
    """Microseconds per token, milliseconds of a crowd, and requests of a session."""
    with serving() as server, connected(server.url) as connect:
        timings = await _timings(connect)
        reads = await _reads_per_check(connect)
        waits = [await _last_of_a_crowd(connect) for _ in range(REFRESHES)]
        before = server.counts().requests
        await _last_of_a_crowd(connect)
        requests = server.counts().requests - before
        await connect.aclose()
    return [
        *_costs(timings),
        Figure("reads of the store per status check", reads, "", at_least=1),
        Figure(
            f"after the answer, the last of {WAITERS} has its token", sorted(waits)[len(waits) // 2] * 1e3, "ms", 100
        ),
        Figure(f"requests of {WAITERS} waiters: refresh, introspect", requests, "", at_most=2, at_least=2),
        await _session(),
    ]


async def _timings(connect: SalesforceConnect) -> Timings:
    tokens, vault = connect._accounts.tokens, connect._accounts.vault

    async def remembered() -> None:
        await tokens.access(REP)

    async def stored() -> None:
        vault.forget(REP)
        await tokens.access(REP)

    async def looked_up() -> None:
        await vault.find(REP)

    contenders = {"cache": remembered, "SQLite": stored, "lookup": looked_up}
    rounds = {name: _repeated(one) for name, one in contenders.items()}
    return await take_turns(rounds, calls=CALLS, rounds=ROUNDS)


def _repeated(one: Callable[[], Awaitable[None]]) -> Round:
    async def run() -> None:
        for _ in range(CALLS):
            await one()

    return run


def _costs(timings: Timings) -> list[Figure]:
    return [
        Figure("a token from the cache of this process", timings.median("cache") * 1e6, "µs", at_most=60),
        Figure("a token from SQLite", timings.median("SQLite") * 1e6, "µs", at_most=300),
        Figure("of it, the lookup of the row", timings.median("lookup") * 1e6, "µs"),
        Figure("a token from SQLite / from the cache", timings.ratio("SQLite", "cache"), "x"),
    ]


async def _reads_per_check(connect: SalesforceConnect) -> float:
    """How often the store is read for each check that the guard makes before a write, one right after the other."""
    vault, reads = connect._accounts.vault, 0
    real = vault.store.get

    async def counted(*key: str) -> Any:
        nonlocal reads
        reads += 1
        return await real(*key)

    vault.store.get = counted  # type: ignore[method-assign]  # the count is what is asked for
    try:
        for _ in range(CHECKS):
            await connect.as_connection().check(REP)
    finally:
        vault.store.get = real  # type: ignore[method-assign]  # as above
    return reads / CHECKS


class _Watched:
    """The token endpoint's client, which notes when an answer came."""

    def __init__(self, oauth: Any) -> None:
        self._oauth, self.answered = oauth, 0.0

    async def refresh(self, *given: Any, **form: Any) -> Any:
        token = await self._oauth.refresh(*given, **form)
        self.answered = time.perf_counter()
        return token


async def _last_of_a_crowd(connect: SalesforceConnect) -> float:
    """Seconds from Salesforce's answer until the last of many callers has its token."""
    accounts = connect._accounts
    refresher = accounts.tokens._refresher
    real, watched = refresher._oauth, _Watched(refresher._oauth)
    with _soon_expired(accounts.vault):
        refresher._oauth = watched  # type: ignore[assignment]  # only a refresh is asked of it
        got = await asyncio.gather(*(accounts.tokens.access(REP) for _ in range(WAITERS)))
        ended = time.perf_counter()
        refresher._oauth = real
    assert len({access.token for access in got}) == 1
    return ended - watched.answered


class _soon_expired:  # noqa: N801 - used as a function
    """The server's tokens live for two hours; by this clock they have two minutes left, and are to be renewed."""

    def __init__(self, vault: Vault) -> None:
        self._vault, self._clock = vault, vault.clock

    def __enter__(self) -> None:
        self._vault.clock = lambda: datetime.now(UTC) + timedelta(minutes=118)

    def __exit__(self, *_: object) -> None:
        self._vault.clock = self._clock
        self._vault.forget(REP)


async def _session() -> Figure:
    """Requests of a hundred tool calls during which the token is renewed several times, at a whole local org."""
    with LocalOrg() as org, TemporaryDirectory() as folder:
        org.policy.sliding = False
        store = f"sqlite:///{Path(folder) / 'accounts.sqlite'}"
        async with SalesforceConnect(org.app, store, [KeyRing.generate_key()], clock=org.clock.now) as connect:
            await connect.aget_or_create_account(REP)
            link = await connect.aauthorization_link(REP)
            await connect.acomplete_authorization(await asyncio.to_thread(org.approve, link.url), REP)
            tool, before = our_tool(connect), len(org.requests)
            for number in range(TOOL_CALLS):
                if number % (TOOL_CALLS // SESSION_REFRESHES) == 1:
                    org.clock.advance(timedelta(minutes=116))
                await tool.ainvoke(call_input())
            sent = len(org.requests) - before
    name = f"requests of {TOOL_CALLS} tool calls with {SESSION_REFRESHES} refreshes"
    expected = TOOL_CALLS + 2 * SESSION_REFRESHES
    return Figure(name, sent, "", at_most=expected, at_least=expected)
