"""Keys are rotated while accounts live: everything is sealed anew, nothing is lost, and it can be begun again."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from langchain_sfconnect import AccountStatus, SalesforceConnect
from langchain_sfconnect.errors import SealBroken
from langchain_sfconnect.stores import KeyRing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from langchain_sfconnect.localorg import LocalOrg

NEW = KeyRing.generate_key()


def test_everything_is_sealed_anew_and_the_old_key_can_go(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg, key: str, authorize: Callable[..., None]
) -> None:
    for number in range(3):
        authorize(connecting(), f"rep-{number}", org.users[number]["Username"])
    connecting().get_or_create_account("rep-open")
    url = connecting().authorization_link("rep-open").url
    before = connecting().get_account("rep-0")
    report = connecting(encryption_keys=[NEW, key]).rotate_keys()
    assert (report.resealed, report.left, report.unreadable) == (4, 0, 0)
    after = connecting(encryption_keys=[NEW])
    assert after.get_account("rep-0") == before
    for number in range(3):
        assert after.refresh_account(f"rep-{number}").status is AccountStatus.ACTIVE
    assert after.complete_authorization(org.approve(url), "rep-open").status is AccountStatus.ACTIVE
    assert after.rotate_keys().resealed == 0


def test_a_rotation_that_was_stopped_goes_on_where_it_was(
    connecting: Callable[..., SalesforceConnect],
    org: LocalOrg,
    key: str,
    authorize: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("langchain_sfconnect.accounts.rekey.PAGE", 1)
    for number in range(3):
        authorize(connecting(), f"rep-{number}", org.users[number]["Username"])

    def stop(report: object) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        connecting(encryption_keys=[NEW, key]).rotate_keys(stop)
    assert connecting(encryption_keys=[NEW]).refresh_account("rep-0").status is AccountStatus.ACTIVE
    with pytest.raises(SealBroken):
        connecting(encryption_keys=[NEW]).refresh_account("rep-1")
    assert connecting(encryption_keys=[NEW, key]).rotate_keys().resealed == 2


def test_what_no_key_opens_stays_as_it_is_and_holds_nothing_up(
    connecting: Callable[..., SalesforceConnect],
    org: LocalOrg,
    key: str,
    authorize: Callable[..., None],
    tmp_path: Path,
) -> None:
    for number in range(2):
        authorize(connecting(), f"rep-{number}", org.users[number]["Username"])
    with sqlite3.connect(tmp_path / "accounts.sqlite") as db:
        db.execute("UPDATE accounts SET sealed = sealed || x'00' WHERE identifier = 'rep-0'")
    db.close()
    report = connecting(encryption_keys=[NEW, key]).rotate_keys()
    assert (report.resealed, report.unreadable) == (1, 1)


def test_a_rotation_beside_refreshes_loses_no_token(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg, key: str, authorize: Callable[..., None]
) -> None:
    org.policy.rotation = True
    names = [f"rep-{number}" for number in range(4)]
    for number, name in enumerate(names):
        authorize(connecting(), name, org.users[number]["Username"])
    org.policy.refresh_duration = timedelta(0)
    worker, rotator = connecting(), connecting(encryption_keys=[NEW, key])
    reader = connecting(encryption_keys=[key, NEW])

    async def all_at_once() -> None:
        async def refresh(name: str) -> None:
            for _ in range(5):
                await reader.arefresh_account(name)

        async def rotate() -> None:
            for _ in range(5):
                await rotator.arotate_keys()

        await asyncio.gather(rotate(), *map(refresh, names))
        await asyncio.gather(*(connect.aclose() for connect in (worker, rotator, reader)))

    asyncio.run(all_at_once())
    rotator.rotate_keys()
    for name in names:
        assert connecting(encryption_keys=[NEW]).refresh_account(name).status is AccountStatus.ACTIVE


def test_a_key_added_to_the_key_file_is_noticed_by_those_who_run(
    connecting: Callable[..., SalesforceConnect], authorize: Callable[..., None], tmp_path: Path
) -> None:
    running, other = connecting(encryption_keys=None), connecting(encryption_keys=None)
    authorize(running)
    assert other.add_key()
    assert other.rotate_keys().resealed == 1
    assert running.refresh_account("rep-42").status is AccountStatus.ACTIVE
    kept = (tmp_path / "accounts.keys").read_text().split()
    assert len(kept) == 2
    (tmp_path / "accounts.keys").write_text(kept[0] + "\n")
    assert connecting(encryption_keys=None).refresh_account("rep-42").status is AccountStatus.ACTIVE
    assert not connecting().add_key()


def test_an_older_grant_of_the_same_account_does_not_open_in_the_place_of_the_newest(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg, authorize: Callable[..., None], tmp_path: Path
) -> None:
    org.policy.rotation = True
    authorize(connecting())

    def sealed() -> bytes:
        with sqlite3.connect(tmp_path / "accounts.sqlite") as db:
            row = db.execute("SELECT sealed FROM accounts").fetchone()
        db.close()
        return row[0]

    old = sealed()
    connecting().refresh_account("rep-42")
    with sqlite3.connect(tmp_path / "accounts.sqlite") as db:
        db.execute("UPDATE accounts SET sealed = ?", (old,))
    db.close()
    sent = len(org.requests)
    with pytest.raises(SealBroken, match="put back after newer ones"):
        connecting().refresh_account("rep-42")
    assert len(org.requests) == sent  # a token that was rotated out would have ended the whole family
