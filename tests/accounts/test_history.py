"""What happened to an account is told as it happens and can be read afterwards; never with a token."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from langchain_sfconnect import AccountStatus, ReauthorizationRequired, SalesforceConnect
from langchain_sfconnect.errors import SalesforceUnavailable
from langchain_sfconnect.localorg.faults import Reset

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_sfconnect.localorg import LocalOrg


def test_the_trail_tells_a_whole_life_in_order(
    connect: SalesforceConnect, org: LocalOrg, rep: str, authorize: Callable[..., None]
) -> None:
    org.clock.advance(timedelta(hours=3))
    connect.refresh_account(rep)  # no news
    org.revoke()
    with pytest.raises(ReauthorizationRequired):
        connect.refresh_account(rep)
    authorize(connect)
    connect.disconnect_account(rep)
    connect.delete_account(rep)
    trail = connect.audit_trail(rep)
    assert [(entry.event, entry.status_after) for entry in trail] == [
        ("created", "PENDING_AUTH"),
        ("authorized", "ACTIVE"),
        ("revoked", "REVOKED"),
        ("authorized", "ACTIVE"),
        ("disconnected", "DISCONNECTED"),
        ("disconnected", "DISCONNECTED"),
        ("deleted", "DISCONNECTED"),
    ]
    assert trail[2].reason == "grant_revoked"
    assert [entry.reason for entry in trail[4:6]] == ["revocation_unconfirmed", None]
    assert [entry.at for entry in trail] == sorted(entry.at for entry in trail)
    assert connect.audit_trail(rep, after=trail[-2].seq) == trail[-1:]
    assert connect.audit_trail(rep, limit=1) == trail[:1]


def test_a_lost_answer_is_written_down_with_its_cause(
    connect: SalesforceConnect, org: LocalOrg, rep: str, leases_run_out: Callable[[], None]
) -> None:
    org.policy.rotation = True
    org.faults.add(path="*/oauth2/token", action=Reset(after="handled"))
    with pytest.raises(SalesforceUnavailable):
        connect.refresh_account(rep)
    leases_run_out()
    with pytest.raises(ReauthorizationRequired):
        connect.refresh_account(rep)
    last = connect.audit_trail(rep)[-1]
    assert (last.event, last.status_before, last.status_after) == ("lost", "ACTIVE", "EXPIRED")
    assert last.reason == "refresh_outcome_unknown"


def test_callbacks_hear_of_every_change_of_status_and_of_nothing_else(
    connect: SalesforceConnect, org: LocalOrg, authorize: Callable[..., None]
) -> None:
    told: list[Any] = []
    stop = connect.on_status_change(told.append)
    authorize(connect)
    connect.refresh_account("rep-42")
    authorize(connect)  # ACTIVE stays ACTIVE
    connect.disconnect_account("rep-42")
    stop()
    stop()
    authorize(connect)
    assert [(change.before, change.account.status) for change in told] == [
        (AccountStatus.PENDING_AUTH, AccountStatus.ACTIVE),
        (AccountStatus.ACTIVE, AccountStatus.DISCONNECTED),
    ]
    assert told[0].event == "authorized"
    assert told[0].account.identifier == "rep-42"


def test_a_plain_callback_may_use_the_sync_names_and_an_async_one_is_awaited(
    connect: SalesforceConnect, authorize: Callable[..., None]
) -> None:
    told: list[Any] = []

    async def note(change: Any) -> None:
        told.append(("async", (await connect.aget_account(change.account.identifier)).status))

    connect.on_status_change(
        lambda change: told.append(
            (threading.current_thread().name, connect.get_account(change.account.identifier).status)
        )
    )
    connect.on_status_change(note)
    authorize(connect)
    assert [status for _, status in told] == [AccountStatus.ACTIVE, AccountStatus.ACTIVE]
    assert told[0][0] != "langchain-sfconnect"
    assert told[1][0] == "async"


def test_a_callback_that_fails_harms_neither_the_account_nor_the_others(
    connect: SalesforceConnect, authorize: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    told: list[Any] = []

    def fail(change: Any) -> None:
        raise RuntimeError(f"secret of {change.account.identifier}")

    connect.on_status_change(fail)
    connect.on_status_change(told.append)
    with caplog.at_level(logging.ERROR):
        authorize(connect)
    assert connect.get_account("rep-42").status is AccountStatus.ACTIVE
    assert len(told) == 1
    assert "RuntimeError" in caplog.text
    assert "secret of" not in caplog.text
