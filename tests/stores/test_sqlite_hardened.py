"""SQLite under crowds and in trouble: the error says the cause and what to do, the old token stays, nothing is lost."""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import os
import resource
import shutil
import sqlite3
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from langchain_sfconnect import AccountStatus, SalesforceApp, SalesforceConnect
from langchain_sfconnect._portal import run
from langchain_sfconnect.errors import SFConnectError, StoreError, VersionConflict
from langchain_sfconnect.stores import SQLiteTokenStore, sqlite_session
from langchain_sfconnect.stores.base import AuditEntry
from langchain_sfconnect.stores.conformance import NOW, account

if TYPE_CHECKING:
    from langchain_sfconnect.localorg import LocalOrg

SPAWN, FORK = multiprocessing.get_context("spawn"), multiprocessing.get_context("fork")
may_fork = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")  # by Python 3.12 and newer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "accounts.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SQLiteTokenStore]:
    store = SQLiteTokenStore(path)
    yield store
    run(store.aclose)


def durability(store: SQLiteTokenStore) -> tuple[str, int]:
    """What SQLite says of the connection that writes: journal mode, and synchronous, of which 2 is FULL."""
    run(store.list_accounts, "salesforce")
    asked = ("PRAGMA journal_mode", "PRAGMA synchronous")
    mode, synchronous = (store._writing.run(lambda db, sql=sql: db.execute(sql).fetchone()[0]) for sql in asked)
    return mode, synchronous


# --- written ahead, and synced ----------------------------------------------------------------------------------------


def test_every_commit_is_written_ahead_and_synced_also_after_another_program_changed_the_file(
    store: SQLiteTokenStore,
) -> None:
    assert durability(store) == ("wal", 2)
    with closing(sqlite3.connect(store.path, timeout=0)) as other:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("PRAGMA journal_mode = DELETE")
        other.execute("PRAGMA synchronous = OFF")
        assert durability(store) == ("wal", 2)
    run(store.aclose)
    with closing(sqlite3.connect(store.path)) as other:
        assert other.execute("PRAGMA journal_mode = DELETE").fetchone()[0] == "delete"
    assert durability(store) == ("wal", 2)


def test_where_no_log_can_be_written_ahead_the_store_says_so(
    store: SQLiteTokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Journaling(sqlite3.Connection):
        """SQLite on a file system that cannot share memory: it keeps its old mode and raises nothing."""

        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            return super().execute(sql.replace("journal_mode = WAL", "journal_mode = DELETE"), *values)

    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **options: real(*a, factory=Journaling, **options))
    with pytest.raises(StoreError, match="not on a network share"):
        run(store.get, "salesforce", "rep-42")


# --- crowds and forks -------------------------------------------------------------------------------------------------


def _write_in_another_process(path: Path, number: int, ready: Any, outcomes: Any) -> None:
    store, conflicts = SQLiteTokenStore(path), 0
    ready.wait(60)
    for round_ in range(10):
        run(store.put, account(f"rep-{number}-{round_}"), expected_version=0)
        while True:
            shared = run(store.get, "salesforce", "shared")
            assert shared is not None
            count = int(shared.status_reason or 0) + 1
            try:
                run(store.put, replace(shared, status_reason=str(count)), expected_version=shared.version)
                break
            except VersionConflict:
                conflicts += 1
    run(store.aclose)
    outcomes.put(conflicts)


def test_many_processes_that_write_at_once_all_get_through_and_overwrite_nothing(store: SQLiteTokenStore) -> None:
    run(store.put, account("shared"), expected_version=0)
    ready, outcomes = SPAWN.Barrier(4), SPAWN.Queue()
    workers = [SPAWN.Process(target=_write_in_another_process, args=(store.path, n, ready, outcomes)) for n in range(4)]
    for worker in workers:
        worker.start()
    conflicts = [outcomes.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(60)
    shared = run(store.get, "salesforce", "shared")
    assert shared is not None
    assert (shared.status_reason, shared.version) == ("40", 41)
    assert len(run(store.list_accounts, "salesforce", limit=1000)) == 41
    assert sum(conflicts) > 0, "the processes did not meet"


def _write_in_a_fork(store: SQLiteTokenStore, steps: Any) -> None:
    run(store.put, account("first"), expected_version=0)
    steps.send("written")
    steps.recv()
    run(store.put, account("second"), expected_version=0)
    steps.send("written")
    os._exit(0)  # as one that is killed: it closes nothing


@may_fork
def test_a_store_that_was_open_before_a_fork_loses_nothing_when_the_parent_closes_it(store: SQLiteTokenStore) -> None:
    run(store.put, account("before"), expected_version=0)
    here, there = FORK.Pipe()
    child = FORK.Process(target=_write_in_a_fork, args=(store, there))
    child.start()
    assert here.recv() == "written"
    run(store.aclose)  # the last to close a file deletes its log: the parent must see that the child uses it
    here.send("go on")
    assert here.recv() == "written"
    child.join(60)
    kept = [found.identifier for found in run(store.list_accounts, "salesforce")]
    assert kept == ["before", "first", "second"]


# --- trouble, seen by a refresh ---------------------------------------------------------------------------------------


def token_requests(org: LocalOrg) -> int:
    return sum(request.path.endswith("/oauth2/token") for request in org.requests)


def refresh_fails(connect: SalesforceConnect, org: LocalOrg, *words: str) -> StoreError:
    """Refresh, expecting an error with these words, and that Salesforce heard nothing."""
    before = len(org.requests)
    with pytest.raises(StoreError) as caught:
        connect.refresh_account("rep-42")
    assert len(org.requests) == before
    for word in (*words, "accounts.sqlite"):
        assert word in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    return caught.value


def refresh_works(connect: SalesforceConnect, org: LocalOrg) -> None:
    """The account is as it was: its grant is renewed, once, and no refresh token is shown twice."""
    before = token_requests(org)
    assert connect.refresh_account("rep-42").status is AccountStatus.ACTIVE
    assert connect.check_account("rep-42").status is AccountStatus.ACTIVE
    assert token_requests(org) == before + 1


def test_a_file_that_is_locked_too_long_is_said_to_be_and_reads_go_on(
    connect: SalesforceConnect, org: LocalOrg, rep: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    org.policy.rotation = True
    monkeypatch.setattr(sqlite_session, "BUSY_SECONDS", 0.1)
    run(connect._store.aclose)
    connect.get_account(rep)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        error = refresh_fails(connect, org, "is locked", "(SQLITE_BUSY)", "Find out who holds it")
        assert error.retryable
        assert connect.get_account(rep).status is AccountStatus.ACTIVE
        other.execute("ROLLBACK")
    refresh_works(connect, org)


def test_a_file_that_was_deleted_or_replaced_under_a_running_process_is_noticed_and_not_made_anew(
    connect: SalesforceConnect, org: LocalOrg, rep: str, path: Path
) -> None:
    org.policy.rotation = True
    run(connect._store.aclose)
    connect.get_account(rep)
    aside = path.with_name("aside.sqlite")
    path.rename(aside)
    refresh_fails(connect, org, "is gone", "Put the very same file back")
    with pytest.raises(StoreError, match="is gone"):
        connect.get_account(rep)
    with pytest.raises(StoreError, match="is gone"):
        connect.get_or_create_account("rep-43")
    assert not path.exists()
    shutil.copy(aside, path)
    refresh_fails(connect, org, "is gone", "restart every process")
    aside.rename(path)
    refresh_works(connect, org)


@may_fork
def test_a_file_that_was_deleted_before_a_fork_is_not_made_anew_after_it(store: SQLiteTokenStore) -> None:
    run(store.put, account(), expected_version=0)
    store.path.unlink()
    if (child := os.fork()) == 0:
        os._exit(0)
    os.waitpid(child, 0)
    with pytest.raises(StoreError, match="is gone"):
        run(store.put, account("rep-43"), expected_version=0)
    assert not store.path.exists()


def test_a_corrupted_file_is_said_to_be_and_a_backup_brings_everything_back(
    connect: SalesforceConnect, org: LocalOrg, rep: str, path: Path
) -> None:
    org.policy.rotation = True
    connect.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\x5a" * (len(whole) - 100))
    refresh_fails(connect, org, "is corrupt", "(SQLITE_CORRUPT)", "restore a backup")
    path.write_bytes(b"something else" + whole[14:])
    refresh_fails(connect, org, "is corrupt", "(SQLITE_NOTADB)", "restore a backup")
    path.write_bytes(whole)
    refresh_works(connect, org)


@pytest.mark.parametrize("entry", [None, AuditEntry("salesforce", "rep-42", "id", NOW, "created", "ACTIVE", "ACTIVE")])
def test_a_database_that_may_not_grow_is_said_to_be_full_and_keeps_what_it_has(
    store: SQLiteTokenStore, entry: AuditEntry | None
) -> None:
    kept = run(store.put, account(sealed=b"old"), expected_version=0)
    store._writing.run(lambda db: db.execute("PRAGMA max_page_count = 1"))  # SQLite makes it what there is
    with pytest.raises(StoreError, match=r"no room to grow.*\(SQLITE_FULL\).*Free some space") as caught:
        run(store.put, replace(kept, sealed=b"new" * 10_000), expected_version=kept.version, entry=entry)
    assert caught.value.retryable
    assert run(store.get, "salesforce", "rep-42") == kept
    store._writing.run(lambda db: db.execute("PRAGMA max_page_count = 100000"))
    run(store.put, replace(kept, sealed=b"new" * 10_000), expected_version=kept.version, entry=entry)
    assert len(run(store.list_audit, "salesforce", "rep-42")) == (entry is not None)


# --- trouble that only a process of its own can have ------------------------------------------------------------------


class AtStep(logging.Handler):
    """Does something once when a refresh comes to a step."""

    def __init__(self, step: str, action: Callable[[], None]) -> None:
        super().__init__(logging.DEBUG)
        self._step, self._action = step, action

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().endswith(f": {self._step}"):
            self._action()


def limit_files(size: int) -> None:
    """No file of this process may grow beyond this size: a disk that is full for it alone."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def refresh_on_a_full_disk(given: tuple[Any, ...], step: str, outcomes: Any) -> None:
    """A worker whose disk is full from a step of the refresh on, until it has waited once."""
    app, store, key = given

    async def wait(_: float) -> None:
        limit_files(resource.RLIM_INFINITY)

    logger = logging.getLogger("langchain_sfconnect.accounts.refresh")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(AtStep(step, lambda: limit_files(1)))
    connect = SalesforceConnect(SalesforceApp(**app), store, [key], sleep=wait)
    if step == "at once":
        connect.get_account("rep-42")
        limit_files(1)
    outcomes.put(_outcome_of_a_refresh(connect))


def _outcome_of_a_refresh(connect: SalesforceConnect) -> str:
    try:
        return connect.refresh_account("rep-42").status
    except SFConnectError as error:
        return f"{type(error).__name__}: {error}"


def without_privileges() -> None:
    """Obey file modes also where the tests run as root: give up the capabilities that override them."""
    header, nothing = struct.pack("Ii", 0x20080522, 0), bytes(24)
    if ctypes.CDLL(None, use_errno=True).capset(header, nothing) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def refresh_without_privileges(given: tuple[Any, ...], outcomes: Any) -> None:
    without_privileges()
    app, store, key = given
    outcomes.put(_outcome_of_a_refresh(SalesforceConnect(SalesforceApp(**app), store, [key])))


@pytest.fixture
def given(org: LocalOrg, key: str, path: Path) -> tuple[Any, ...]:
    """What a worker process needs to make the connection anew."""
    names = ("client_id", "client_secret", "redirect_uri", "login_url", "sandbox_login_url")
    return {name: getattr(org, name) for name in names}, f"sqlite:///{path}", key


def outcome_in_another_process(target: Callable[..., None], *arguments: Any) -> str:
    outcomes = SPAWN.Queue()
    worker = SPAWN.Process(target=target, args=(*arguments, outcomes))
    worker.start()
    outcome: str = outcomes.get(timeout=60)
    worker.join(60)
    return outcome


@pytest.mark.parametrize("step", ["at once", "leased"])
def test_a_full_disk_before_the_mark_is_said_to_be_and_nothing_is_sent(
    connect: SalesforceConnect, org: LocalOrg, rep: str, given: tuple[Any, ...], step: str
) -> None:
    org.policy.rotation = True
    before = len(org.requests)
    told = outcome_in_another_process(refresh_on_a_full_disk, given, step)
    assert told.startswith("StoreError: The token store")
    for words in ("no room to grow", "(SQLITE_IOERR_WRITE)", "Free some space"):
        assert words in told
    assert len(org.requests) == before
    assert connect.get_account(rep).status is AccountStatus.ACTIVE
    if step == "at once":
        refresh_works(connect, org)


def test_a_disk_that_is_full_when_salesforce_answers_loses_no_token_if_room_comes_soon(
    connect: SalesforceConnect, org: LocalOrg, rep: str, given: tuple[Any, ...]
) -> None:
    org.policy.rotation = True
    before = token_requests(org)
    assert outcome_in_another_process(refresh_on_a_full_disk, given, "answered") == "ACTIVE"
    assert token_requests(org) == before + 1
    refresh_works(connect, org)


@pytest.mark.parametrize("modes", [(0o500, 0o400), (0o500, 0o600), (0o700, 0o400)])
def test_a_read_only_file_or_directory_is_said_to_be_and_nothing_is_sent(
    connect: SalesforceConnect, org: LocalOrg, rep: str, given: tuple[Any, ...], path: Path, modes: tuple[int, int]
) -> None:
    org.policy.rotation = True
    connect.close()
    before, (of_directory, of_file) = len(org.requests), modes
    path.chmod(of_file)
    path.parent.chmod(of_directory)
    told = outcome_in_another_process(refresh_without_privileges, given)
    path.parent.chmod(0o700)
    path.chmod(0o600)
    assert told.startswith("StoreError: The token store")
    assert "is read-only" in told
    assert "Let the user this process runs as write the file and its directory" in told
    assert len(org.requests) == before
    refresh_works(connect, org)
