"""A small org whose every row is known, at a fixed moment; the expected answers of the case files are told from it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.engine import Engine, Session

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)  # a Monday


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
    """Plant the world of the case files; ``cases/README`` tells it in words."""
    rep = engine.session(engine.users()[0]["Id"])
    amara = engine.session(engine.users()[3]["Id"])

    def add(name: str, /, by: Session = rep, **fields: Any) -> str:
        return by.create(name, fields)

    alpha = add("Account", Name="Alpha", Industry="Banking", NumberOfEmployees=10, AnnualRevenue=1000, Rating="Hot",
                BillingCity="Leeds", BillingCountry="UK")  # fmt: skip
    bravo = add("Account", by=amara, Name="Bravo", Industry="Retail", Rating="Cold")
    add("Account", Name="charlie", NumberOfEmployees=5, Rating="Warm", ParentId=alpha)
    add("Account", Name="Delta 100%", Industry="Banking", NumberOfEmployees=20, AnnualRevenue=50.5, ParentId=alpha)
    add("Account", Name="Echo_One", Industry="Apparel", NumberOfEmployees=10, ParentId=bravo, Rating="Lukewarm")
    ann = add("Contact", FirstName="Ann", LastName="Smith", AccountId=alpha, Email="ann@alpha.example", Title="CFO")
    add("Contact", FirstName="Bob", LastName="Jones", AccountId=alpha, ReportsToId=ann, Birthdate="1980-02-29")
    add("Contact", LastName="Cy", Email="cy@nowhere.example")
    add("Contact", FirstName="Dee", LastName="O'Brien", AccountId=bravo, Title="cfo")
    deals = [
        ("One", alpha, "Prospecting", 100, "2026-11-23", "Web"),
        ("Two", alpha, "Closed Won", 250.5, "2026-10-01", None),
        ("Three", bravo, "Negotiation/Review", None, "2027-01-15", "Web"),
        ("Four", None, "Qualification", 100, "2025-12-31", None),
        ("Five", bravo, "Closed Lost", 50, "2026-11-22", "Other"),
    ]  # fmt: skip
    made = [
        add(
            "Opportunity",
            Name=name,
            AccountId=account,
            StageName=stage,
            Amount=amount,
            CloseDate=close,
            LeadSource=source,
        )
        for name, account, stage, amount, close, source in deals
    ]
    lead = add("Lead", FirstName="Lee", LastName="Adams", Company="Zulu", Status="Working - Contacted")
    add("Case", Subject="Broken", ContactId=ann, Priority="High")
    add("Case", Subject="Question", Priority="Low", Status="Closed")
    add("Task", Subject="Call Ann", WhoId=ann, WhatId=made[0], ActivityDate="2026-11-24")
    add("Task", Subject="Call Lee", WhoId=lead, ActivityDate="2026-11-20", Status="Completed")
    add("Task", Subject="Alone", Priority="High")
    add("Event", Subject="Meeting", WhatId=alpha, StartDateTime="2026-11-22T23:30:00Z", DurationInMinutes=60)
    rep.delete("Account", add("Account", Name="Gone", Industry="Media"))
