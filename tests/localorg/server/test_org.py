"""The local org as an object: starting, stopping, and what tests can see and move."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from langchain_sfconnect.localorg import LocalOrg
from langchain_sfconnect.localorg.faults import Latency


def test_the_app_of_an_org_points_at_its_own_login_hosts(org):
    app = org.app
    assert (app.login_url, app.sandbox_login_url) == (org.login_url, org.sandbox_login_url)
    assert (app.client_id, app.client_secret) == (org.client_id, org.client_secret)
    assert app.redirect_uri == f"{org.login_url}/_local/callback"


def test_stopping_leaves_no_thread_and_no_listener():
    before = set(threading.enumerate())
    with LocalOrg() as org:
        url = org.instance_url
        with httpx.Client() as client:
            assert client.get(f"{url}/services/data").status_code == 200
    assert set(threading.enumerate()) == before
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/services/data")


def test_stopping_drops_requests_in_flight_without_waiting_for_them():
    failures: list[Exception] = []

    def call(url: str) -> None:
        try:
            httpx.get(url, timeout=30)
        except httpx.TransportError as failure:
            failures.append(failure)

    org = LocalOrg(seed=False).start()
    struck = org.faults.add(action=Latency(30))
    thread = threading.Thread(target=call, args=(f"{org.instance_url}/services/data",))
    thread.start()
    deadline = time.monotonic() + 10
    while not struck.hits and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    org.stop()
    thread.join(10)
    assert len(failures) == 1


def test_an_org_can_be_stopped_twice_and_used_as_start_and_stop():
    org = LocalOrg(seed=False).start()
    org.stop()
    org.stop()


def test_an_org_that_is_not_running_says_so():
    with pytest.raises(RuntimeError, match="not running"):
        _ = LocalOrg().instance_url


def test_a_port_that_is_taken_is_named_and_the_org_can_start_when_it_is_free(free_port):
    with LocalOrg(port=free_port, seed=False):
        second = LocalOrg(port=free_port, seed=False)
        with pytest.raises(OSError, match=f"Port {free_port} is in use"):
            second.start()
        with pytest.raises(RuntimeError, match="not running"):
            _ = second.instance_url
    with second:
        assert httpx.get(f"{second.instance_url}/services/data").status_code == 200


@pytest.mark.parametrize("port", [-1, 65_535, 99_999])
def test_a_port_that_cannot_be_is_refused(port):
    with pytest.raises(ValueError, match="65534"):
        LocalOrg(port=port)


def test_an_org_starts_again_on_the_same_port_with_new_data_and_the_same_app(free_port):
    again = LocalOrg(port=free_port, seed=False)
    for _ in range(2):
        with again:
            session = again.engine.session(again.users[0]["Id"])
            session.create("Account", {"Name": "Once"})
            assert len(again.query("SELECT Id FROM Account")) == 1
            assert httpx.get(f"{again.instance_url}/services/data").status_code == 200


def test_an_org_that_runs_is_not_started_twice(org):
    with pytest.raises(RuntimeError, match="running already"):
        org.start()
    assert httpx.get(f"{org.instance_url}/services/data").status_code == 200


def test_two_orgs_at_once_know_nothing_of_each_other(org):
    with LocalOrg() as other:
        other.policy.rotation = True
        other.engine.session(other.users[0]["Id"]).create("Account", {"Name": "Of the other"})
        assert org.policy.rotation is False
        assert org.query("SELECT Id FROM Account WHERE Name = 'Of the other'") == []
        token = {"Authorization": f"Bearer {other.session_token()}"}
        assert httpx.get(f"{org.instance_url}/services/data/v66.0/limits", headers=token).status_code == 401


def test_a_user_nobody_knows_is_no_user_to_revoke_or_deactivate(org):
    for act in (org.revoke, org.expire_sessions, org.deactivate, org.activate):
        with pytest.raises(ValueError, match="no user"):
            act("nobody@example.com")


def test_a_deactivated_user_has_no_session_and_gets_no_new_token(org, client):
    tokens = client.connect()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    org.deactivate(org.username)
    try:
        assert client.http.get(f"{org.instance_url}/services/data/v66.0/limits", headers=headers).status_code == 401
        refused = client.refresh(tokens["refresh_token"])
        assert refused.json()["error"] in ("inactive_user", "invalid_grant")
    finally:
        org.activate("rep@localorg.example")


def test_data_in_a_file_survives_a_restart(tmp_path):
    path = tmp_path / "org.db"
    with LocalOrg(path=path) as org:
        session = org.engine.session(org.users[0]["Id"])
        account_id = session.create("Account", {"Name": "Kept"})
    with LocalOrg(path=path) as org:
        assert org.query(f"SELECT Name FROM Account WHERE Id = '{account_id}'")[0]["Name"] == "Kept"


def test_moving_the_clock_ends_a_session(org, rest):
    assert rest.get("/limits").status_code == 200
    org.clock.advance(timedelta(hours=3))
    try:
        assert rest.get("/limits").status_code == 401
    finally:
        org.clock.advance(timedelta(hours=-3))


def test_every_answer_tells_the_time_of_the_orgs_own_clock(org, rest):
    org.clock.freeze(datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC))
    page = httpx.get(f"{org.login_url}/.well-known/openid-configuration")
    refused = rest.get("/limits")
    org.faults.add("maintenance")
    down = rest.get("/limits")
    assert [page.status_code, refused.status_code, down.status_code] == [200, 401, 503]
    assert {answer.headers["date"] for answer in (page, refused, down)} == {"Tue, 06 May 2031 07:08:09 GMT"}


def test_requests_are_recorded_with_their_user_and_token_but_show_no_token(org, rest):
    token = rest.headers["authorization"].split()[1]
    rest.get("/query", params={"q": "SELECT Id FROM Account LIMIT 1"}, headers={"x-trace": "7"})
    recorded = org.requests[-1]
    assert (recorded.method, recorded.path) == ("GET", "/services/data/v66.0/query")
    assert (recorded.status, recorded.user, recorded.realm) == (200, org.username, "production")
    assert recorded.query == {"q": "SELECT Id FROM Account LIMIT 1"}
    assert recorded.headers["x-trace"] == "7"
    assert recorded.token == token
    assert token not in repr(recorded)
    assert token not in str(dict(recorded.headers))


def test_a_session_for_an_unknown_user_is_refused(org):
    with pytest.raises(ValueError, match="no user"):
        org.session_token("nobody@example.com")


def test_the_two_realms_have_orgs_of_their_own(org):
    assert org.engine is not org.sandbox_engine
    assert org.engine.organization["Id"] != org.sandbox_engine.organization["Id"]
    assert (org.engine.organization["IsSandbox"], org.sandbox_engine.organization["IsSandbox"]) == (False, True)
