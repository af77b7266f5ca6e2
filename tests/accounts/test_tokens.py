"""Tokens stay fresh, survive rotation and outages, and stop being used when Salesforce says so. Over real HTTP."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from langchain_sfconnect import (
    AccessRestricted,
    AccountStatus,
    ReauthorizationRequired,
    SalesforceApp,
    SalesforceConnect,
)
from langchain_sfconnect._portal import run
from langchain_sfconnect.errors import OAuthRefused, SalesforceUnavailable, SealBroken, StoreError
from langchain_sfconnect.localorg import LocalOrg
from langchain_sfconnect.localorg.faults import Answer, Latency, Reset
from langchain_sfconnect.stores import KeyRing, SQLiteTokenStore


class CountingStore(SQLiteTokenStore):
    """Counts how often an account is read."""

    reads = 0

    async def get(self, connection: str, identifier: str) -> Any:
        self.reads += 1
        return await super().get(connection, identifier)


def token_requests(org: LocalOrg) -> int:
    return sum(r.path.endswith("/oauth2/token") for r in org.requests)


def limits(connect: SalesforceConnect, identifier: str) -> Any:
    return connect.request("GET", "/limits", identifier=identifier)


def test_a_token_serves_until_five_minutes_before_its_end_and_then_is_replaced(
    connect: SalesforceConnect, org: LocalOrg, rep: str
) -> None:
    org.policy.sliding = False
    before = token_requests(org)
    org.clock.advance(timedelta(minutes=114))
    limits(connect, rep)
    assert token_requests(org) == before
    org.clock.advance(timedelta(minutes=2))
    limits(connect, rep)
    assert token_requests(org) == before + 1
    assert connect.get_account(rep).token_expires_at > org.clock.now() + timedelta(minutes=110)  # type: ignore[operator]


def test_a_call_is_one_request_and_needs_no_introspection(connect: SalesforceConnect, org: LocalOrg, rep: str) -> None:
    org.requests.clear()
    for _ in range(3):
        limits(connect, rep)
    assert [r.path for r in org.requests] == ["/services/data/v66.0/limits"] * 3


@pytest.mark.parametrize("rotation", [False, True])
def test_a_session_that_ended_is_renewed_and_the_call_replayed(
    connect: SalesforceConnect, org: LocalOrg, rep: str, rotation: bool
) -> None:
    org.policy.rotation = rotation
    for _ in range(3):
        org.expire_sessions()
        assert "DailyApiRequests" in limits(connect, rep)
    assert connect.get_account(rep).status is AccountStatus.ACTIVE


def test_expiry_is_taken_from_the_answer_where_it_tells(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg, authorize: Callable[..., None]
) -> None:
    org.policy.expires_in_sent = True
    org.policy.session_timeout = timedelta(minutes=15)
    connect = connecting()
    authorize(connect)
    assert not any(r.path.endswith("introspect") for r in org.requests)
    expires_at = connect.get_account("rep-42").token_expires_at
    assert expires_at is not None
    assert timedelta(minutes=14) < expires_at - org.clock.now() <= timedelta(minutes=15)


def test_expiry_is_taken_from_a_jwt(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg, authorize: Callable[..., None]
) -> None:
    org.policy.jwt_access_tokens = True
    org.policy.session_timeout = timedelta(minutes=30)
    connect = connecting()
    authorize(connect)
    assert not any(r.path.endswith("introspect") for r in org.requests)
    expires_at = connect.get_account("rep-42").token_expires_at
    assert expires_at is not None
    assert timedelta(minutes=29) < expires_at - org.clock.now() <= timedelta(minutes=30)
    limits(connect, "rep-42")


def test_expiry_is_assumed_where_introspection_is_not_allowed(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg, authorize: Callable[..., None]
) -> None:
    org.policy.introspection_allowed = False
    connect = connecting(session_timeout=timedelta(minutes=20))
    authorize(connect)
    expires_at = connect.get_account("rep-42").token_expires_at
    assert expires_at is not None
    assert timedelta(minutes=19) < expires_at - org.clock.now() <= timedelta(minutes=20)


def test_a_revocation_in_salesforce_is_noticed_and_remembered(
    connect: SalesforceConnect, org: LocalOrg, rep: str
) -> None:
    org.revoke()
    with pytest.raises(ReauthorizationRequired) as caught:
        limits(connect, rep)
    assert caught.value.status == "REVOKED"
    account = connect.get_account(rep)
    assert (account.status, account.status_reason) == (AccountStatus.REVOKED, "grant_revoked")
    before = len(org.requests)
    with pytest.raises(ReauthorizationRequired):
        limits(connect, rep)
    assert len(org.requests) == before


@pytest.mark.anyio
async def test_a_live_check_reads_the_account_once_and_shows_what_the_probe_made_of_it(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg, authorize: Callable[..., None], tmp_path: Path
) -> None:
    store = CountingStore(tmp_path / "counted.db")
    connect = connecting(store=store)
    await asyncio.to_thread(authorize, connect)
    org.clock.advance(timedelta(seconds=2))  # past what the process remembers
    store.reads = 0
    assert (await connect.acheck_account("rep-42")).status is AccountStatus.ACTIVE
    assert store.reads == 1
    before = (await connect.aget_account("rep-42")).token_expires_at
    org.clock.advance(timedelta(hours=3))
    assert (await connect.acheck_account("rep-42")).token_expires_at > before  # type: ignore[operator]


def test_a_live_check_tells_a_revoked_account_as_a_status(connect: SalesforceConnect, org: LocalOrg, rep: str) -> None:
    assert connect.check_account(rep).status is AccountStatus.ACTIVE
    org.revoke()
    assert connect.check_account(rep).status is AccountStatus.REVOKED
    assert connect.check_account(rep).status is AccountStatus.REVOKED


def test_a_revoked_account_works_again_after_its_user_authorizes(
    connect: SalesforceConnect, org: LocalOrg, rep: str, authorize: Callable[..., None]
) -> None:
    org.revoke()
    connect.check_account(rep)
    authorize(connect)
    assert "DailyApiRequests" in limits(connect, rep)


def test_an_ip_rule_is_an_access_restriction_and_the_account_stays_active(
    connect: SalesforceConnect, org: LocalOrg, rep: str
) -> None:
    org.policy.ip_allowed_at_api = False
    before = token_requests(org)
    with pytest.raises(AccessRestricted, match="admin") as caught:
        limits(connect, rep)
    assert caught.value.condition == "ip_restricted_at_rest"
    assert token_requests(org) == before + 1
    assert connect.get_account(rep).status is AccountStatus.ACTIVE
    org.policy.ip_allowed_at_api = True
    assert "DailyApiRequests" in limits(connect, rep)


def test_an_ip_rule_at_the_token_endpoint_keeps_the_grant(connect: SalesforceConnect, org: LocalOrg, rep: str) -> None:
    org.policy.ip_allowed_at_token = False
    with pytest.raises(OAuthRefused, match="IP") as caught:
        connect.refresh_account(rep)
    assert (caught.value.condition, caught.value.who) == ("ip_restricted_at_login", "admin")
    assert connect.get_account(rep).status is AccountStatus.ACTIVE
    limits(connect, rep)
    org.policy.ip_allowed_at_token = True
    assert connect.refresh_account(rep).status is AccountStatus.ACTIVE


@pytest.mark.parametrize("status", [500, 502, 503])
def test_an_outage_of_the_login_host_keeps_the_grant_and_the_present_token_serves_on(
    connect: SalesforceConnect, org: LocalOrg, rep: str, status: int
) -> None:
    org.policy.sliding = False
    org.clock.advance(timedelta(minutes=116))
    org.faults.add(path="*/oauth2/token", action=Answer(status), times=None)
    assert "DailyApiRequests" in limits(connect, rep)
    tried = token_requests(org)
    assert "DailyApiRequests" in limits(connect, rep)
    assert token_requests(org) == tried, "a failed early refresh must cool down"
    org.faults.clear()
    org.clock.advance(timedelta(seconds=31))
    limits(connect, rep)
    assert token_requests(org) == tried + 1


def test_an_outage_after_the_token_died_is_told_and_passes(connect: SalesforceConnect, org: LocalOrg, rep: str) -> None:
    org.clock.advance(timedelta(hours=3))
    org.faults.add(path="*/oauth2/token", action=Answer(503))
    with pytest.raises(SalesforceUnavailable):
        limits(connect, rep)
    assert connect.get_account(rep).status is AccountStatus.ACTIVE
    org.clock.advance(timedelta(seconds=31))
    assert "DailyApiRequests" in limits(connect, rep)


def test_a_crowd_behind_a_failed_refresh_gets_its_answer_and_salesforce_is_left_alone(
    connect: SalesforceConnect, org: LocalOrg, rep: str
) -> None:
    org.clock.advance(timedelta(hours=3))
    org.faults.add(path="*/oauth2/token", action=Answer(503))
    before = token_requests(org)
    told = []
    for _ in range(3):
        with pytest.raises(SalesforceUnavailable) as caught:
            limits(connect, rep)
        told.append(caught.value)
    assert token_requests(org) == before + 1
    assert len({str(error) for error in told}) == 1
    assert len({id(error) for error in told}) == 3
    assert connect.refresh_account(rep).status is AccountStatus.ACTIVE  # asked for by name: Salesforce is asked again
    assert "DailyApiRequests" in limits(connect, rep)


def test_a_failed_refresh_is_forgotten_when_the_clock_is_put_back(
    connect: SalesforceConnect, org: LocalOrg, rep: str
) -> None:
    org.clock.advance(timedelta(hours=3))
    org.faults.add(path="*/oauth2/token", action=Answer(503))
    with pytest.raises(SalesforceUnavailable):
        limits(connect, rep)
    org.clock.advance(timedelta(minutes=-10))
    assert "DailyApiRequests" in limits(connect, rep)


def lose_an_answer(connect: SalesforceConnect, org: LocalOrg, rep: str, *, after: Literal["handled"] | None) -> None:
    """Let a refresh end without an answer, after or before Salesforce has done its part."""
    org.faults.add(path="*/oauth2/token", action=Reset(after=after) if after else Reset())
    with pytest.raises(SalesforceUnavailable, match="not known yet"):
        connect.refresh_account(rep)


def test_a_refresh_without_an_answer_is_left_alone_until_it_must_be_over(
    connect: SalesforceConnect, org: LocalOrg, rep: str
) -> None:
    org.policy.rotation = True
    lose_an_answer(connect, org, rep, after="handled")
    before = token_requests(org)
    with pytest.raises(SalesforceUnavailable, match="not known yet"):
        connect.refresh_account(rep)
    assert token_requests(org) == before
    account = connect.get_account(rep)
    assert (account.status, account.status_reason) == (AccountStatus.ACTIVE, "refresh_outcome_unknown")
    assert "DailyApiRequests" in limits(connect, rep)  # the present token serves on


def test_a_refresh_token_that_was_spent_for_an_answer_nobody_got_is_never_shown_again(
    connect: SalesforceConnect, org: LocalOrg, rep: str, leases_run_out: Callable[[], None]
) -> None:
    org.policy.rotation = True
    lose_an_answer(connect, org, rep, after="handled")
    leases_run_out()
    before = token_requests(org)
    with pytest.raises(ReauthorizationRequired, match="refresh_outcome_unknown"):
        connect.refresh_account(rep)
    account = connect.get_account(rep)
    assert (account.status, account.status_reason) == (AccountStatus.EXPIRED, "refresh_outcome_unknown")
    with pytest.raises(ReauthorizationRequired):
        limits(connect, rep)
    assert token_requests(org) == before


def test_a_refresh_that_salesforce_never_saw_costs_nothing_under_rotation_either(
    connect: SalesforceConnect, org: LocalOrg, rep: str, leases_run_out: Callable[[], None]
) -> None:
    org.policy.rotation = True
    lose_an_answer(connect, org, rep, after=None)
    leases_run_out()
    account = connect.refresh_account(rep)
    assert (account.status, account.status_reason) == (AccountStatus.ACTIVE, None)


def test_a_refresh_without_an_answer_costs_nothing_where_tokens_do_not_rotate(
    connect: SalesforceConnect, org: LocalOrg, rep: str, leases_run_out: Callable[[], None]
) -> None:
    lose_an_answer(connect, org, rep, after="handled")
    leases_run_out()
    assert connect.refresh_account(rep).status is AccountStatus.ACTIVE


def test_rotation_that_an_admin_switches_on_is_not_overlooked(
    connect: SalesforceConnect, org: LocalOrg, rep: str, leases_run_out: Callable[[], None]
) -> None:
    connect.refresh_account(rep)  # seen once: this app's tokens do not rotate
    org.policy.rotation = True
    lose_an_answer(connect, org, rep, after="handled")
    leases_run_out()
    with pytest.raises(ReauthorizationRequired, match="refresh_outcome_unknown"):
        connect.refresh_account(rep)
    assert {r.status for r in org.requests.matching("*/oauth2/token")} == {200, None}, "the family was revoked"


@pytest.mark.parametrize("rotates", [True, False])
def test_where_salesforce_does_not_tell_what_was_seen_before_decides(
    connect: SalesforceConnect, org: LocalOrg, rep: str, leases_run_out: Callable[[], None], rotates: bool
) -> None:
    org.policy.rotation = rotates
    connect.refresh_account(rep)
    org.policy.introspection_allowed = False
    lose_an_answer(connect, org, rep, after=None)
    leases_run_out()
    if rotates:
        with pytest.raises(ReauthorizationRequired, match="refresh_outcome_unknown"):
            connect.refresh_account(rep)
    else:
        assert connect.refresh_account(rep).status is AccountStatus.ACTIVE


def test_an_outage_while_salesforce_is_asked_whether_a_token_is_spent_costs_nothing(
    connect: SalesforceConnect, org: LocalOrg, rep: str, leases_run_out: Callable[[], None]
) -> None:
    org.policy.rotation = True
    lose_an_answer(connect, org, rep, after=None)
    leases_run_out()
    org.faults.add(path="*/oauth2/introspect", action=Answer(503))
    with pytest.raises(SalesforceUnavailable):
        connect.refresh_account(rep)
    assert connect.refresh_account(rep).status is AccountStatus.ACTIVE


def test_a_token_that_another_worker_brought_and_that_has_died_since_is_renewed(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg, authorize: Callable[..., None]
) -> None:
    early, late = connecting(), connecting()
    authorize(early)
    limits(early, "rep-42")  # remembers its token
    late.refresh_account("rep-42")
    org.expire_sessions()
    with sqlite3.connect(late._store.path) as db:  # type: ignore[attr-defined]
        db.execute("UPDATE accounts SET facts = json_set(facts, '$.token_expires_at', '2020-01-01T00:00:00+00:00')")
    db.close()
    assert "DailyApiRequests" in limits(early, "rep-42")


def test_an_account_without_a_refresh_token_serves_until_its_token_dies(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg, authorize: Callable[..., None]
) -> None:
    app = SalesforceApp(
        org.client_id,
        org.client_secret,
        redirect_uri=org.redirect_uri,
        scopes=("api", "id"),
        login_url=org.login_url,
        sandbox_login_url=org.sandbox_login_url,
    )
    org.policy.sliding = False
    connect = connecting(app=app)
    authorize(connect)
    org.clock.advance(timedelta(minutes=118))
    limits(connect, "rep-42")
    org.clock.advance(timedelta(minutes=3))
    with pytest.raises(ReauthorizationRequired, match="no_refresh_token"):
        limits(connect, "rep-42")
    assert connect.get_account("rep-42").status is AccountStatus.EXPIRED


def test_a_rotated_token_is_replaced_in_the_store_before_it_is_used(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg, authorize: Callable[..., None]
) -> None:
    org.policy.rotation = True
    first = connecting()
    authorize(first)
    first.refresh_account("rep-42")
    second = connecting()  # as another process would: it knows only the store
    assert second.refresh_account("rep-42").status is AccountStatus.ACTIVE
    assert first.refresh_account("rep-42").status is AccountStatus.ACTIVE


@pytest.mark.anyio
@pytest.mark.parametrize("rotation", [False, True])
async def test_of_many_calls_with_a_dead_session_one_refreshes(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg, authorize: Callable[..., None], rotation: bool
) -> None:
    org.policy.rotation = rotation
    connects = [connecting() for _ in range(3)]
    await asyncio.to_thread(authorize, connects[0])
    org.expire_sessions()
    before = token_requests(org)
    answers = await asyncio.gather(
        *(connects[n % 3].arequest("GET", "/limits", identifier="rep-42") for n in range(60))
    )
    assert all("DailyApiRequests" in answer for answer in answers)
    assert token_requests(org) == before + 1
    for connect in connects:
        await connect.aclose()


@pytest.mark.anyio
async def test_a_cancelled_caller_does_not_cut_off_the_refresh(
    connect: SalesforceConnect, org: LocalOrg, authorize: Callable[..., None]
) -> None:
    org.policy.rotation = True
    await asyncio.to_thread(authorize, connect)
    org.expire_sessions()
    held = org.faults.add(path="*/oauth2/token", action=Latency(0.3))
    caller = asyncio.create_task(connect.arequest("GET", "/limits", identifier="rep-42"))
    async with asyncio.timeout(10):
        while not held.hits:  # until the refresh has reached Salesforce
            await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert "DailyApiRequests" in await connect.arequest("GET", "/limits", identifier="rep-42")
    assert (await connect.aget_account("rep-42")).status is AccountStatus.ACTIVE
    await connect.aclose()


def sealed_in(folder: Any) -> list[bytes | None]:
    db = sqlite3.connect(folder / "accounts.sqlite")
    try:
        return [sealed for (sealed,) in db.execute("SELECT sealed FROM accounts")]
    finally:
        db.close()


def test_a_disconnect_revokes_at_salesforce_and_forgets_the_tokens(
    connect: SalesforceConnect, org: LocalOrg, rep: str, tmp_path: Any
) -> None:
    assert None not in sealed_in(tmp_path)
    account = connect.disconnect_account(rep)
    assert (account.status, account.status_reason) == (AccountStatus.DISCONNECTED, None)
    assert sealed_in(tmp_path) == [None]
    assert org.requests[-1].path.endswith("/oauth2/revoke")
    with pytest.raises(ReauthorizationRequired):
        limits(connect, rep)
    assert connect.disconnect_account(rep).status is AccountStatus.DISCONNECTED


def test_a_disconnect_that_salesforce_does_not_confirm_can_be_finished_later(
    connect: SalesforceConnect, org: LocalOrg, rep: str
) -> None:
    org.faults.add(path="*/oauth2/revoke", action=Reset())
    account = connect.disconnect_account(rep)
    assert (account.status, account.status_reason) == (AccountStatus.DISCONNECTED, "revocation_unconfirmed")
    with pytest.raises(ReauthorizationRequired):
        limits(connect, rep)
    assert connect.disconnect_account(rep).status_reason is None


def test_a_deleted_account_is_gone_and_its_grant_revoked(connect: SalesforceConnect, org: LocalOrg, rep: str) -> None:
    connect.delete_account(rep)
    assert connect.list_accounts() == []
    assert org.requests[-1].path.endswith("/oauth2/revoke")


def test_a_wrong_key_is_a_named_error_and_loses_nothing(
    connect: SalesforceConnect, connecting: Callable[..., SalesforceConnect], rep: str
) -> None:
    stranger = connecting(encryption_keys=[KeyRing.generate_key()])
    with pytest.raises(SealBroken, match="SFCONNECT_ENCRYPTION_KEYS"):
        limits(stranger, rep)
    assert stranger.get_account(rep).status is AccountStatus.ACTIVE
    assert "DailyApiRequests" in limits(connect, rep)


def test_keys_can_be_rotated_while_accounts_live(
    connecting: Callable[..., SalesforceConnect], rep: str, key: str
) -> None:
    new = KeyRing.generate_key()
    both = connecting(encryption_keys=[new, key])
    both.refresh_account(rep)
    assert "DailyApiRequests" in limits(connecting(encryption_keys=[new]), rep)


def test_a_tampered_row_is_a_named_error_and_sends_nothing(
    connect: SalesforceConnect, connecting: Callable[..., SalesforceConnect], org: LocalOrg, rep: str, tmp_path: Any
) -> None:
    db = sqlite3.connect(tmp_path / "accounts.sqlite")
    with db:
        db.execute("UPDATE accounts SET sealed = zeroblob(200)")
    db.close()
    before = len(org.requests)
    with pytest.raises(SealBroken):
        limits(connecting(), rep)
    assert len(org.requests) == before
    connecting().delete_account(rep)


def test_an_account_with_a_status_we_do_not_know_is_a_named_error_and_can_be_deleted(
    connecting: Callable[..., SalesforceConnect], rep: str, tmp_path: Any
) -> None:
    db = sqlite3.connect(tmp_path / "accounts.sqlite")
    with db:
        db.execute("UPDATE accounts SET status = 'SLEEPING'")
    db.close()
    connect = connecting()
    with pytest.raises(StoreError, match="unknown status"):
        connect.get_account(rep)
    connect.delete_account(rep)
    assert connect.list_accounts() == []


def test_a_row_that_names_another_host_does_not_lead_tokens_there(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg, rep: str, tmp_path: Any
) -> None:
    db = sqlite3.connect(tmp_path / "accounts.sqlite")
    with db:
        db.execute("UPDATE accounts SET facts = replace(facts, ?, 'http://127.0.0.1:9')", (org.instance_url,))
    db.close()
    assert "DailyApiRequests" in limits(connecting(), rep)


def test_use_is_noted_about_once_a_minute(connect: SalesforceConnect, org: LocalOrg, rep: str) -> None:
    limits(connect, rep)
    first = connect.get_account(rep).last_used_at
    assert first is not None
    org.clock.advance(timedelta(seconds=30))
    limits(connect, rep)
    assert connect.get_account(rep).last_used_at == first
    org.clock.advance(timedelta(seconds=40))
    limits(connect, rep)
    assert connect.get_account(rep).last_used_at > first  # type: ignore[operator]


def test_any_store_object_can_be_given_and_is_not_closed(
    connecting: Callable[..., SalesforceConnect], authorize: Callable[..., None], tmp_path: Any
) -> None:
    store = SQLiteTokenStore(tmp_path / "own.sqlite")
    connect = connecting(store=store)
    authorize(connect)
    connect.close()
    assert store._writing.is_open
    run(store.aclose)
