"""Any statement is answered or refused in Salesforce's words, in bounded time, and changes nothing.

`python tests/localorg/fuzz/long_run.py 100000` asks as many as one likes; here it is a few seconds' worth.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from types import SimpleNamespace
from typing import Any

import hostile
import pytest
import statements
import trial

from langchain_sfconnect.localorg.engine import Engine
from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.sqltext import Sql

MARK = "zq9x7w"
MARKED = (
    "SELECT Id FROM Account WHERE Name = '{}'",
    "SELECT Id FROM Account WHERE Name != '{}' AND Name LIKE '%{}_'",
    "SELECT Id FROM Account WHERE Industry IN ('{}', 'Banking') OR Rating NOT IN ('{}')",
    "SELECT Id FROM Account WHERE toLabel(Rating) = '{}'",
    "SELECT Id FROM Account WHERE Owner.Name > '{}' AND Parent.Name <= '{}'",
    "SELECT Id, (SELECT Id FROM Contacts WHERE LastName = '{}') FROM Account",
    "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE LastName LIKE '{}%')",
    "SELECT Industry FROM Account GROUP BY Industry HAVING MAX(Name) = '{}'",
    "FIND {{{}}}",
    "FIND {{{} OR \"{} x\"}} RETURNING Account(Id WHERE Name = '{}'), Contact",
    "FIND {{{}*}} IN NAME FIELDS",
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with trial.org() as engine:
        yield engine


def test_any_statement_is_answered_or_refused_and_changes_nothing(engine):
    chance, report = Random(20_261_123), trial.Report()

    trial.run(engine, (statements.make(chance) for _ in range(1000)), report)

    assert report.failures == []
    assert report.slowest[0][0] < 20
    outcomes = {outcome.partition(": ")[2] for outcome in report.outcomes}
    assert outcomes >= {"answered", "MALFORMED_QUERY", "MALFORMED_SEARCH", "INVALID_FIELD", "INVALID_TYPE"}


@pytest.mark.parametrize("slot", hostile.SLOTS)
def test_no_place_of_a_query_takes_an_attack(engine, slot):
    attacks = [statements.Statement("attack", "soql", slot.format(payload)) for payload in hostile.PAYLOADS]
    attacks += [statements.Statement("attack", "soql", slot.format(payload + "'")) for payload in hostile.PAYLOADS]
    report = trial.Report()
    trial.run(engine, attacks, report)
    assert report.failures == []


@pytest.mark.parametrize("slot", hostile.SEARCH_SLOTS)
def test_no_place_of_a_search_takes_an_attack(engine, slot):
    attacks = [statements.Statement("attack", "sosl", slot.format(text, "ALL")) for text in hostile.PAYLOADS]
    report = trial.Report()
    trial.run(engine, attacks, report)
    assert report.failures == []


@pytest.mark.parametrize("template", MARKED)
def test_what_a_statement_quotes_is_never_part_of_sql(engine, monkeypatch, template):
    seen: list[Sql] = []
    rows, record, row = engine.database.rows, engine.database.record, engine.database.row
    for name, call in (("rows", rows), ("record", record), ("row", row)):
        monkeypatch.setattr(engine.database, name, lambda sql, call=call: seen.append(sql) or call(sql))
    session = engine.session(engine.users()[0]["Id"])
    ask = session.search if template.startswith("FIND") else session.query

    ask(template.format(*[MARK] * template.count("{}")))

    assert any(MARK in str(sql.params) for sql in seen)
    assert not any(MARK in sql.text for sql in seen)


@pytest.mark.parametrize(
    ("deed", "seen"),
    [
        (Sql('UPDATE "Account" SET "Name" = "Name" || ?', ("!",)), ("reached the database", "have changed")),
        (Sql('CREATE TABLE "Stolen" AS SELECT * FROM "Account"'), ("reached the database", "have changed")),
        (Sql("SELECT name FROM sqlite_master"), ("reached the database",)),
        (OrgError(500, "UNKNOWN_EXCEPTION", "x"), ("500 UNKNOWN_EXCEPTION",)),
        (OrgError(400, "STRANGE", "x"), ("400 STRANGE",)),
        (ZeroDivisionError("x"), ("ZeroDivisionError",)),
    ],
)
def test_the_judge_sees_what_must_not_be(deed, seen):
    report = trial.Report()
    with trial.org() as victim:

        def misdeed(_: str) -> dict[str, Any]:
            if isinstance(deed, Exception):
                raise deed
            victim.database.rows(deed)
            return {"totalSize": 0, "done": True, "records": []}

        victim.session = lambda _: SimpleNamespace(query=misdeed, search=misdeed)
        trial.run(victim, [statements.Statement("", "soql", "")], report)

    failures = " ".join(what for _, what in report.failures)
    assert all(what in failures for what in seen)
