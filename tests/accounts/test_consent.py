"""From link to connected account, over real HTTP against the local org: what works, and every way it must not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from langchain_sfconnect import AccountStatus, SalesforceApp, SalesforceConnect
from langchain_sfconnect._http import Http, NotSent
from langchain_sfconnect.errors import (
    AccountNotFound,
    AuthorizationDenied,
    AuthorizationFailed,
    HostNotAllowed,
    IdentityMismatch,
    InvalidArgument,
    SFConnectError,
    StateInvalid,
)
from langchain_sfconnect.localorg import LocalOrg
from langchain_sfconnect.localorg.faults import Answer, Reset

Authorize = Callable[..., None]
REP = "rep-42"


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_an_account_is_made_once_however_often_it_is_asked_for(connect: SalesforceConnect) -> None:
    first = connect.get_or_create_account(REP)
    assert first.status is AccountStatus.PENDING_AUTH
    assert connect.get_or_create_account(REP) == first
    assert connect.list_accounts() == [first]


@pytest.mark.anyio
async def test_many_who_make_one_account_at_once_all_get_the_same(connect: SalesforceConnect) -> None:
    made = await asyncio.gather(*(connect.aget_or_create_account(REP) for _ in range(20)))
    assert len({account.id for account in made}) == 1
    await connect.aclose()


@pytest.mark.parametrize("identifier", ["", "x" * 256, "a\nb", None, 42])
def test_an_identifier_that_is_none_is_refused(connect: SalesforceConnect, identifier: str) -> None:
    with pytest.raises(InvalidArgument, match="rep-42"):
        connect.get_or_create_account(identifier)


def test_an_unknown_account_is_a_named_error(connect: SalesforceConnect) -> None:
    for ask in (connect.get_account, connect.authorization_link, connect.check_account, connect.delete_account):
        with pytest.raises(AccountNotFound, match="get_or_create_account"):
            ask("nobody")


def test_a_consent_makes_the_account_active_with_all_that_is_known_of_it(
    connect: SalesforceConnect, org: LocalOrg
) -> None:
    connect.get_or_create_account(REP)
    link = connect.authorization_link(REP)
    account = connect.complete_authorization(org.approve(link.url), REP)
    assert account == connect.get_account(REP)
    assert account.status is AccountStatus.ACTIVE
    assert account.username == org.username
    assert account.org_name == org.engine.organization["Name"]
    assert account.org_id == org.engine.organization["Id"]
    assert account.environment == "production"
    assert account.instance_url == org.instance_url
    assert set(account.scopes) == {"api", "refresh_token", "id"}
    assert account.token_expires_at is not None
    left = account.token_expires_at - org.clock.now()
    assert timedelta(minutes=119) < left <= timedelta(hours=2)


def test_a_link_is_the_same_until_it_expires_and_another_after(connect: SalesforceConnect, org: LocalOrg) -> None:
    connect.get_or_create_account(REP)
    link = connect.authorization_link(REP)
    assert connect.authorization_link(REP) == link
    org.clock.advance(timedelta(minutes=61))
    later = connect.authorization_link(REP)
    assert later.url != link.url
    assert later.expires_at > link.expires_at


def test_a_link_is_another_after_it_was_used(connect: SalesforceConnect, authorize: Authorize) -> None:
    connect.get_or_create_account(REP)
    before = connect.authorization_link(REP).url
    authorize(connect)
    assert query_of(connect.authorization_link(REP).url)["state"] != query_of(before)["state"]


def test_links_of_different_accounts_and_environments_differ(connect: SalesforceConnect) -> None:
    connect.get_or_create_account("a")
    connect.get_or_create_account("b")
    urls = {connect.authorization_link(who, where).url for who in "ab" for where in ("production", "sandbox")}
    assert len(urls) == 4


def test_a_link_to_a_host_that_is_not_salesforces_is_refused(connect: SalesforceConnect) -> None:
    connect.get_or_create_account(REP)
    with pytest.raises(HostNotAllowed):
        connect.authorization_link(REP, "https://login.evil.example")


def test_a_sandbox_is_told_apart_and_remembered(
    connect: SalesforceConnect, org: LocalOrg, authorize: Authorize
) -> None:
    authorize(connect, environment="sandbox")
    account = connect.get_account(REP)
    assert (account.environment, account.instance_url) == ("sandbox", org.sandbox_instance_url)
    assert connect.authorization_link(REP).url.startswith(org.sandbox_login_url)
    assert connect.refresh_account(REP).environment == "sandbox"


def test_a_my_domain_works_as_a_login_host(connect: SalesforceConnect, org: LocalOrg, authorize: Authorize) -> None:
    authorize(connect, environment=org.instance_url)
    assert connect.get_account(REP).environment == "production"
    assert connect.authorization_link(REP).url.startswith(org.instance_url)
    assert connect.refresh_account(REP).status is AccountStatus.ACTIVE


def test_a_callback_works_once(connect: SalesforceConnect, org: LocalOrg) -> None:
    connect.get_or_create_account(REP)
    callback = org.approve(connect.authorization_link(REP).url)
    account = connect.complete_authorization(callback, REP)
    with pytest.raises(StateInvalid):
        connect.complete_authorization(callback, REP)
    assert connect.get_account(REP) == account


def test_a_callback_for_another_identifier_is_refused_and_not_used_up(
    connect: SalesforceConnect, org: LocalOrg
) -> None:
    connect.get_or_create_account(REP)
    connect.get_or_create_account("mallory")
    callback = org.approve(connect.authorization_link(REP).url)
    with pytest.raises(IdentityMismatch):
        connect.complete_authorization(callback, "mallory")
    assert connect.get_account("mallory").status is AccountStatus.PENDING_AUTH
    assert connect.complete_authorization(callback, REP).status is AccountStatus.ACTIVE


def test_an_expired_state_is_refused(connect: SalesforceConnect, org: LocalOrg) -> None:
    connect.get_or_create_account(REP)
    callback = org.approve(connect.authorization_link(REP).url)
    org.clock.advance(timedelta(minutes=61))
    with pytest.raises(StateInvalid, match="expired"):
        connect.complete_authorization(callback, REP)
    assert connect.get_account(REP).status is AccountStatus.PENDING_AUTH


@pytest.mark.parametrize("query", ["", "code=x", "state=x", "code=x&state=never-made"])
def test_a_callback_with_a_state_we_did_not_make_is_refused(connect: SalesforceConnect, query: str) -> None:
    connect.get_or_create_account(REP)
    with pytest.raises(AuthorizationFailed):
        connect.complete_authorization(f"https://app.example/callback?{query}", REP)


def test_a_denial_changes_nothing_and_the_link_still_works(connect: SalesforceConnect, org: LocalOrg) -> None:
    connect.get_or_create_account(REP)
    link = connect.authorization_link(REP)
    with pytest.raises(AuthorizationDenied):
        connect.complete_authorization(org.deny(link.url), REP)
    assert connect.authorization_link(REP) == link
    assert connect.complete_authorization(org.approve(link.url), REP).status is AccountStatus.ACTIVE


def test_a_wrong_code_fails_and_leaves_an_active_account_active(
    connect: SalesforceConnect, org: LocalOrg, rep: str
) -> None:
    callback = org.approve(connect.authorization_link(rep).url)
    forged = callback.split("?")[0] + "?" + urlencode({"code": "aPrxForged==", "state": query_of(callback)["state"]})
    with pytest.raises(AuthorizationFailed, match="authorization_link"):
        connect.complete_authorization(forged, rep)
    assert connect.check_account(rep).status is AccountStatus.ACTIVE


def test_a_code_of_another_realm_fails(connect: SalesforceConnect, org: LocalOrg) -> None:
    connect.get_or_create_account(REP)
    production = org.approve(connect.authorization_link(REP, "production").url)
    sandbox = org.approve(connect.authorization_link(REP, "sandbox").url)
    mixed = urlencode({"code": query_of(sandbox)["code"], "state": query_of(production)["state"]})
    with pytest.raises(AuthorizationFailed):
        connect.complete_authorization(f"https://app.example/cb?{mixed}", REP)


def test_a_wrong_secret_names_the_developer_and_keeps_the_account_as_it_was(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg
) -> None:
    app = SalesforceApp(
        org.client_id,
        "wrong",
        redirect_uri=org.redirect_uri,
        login_url=org.login_url,
        sandbox_login_url=org.sandbox_login_url,
    )
    connect = connecting(app=app)
    connect.get_or_create_account(REP)
    with pytest.raises(AuthorizationFailed) as caught:
        connect.complete_authorization(org.approve(connect.authorization_link(REP).url), REP)
    assert (caught.value.who, caught.value.condition) == ("developer", "client_secret_wrong")
    assert "wrong" not in str(caught.value)
    assert connect.get_account(REP).status is AccountStatus.PENDING_AUTH


def test_an_exchange_that_was_never_sent_can_be_completed_again(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = connecting()
    connect.get_or_create_account(REP)
    callback = org.approve(connect.authorization_link(REP).url)
    with monkeypatch.context() as patch:

        async def refuse(*_: object, **__: object) -> None:
            raise NotSent("ConnectError at login")

        patch.setattr(Http, "send", refuse)
        with pytest.raises(AuthorizationFailed, match="still good"):
            connect.complete_authorization(callback, REP)
    assert connect.complete_authorization(callback, REP).status is AccountStatus.ACTIVE


def test_an_exchange_without_an_answer_leaves_nothing_half_done(connect: SalesforceConnect, org: LocalOrg) -> None:
    connect.get_or_create_account(REP)
    callback = org.approve(connect.authorization_link(REP).url)
    org.faults.add(path="*/oauth2/token", action=Reset(after="handled"))
    with pytest.raises(AuthorizationFailed, match="did not answer"):
        connect.complete_authorization(callback, REP)
    assert connect.get_account(REP).status is AccountStatus.PENDING_AUTH
    assert connect.complete_authorization(org.approve(connect.authorization_link(REP).url), REP).status == "ACTIVE"


def test_an_instance_url_elsewhere_is_refused_and_nothing_is_stored(connect: SalesforceConnect, org: LocalOrg) -> None:
    connect.get_or_create_account(REP)
    callback = org.approve(connect.authorization_link(REP).url)
    body = '{"access_token": "00D!x", "refresh_token": "5Aep", "instance_url": "https://evil.example", "id": ""}'
    org.faults.add(path="*/oauth2/token", action=Answer(200, body, "application/json"))
    with pytest.raises(HostNotAllowed, match=r"evil\.example"):
        connect.complete_authorization(callback, REP)
    assert connect.get_account(REP).status is AccountStatus.PENDING_AUTH
    assert org.requests[-1].path.endswith("/revoke")


def test_another_salesforce_user_cannot_take_an_account_over(
    connect: SalesforceConnect, org: LocalOrg, rep: str
) -> None:
    other = next(u["Username"] for u in org.users if u["IsActive"] and u["Username"] != org.username)
    with pytest.raises(IdentityMismatch, match=org.username):
        connect.complete_authorization(org.approve(connect.authorization_link(rep).url, other), rep)
    assert connect.check_account(rep).username == org.username
    assert connect.get_account(rep).status is AccountStatus.ACTIVE


def test_another_salesforce_user_may_where_it_is_allowed(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg, authorize: Authorize
) -> None:
    connect = connecting(allow_identity_change=True)
    authorize(connect)
    other = next(u["Username"] for u in org.users if u["IsActive"] and u["Username"] != org.username)
    authorize(connect, username=other)
    assert connect.get_account(REP).username == other


def test_a_disconnected_account_may_be_connected_elsewhere(
    connect: SalesforceConnect, org: LocalOrg, authorize: Authorize, rep: str
) -> None:
    connect.disconnect_account(rep)
    authorize(connect, environment="sandbox")
    assert connect.get_account(rep).environment == "sandbox"


def test_a_hosted_callback_waits_until_its_user_is_verified(connect: SalesforceConnect, org: LocalOrg) -> None:
    connect.get_or_create_account(REP)
    link = connect.authorization_link(REP)
    with pytest.raises(StateInvalid):
        connect.verify_account_user(link.auth_request_id, REP)
    waiting = connect.complete_authorization(org.approve(link.url))
    assert waiting.status is AccountStatus.PENDING_VERIFICATION
    with pytest.raises(IdentityMismatch):
        connect.verify_account_user(link.auth_request_id, "mallory")
    account = connect.verify_account_user(link.auth_request_id, REP)
    assert account.status is AccountStatus.ACTIVE
    assert account.username == org.username
    with pytest.raises(StateInvalid):
        connect.verify_account_user(link.auth_request_id, REP)
    assert connect.check_account(REP).status is AccountStatus.ACTIVE


def test_an_active_account_keeps_working_while_a_new_consent_waits_for_verification(
    connect: SalesforceConnect, org: LocalOrg, rep: str
) -> None:
    link = connect.authorization_link(rep)
    assert connect.complete_authorization(org.approve(link.url)).status is AccountStatus.ACTIVE
    assert connect.check_account(rep).status is AccountStatus.ACTIVE
    assert connect.verify_account_user(link.auth_request_id, rep).status is AccountStatus.ACTIVE


def test_a_verification_that_comes_too_late_is_refused_and_the_grant_revoked(
    connect: SalesforceConnect, org: LocalOrg
) -> None:
    connect.get_or_create_account(REP)
    link = connect.authorization_link(REP)
    connect.complete_authorization(org.approve(link.url))
    org.clock.advance(timedelta(minutes=61))
    with pytest.raises(StateInvalid, match="too late"):
        connect.verify_account_user(link.auth_request_id, REP)
    assert connect.get_account(REP).status is AccountStatus.PENDING_AUTH
    assert org.requests[-1].path.endswith("/revoke")


def test_nothing_readable_of_a_consent_lies_in_the_store(
    connect: SalesforceConnect, org: LocalOrg, tmp_path: Path
) -> None:
    connect.get_or_create_account(REP)
    link = connect.authorization_link(REP)
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert query_of(link.url)["state"].encode() not in stored
    callback = org.approve(link.url)
    connect.complete_authorization(callback, REP)
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    secrets = {r.token for r in org.requests if r.token} | {query_of(callback)["code"]}
    assert secrets
    for secret in secrets:
        assert secret.encode() not in stored


def test_errors_of_a_consent_show_no_code_and_no_secret(connect: SalesforceConnect, org: LocalOrg) -> None:
    connect.get_or_create_account(REP)
    callback = org.approve(connect.authorization_link(REP).url)
    org.policy.ip_allowed_at_token = False
    with pytest.raises(SFConnectError) as caught:
        connect.complete_authorization(callback, REP)
    shown = str(caught.value) + repr(caught.value) + str(caught.value.envelope())
    assert query_of(callback)["code"] not in shown
    assert org.client_secret not in shown
    assert "IP" in caught.value.hint
