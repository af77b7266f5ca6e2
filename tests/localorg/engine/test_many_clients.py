"""Sixty-four clients write at once, and every write is there, once, and whole."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from langchain_sfconnect.localorg.errors import OrgError

CLIENTS = 64


def at_once(work: Callable[[int], Any]) -> list[Any]:
    """Run one piece of work per client, all starting together."""
    barrier = Barrier(CLIENTS)

    def run(number: int) -> Any:
        barrier.wait(timeout=30)
        return work(number)

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(run, range(CLIENTS)))


def sessions(engine):
    user = engine.user_by_username("rep@localorg.example")["Id"]
    return [engine.session(user) for _ in range(CLIENTS)]


def test_no_write_is_lost_and_none_is_made_twice(declared):
    clients = sessions(declared)

    def work(number):
        made = [clients[number].create("Invoice__c", {"Key__c": f"{number}-{turn}"}) for turn in range(4)]
        clients[number].update("Invoice__c", made[0], {"Count__c": number})
        clients[number].delete("Invoice__c", made[1])
        clients[number].delete("Invoice__c", made[2])
        clients[number].undelete(made[2])
        return made

    made = at_once(work)

    assert len({record_id for ids in made for record_id in ids}) == 4 * CLIENTS
    records = clients[0].query("SELECT Name, Key__c, Count__c FROM Invoice__c")["records"]
    assert len(records) == 3 * CLIENTS
    assert len({record["Name"] for record in records}) == 3 * CLIENTS
    assert sorted(r["Count__c"] for r in records if r["Count__c"] is not None) == list(range(CLIENTS))


def test_one_of_many_gets_a_unique_value(declared):
    clients = sessions(declared)

    def work(number):
        try:
            return clients[number].create("Invoice__c", {"Key__c": "the one"})
        except OrgError as error:
            return error.code

    results = at_once(work)

    assert results.count("DUPLICATE_VALUE") == CLIENTS - 1
    assert clients[0].query("SELECT COUNT() FROM Invoice__c")["totalSize"] == 1


def test_transactions_of_many_are_kept_or_undone_whole(declared):
    clients = sessions(declared)

    def work(number):
        with clients[number].transaction() as transaction:
            invoice = clients[number].create("Invoice__c", {"Count__c": number})
            clients[number].create("Line__c", {"Invoice__c": invoice})
            if number % 2:
                transaction.rollback()

    at_once(work)

    found = clients[0].query("SELECT Count__c, (SELECT Id FROM Lines__r) FROM Invoice__c")["records"]
    assert sorted(record["Count__c"] for record in found) == list(range(0, CLIENTS, 2))
    assert all(record["Lines__r"]["totalSize"] == 1 for record in found)
    assert clients[0].query("SELECT COUNT() FROM Line__c")["totalSize"] == CLIENTS // 2


def test_upserts_of_the_same_key_make_one_record(declared):
    clients = sessions(declared)
    results = at_once(lambda number: clients[number].upsert("Invoice__c", "Key__c", "same", {"Count__c": number}))
    assert len({record_id for record_id, _ in results}) == 1
    assert sum(created for _, created in results) == 1
