"""Lets the storms and their worker processes find each other, and gives every storm an org to judge."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from langchain_sfconnect.localorg import LocalOrg

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1] / "endtoend")]  # the latter's conversations


@pytest.fixture
def org(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalOrg]:
    """A rotating org that writes everything down and sets no limits of its own."""
    from langchain_sfconnect.localorg import LocalOrg, journal

    monkeypatch.setattr(journal, "KEPT", 10_000_000)
    monkeypatch.setattr(journal, "KEPT_BYTES", 4_000_000_000)
    with LocalOrg() as org:
        org.policy.rotation, org.policy.daily_api_requests = True, 10**9
        yield org


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """The URL of an empty store that many processes can share."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres_url")
    return f"sqlite:///{tmp_path}/accounts.sqlite"
