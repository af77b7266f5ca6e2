"""An empty org at a fixed moment, the sessions of its users, and an org with declared objects, rules and profiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.engine import Engine, Session
from langchain_sfconnect.localorg.errors import OrgError

NOW = datetime(2026, 11, 23, 10, 30, 15, 250_000, tzinfo=UTC)
DECLARED: dict[str, Any] = {
    "objects": {
        "Invoice__c": {
            "label": "Invoice",
            "plural": "Invoices",
            "name": {"type": "autonumber", "format": "INV-{0000}"},
            "fields": {
                "Account__c": {"type": "lookup", "to": "Account", "children": "Invoices"},
                "Payer__c": {"type": "lookup", "to": "Contact", "children": "Paid", "on_delete": "restrict"},
                "Amount__c": {"type": "currency", "precision": 8, "scale": 2, "required": True, "default": 0},
                "Key__c": {"type": "text", "length": 10, "external_id": True, "unique": True},
                "Code__c": {"type": "text", "length": 10, "unique": True, "case_sensitive": True},
                "Stage__c": {"type": "picklist", "values": ["Draft", "Sent", "Paid"], "default": "Draft",
                             "restricted": True},
                "Mood__c": {"type": "picklist", "values": ["Good", "Bad"]},
                "Tags__c": {"type": "multipicklist", "values": ["Red", "Green", "Blue"], "restricted": True},
                "Words__c": {"type": "multipicklist", "values": ["One", "Two"]},
                "Email__c": {"type": "email"},
                "Site__c": {"type": "url"},
                "Count__c": {"type": "int", "precision": 4},
                "Share__c": {"type": "percent", "precision": 5, "scale": 1},
                "Weight__c": {"type": "number", "precision": 6, "scale": 3},
                "Done__c": {"type": "checkbox", "default": True},
                "Day__c": {"type": "date"},
                "Moment__c": {"type": "datetime"},
                "Hour__c": {"type": "time"},
                "Place__c": {"type": "geolocation", "scale": 4},
                "Note__c": {"type": "long_textarea", "length": 300},
                "Secret__c": {"type": "encrypted"},
                "Phone__c": {"type": "phone"},
            },
            "validation_rules": [
                {"name": "Not_Negative", "when": "Amount__c < 0", "message": "No debts.", "field": "Amount__c"},
                {"name": "Sent_Has_Account", "when": "Stage__c = 'Sent' AND Account__c = null",
                 "message": "Whom was it sent to?"},
            ],
            "record_types": [
                {"developer_name": "Sale", "label": "Sale", "default": True},
                {"developer_name": "Sketch", "label": "Sketch", "picklists": {"Stage__c": ["Draft"],
                                                                             "Tags__c": ["Red", "Green"]}},
                {"developer_name": "Old", "label": "Old", "active": False},
            ],
        },
        "Line__c": {
            "label": "Line",
            "plural": "Lines",
            "fields": {
                "Invoice__c": {"type": "master_detail", "to": "Invoice__c", "children": "Lines"},
                "Price__c": {"type": "currency"},
            },
        },
        "Part__c": {
            "label": "Part",
            "plural": "Parts",
            "fields": {"Line__c": {"type": "master_detail", "to": "Line__c", "children": "Parts",
                                   "reparentable": True}},
        },
        "Contact": {
            "duplicate_rules": [
                {"name": "Same_Email", "match": ["Email", "LastName"], "allow_save": True},
                {"name": "Same_Phone", "match": ["Phone"], "allow_save": False, "message": "Call them."},
            ],
        },
    },
    "profiles": {
        "Clerk": {
            "objects": {
                "Opportunity": {"delete": False, "fields": {"Amount": "read", "NextStep": "none"}},
                "Invoice__c": {"edit": False},
                "Lead": {"create": False},
                "Case": {"read": False},
            },
        },
        "Visitor": {"api_enabled": False},
    },
    "users": [
        {"username": "clerk@localorg.example", "last_name": "Clerk", "profile": "Clerk"},
        {"username": "visitor@localorg.example", "last_name": "Visitor", "profile": "Visitor"},
    ],
}  # fmt: skip


@pytest.fixture(scope="session")
def shared_clock() -> Clock:
    clock = Clock()
    clock.freeze(NOW)
    return clock


@pytest.fixture
def clock(shared_clock: Clock) -> Clock:
    """The clock of both orgs, at the same moment before each test."""
    shared_clock.freeze(NOW)
    return shared_clock


@pytest.fixture(scope="session")
def empty_org(shared_clock: Clock) -> Iterator[Engine]:
    shared_clock.freeze(NOW)  # whatever test came before
    engine = Engine(clock=shared_clock, seed=False)
    yield engine
    engine.close()


@pytest.fixture
def engine(empty_org: Engine, clock: Clock) -> Engine:
    """An empty org."""
    empty_org.reset()
    return empty_org


@pytest.fixture(scope="session")
def declared_schema() -> dict[str, Any]:
    """What the declared org has beside the standard objects."""
    return DECLARED


@pytest.fixture(scope="session")
def declared_org(shared_clock: Clock) -> Iterator[Engine]:
    shared_clock.freeze(NOW)  # whatever test came before
    engine = Engine(clock=shared_clock, seed=False, schema=DECLARED)
    yield engine
    engine.close()


@pytest.fixture
def declared(declared_org: Engine, clock: Clock) -> Engine:
    """An empty org with objects, rules, record types and profiles of its own."""
    declared_org.reset()
    return declared_org


def session_of(engine: Engine, username: str) -> Session:
    user = engine.user_by_username(username)
    assert user is not None
    return engine.session(user["Id"])


@pytest.fixture
def rep(engine: Engine) -> Session:
    return session_of(engine, "rep@localorg.example")


@pytest.fixture
def admin(engine: Engine) -> Session:
    return session_of(engine, "admin@localorg.example")


@pytest.fixture
def seller(declared: Engine) -> Session:
    """A user of the declared org who may do everything."""
    return session_of(declared, "rep@localorg.example")


@pytest.fixture
def clerk(declared: Engine) -> Session:
    """A user of the declared org whose profile keeps them from some things."""
    return session_of(declared, "clerk@localorg.example")


@pytest.fixture
def refusal() -> Callable[..., dict[str, Any]]:
    """Call something that must be refused and return the error item with its status."""

    def call(action: Callable[..., Any], *arguments: Any, **options: Any) -> dict[str, Any]:
        with pytest.raises(OrgError) as caught:
            action(*arguments, **options)
        (item,) = caught.value.body()
        return {"status": caught.value.status, **item}

    return call


@pytest.fixture
def refusals() -> Callable[..., list[tuple[str, list[str] | None]]]:
    """Call something that must be refused and return the code and the fields of each error item."""

    def call(action: Callable[..., Any], *arguments: Any, **options: Any) -> list[tuple[str, list[str] | None]]:
        with pytest.raises(OrgError) as caught:
            action(*arguments, **options)
        return [(item["errorCode"], item.get("fields")) for item in caught.value.body()]

    return call
