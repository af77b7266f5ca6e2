"""The Postgres store keeps the store contract on a real server, across processes, loops and other people's poolers."""

from __future__ import annotations

import asyncio
import multiprocessing
import pickle
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from langchain_sfconnect._portal import run
from langchain_sfconnect.errors import ConfigurationError, StoreError
from langchain_sfconnect.stores import PostgresTokenStore, TokenStore
from langchain_sfconnect.stores.conformance import MINUTE, TokenStoreConformance, account, authorization
from langchain_sfconnect.stores.opening import open_store

SPAWN = multiprocessing.get_context("spawn")


class TestPostgres(TokenStoreConformance):
    pytestmark = pytest.mark.anyio

    @pytest.fixture
    async def store(self, postgres_url: str) -> AsyncIterator[TokenStore]:
        store = PostgresTokenStore(postgres_url)
        yield store
        await store.aclose()


class TestPostgresOnAPoolOfOnesOwn(TokenStoreConformance):
    pytestmark = pytest.mark.anyio

    @pytest.fixture
    async def store(self, postgres_url: str) -> AsyncIterator[TokenStore]:
        async with AsyncConnectionPool(postgres_url, min_size=1, max_size=4, open=False) as pool:
            store = PostgresTokenStore(pool)
            yield store
            await store.aclose()
            async with pool.connection() as connection:  # still open: it is not the store's to close
                await connection.execute("SELECT 1")


def _add_in_another_process(url: str, number: int, ready: Any, answers: Any) -> None:
    store = PostgresTokenStore(url)
    ready.wait(60)
    added = run(store.add_authorization, authorization(f"request-{number}"))
    lease = run(store.acquire_lease, "x", owner=str(number), ttl=MINUTE)
    answers.put((added.id, lease is not None))
    run(store.aclose)


def test_processes_that_start_at_once_make_the_tables_once_and_agree(postgres_url: str) -> None:
    ready, answers = SPAWN.Barrier(4), SPAWN.Queue()
    workers = [SPAWN.Process(target=_add_in_another_process, args=(postgres_url, n, ready, answers)) for n in range(4)]
    for worker in workers:
        worker.start()
    told = [answers.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(60)
    assert len({id for id, _ in told}) == 1
    assert sum(leased for _, leased in told) == 1


def test_one_store_serves_several_event_loops(postgres_url: str) -> None:
    store = open_store(postgres_url)
    asyncio.run(store.put(account(), expected_version=0))
    found = asyncio.run(store.get("salesforce", "rep-42"))
    assert found is not None
    assert run(store.get, "salesforce", "rep-42") == found
    run(store.aclose)


def test_nothing_is_prepared_in_a_session_so_a_pooler_may_hand_out_any(postgres_url: str) -> None:
    async def use() -> list[Any]:
        async with AsyncConnectionPool(postgres_url, min_size=1, max_size=1, open=False) as pool:
            store = PostgresTokenStore(pool)
            for _ in range(20):
                await store.get("salesforce", "rep-42")
            async with pool.connection() as connection:
                cursor = await connection.execute("SELECT name FROM pg_prepared_statements")
                prepared = await cursor.fetchall()
                cursor = await connection.execute(
                    "SELECT locktype FROM pg_locks WHERE locktype = 'advisory'",
                )
                return prepared + await cursor.fetchall()

    assert asyncio.run(use()) == []


def test_a_database_that_is_not_there_is_a_named_error_without_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("langchain_sfconnect.stores.postgres.WAIT_SECONDS", 0.2)
    store = PostgresTokenStore("postgresql://ada:hunter2@127.0.0.1:1/none")
    with pytest.raises(StoreError, match="failed with PoolTimeout") as caught:
        run(store.get, "salesforce", "rep-42")
    run(store.aclose)
    assert "hunter2" not in f"{caught.value!r} {caught.value.hint} {store!r}"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_database_of_a_newer_version_is_refused(postgres_url: str) -> None:
    store = PostgresTokenStore(postgres_url)
    assert run(store.get, "salesforce", "rep-42") is None
    run(store.aclose)
    with psycopg.connect(postgres_url) as connection:
        connection.execute("INSERT INTO sfconnect.migrations VALUES (99)")
    with pytest.raises(StoreError, match="newer version"):
        run(store.get, "salesforce", "rep-42")
    run(store.aclose)


def test_a_row_that_something_else_wrote_is_a_named_error_and_repeats_nothing_of_it(postgres_url: str) -> None:
    store = PostgresTokenStore(postgres_url)
    run(store.put, account(), expected_version=0)
    with psycopg.connect(postgres_url) as connection:
        connection.execute("UPDATE sfconnect.accounts SET last_used_at = 'whenever'")
    with pytest.raises(StoreError, match="'rep-42' cannot be read") as caught:
        run(store.get, "salesforce", "rep-42")
    assert "whenever" not in str(caught.value)
    run(store.aclose)


def test_a_connection_that_the_server_closed_is_replaced(postgres_url: str) -> None:
    store = PostgresTokenStore(postgres_url)
    run(store.put, account(), expected_version=0)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    found = run(store.get, "salesforce", "rep-42")
    run(store.aclose)
    assert found is not None


def test_only_a_postgres_url_is_taken_and_the_store_is_not_pickled() -> None:
    with pytest.raises(ConfigurationError, match="begins with postgresql"):
        PostgresTokenStore("mysql://host/db")
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(PostgresTokenStore("postgresql://host/db"))


def _end_while_the_pool_grows(url: str, ending: Any) -> None:
    """A program that uses the store from `asyncio.run`, closes nothing, and ends while a second connection is made."""
    connect = psycopg.AsyncConnection.connect

    async def main() -> None:
        growing = asyncio.Event()

        async def connect_once(*args: Any, **kwargs: Any) -> Any:
            if store_is_open:
                growing.set()
                await asyncio.Event().wait()
            store_is_open.append(True)
            return await connect(*args, **kwargs)

        store_is_open: list[bool] = []
        psycopg.AsyncConnection.connect = connect_once  # type: ignore[method-assign, assignment]
        store = PostgresTokenStore(url)
        await asyncio.gather(*(store.get("salesforce", f"rep-{number}") for number in range(8)))
        await growing.wait()

    ending.put(True)
    asyncio.run(main())


def test_a_program_that_closes_nothing_ends_although_the_pool_is_connecting(postgres_url: str) -> None:
    ending = SPAWN.Queue()
    program = SPAWN.Process(target=_end_while_the_pool_grows, args=(postgres_url, ending))
    program.start()
    try:
        assert ending.get(timeout=60)
        program.join(5)
        assert program.exitcode == 0
    finally:
        program.kill()
        program.join()
