"""The database below the org: snapshots, and files that are wrong, foreign or in use."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from langchain_sfconnect.localorg import LocalOrg
from langchain_sfconnect.localorg.database import Database
from langchain_sfconnect.localorg.sqltext import Sql

COUNT = Sql("SELECT count(*) FROM item")


@pytest.fixture(params=["memory", "file"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with closing(Database(str(tmp_path / "org.db") if request.param == "file" else None)) as database:
        database.run_script(["CREATE TABLE item (name TEXT)", "CREATE VIRTUAL TABLE words USING fts5(text)"])
        database.run(Sql("INSERT INTO item VALUES (?)", ("first",)))
        yield database


def test_restoring_takes_rows_tables_and_search_back_any_number_of_times(database):
    database.snapshot()
    for _ in range(3):
        database.run(Sql("INSERT INTO item VALUES (?)", ("second",)))
        database.run(Sql("INSERT INTO words VALUES (?)", ("found",)))
        database.run_script(["CREATE TABLE further (name TEXT)"])
        database.restore()
        assert database.row(COUNT) == (1,)
        assert database.rows(Sql("SELECT * FROM words WHERE words MATCH ?", ("found",))) == []


def test_a_later_snapshot_takes_the_place_of_the_first(database):
    assert not database.has_snapshot
    database.snapshot()
    database.run(Sql("INSERT INTO item VALUES (?)", ("second",)))
    database.snapshot()
    database.run(Sql("DELETE FROM item"))
    database.restore()
    assert database.row(COUNT) == (2,)
    assert database.has_snapshot


def test_neither_happens_inside_a_transaction_or_out_of_nothing(database):
    with pytest.raises(RuntimeError, match="snapshot"):
        database.restore()
    with database.transaction():
        for call in (database.snapshot, database.restore):
            with pytest.raises(RuntimeError, match="transaction"):
                call()


def test_what_was_restored_is_in_the_file(tmp_path):
    path = str(tmp_path / "org.db")
    with closing(Database(path)) as database:
        database.run_script(["CREATE TABLE item (name TEXT)"])
        database.snapshot()
        database.run(Sql("INSERT INTO item VALUES (?)", ("gone",)))
        database.restore()
    with closing(Database(path)) as database:
        assert database.row(COUNT) == (0,)


def a_folder(path: Path) -> None:
    path.mkdir()


def a_text(path: Path) -> None:
    path.write_text("This is no database at all, and long enough to be looked at. " * 20)


def anothers(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE payroll (name TEXT)")
        connection.commit()


@pytest.mark.parametrize(
    ("make", "told"), [(a_folder, "cannot be opened"), (a_text, "not a database"), (anothers, "something else")]
)
def test_a_file_that_is_no_org_is_refused_and_left_alone(tmp_path, make, told):
    path = tmp_path / "org.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(OSError, match=told) as refused:
        LocalOrg(path).start()
    assert "org.db" in str(refused.value)
    assert before is None or path.read_bytes() == before


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(OSError, match=r"nowhere.*cannot be opened"):
        LocalOrg(tmp_path / "nowhere" / "org.db").start()


def test_two_orgs_do_not_share_a_file(tmp_path):
    with LocalOrg(tmp_path / "org.db", seed=False), pytest.raises(OSError, match="another local org is using it"):
        LocalOrg(tmp_path / "org.db", seed=False).start()
    with LocalOrg(tmp_path / "org.db", seed=False) as org:
        assert org.users
