"""Sixty-four clients at once, each on a thread and a connection of its own: no write is lost, none is done twice."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from langchain_sfconnect.localorg import LocalOrg

CLIENTS, EACH = 64, 2
DEAL = {"StageName": "Prospecting", "CloseDate": "2027-01-31"}


@pytest.fixture(params=["in memory", "in a file"], ids=str)
def empty_org(request, tmp_path):
    path = None if request.param == "in memory" else tmp_path / "org.sqlite"
    with LocalOrg(path, seed=False) as org:
        yield org


class Client:
    """A connection to the org, kept open."""

    def __init__(self, org, token) -> None:
        self._connection = HTTPConnection(urlsplit(org.instance_url).netloc, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def send(self, method, path, body):
        self._connection.request(method, f"/services/data/v66.0{path}", json.dumps(body), self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None

    def close(self) -> None:
        self._connection.close()


def at_once(org, work):
    """The results of `work(client, number)` for every client, all of which start together."""
    gate, token = threading.Barrier(CLIENTS), org.session_token()

    def run(number):
        with closing(Client(org, token)) as client:
            gate.wait(timeout=60)
            return work(client, number)

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(run, range(CLIENTS)))


def test_every_write_is_there_afterwards(empty_org):
    def work(client, number):
        return [write(client, f"{number}-{turn}", number + turn) for turn in range(EACH)]

    def write(client, name, amount):
        status, made = client.send("POST", "/sobjects/Opportunity", {"Name": name, **DEAL})
        assert status == 201, made
        assert client.send("PATCH", f"/sobjects/Opportunity/{made['id']}", {"Amount": amount}) == (204, None)
        return made["id"]

    ids = [record_id for made in at_once(empty_org, work) for record_id in made]
    assert len(set(ids)) == CLIENTS * EACH
    stored = {row["Name"]: row for row in empty_org.query("SELECT Id, Name, Amount FROM Opportunity")}
    assert {row["Id"] for row in stored.values()} == set(ids)
    expected = {f"{number}-{turn}": number + turn for number in range(CLIENTS) for turn in range(EACH)}
    assert {name: row["Amount"] for name, row in stored.items()} == expected


def test_transactions_are_whole_or_not_at_all(empty_org):
    """Every second client's composite fails at its last step, and takes its first steps back with it."""

    def work(client, number):
        account = {"method": "POST", "url": "/services/data/v66.0/sobjects/Account", "referenceId": "a",
                   "body": {"Name": f"Account {number}"}}  # fmt: skip
        contact = {"method": "POST", "url": "/services/data/v66.0/sobjects/Contact", "referenceId": "c",
                   "body": {"AccountId": "@{a.id}"} | ({"LastName": "Whole"} if number % 2 else {})}  # fmt: skip
        body = {"allOrNone": True, "compositeRequest": [account, contact]}
        _, answer = client.send("POST", "/composite", body)
        return [item["httpStatusCode"] for item in answer["compositeResponse"]]

    statuses = at_once(empty_org, work)
    assert statuses == [[201, 201] if number % 2 else [400, 400] for number in range(CLIENTS)]
    names = {row["Account"]["Name"] for row in empty_org.query("SELECT Account.Name FROM Contact")}
    assert names == {f"Account {number}" for number in range(CLIENTS) if number % 2}
    assert {row["Name"] for row in empty_org.query("SELECT Name FROM Account")} == names


def test_one_key_makes_one_record():
    """All clients upsert the same external id: one creates, the others update."""
    key = {"type": "text", "length": 40, "external_id": True, "unique": True}
    with LocalOrg(seed=False, schema={"objects": {"Account": {"fields": {"Key__c": key}}}}) as org:
        path, body = "/sobjects/Account/Key__c/k", {"Name": "One"}
        answers = at_once(org, lambda client, number: client.send("PATCH", path, body))
        assert sorted(status for status, _ in answers) == [200] * (CLIENTS - 1) + [201]
        assert len({answer["id"] for _, answer in answers}) == 1
        assert len(org.query("SELECT Id FROM Account")) == 1
