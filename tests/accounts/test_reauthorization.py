"""A second consent: pinned to the Salesforce user and org of the first, and the first one's grant ended only after."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from langchain_sfconnect import AccountStatus, SalesforceApp, SalesforceConnect
from langchain_sfconnect._portal import run
from langchain_sfconnect.accounts.grant import Grant
from langchain_sfconnect.errors import IdentityMismatch, VersionConflict
from langchain_sfconnect.localorg.faults import Latency, Reset
from langchain_sfconnect.oauth.client import OAuthClient, TokenRefusal

if TYPE_CHECKING:
    from langchain_sfconnect.localorg import LocalOrg

SPAWN = multiprocessing.get_context("spawn")
REP = "rep-42"

Complete = Callable[[SalesforceConnect, str], object]


def complete(connect: SalesforceConnect, callback: str) -> object:
    return connect.complete_authorization(callback, REP)


def acomplete(connect: SalesforceConnect, callback: str) -> object:
    async def go() -> object:
        try:
            return await connect.acomplete_authorization(callback, REP)
        finally:
            await connect.aclose()

    return asyncio.run(go())


def verify(connect: SalesforceConnect, callback: str) -> object:
    link = connect.authorization_link(REP)  # the one that is being answered, as it still stands
    connect.complete_authorization(callback)
    return connect.verify_account_user(link.auth_request_id, REP)


in_every_way = pytest.mark.parametrize("way", [complete, acomplete, verify])


def another_user(org: LocalOrg) -> str:
    return next(str(user["Username"]) for user in org.users if user["IsActive"] and user["Username"] != org.username)


def grant_of(connect: SalesforceConnect) -> Grant:
    """The tokens themselves, which nothing public shows."""
    grant = run(connect._accounts.vault.open, REP).grant
    assert grant is not None
    return grant


def lives(connect: SalesforceConnect, grant: Grant) -> bool:
    """Whether Salesforce still renews a grant."""
    assert grant.refresh_token is not None
    try:
        run(connect._accounts.oauth.refresh, grant.login_url, refresh_token=grant.refresh_token)
    except TokenRefusal as refusal:
        return refusal.description != "expired access/refresh token"
    return True


def exchanged(monkeypatch: pytest.MonkeyPatch) -> list[Grant]:
    """The grants that codes are redeemed for from now on."""
    seen: list[Grant] = []
    real = OAuthClient.exchange_code

    async def spy(self: OAuthClient, login_url: str, **form: Any) -> Any:
        token = await real(self, login_url, **form)
        seen.append(Grant(token.access_token, token.refresh_token, token.instance_url, login_url))
        return token

    monkeypatch.setattr(OAuthClient, "exchange_code", spy)
    return seen


@in_every_way
def test_another_salesforce_user_is_refused_the_new_grant_ended_and_the_old_one_works_on(
    connect: SalesforceConnect, org: LocalOrg, rep: str, way: Complete, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, old, new = connect.get_account(rep), grant_of(connect), exchanged(monkeypatch)
    with pytest.raises(IdentityMismatch, match=org.username):
        way(connect, org.approve(connect.authorization_link(rep).url, another_user(org)))
    after = connect.get_account(rep)
    assert (after.user_id, after.username, after.status) == (before.user_id, org.username, AccountStatus.ACTIVE)
    assert grant_of(connect) == old
    assert connect.check_account(rep).status is AccountStatus.ACTIVE
    assert [lives(connect, grant) for grant in (old, *new)] == [True, False]


@in_every_way
def test_another_org_is_refused_the_new_grant_ended_and_the_old_one_works_on(
    connect: SalesforceConnect, org: LocalOrg, rep: str, way: Complete, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, old, new = connect.get_account(rep), grant_of(connect), exchanged(monkeypatch)
    if way is verify:
        monkeypatch.setattr(connect, "authorization_link", _always_to(connect, "sandbox"))
    with pytest.raises(IdentityMismatch):
        way(connect, org.approve(connect.authorization_link(rep, "sandbox").url))
    after = connect.get_account(rep)
    assert (after.org_id, after.environment, after.status) == (before.org_id, "production", AccountStatus.ACTIVE)
    assert connect.check_account(rep).status is AccountStatus.ACTIVE
    assert [lives(connect, grant) for grant in (old, *new)] == [True, False]


def _always_to(connect: SalesforceConnect, environment: str) -> Callable[..., object]:
    real = connect.authorization_link
    return lambda identifier, _=None: real(identifier, environment)


@in_every_way
@pytest.mark.parametrize("where", ["another user", "another org"])
def test_where_it_is_allowed_another_identity_is_taken_and_the_old_grant_ended(
    connecting: Callable[..., SalesforceConnect],
    org: LocalOrg,
    authorize: Callable[..., None],
    way: Complete,
    where: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connect = connecting(allow_identity_change=True)
    authorize(connect)
    before, old = connect.get_account(REP), grant_of(connect)
    environment = "sandbox" if where == "another org" else "production"
    monkeypatch.setattr(connect, "authorization_link", _always_to(connect, environment))
    way(
        connect,
        org.approve(connect.authorization_link(REP).url, another_user(org) if where == "another user" else None),
    )
    account = connect.get_account(REP)
    assert account.environment == environment
    assert (account.org_id, account.user_id) != (before.org_id, before.user_id)
    assert [lives(connect, grant) for grant in (old, grant_of(connect))] == [False, True]


@in_every_way
def test_a_user_who_authorizes_again_and_again_takes_one_of_the_five_approvals_and_no_more(
    connect: SalesforceConnect, connecting: Callable[..., SalesforceConnect], org: LocalOrg, rep: str, way: Complete
) -> None:
    elsewhere = connecting(connection="another product")
    elsewhere.get_or_create_account(REP)
    elsewhere.complete_authorization(org.approve(elsewhere.authorization_link(REP).url), REP)
    for _ in range(6):
        way(connect, org.approve(connect.authorization_link(rep).url))
    assert elsewhere.refresh_account(REP).status is AccountStatus.ACTIVE
    assert connect.refresh_account(rep).status is AccountStatus.ACTIVE


def test_the_old_grant_lives_until_the_new_one_is_saved(
    connect: SalesforceConnect, org: LocalOrg, rep: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = grant_of(connect)
    callback = org.approve(connect.authorization_link(rep).url)
    store = connect._accounts.vault.store
    real, tries = store.put, []

    async def conflict_once(*given: Any, **options: Any) -> Any:
        tries.append([request.path for request in org.requests if request.path.endswith("/revoke")])
        if len(tries) == 1:
            raise VersionConflict("somebody else was first")
        return await real(*given, **options)

    monkeypatch.setattr(store, "put", conflict_once)
    connect.complete_authorization(callback, rep)
    assert tries == [[], []]
    assert org.requests[-1].path.endswith("/revoke")
    assert [lives(connect, grant) for grant in (old, grant_of(connect))] == [False, True]


def test_a_revocation_that_fails_does_not_fail_the_consent_and_is_logged_without_a_token(
    connect: SalesforceConnect, org: LocalOrg, rep: str, caplog: pytest.LogCaptureFixture
) -> None:
    old = grant_of(connect)
    callback = org.approve(connect.authorization_link(rep).url)
    org.faults.add(path="*/oauth2/revoke", action=Reset(), times=None)
    assert connect.complete_authorization(callback, rep).status is AccountStatus.ACTIVE
    assert "former grant could not be revoked" in caplog.text
    assert old.access_token not in caplog.text
    assert str(old.refresh_token) not in caplog.text
    assert connect.check_account(rep).status is AccountStatus.ACTIVE


def test_a_token_that_salesforce_gave_again_is_not_revoked(
    connect: SalesforceConnect, org: LocalOrg, rep: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = grant_of(connect)
    callback = org.approve(connect.authorization_link(rep).url)
    real = OAuthClient.exchange_code

    async def the_same_again(self: OAuthClient, login_url: str, **form: Any) -> Any:
        return replace(await real(self, login_url, **form), refresh_token=old.refresh_token)

    monkeypatch.setattr(OAuthClient, "exchange_code", the_same_again)
    connect.complete_authorization(callback, rep)
    assert not any(request.path.endswith("/revoke") for request in org.requests)
    assert connect.refresh_account(rep).status is AccountStatus.ACTIVE


def complete_in_another_process(app: dict[str, Any], store: str, key: str, callback: str) -> None:
    """A worker that will be killed between the save and the revocation."""
    SalesforceConnect(SalesforceApp(**app), store, [key]).complete_authorization(callback, REP)


def test_a_process_killed_between_the_save_and_the_revocation_loses_nothing(
    connect: SalesforceConnect, org: LocalOrg, rep: str, key: str, tmp_path: Any
) -> None:
    names = ("client_id", "client_secret", "redirect_uri", "login_url", "sandbox_login_url")
    app = {name: getattr(org, name) for name in names}
    old, callback = grant_of(connect), org.approve(connect.authorization_link(rep).url)
    org.faults.add(path="*/oauth2/revoke", action=Latency(60), times=None)
    store = f"sqlite:///{tmp_path}/accounts.sqlite"
    worker = SPAWN.Process(target=complete_in_another_process, args=(app, store, key, callback))
    worker.start()
    deadline = time.monotonic() + 60
    while grant_of(connect) == old:
        assert time.monotonic() < deadline
        os.sched_yield()
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    worker.join(60)
    org.faults.clear()
    assert connect.check_account(rep).status is AccountStatus.ACTIVE
    assert connect.refresh_account(rep).status is AccountStatus.ACTIVE
