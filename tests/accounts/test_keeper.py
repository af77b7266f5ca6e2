"""Keeping alive: what is due is renewed, what is idle is touched, and what is broken holds nothing up."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from langchain_sfconnect import AccountStatus, SalesforceConnect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from langchain_sfconnect.localorg import LocalOrg


def token_requests(org: LocalOrg) -> int:
    return sum(r.path.endswith("/oauth2/token") for r in org.requests)


def test_a_token_about_to_die_is_renewed_and_one_that_lives_is_left_alone(
    connect: SalesforceConnect, org: LocalOrg, rep: str
) -> None:
    assert connect.keep_alive().refreshed == 0
    org.clock.advance(timedelta(minutes=116))
    report = connect.keep_alive()
    assert (report.refreshed, report.put_off, report.failed) == (1, 0, 0)
    assert connect.get_account(rep).token_expires_at > org.clock.now() + timedelta(minutes=110)  # type: ignore[operator]
    assert connect.keep_alive().refreshed == 0


def test_an_account_nobody_uses_is_put_off_until_its_grant_would_lie_idle(
    connect: SalesforceConnect, org: LocalOrg, rep: str
) -> None:
    org.policy.refresh_idle_limit = timedelta(days=30)
    for _ in range(3):
        org.clock.advance(timedelta(days=2))
        connect.keep_alive()
    before = token_requests(org)
    org.clock.advance(timedelta(days=18))
    assert (connect.keep_alive().refreshed, token_requests(org)) == (0, before)
    org.clock.advance(timedelta(days=2))
    assert connect.keep_alive().refreshed == 1
    org.clock.advance(timedelta(days=20))  # 46 days after the consent
    assert connect.refresh_account(rep).status is AccountStatus.ACTIVE


def test_without_a_keeper_the_same_account_would_have_been_lost(
    connect: SalesforceConnect, org: LocalOrg, rep: str
) -> None:
    org.policy.refresh_idle_limit = timedelta(days=30)
    org.clock.advance(timedelta(days=31))
    assert connect.keep_alive().failed == 1
    assert connect.get_account(rep).status is AccountStatus.REVOKED
    assert connect.keep_alive().failed == 0


def test_broken_accounts_hold_up_no_other(
    connect: SalesforceConnect, org: LocalOrg, authorize: Callable[..., None], tmp_path: Path
) -> None:
    for identifier in ("a-unreadable", "b-tampered", "c-revoked", "d-fine"):
        authorize(connect, identifier, org.users[0]["Username"])
    authorize(connect, "c-revoked", org.users[0]["Username"])
    with sqlite3.connect(tmp_path / "accounts.sqlite") as db:
        db.execute("UPDATE accounts SET facts = 'nonsense' WHERE identifier = 'a-unreadable'")
        db.execute("UPDATE accounts SET sealed = x'00' WHERE identifier = 'b-tampered'")
    db.close()
    connect.disconnect_account("c-revoked")
    org.clock.advance(timedelta(minutes=116))
    report = connect.keep_alive()
    assert (report.refreshed, report.failed) == (1, 2)
    assert connect.get_account("d-fine").status is AccountStatus.ACTIVE


def test_a_refusal_is_tried_again_later_and_not_at_once(connect: SalesforceConnect, org: LocalOrg, rep: str) -> None:
    org.clock.advance(timedelta(minutes=116))
    org.policy.ip_allowed_at_token = False
    assert connect.keep_alive().failed == 1
    before = token_requests(org)
    assert connect.keep_alive().failed == 0
    assert token_requests(org) == before
    org.policy.ip_allowed_at_token = True
    org.clock.advance(timedelta(minutes=5))
    assert connect.keep_alive().refreshed == 1


def test_several_keepers_share_the_work(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg, authorize: Callable[..., None]
) -> None:
    keepers = [connecting() for _ in range(4)]
    for number in range(12):
        authorize(keepers[0], f"rep-{number}", org.users[number % 3]["Username"])
    org.clock.advance(timedelta(minutes=116))
    before = token_requests(org)

    async def all_at_once() -> list[Any]:
        reports = await asyncio.gather(*(keeper.akeep_alive() for keeper in keepers))
        await asyncio.gather(*(keeper.aclose() for keeper in keepers))
        return reports

    reports = asyncio.run(all_at_once())
    assert sum(report.refreshed for report in reports) == 12
    assert token_requests(org) == before + 12


def test_an_account_without_a_refresh_token_is_left_to_its_end(connect: SalesforceConnect, org: LocalOrg) -> None:
    connect.get_or_create_account("rep-42")
    url = connect.authorization_link("rep-42").url.replace("refresh_token", "")
    connect.complete_authorization(org.approve(url), "rep-42")
    org.clock.advance(timedelta(minutes=116))
    report = connect.keep_alive()
    assert (report.refreshed, report.put_off, report.failed) == (0, 1, 0)
    assert connect.get_account("rep-42").status is AccountStatus.ACTIVE


@pytest.mark.anyio
async def test_a_keeper_runs_until_it_is_cancelled_and_survives_a_store_that_fails(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg, tmp_path: Path, authorize: Callable[..., None]
) -> None:
    pauses: list[float] = []
    enough = asyncio.Event()

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            enough.set()
            await asyncio.Event().wait()

    connect = connecting(sleep=sleep)
    (tmp_path / "accounts.sqlite").write_text("no database" * 100)
    keeper = asyncio.create_task(connect.akeep_alive(every=timedelta(minutes=1)))
    async with asyncio.timeout(30):
        await enough.wait()
    keeper.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeper
    assert pauses == [60.0, 60.0, 60.0]
    await connect.aclose()
