"""Sixty-four clients that write to a local org at the same time: how much gets done, and whether any is lost."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.figures import Figure
from langchain_sfconnect.localorg import LocalOrg

TITLE = "64 clients writing to the local org"
CROWD, EACH = 64, 25
DEAL = {"StageName": "Prospecting", "CloseDate": "2027-01-31"}


async def measure() -> list[Figure]:
    """Writes per second, and how many of those that were answered are not there, in memory and in a file."""
    with tempfile.TemporaryDirectory() as folder:
        places = {"in memory": None, "in a file": Path(folder) / "org.sqlite"}
        return [figure for name, path in places.items() for figure in _figures(name, path)]


def _figures(name: str, path: Path | None) -> list[Figure]:
    with LocalOrg(path, seed=False) as org:
        started = time.perf_counter()
        answered = _write_at_once(org)
        took = time.perf_counter() - started
        stored = {row["Id"] for row in org.query("SELECT Id FROM Opportunity")}
    return [
        Figure(f"creates, {name}", len(answered) / took, "calls/s"),
        Figure(f"lost or doubled of {CROWD * EACH}, {name}", _amiss(answered, stored), at_most=0),
    ]


def _amiss(answered: list[str], stored: set[str]) -> int:
    return CROWD * EACH - len(answered) + len(set(answered) ^ stored)


def _write_at_once(org: LocalOrg) -> list[str]:
    """The ids of all records that were made, by threads that start together."""
    gate = threading.Barrier(CROWD)
    headers = {"Authorization": f"Bearer {org.session_token()}", "Content-Type": "application/json"}

    def write(number: int) -> list[str]:
        connection = HTTPConnection(urlsplit(org.instance_url).netloc)
        gate.wait()
        made = []
        for turn in range(EACH):
            body = json.dumps({"Name": f"{number}-{turn}", **DEAL})
            connection.request("POST", "/services/data/v66.0/sobjects/Opportunity", body, headers)
            answer = json.loads(connection.getresponse().read())
            made += [answer["id"]] if isinstance(answer, dict) else []
        connection.close()
        return made

    with ThreadPoolExecutor(CROWD) as pool:
        return [record_id for made in pool.map(write, range(CROWD)) for record_id in made]
