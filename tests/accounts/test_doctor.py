"""A live probe names the cause, says who can mend it, and leaves a working account as it was. Over real HTTP."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from langchain_sfconnect import AccountStatus, SalesforceApp, SalesforceConnect
from langchain_sfconnect._portal import run
from langchain_sfconnect.conditions import CONDITIONS
from langchain_sfconnect.errors import AccountNotFound
from langchain_sfconnect.localorg.faults import Answer, Reset
from langchain_sfconnect.stores import KeyRing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from langchain_sfconnect.localorg import LocalOrg

Connecting = "Callable[..., SalesforceConnect]"
HANDFUL = 8


def found(connect: SalesforceConnect, identifier: str = "rep-42") -> list[str]:
    """The names of what a diagnosis finds; each finding says what to do, and who does it."""
    diagnosis = connect.diagnose_account(identifier)
    for finding in diagnosis.findings:
        assert finding.name in CONDITIONS
        assert finding.message
        assert finding.advice
        assert finding.who in ("user", "admin", "developer", "agent")
    assert diagnosis.healthy is all(finding.severity != "problem" for finding in diagnosis.findings)
    return [finding.name for finding in diagnosis.findings]


def token_requests(org: LocalOrg) -> int:
    return sum(r.path.endswith("/oauth2/token") for r in org.requests)


def app_of(org: LocalOrg, **changes: Any) -> SalesforceApp:
    settings = {
        "client_id": org.client_id,
        "client_secret": org.client_secret,
        "redirect_uri": org.redirect_uri,
        "login_url": org.login_url,
        "sandbox_login_url": org.sandbox_login_url,
        **changes,
    }
    return SalesforceApp(**settings)


@pytest.mark.parametrize("rotation", [False, True])
@pytest.mark.parametrize("refreshed", [False, True])
def test_an_account_that_works_is_healthy_and_the_probe_takes_a_handful_of_requests(
    connect: SalesforceConnect, org: LocalOrg, rep: str, rotation: bool, refreshed: bool
) -> None:
    org.policy.rotation = rotation
    if refreshed:
        connect.refresh_account(rep)
    org.requests.clear()
    diagnosis = connect.diagnose_account(rep)
    assert (diagnosis.healthy, [f.name for f in diagnosis.findings]) == (True, ["healthy"])
    assert diagnosis.findings[0].severity == "ok"
    assert diagnosis.account == connect.get_account(rep)
    assert len(org.requests) <= HANDFUL
    assert connect.refresh_account(rep).status is AccountStatus.ACTIVE


@pytest.mark.anyio
async def test_the_async_twin_finds_the_same(
    connect: SalesforceConnect, org: LocalOrg, authorize: Callable[..., None]
) -> None:
    await asyncio.to_thread(authorize, connect)
    assert (await connect.adiagnose_account("rep-42")).healthy
    org.policy.ip_allowed_at_api = False
    diagnosis = await connect.adiagnose_account("rep-42")
    assert [f.name for f in diagnosis.findings] == ["ip_restricted_at_rest"]
    await connect.aclose()


def test_an_account_that_is_not_there_is_an_error(connect: SalesforceConnect) -> None:
    with pytest.raises(AccountNotFound):
        connect.diagnose_account("nobody")


# --- the account itself -----------------------------------------------------------------------------------------------


def test_an_account_nobody_authorized_is_never_authorized(connect: SalesforceConnect) -> None:
    connect.get_or_create_account("rep-42")
    assert found(connect) == ["never_authorized"]


def test_an_app_that_is_set_up_wrong_is_found_before_anybody_authorizes(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg
) -> None:
    connect = connecting(app=app_of(org, client_secret="wrong"))
    connect.get_or_create_account("rep-42")
    assert found(connect) == ["never_authorized", "client_secret_wrong"]


def test_an_answer_that_waits_for_its_user_is_not_verified(connect: SalesforceConnect, org: LocalOrg) -> None:
    connect.get_or_create_account("rep-42")
    connect.complete_authorization(org.approve(connect.authorization_link("rep-42").url))
    assert found(connect) == ["not_verified"]


def test_a_disconnected_account_says_so_and_whether_salesforce_knows(
    connect: SalesforceConnect, org: LocalOrg, rep: str
) -> None:
    org.faults.add(path="*/oauth2/revoke", action=Reset())
    connect.disconnect_account(rep)
    assert found(connect) == ["revocation_unconfirmed"]
    connect.disconnect_account(rep)
    assert found(connect) == ["disconnected"]


def test_tokens_that_cannot_be_opened_are_found_and_nothing_is_sent(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg, rep: str
) -> None:
    stranger = connecting(encryption_keys=[KeyRing.generate_key()])
    org.requests.clear()
    assert found(stranger) == ["sealed_data_unreadable"]
    assert len(org.requests) == 0


# --- the end of a grant -----------------------------------------------------------------------------------------------


def test_a_revoked_grant_is_found_by_the_probe_itself(connect: SalesforceConnect, org: LocalOrg, rep: str) -> None:
    org.revoke()
    assert found(connect) == ["grant_revoked"]
    assert connect.get_account(rep).status is AccountStatus.REVOKED
    assert found(connect) == ["grant_revoked"]


def test_a_grant_that_lay_idle_is_told_apart(connect: SalesforceConnect, org: LocalOrg, rep: str) -> None:
    org.policy.refresh_idle_limit = timedelta(days=30)
    org.clock.advance(timedelta(days=31))
    assert found(connect) == ["grant_idle_expired"]
    org.clock.advance(timedelta(days=100))
    assert found(connect) == ["grant_idle_expired"]


def test_a_grant_that_ended_while_its_session_lives_on_is_found_before_anybody_notices(
    connect: SalesforceConnect, org: LocalOrg, rep: str
) -> None:
    org.policy.rotation = True
    org.policy.refresh_immediate_expiry = True
    assert connect.check_account(rep).status is AccountStatus.ACTIVE
    assert found(connect) == ["grant_revoked"]


def test_a_copy_of_the_store_that_shows_an_old_token_is_told_of_rotation(
    connect: SalesforceConnect, connecting: Callable[..., SalesforceConnect], org: LocalOrg, rep: str, tmp_path: Path
) -> None:
    org.policy.rotation = True
    connect.refresh_account(rep)
    connect.close()
    shutil.copy(tmp_path / "accounts.sqlite", tmp_path / "backup.sqlite")
    connecting().refresh_account(rep)
    restored = connecting(store=f"sqlite:///{tmp_path}/backup.sqlite")
    org.expire_sessions()
    assert found(restored) == ["grant_revoked", "grant_rotated_out"]


def test_a_lost_refresh_is_named_while_its_outcome_is_open_and_once_it_is_known(
    connect: SalesforceConnect, org: LocalOrg, rep: str, leases_run_out: Callable[[], None]
) -> None:
    org.policy.rotation = True
    org.expire_sessions()
    org.faults.add(path="*/oauth2/token", action=Reset(after="handled"))
    assert found(connect) == ["refresh_outcome_unknown"]
    assert found(connect) == ["refresh_outcome_unknown"]
    assert connect.get_account(rep).status is AccountStatus.ACTIVE
    leases_run_out()
    assert found(connect) == ["refresh_outcome_unknown"]
    assert connect.get_account(rep).status is AccountStatus.EXPIRED


def test_a_refresh_that_died_half_way_is_named(
    connecting: Callable[..., SalesforceConnect], connect: SalesforceConnect, org: LocalOrg, rep: str, tmp_path: Path
) -> None:
    org.policy.rotation = True
    grant = run(connect._accounts.vault.open, rep).usable_grant()
    run(connect._accounts.oauth.refresh, grant.login_url, refresh_token=grant.refresh_token)  # and then it died
    mark = org.clock.now().isoformat()
    with sqlite3.connect(tmp_path / "accounts.sqlite") as db:
        db.execute("UPDATE accounts SET facts = json_set(facts, '$.refresh_started_at', ?)", (mark,))
    db.close()
    org.expire_sessions()
    assert found(connecting()) == ["refresh_interrupted"]


def test_a_session_without_a_refresh_token_is_noticed_while_it_works_and_named_when_it_is_over(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg, authorize: Callable[..., None]
) -> None:
    connect = connecting(app=app_of(org, scopes=("api", "id")))
    authorize(connect)
    diagnosis = connect.diagnose_account("rep-42")
    assert [(f.name, f.severity) for f in diagnosis.findings] == [("renewal_impossible", "notice"), ("healthy", "ok")]
    org.expire_sessions()
    assert found(connect) == ["no_refresh_token"]


def test_an_inactive_user_is_named(connect: SalesforceConnect, org: LocalOrg, rep: str) -> None:
    org.deactivate(org.username)
    assert found(connect) == ["user_inactive"]


# --- what an admin or developer must change: each leaves the account ACTIVE, and healthy once it is mended ------------


def policy(**switches: Any) -> Callable[[LocalOrg], None]:
    def change(org: LocalOrg) -> None:
        for name, value in switches.items():
            assert hasattr(org.policy, name)
            setattr(org.policy, name, value)

    return change


def api_disabled(code: str) -> Callable[[LocalOrg], None]:
    body = f'[{{"errorCode": "{code}", "message": "API is not enabled"}}]'
    return lambda org: void(org.faults.add(Answer(403, body, "application/json"), path="/services/data/*", times=None))


def void(_: object) -> None:
    return None


MENDABLE: dict[str, tuple[Callable[[LocalOrg], None], str]] = {
    "ip_restricted_at_login": (policy(ip_allowed_at_token=False), "admin"),
    "ip_restricted_at_rest": (policy(ip_allowed_at_api=False), "admin"),
    "app_blocked": (policy(blocked_app=True), "admin"),
    "app_not_installed": (policy(token_trouble="app_not_found"), "admin"),
    "app_policy_missing": (policy(token_trouble="ecapp_policy_not_found"), "admin"),
    "oauth_flow_disabled": (policy(token_trouble="oauth_flow_disabled"), "admin"),
    "session_level_too_low": (policy(token_trouble="invalid_session_level"), "admin"),
    "wrong_login_host": (policy(my_domain_only=True), "developer"),
    "org_inactive": (policy(org_active=False), "admin"),
    "client_id_unknown": (policy(app_propagated=False), "developer"),
    "api_disabled_for_user": (api_disabled("API_CURRENTLY_DISABLED"), "admin"),
    "api_disabled_for_org": (api_disabled("API_DISABLED_FOR_ORG"), "admin"),
    "password_expired": (api_disabled("INVALID_OPERATION_WITH_EXPIRED_PASSWORD"), "user"),
    "daily_limit_spent": (policy(daily_api_requests=1), "admin"),
    "login_host_busy": (policy(token_trouble="server_error"), "developer"),
    "salesforce_unreachable": (lambda org: void(org.faults.add(Reset(), times=None)), "developer"),
}


@pytest.mark.parametrize("rotates", [None, False, True])
@pytest.mark.parametrize("name", sorted(MENDABLE))
def test_a_cause_is_named_with_who_mends_it_and_the_account_stays_active(
    connect: SalesforceConnect, org: LocalOrg, rep: str, name: str, rotates: bool | None
) -> None:
    if rotates is not None:
        org.policy.rotation = rotates
        connect.refresh_account(rep)
    change, who = MENDABLE[name]
    change(org)
    org.requests.clear()
    diagnosis = connect.diagnose_account(rep)
    assert (diagnosis.findings[0].name, diagnosis.findings[0].who) == (name, who)
    assert diagnosis.findings[0].severity == "problem"
    assert not diagnosis.healthy
    assert len(org.requests) <= HANDFUL
    assert diagnosis.account.status is AccountStatus.ACTIVE
    org.policy.reset()
    org.faults.clear()
    org.policy.rotation = bool(rotates)
    org.clock.advance(timedelta(days=1))  # the quota is another day's
    assert found(connect) == ["healthy"]


def test_a_wrong_secret_is_named_and_told_from_a_revocation(
    connecting: Callable[..., SalesforceConnect], connect: SalesforceConnect, org: LocalOrg, rep: str
) -> None:
    stranger = connecting(app=app_of(org, client_secret="wrong"))
    assert found(stranger) == ["client_secret_wrong"]
    org.expire_sessions()
    assert found(stranger) == ["client_secret_wrong"]
    assert found(connect) == ["healthy"]


def test_a_user_the_admin_does_not_admit_any_more_is_named_when_the_session_is_over(
    connect: SalesforceConnect, org: LocalOrg, rep: str
) -> None:
    org.policy.admin_approved_profiles = ("Nobody's Profile",)
    org.expire_sessions()
    assert found(connect) == ["app_not_admin_approved"]


def test_a_grant_without_the_api_scope_is_named(connect: SalesforceConnect, org: LocalOrg) -> None:
    connect.get_or_create_account("rep-42")
    url = connect.authorization_link("rep-42").url.replace("scope=api+", "scope=")
    connect.complete_authorization(org.approve(url), "rep-42")
    assert found(connect) == ["api_scope_missing"]


def test_an_account_of_another_login_host_is_found_and_no_token_is_sent(
    connecting: Callable[..., SalesforceConnect], org: LocalOrg, rep: str
) -> None:
    elsewhere = connecting(
        app=app_of(org, login_url="https://login.salesforce.com", sandbox_login_url="https://test.salesforce.com")
    )
    org.requests.clear()
    assert found(elsewhere) == ["wrong_login_host"]
    assert len(org.requests) == 0


def test_a_quota_that_is_nearly_spent_is_noticed(connect: SalesforceConnect, org: LocalOrg, rep: str) -> None:
    for _ in range(20):
        left = connect.request("GET", "/limits", identifier=rep)["DailyApiRequests"]["Remaining"]
    org.policy.daily_api_requests -= left - 2
    diagnosis = connect.diagnose_account(rep)
    assert [(f.name, f.severity) for f in diagnosis.findings] == [
        ("daily_limit_nearly_spent", "notice"),
        ("healthy", "ok"),
    ]
    assert diagnosis.healthy


@pytest.mark.parametrize(
    ("seconds", "severity"), [(90, "notice"), (-90, "notice"), (1200, "problem"), (-1200, "problem")]
)
def test_a_clock_that_is_wrong_is_named(
    connecting: Callable[..., SalesforceConnect],
    connect: SalesforceConnect,
    org: LocalOrg,
    rep: str,
    seconds: int,
    severity: str,
) -> None:
    skewed = connecting(clock=lambda: org.clock.now() + timedelta(seconds=seconds))
    finding = skewed.diagnose_account(rep).findings[0]
    assert (finding.name, finding.severity) == ("clock_skew", severity)
    assert ("ahead" if seconds > 0 else "behind") in finding.message


# --- no harm ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rotates", [None, True])
def test_where_tokens_may_rotate_a_good_refresh_token_is_not_spent(
    connect: SalesforceConnect, org: LocalOrg, rep: str, rotates: bool | None
) -> None:
    org.policy.rotation = True
    if rotates:
        connect.refresh_account(rep)
    before = connect.get_account(rep)
    org.faults.add(path="*/oauth2/token", action=Reset(after="handled"), times=None)
    assert found(connect) == ["salesforce_unreachable"]
    assert connect.get_account(rep).status is AccountStatus.ACTIVE
    org.faults.clear()
    assert connect.refresh_account(rep).status is AccountStatus.ACTIVE
    assert before.status is AccountStatus.ACTIVE


def test_findings_show_no_token(connect: SalesforceConnect, org: LocalOrg, rep: str) -> None:
    org.policy.blocked_app = True
    text = repr(connect.diagnose_account(rep))
    for request in org.requests:
        assert not request.token or request.token not in text
    assert org.client_secret not in text
