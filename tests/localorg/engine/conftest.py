"""An empty org at a fixed moment, and the sessions of two of its users."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.engine import Engine, Session
from langchain_sfconnect.localorg.errors import OrgError

NOW = datetime(2026, 11, 23, 10, 30, 15, 250_000, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.freeze(NOW)
    return clock


@pytest.fixture
def engine(clock: Clock) -> Iterator[Engine]:
    engine = Engine(clock=clock, seed=False)
    yield engine
    engine.close()


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
def refusal() -> Callable[..., dict[str, Any]]:
    """Call something that must be refused and return the error item with its status."""

    def call(action: Callable[..., Any], *arguments: Any, **options: Any) -> dict[str, Any]:
        with pytest.raises(OrgError) as caught:
            action(*arguments, **options)
        (item,) = caught.value.body()
        return {"status": caught.value.status, **item}

    return call
