"""The worker processes of the storms: what they are told, what they do, and what they write down. Judges nothing."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import struct
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from langchain_sfconnect import SalesforceApp, SalesforceConnect, SFConnectError
from langchain_sfconnect.accounts import refresh
from langchain_sfconnect.stores import postgres

if TYPE_CHECKING:
    from langchain_sfconnect.localorg import LocalOrg

# Forked from one small server that has everything loaded: hundreds of processes, and none takes a second to start.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["pytest", "langchain_sfconnect._transport", "langchain_sfconnect.stores.postgres", "anyio._backends._asyncio"]
)
FORCED = 0.05  # of the calls are forced refreshes


@dataclass(frozen=True)
class Orders:
    """What a worker must know; the app's parts, because the app itself is not pickled."""

    app: dict[str, str]
    store: str
    key: str
    folder: Path
    identifiers: tuple[str, ...]
    tasks: int
    lease: float
    name: str = "worker"
    skew: float = 0.0

    @classmethod
    def of(cls, org: LocalOrg, **orders: Any) -> Orders:
        parts = ("client_id", "client_secret", "redirect_uri", "login_url", "sandbox_login_url")
        return cls(app={part: getattr(org, part) for part in parts}, **orders)

    def named(self, name: str, skew: float = 0.0) -> Orders:
        return replace(self, name=name, skew=skew)

    @property
    def clock_file(self) -> Path:
        return self.folder / "clock"

    @property
    def stop_file(self) -> Path:
        return self.folder / "stop"

    @property
    def diary(self) -> Path:
        return self.folder / f"{self.name}.diary"

    def connect(self) -> SalesforceConnect:
        clock = os.open(self.clock_file, os.O_RDONLY)  # for as long as the process

        def now() -> datetime:
            (ahead,) = struct.unpack("d", os.pread(clock, 8, 0))
            return datetime.now(UTC) + timedelta(seconds=ahead + self.skew)

        return SalesforceConnect(SalesforceApp(**self.app), self.store, [self.key], clock=now, sleep=_short_pause)


def set_clock(orders: Orders, ahead: timedelta) -> None:
    """Let every worker's clock be ahead of the machine's, from now on."""
    with orders.clock_file.open("r+b" if orders.clock_file.exists() else "wb") as file:
        file.write(struct.pack("d", ahead.total_seconds()))


class Diary(logging.Handler):
    """Writes down each step of each refresh, and each call, so that a kill at any moment leaves whole lines."""

    def __init__(self, path: Path) -> None:
        super().__init__(logging.DEBUG)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._logger = logging.getLogger("langchain_sfconnect.accounts.refresh")
        self._logger.setLevel(logging.DEBUG)
        self._logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        if str(record.msg).startswith("refresh of") and isinstance(record.args, tuple):
            self.note("step", *map(str, record.args))

    def close(self) -> None:
        self._logger.removeHandler(self)
        self._logger.setLevel(logging.NOTSET)
        os.close(self._file)
        super().close()

    def note(self, *words: str) -> None:
        os.write(self._file, " ".join([str(time.time_ns()), *words]).encode() + b"\n")


def weather(orders: Orders, seed: int) -> None:
    """A worker that calls as one account after the other until it is killed or told to stop."""
    settle_in(orders)
    asyncio.run(_weather(orders, Random(seed)))


async def _weather(orders: Orders, dice: Random) -> None:
    diary = Diary(orders.diary)
    async with orders.connect() as connect:
        await asyncio.gather(*(_call_on(connect, orders, dice, diary) for _ in range(orders.tasks)))


async def _call_on(connect: SalesforceConnect, orders: Orders, dice: Random, diary: Diary) -> None:
    while not orders.stop_file.exists():
        identifier, begun = dice.choice(orders.identifiers), time.time_ns()
        try:
            if dice.random() < FORCED:
                await connect.arefresh_account(identifier)
            else:
                await connect.arequest("GET", "/limits", identifier=identifier)
            outcome = "ok"
        except SFConnectError as error:
            outcome = type(error).__name__
        diary.note("call", identifier, outcome, str(begun))


def call_at_once(orders: Orders, ready: Any, answers: Any) -> None:
    """A worker that waits for all the others, then makes its calls for the one account all at once."""
    settle_in(orders)

    async def crowd() -> list[str]:
        async with orders.connect() as connect:
            await connect.aget_account(orders.identifiers[0])
            await asyncio.get_running_loop().run_in_executor(None, ready.wait, 120)
            calls = (connect.arequest("GET", "/limits", identifier=orders.identifiers[0]) for _ in range(orders.tasks))
            answered = await asyncio.gather(*calls, return_exceptions=True)
        return ["ok" if isinstance(each, dict) else type(each).__name__ for each in answered]

    answers.put(asyncio.run(crowd()))


def settle_in(orders: Orders) -> None:
    refresh.LEASE = timedelta(seconds=orders.lease)  # so that what the killed have leased is free again soon
    postgres.POOL_SIZE = 2  # times the workers, within what a server of default size takes


async def _short_pause(seconds: float) -> None:
    await asyncio.sleep(min(seconds, 0.2))
