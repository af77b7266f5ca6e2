"""The local org as tests use it: how soon it is there and clean again, and the same client code on it and on a mock."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial
from importlib.util import find_spec
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce

from benchmarks.figures import Figure
from langchain_sfconnect.localorg import LocalOrg

TITLE = "The local org in tests"
STARTS, RESETS, RECORDS, QUERIES = 5, 20, 500, 20
BY_NAME = f"SELECT Id, Name, Amount FROM Opportunity WHERE Name = 'Deal {RECORDS // 2}'"
BY_AMOUNT = "SELECT Id, Name FROM Opportunity WHERE StageName = 'Prospecting' ORDER BY Amount DESC LIMIT 50"


class PlainHTTP(HTTPAdapter):
    """Sends what the client means for https to the same host over http."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        request.url = (request.url or "").replace("https://", "http://", 1)
        return super().send(request, *args, **kwargs)


async def measure() -> list[Figure]:
    """Time to start and to reset, and simple-salesforce's calls on a real server beside calls that never leave it."""
    starts = median(_seconds(_start_and_stop) for _ in range(STARTS))
    resets = median(_resets())
    return [
        Figure("a fresh org in memory, seeded, served, and stopped", starts * 1e3, "ms", at_most=500),
        Figure("reset", resets * 1e3, "ms", at_most=20),
        *_beside_the_mock(),
    ]


def _resets() -> Iterator[float]:
    """Seconds of each, with something to take back."""
    with LocalOrg() as org:
        for _ in range(RESETS):
            session = org.engine.session(org.users[0]["Id"])
            for number in range(20):
                session.create("Account", {"Name": f"Account {number}"})
            yield _seconds(org.reset)


def _start_and_stop() -> None:
    with LocalOrg():
        pass


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _beside_the_mock() -> list[Figure]:
    with _on_the_local_org() as client:
        ours = _timings(client)
    named = {"create": "create", "by name": "one record by name", "by amount": "50 of a stage by amount"}
    figures = [Figure(f"simple-salesforce, {named[name]}", seconds * 1e3, "ms") for name, seconds in ours.items()]
    if find_spec("simple_mockforce") is None:
        return figures
    theirs = _on_the_mock()
    for name, seconds in ours.items():
        bound = None if name == "create" else 1.0  # a mock's create checks nothing and keeps it in a dictionary
        figures.append(Figure(f"ours / simple-mockforce, {named[name]}", seconds / theirs[name], "x", at_most=bound))
    return figures


def _timings(client: Salesforce) -> dict[str, float]:
    """Seconds per call, by what is called, with as many opportunities as are made first."""
    made: Any = client.Opportunity
    deals = [{"Name": f"Deal {number}", "StageName": "Prospecting" if number % 2 else "Qualification",
              "Amount": float(number), "CloseDate": "2027-01-31"} for number in range(RECORDS)]  # fmt: skip
    creating = _seconds(lambda: [made.create(deal) for deal in deals])
    querying = {"by name": BY_NAME, "by amount": BY_AMOUNT}
    return {"create": creating / RECORDS} | {
        name: median(_seconds(partial(client.query, soql)) for _ in range(QUERIES)) for name, soql in querying.items()
    }


@contextmanager
def _on_the_local_org() -> Iterator[Salesforce]:
    with LocalOrg(seed=False) as org, requests.Session() as session:
        session.trust_env = False
        session.mount("https://", PlainHTTP())
        yield Salesforce(instance=urlsplit(org.instance_url).netloc, session_id=org.session_token(), session=session)


def _on_the_mock() -> dict[str, float]:
    from simple_mockforce import mock_salesforce

    def run() -> dict[str, float]:
        return _timings(Salesforce(username="a", password="b", security_token="c", domain="test"))

    with redirect_stdout(None):  # it says with each query that queries are not fully supported
        timings: dict[str, float] = mock_salesforce(run)()
    return timings
