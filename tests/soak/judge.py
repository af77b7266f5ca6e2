"""Judges a storm by what the org received and by what the workers wrote down; uses nothing of the refresh it judges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from langchain_sfconnect import AccountStatus, SalesforceConnect
from langchain_sfconnect._portal import run
from langchain_sfconnect.localorg.sqltext import Sql

if TYPE_CHECKING:
    from langchain_sfconnect.localorg import LocalOrg
    from langchain_sfconnect.localorg.journal import RecordedRequest

DIED_AT = {"leased", "marked", "answered"}  # the mark is written before `marked` is said, the tokens before `saved`
HARMLESS = {"ok", "SalesforceUnavailable", "ReauthorizationRequired", "AccessRestricted"}


@dataclass(frozen=True)
class Showing:
    """A refresh token shown to the org, and the status answered; None where the connection was reset instead."""

    token: str = field(repr=False)
    status: int | None


def showings(requests: Iterable[RecordedRequest]) -> list[Showing]:
    """Every refresh token that reached the org, in order."""
    forms = ((parse_qs(r.body.decode()), r.status) for r in requests if r.path.endswith("/oauth2/token"))
    return [Showing(f["refresh_token"][0], status) for f, status in forms if f["grant_type"] == ["refresh_token"]]


def check_no_replay(shown: Iterable[Showing]) -> None:
    """No refresh token comes again after its answer, and the org, which knows what it spent, never refuses one."""
    answered: set[str] = set()
    for number, showing in enumerate(shown):
        assert showing.token not in answered, f"showing {number} is a replay"
        assert showing.status in (200, 503, None), f"showing {number} was answered {showing.status}"
        if showing.status == 200:
            answered.add(showing.token)


def check_no_family_ended(org: LocalOrg, families: int) -> None:
    """Every grant that was given still stands."""
    assert standing_families(org) == families


def standing_families(org: LocalOrg) -> int:
    row = org._realm("production").grants._database.row(Sql("SELECT count(*) FROM grants"))
    return int(row[0]) if row else 0


@dataclass
class Diaries:
    """What the workers wrote down, and which of them were killed."""

    calls: Counter[str] = field(default_factory=Counter)
    died_refreshing: set[str] = field(default_factory=set)
    windows: list[tuple[float, float]] = field(default_factory=list)
    restricted: list[tuple[int, int]] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path, killed: set[str]) -> Diaries:
        diaries = cls()
        for path in folder.glob("*.diary"):
            diaries._read(path, killed=path.stem in killed)
        return diaries

    def _read(self, path: Path, *, killed: bool) -> None:
        last: dict[str, tuple[str, int]] = {}
        asked: dict[str, float] = {}
        for line in path.read_text().splitlines():
            moment, kind, identifier, what, *begun = line.split()
            if kind == "call":
                self.calls[what] += 1
                self.restricted += [(int(begun[0]), int(moment))] if what == "AccessRestricted" else []
                continue
            if what == "answered":
                asked[identifier] = (int(moment) - last[identifier][1]) / 1e6
            if what == "saved":
                self.windows.append((asked[identifier], (int(moment) - last[identifier][1]) / 1e6))
            last[identifier] = (what, int(moment))
        if killed:
            self.died_refreshing |= {identifier for identifier, (step, _) in last.items() if step in DIED_AT}


def check_calls(diaries: Diaries, jumped_at: list[int]) -> None:
    """Calls end well or with a named reason; a token is good and yet refused only where the clock jumped meanwhile."""
    assert set(diaries.calls) <= HARMLESS, diaries.calls
    for begun, ended in diaries.restricted:
        assert any(begun <= jump <= ended for jump in jumped_at), "a new token was refused for no reason"


def check_account(org: LocalOrg, connect: SalesforceConnect, identifier: str, shown: list[Showing], d: Diaries) -> str:
    """The account stands where what happened to it has put it; tells the status and the reason."""
    holding = run(connect._accounts.vault.open, identifier)
    record, grant = holding.record, holding.grant
    assert grant is not None, f"{identifier} is {record.status}, {record.status_reason}, and holds no grant"
    last = next((s for s in reversed(shown) if s.token == grant.refresh_token), None)
    lives = grant.refresh_token is not None and org._realm("production").grants.of(grant.refresh_token) is not None
    if record.status == AccountStatus.ACTIVE:
        assert lives, f"{identifier} holds a dead token"
        assert record.refresh_started_at is None
        assert last is None or last.status != 200
    else:
        assert record.status == AccountStatus.EXPIRED
        assert not lives, f"{identifier} was given up though its token is good"
        _check_reason(record, last, died=identifier in d.died_refreshing)
    return f"{record.status} {record.status_reason or ''}".strip()


def _check_reason(record: Any, last: Showing | None, *, died: bool) -> None:
    what = f"{record.identifier}: {record.status_reason}, shown last: {last}, a refresher died: {died}"
    if record.status_reason == "refresh_outcome_unknown":
        assert last is not None, what
        assert last.status is None, what
    else:
        assert record.status_reason == "refresh_interrupted", what
        assert died, what
