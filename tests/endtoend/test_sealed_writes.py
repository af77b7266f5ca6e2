"""What an agent leaves in databases: the ledger shows neither values nor records, and checkpoints hold plain values."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from langchain_core.tools import tool

pytestmark = pytest.mark.anyio

HERE = Path(__file__)
PLANTED = "00DgL0000000001!AQPlanted.Access_Token.0123456789abcdefghij"
VALUES = {"Phone": "+49 30 90182017", "Description": "Zwölf Säcke, bar bezahlt"}


def performances(grounds: Any, scenarios: Any) -> Any:
    return grounds.bare("create_agent")


def rows_of_writes(store: Path | str) -> list[Any]:
    if isinstance(store, str):
        with psycopg.connect(store) as connection:
            return connection.execute("SELECT * FROM sfconnect.writes").fetchall()
    with closing(sqlite3.connect(store)) as database:
        return database.execute("SELECT * FROM writes").fetchall()


async def test_the_ledger_shows_neither_a_value_nor_a_record(way: Any, stage: Any, org: Any, make: Any) -> None:
    values = {**VALUES, "Name": f"Walnuts {stage.test}"}
    updated = make("Account", Name="Walnut Traders")
    stage.authorize("rep-42")
    stage.talk.calls(
        ("salesforce_account_create", values),
        ("salesforce_account_update", {"account_id": updated, "Website": "walnuts.example"}),
    )
    await stage.talk.say()
    (created,) = (row["Id"] for row in org.query(f"SELECT Id FROM Account WHERE Name = '{values['Name']}'"))
    for value in (*values.values(), "walnuts.example"):
        way.secrets.add("a field's value", value)
    for record in (created, updated):
        way.secrets.add("a record's id", record)
        way.secrets.add("a record's id", record[:15])
    await stage.restart()
    assert len(rows_of_writes(way.store)) == 2
    way.look_into_databases()
    found = way.haystack.leaks(way.secrets)
    assert not any("store" in each for each in found)
    # The conversation is in the checkpoints, as it must be; and that shows that the search finds it.
    assert {"a field's value in checkpoint", "a record's id in checkpoint"} <= found


@tool
def indiscreet() -> str:
    """Show a token."""
    return PLANTED


async def test_a_token_in_a_checkpoint_or_in_the_ledger_is_found(way: Any, stage: Any) -> None:
    stage.authorize("rep-42")
    stage.talk.tools = [indiscreet]
    way.secrets.add("token", PLANTED)
    way.secrets.add("key", "spilt milk")
    await stage.talk.calls(("indiscreet", {}), ("salesforce_account_create", {"Name": "Any"})).say()
    await stage.restart()
    spoil(way.store, "UPDATE {}writes SET key = 'spilt milk'")
    way.look_into_databases()
    assert {"token in checkpoint", "key in store"} <= way.haystack.leaks(way.secrets)


def spoil(store: Path | str, statement: str) -> None:
    if isinstance(store, str):
        with psycopg.connect(store) as connection:
            connection.execute(statement.format("sfconnect."))
        return
    with closing(sqlite3.connect(store)) as database, database:
        database.execute(statement.format(""))


def test_strict_mode_of_langgraph_reads_everything_back() -> None:
    """In a process of its own, because LangGraph reads the setting once; all others listen for what it would refuse."""
    tests = str(HERE.with_name("test_hazards_in_company.py"))
    chosen = "sqlite and async and create_agent and (edit or interrupts)"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", tests, "-k", chosen, "-p", "no:cacheprovider", "-p", "no:xdist"],
        env={**os.environ, "LANGGRAPH_STRICT_MSGPACK": "true"},
        cwd=HERE.parents[2],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-4000:]
    assert " passed" in run.stdout
