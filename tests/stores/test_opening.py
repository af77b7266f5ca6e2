"""From a URL and keys to a store: safe defaults, and a key file that is never guessed at."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from langchain_sfconnect import SalesforceApp, SalesforceConnect
from langchain_sfconnect._portal import run
from langchain_sfconnect.errors import ConfigurationError
from langchain_sfconnect.stores import KeyRing, MemoryTokenStore, PostgresTokenStore, SQLiteTokenStore
from langchain_sfconnect.stores.conformance import account
from langchain_sfconnect.stores.keys import KeyProvider
from langchain_sfconnect.stores.opening import open_keys, open_store
from langchain_sfconnect.stores.sealing import Sealer

APP = SalesforceApp("id")


def seal(keys: KeyProvider) -> bytes:
    return run(Sealer(keys).seal, b"token", place="a")


def opened(keys: KeyProvider, sealed: bytes) -> bytes:
    return run(Sealer(keys).open, sealed, place="a")


def test_urls_name_stores(tmp_path: Path) -> None:
    assert isinstance(open_store("memory://"), MemoryTokenStore)
    absolute = open_store(f"sqlite:///{tmp_path}/a%20b.sqlite")
    assert isinstance(absolute, SQLiteTokenStore)
    assert absolute.path == tmp_path / "a b.sqlite"
    relative = open_store("sqlite:///accounts.sqlite")
    assert isinstance(relative, SQLiteTokenStore)
    assert relative.path == Path("accounts.sqlite")
    assert isinstance(open_store("postgresql://ada@db.example/sales"), PostgresTokenStore)


def test_a_postgres_store_needs_keys_of_its_own() -> None:
    with pytest.raises(ConfigurationError, match="needs encryption_keys"):
        SalesforceConnect(APP, "postgresql://ada@db.example/sales")


@pytest.mark.parametrize("url", ["", "sqlite://", "sqlite://host/x", "redis://x", "accounts.sqlite", "sqlite:///"])
def test_a_url_that_names_no_store_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="sqlite:///"):
        SalesforceConnect(APP, url)


def test_an_sqlite_store_without_keys_gets_a_key_file_that_only_its_owner_reads(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = SQLiteTokenStore(tmp_path / "accounts.sqlite")
    sealed = seal(open_keys(None, store))
    key_file = tmp_path / "accounts.keys"
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert [r.levelname for r in caplog.records] == ["WARNING"]
    assert key_file.read_text().strip() not in caplog.text
    assert opened(open_keys(None, store), sealed) == b"token"
    assert len(caplog.records) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["accounts.keys"]


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    store = SQLiteTokenStore(tmp_path / "accounts.sqlite")
    open_keys(None, store)
    (tmp_path / "accounts.keys").chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        open_keys(None, store)


def test_a_lost_key_file_is_not_replaced_by_one_that_opens_nothing(tmp_path: Path) -> None:
    store = SQLiteTokenStore(tmp_path / "accounts.sqlite")
    open_keys(None, store)
    run(store.put, account(), expected_version=0)
    run(store.aclose)
    (tmp_path / "accounts.keys").unlink()
    with pytest.raises(ConfigurationError, match="Bring the key file back"):
        open_keys(None, store)
    assert not (tmp_path / "accounts.keys").exists()


def seal_in_another_process(path: Path, start: Any, sealed: Any) -> None:
    start.wait(60)
    sealed.put(seal(open_keys(None, SQLiteTokenStore(path))))


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")  # said by Python 3.12 and newer
def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    start, sealed = context.Barrier(6), context.Queue()
    path = tmp_path / "accounts.sqlite"
    workers = [context.Process(target=seal_in_another_process, args=(path, start, sealed)) for _ in range(6)]
    for worker in workers:
        worker.start()
    blobs = [sealed.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(60)
    keys = open_keys(None, SQLiteTokenStore(path))
    assert [opened(keys, blob) for blob in blobs] == [b"token"] * 6


def test_given_keys_are_used_and_no_file_is_made(tmp_path: Path) -> None:
    key = KeyRing.generate_key()
    ring = KeyRing([key])
    store = SQLiteTokenStore(tmp_path / "accounts.sqlite")
    assert open_keys(ring, store) is ring
    assert opened(ring, seal(open_keys([key], store))) == b"token"
    assert list(tmp_path.iterdir()) == []


def test_a_foreign_store_needs_keys() -> None:
    class Foreign:
        pass

    with pytest.raises(ConfigurationError, match="encryption_keys"):
        SalesforceConnect(APP, Foreign())  # type: ignore[arg-type]
