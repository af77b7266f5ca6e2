"""What arrived: found by its traits, bounded in number and bytes, and safe to read while more arrives."""

from __future__ import annotations

import threading

from langchain_sfconnect.localorg import journal
from langchain_sfconnect.localorg.journal import Journal, RecordedRequest


def arrived(number: int = 0, *, method: str = "GET", status: int = 200, body: bytes = b"") -> RecordedRequest:
    return RecordedRequest(
        "production", method, f"/path/{number}", status, "rep@localorg.example", {}, {}, body, "00D!x"
    )


def test_only_the_last_requests_are_kept(monkeypatch):
    monkeypatch.setattr(journal, "KEPT", 10)
    kept = Journal()
    for number in range(25):
        kept.keep(arrived(number))
    assert [entry.path for entry in kept] == [f"/path/{number}" for number in range(15, 25)]


def test_bodies_do_not_pile_up_but_the_last_request_is_always_there(monkeypatch):
    monkeypatch.setattr(journal, "KEPT_BYTES", 100)
    kept = Journal()
    for number in range(10):
        kept.keep(arrived(number, body=b"x" * 30))
    assert len(kept) == 3
    kept.keep(arrived(10, body=b"x" * 1000))
    assert [entry.path for entry in kept] == ["/path/10"]
    kept.clear()
    kept.keep(arrived(11, body=b"x" * 90))
    kept.keep(arrived(12, body=b"x" * 10))
    assert len(kept) == 2


def test_it_reads_like_a_list():
    kept = Journal()
    assert kept == []
    kept.keep(arrived(1))
    kept.keep(arrived(2, method="POST", status=201))
    assert kept[-1].path == "/path/2"
    assert [entry.path for entry in kept[:1]] == ["/path/1"]
    assert [entry.path for entry in reversed(kept)] == ["/path/2", "/path/1"]
    assert kept.matching("*/2", method="POST", user="rep@localorg.example", status=201) == [kept[1]]
    assert kept.matching(status=404) == []
    assert "00D!x" not in repr(kept)


def test_it_can_be_read_while_requests_arrive():
    kept, done, failures = Journal(), threading.Event(), []

    def read() -> None:
        while not done.is_set():
            try:
                list(kept), kept[-1:], kept.matching("*/1")
            except Exception as failure:
                failures.append(failure)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(5000):
        kept.keep(arrived(number))
        if number % 500 == 0:
            kept.clear()
    done.set()
    reader.join(10)
    assert failures == []
