"""A small org whose every word is known; ``cases/README`` tells it, and what the case files expect of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.engine import Engine, Session

NOW = datetime(2026, 11, 23, tzinfo=UTC)
LAUNCH = (
    "At the launch in Reno the second of the three rockets did not fire. "
    "The crew waited for an hour, then tried again; nothing came of it."
)


@pytest.fixture(scope="package")
def engine() -> Iterator[Engine]:
    clock = Clock()
    clock.freeze(NOW)
    engine = Engine(clock=clock, seed=False)
    plant(engine)
    yield engine
    engine.close()


@pytest.fixture(scope="package")
def session(engine: Engine) -> Session:
    return engine.session(engine.users()[0]["Id"])


def plant(engine: Engine) -> None:
    """Plant the world of the case files."""
    rep = engine.session(engine.users()[0]["Id"])

    amara = engine.session(engine.users()[3]["Id"])

    def add(sobject: str, /, by: Session = rep, **fields: Any) -> str:
        return by.create(sobject, fields)

    acme = add("Account", Name="Acme Rockets", Website="https://acme.example", Phone="(212) 555-0100", Site="Hangar 7",
               NumberOfEmployees=4711)  # fmt: skip
    add("Account", by=amara, Name="Acorn Supplies", Industry="Retail", Description="They sell rockets too")
    add("Account", Name="Ärzte GmbH", Industry="Healthcare")
    add("Account", Name="O'Brien & Sons", Industry="Retail", Phone="+44 20 7946 0018")
    add("Account", Name="Nord-Süd Spedition", TickerSymbol="NSS")
    add("Account", Name="東京商事")
    add("Contact", FirstName="Ada", LastName="Wong", AccountId=acme, Email="ada.wong@acme.example")
    add("Contact", FirstName="Rocco", LastName="Marsh", Title="Acme liaison", AssistantName="Wilhelmina",
        Phone="415-555-0123")  # fmt: skip
    add("Contact", FirstName="Joan", LastName="Acorn", Description="Knows <b>rockets</b> & ropes")
    add("Lead", FirstName="Lee", LastName="Adams", Company="Windworks", Email="lee@windworks.example")
    add("Case", Subject="Rockets misfire", SuppliedName="Mr. Quill", Description=LAUNCH)
    add("Opportunity", Name="Acme Renewal", StageName="Prospecting", CloseDate="2026-12-01", Amount=4711)
    add("Task", Subject="Call Acme")
    rep.delete("Account", add("Account", Name="Acme Gone"))
