"""A million opportunities in a file: how long queries over HTTP take, and how much memory the process comes to."""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote, urlsplit

from benchmarks.figures import Figure
from langchain_sfconnect.localorg import LocalOrg
from langchain_sfconnect.localorg.engine import Engine
from langchain_sfconnect.localorg.seed.planter import Planter, Row
from langchain_sfconnect.localorg.tables import drop_full_text_statements, full_text_statements, index_statements

TITLE = "A million opportunities on disk"
DEALS, EACH, BATCH, ROUNDS = 1_000_000, 100, 10_000, 15
STAGES = ("Prospecting", "Qualification", "Needs Analysis", "Negotiation/Review", "Closed Won", "Closed Lost")
SELECT = "SELECT Id, Name, StageName, Amount, Account.Name FROM Opportunity"
DEAL = "Deal 0004321"
# By what is asked: the SOQL, and how many milliseconds it may take.
QUERIES: dict[str, tuple[str, float | None]] = {
    "WHERE Id = …": (f"{SELECT} WHERE Id = '{{deal}}'", 10),
    "WHERE AccountId = …, 100 rows": (f"{SELECT} WHERE AccountId = '{{account}}'", 10),
    "WHERE Name = …": (f"{SELECT} WHERE Name = '{DEAL}'", 10),
    "ORDER BY Name LIMIT 50": (f"{SELECT} ORDER BY Name LIMIT 50", 10),
    "ORDER BY Name DESC LIMIT 50": (f"{SELECT} ORDER BY Name DESC LIMIT 50", 10),
    "ORDER BY CloseDate LIMIT 50": (f"{SELECT} ORDER BY CloseDate LIMIT 50", 10),
    "ORDER BY StageName LIMIT 50": (f"{SELECT} ORDER BY StageName LIMIT 50", 10),
    "COUNT(Id), SUM(Amount) GROUP BY StageName": (
        "SELECT StageName, COUNT(Id), SUM(Amount) FROM Opportunity GROUP BY StageName",
        1000,
    ),
    "COUNT()": ("SELECT COUNT() FROM Opportunity", None),
    "all rows, the first page of 2,000": (f"{SELECT} ORDER BY CloseDate", None),
}


async def measure() -> list[Figure]:
    """Milliseconds per call, and the greatest memory, of a process that does nothing but serve and ask."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "million.sqlite"
        started = time.perf_counter()
        await asyncio.to_thread(fill, path)
        filling = time.perf_counter() - started
        command = [sys.executable, "-m", "benchmarks.localorg_million", str(path)]
        told = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    return [
        Figure(f"filling the file with {DEALS:,} opportunities", filling, "s"),
        Figure("starting on it", told["starting"], "ms"),
        *(Figure(name, told[name], "ms", at_most=bound) for name, (_, bound) in QUERIES.items()),
        Figure("FIND {0004321}", told["FIND"], "ms"),
        Figure("memory of the process, at most", told["memory"], "MB", at_most=300),
    ]


def fill(path: Path, deals: int = DEALS) -> None:
    """Put deals into a new file, each hundred of them with an account of their own."""
    engine = Engine(str(path), seed=False)
    planter = Planter(engine.database, engine.schema, engine.minter, engine.clock.now(), {"rep": engine.users()[0]})
    account = planter.make("Account", {"Name": "Account"}, owner="rep", age=100)
    deal = planter.make("Opportunity", {"Name": "Deal", "StageName": STAGES[0], "CloseDate": "2027-01-31",
                                        "Amount": 1.0}, owner="rep", age=30)  # fmt: skip
    accounts = [engine.minter.mint("001") for _ in range(deals // EACH)]
    _plant(planter, "Account", ({**account, "Id": item, "Name": f"Account {n}"} for n, item in enumerate(accounts)))
    _plant(planter, "Opportunity", _deals(engine, deal, accounts, deals))
    engine.close()


def _deals(engine: Engine, pattern: Row, accounts: list[str], count: int) -> Iterator[Row]:
    for number in range(count):
        yield {
            **pattern,
            "Id": engine.minter.mint("006"),
            "Name": f"Deal {number:07}",
            "AccountId": accounts[number // EACH],
            "StageName": STAGES[number % len(STAGES)],
            "Amount": float(number % 9973),
            "CloseDate": f"{2020 + number % 10}-{number % 12 + 1:02}-{number % 28 + 1:02}",
        }


def _plant(planter: Planter, name: str, rows: Iterable[Row]) -> None:
    """Store many rows; indexes are made once they are there, which takes a fraction of the time."""
    sobject, rows = planter.schema[name], iter(rows)
    indexes = index_statements(sobject)
    planter.database.run_script([*drop_full_text_statements(name), *(f'DROP INDEX "{index}"' for index in indexes)])
    while batch := list(islice(rows, BATCH)):
        with planter.database.transaction():
            planter.store(name, batch)
    planter.database.run_script([*indexes.values(), *full_text_statements(sobject)])


class Asking:
    """A client that keeps its connection."""

    def __init__(self, org: LocalOrg) -> None:
        self._connection = HTTPConnection(urlsplit(org.instance_url).netloc)
        self._headers = {"Authorization": f"Bearer {org.session_token()}"}

    def get(self, what: str, statement: str) -> Any:
        self._connection.request("GET", f"/services/data/v66.0/{what}?q={quote(statement)}", headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        return json.loads(body)

    def milliseconds(self, what: str, statement: str) -> float:
        """The median of several calls after a first one."""
        self.get(what, statement)
        took = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            self.get(what, statement)
            took.append(time.perf_counter() - started)
        return median(took) * 1e3

    def close(self) -> None:
        self._connection.close()


def ask(path: Path) -> dict[str, float]:
    """Serve a file and ask it everything; milliseconds by what was asked, and megabytes."""
    started = time.perf_counter()
    with LocalOrg(path) as org, closing(Asking(org)) as client:
        told = {"starting": (time.perf_counter() - started) * 1e3}
        one = client.get("query", f"SELECT Id, AccountId FROM Opportunity WHERE Name = '{DEAL}'")["records"][0]
        for name, (soql, _) in QUERIES.items():
            told[name] = client.milliseconds("query", soql.format(deal=one["Id"], account=one["AccountId"]))
        told["FIND"] = client.milliseconds("search", "FIND {0004321} RETURNING Opportunity(Name)")
    return told | {"memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


if __name__ == "__main__":
    print(json.dumps(ask(Path(sys.argv[1]))))
