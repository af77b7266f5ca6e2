"""A desk from which writes with keys are sent: the wire is a real org's, waiting moves its clock, and workers die."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from langchain_sfconnect import SalesforceConnect
from langchain_sfconnect._portal import run
from langchain_sfconnect.connection import Operation, Result
from langchain_sfconnect.stores import MemoryTokenStore

if TYPE_CHECKING:
    from langchain_sfconnect.localorg import LocalOrg

REP = "rep-42"


class Death(BaseException):
    """What happens to a worker: nothing that it holds back can catch it."""


class _Reaper(logging.Handler):
    def __init__(self, step: str) -> None:
        super().__init__(logging.DEBUG)
        self._step = step

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().endswith(f": {self._step}"):
            raise Death(self._step)


@dataclass(repr=False)
class Desk:
    """Sends writes, and looks at what arrived and what came of it."""

    org: LocalOrg
    connecting: Callable[..., SalesforceConnect]
    store: Any
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.org.clock.advance(timedelta(seconds=seconds))
        await asyncio.sleep(0)

    def worker(self, **options: Any) -> SalesforceConnect:
        return self.connecting(**{"store": self.store, "sleep": self.sleep, **options})

    def send(self, worker: SalesforceConnect, operation: Operation, key: str = "k", identifier: str = REP) -> Result:
        return run(worker.as_connection().send, operation, identifier=identifier, write_key=key)

    @staticmethod
    def create(name: str = "Acme", sobject: str = "Account", **fields: Any) -> Operation:
        body = {"LastName": name, "Company": "Acme"} if sobject == "Lead" else {"Name": name}
        body = {"Subject": name} if sobject == "Case" else body
        path = f"/sobjects/{sobject}"
        return Operation("POST", path, kind="write", idempotent=False, json={**body, **fields})

    @contextmanager
    def dying(self, step: str) -> Iterator[None]:
        """Whoever comes to this step of a write dies there."""
        logger, reaper = logging.getLogger("langchain_sfconnect.accounts.ledger"), _Reaper(step)
        level = logger.level
        logger.setLevel(logging.DEBUG)
        logger.addHandler(reaper)
        try:
            with pytest.raises(Death):
                yield
        finally:
            logger.removeHandler(reaper)
            logger.setLevel(level)

    def sent(self, *methods: str) -> list[Any]:
        """The bodies of the writes that arrived, handled or not."""
        wanted = methods or ("POST", "PATCH", "DELETE")
        arrived = [r for r in self.org.requests.matching("/services/data/*") if r.method in wanted]
        return [json.loads(r.body) if r.body else r.path for r in arrived]

    def records(self, name: str = "Acme", sobject: str = "Account") -> list[str]:
        column = {"Lead": "LastName", "Case": "Subject"}.get(sobject, "Name")
        return [row["Id"] for row in self.org.query(f"SELECT Id FROM {sobject} WHERE {column} = '{name}'")]

    def noted(self) -> list[Any]:
        """Every write that the store knows of."""
        store = self.worker()._store
        return run(store.list_writes, "salesforce")  # type: ignore[no-any-return]

    def pass_time(self, **time: float) -> None:
        self.org.clock.advance(timedelta(**time))


@pytest.fixture
def desk_over(org: LocalOrg, connecting: Callable[..., SalesforceConnect], authorize: Any) -> Callable[[Any], Desk]:
    """Makes a desk over a store, with a connected rep."""

    def make(store: Any) -> Desk:
        desk = Desk(org, connecting, store)
        authorize(desk.worker())
        org.requests.clear()
        return desk

    return make


@pytest.fixture
def desk(desk_over: Callable[[Any], Desk], tmp_path: Path) -> Desk:
    return desk_over(f"sqlite:///{tmp_path}/accounts.sqlite")


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def any_desk(request: pytest.FixtureRequest, desk_over: Callable[[Any], Desk], tmp_path: Path) -> Desk:
    if request.param == "memory":
        return desk_over(MemoryTokenStore())
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    return desk_over(url or f"sqlite:///{tmp_path}/accounts.sqlite")
