"""Every store of the package keeps the store contract, and SQLite keeps it across processes."""

from __future__ import annotations

import json
import multiprocessing
import os
import sqlite3
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from langchain_sfconnect._portal import run
from langchain_sfconnect.errors import StoreError
from langchain_sfconnect.stores import KeyRing, MemoryTokenStore, SQLiteTokenStore, TokenStore, sqlite
from langchain_sfconnect.stores.conformance import MINUTE, NOW, TokenStoreConformance, account, authorization
from langchain_sfconnect.stores.sealing import Sealer


class TestMemory(TokenStoreConformance):
    pytestmark = pytest.mark.anyio

    @pytest.fixture
    def store(self) -> TokenStore:
        return MemoryTokenStore()


class TestSQLite(TokenStoreConformance):
    pytestmark = pytest.mark.anyio

    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[TokenStore]:
        store = SQLiteTokenStore(tmp_path / "accounts.sqlite")
        yield store
        await store.aclose()


def _add_in_another_process(path: Path, number: int, answers: multiprocessing.Queue[tuple[str, bool]]) -> None:
    store = SQLiteTokenStore(path)
    added = run(store.add_authorization, authorization(f"request-{number}"))
    lease = run(store.acquire_lease, "x", owner=str(number), ttl=MINUTE)
    answers.put((added.id, lease is not None))
    run(store.aclose)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")  # said by Python 3.12 and newer
@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_processes_agree_on_one_authorization_and_one_lease(tmp_path: Path, method: str) -> None:
    context = multiprocessing.get_context(method)
    answers = context.Queue()
    path = tmp_path / "accounts.sqlite"
    workers = [context.Process(target=_add_in_another_process, args=(path, n, answers)) for n in range(4)]
    for worker in workers:
        worker.start()
    told = [answers.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(timeout=60)
    assert len({id for id, _ in told}) == 1
    assert sum(leased for _, leased in told) == 1


def test_the_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    store = SQLiteTokenStore(tmp_path / "deep" / "accounts.sqlite")
    run(store.put, account(), expected_version=0)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in store.path.parent.iterdir()}
    run(store.aclose)
    assert set(modes.values()) == {0o600}


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")  # said by Python 3.12 and newer
def test_what_was_put_survives_the_process(tmp_path: Path) -> None:
    path = tmp_path / "accounts.sqlite"
    child = os.fork()
    if child == 0:
        run(SQLiteTokenStore(path).put, account(), expected_version=0)
        os._exit(9)  # without closing anything
    os.waitpid(child, 0)
    store = SQLiteTokenStore(path)
    found = run(store.get, "salesforce", "rep-42")
    run(store.aclose)
    assert found is not None
    assert found.created_at == NOW


def test_a_file_that_is_no_database_is_a_named_error_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but somebody's notes" * 100)
    with pytest.raises(StoreError, match="Check that the file is an SQLite database"):
        run(SQLiteTokenStore(path).get, "salesforce", "rep-42")
    assert path.read_text().startswith("not a database")


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "accounts.sqlite"
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match="newer version"):
        run(SQLiteTokenStore(path).get, "salesforce", "rep-42")


def test_a_file_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    keys = KeyRing([KeyRing.generate_key()])
    db = sqlite3.connect(tmp_path / "accounts.sqlite")
    db.executescript(sqlite.MIGRATIONS[0] + "PRAGMA user_version = 1")
    facts = {"id": "x", "created_at": NOW.isoformat(), "updated_at": NOW.isoformat(), "scopes": []}
    facts |= {"token_expires_at": NOW.isoformat(), "refresh_started_at": None}
    sealed = run(Sealer(keys).seal, b"tokens", place="here")
    with db:
        row = ("salesforce", "rep-42", "ACTIVE", 3, None, json.dumps(facts), sealed)
        db.execute("INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    db.close()
    store = SQLiteTokenStore(tmp_path / "accounts.sqlite")
    (due,) = run(store.list_due, "salesforce", now=NOW)
    found = run(store.get, "salesforce", due.identifier)
    assert found is not None
    assert (found.identifier, found.version, found.sealed, found.due_at) == ("rep-42", 3, sealed, NOW)
    assert run(store.list_sealed_otherwise, "salesforce", key_id=keys.primary) == []
    assert run(store.list_sealed_otherwise, "salesforce", key_id="another") == [found]
    run(store.put, found, expected_version=3)
    run(store.aclose)


@pytest.mark.parametrize(
    "change",
    [
        "facts = '{}'",
        "facts = 'nonsense'",
        "facts = '[]'",
        "facts = replace(facts, '2026-05', 'whenever')",
        "last_used_at = 'whenever'",
        "facts = CAST(x'ff22' AS TEXT)",
    ],
)
def test_a_row_that_something_else_wrote_is_a_named_error_and_repeats_nothing_of_it(
    tmp_path: Path, change: str
) -> None:
    store = SQLiteTokenStore(tmp_path / "accounts.sqlite")
    run(store.put, account(), expected_version=0)
    _tamper(store.path, change)
    for read in (lambda: run(store.get, "salesforce", "rep-42"), lambda: run(store.list_accounts, "salesforce")):
        with pytest.raises(StoreError, match="'rep-42' cannot be read") as caught:
            read()
        assert "whenever" not in str(caught.value)
    assert run(store.delete, "salesforce", "rep-42")
    run(store.aclose)


@pytest.mark.parametrize("sealed", ["'[\"token\"]'", "CAST(x'ff74' AS TEXT)"])
def test_text_in_the_place_of_sealed_bytes_is_kept_as_bytes_that_do_not_open(tmp_path: Path, sealed: str) -> None:
    store = SQLiteTokenStore(tmp_path / "accounts.sqlite")
    run(store.put, account(sealed=b"sealed"), expected_version=0)
    _tamper(store.path, f"sealed = {sealed}")
    found = run(store.get, "salesforce", "rep-42")
    run(store.aclose)
    assert found is not None
    assert isinstance(found.sealed, bytes)


def _tamper(path: Path, change: str) -> None:
    db = sqlite3.connect(path)
    with db:
        db.execute(f"UPDATE accounts SET {change}")
    db.close()
