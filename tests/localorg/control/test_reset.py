"""Going back to the start: everything that a test can have changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from langchain_sfconnect.localorg import LocalOrg
from langchain_sfconnect.localorg.faults import Latency
from langchain_sfconnect.localorg.policy import Policy


def state(org: LocalOrg) -> object:
    rows = org.query("SELECT Id, Name, LastModifiedDate FROM Account ORDER BY Id")
    return rows, [user["IsActive"] for user in org.users], len(org.requests), list(org.faults), org.policy


def test_everything_that_was_changed_is_as_it_was(org, rest):
    before = state(org)
    token = org.session_token()
    account = rest.post("/sobjects/Account", json={"Name": "Gone soon"}).json()["id"]
    org.engine.session(org.users[0]["Id"]).delete("Task", org.query("SELECT Id FROM Task LIMIT 1")[0]["Id"])
    org.policy.rotation = True
    org.clock.advance(timedelta(days=400))
    org.faults.add("maintenance", times=None)
    org.deactivate(org.username)
    org.allow_callback("https://app.example/callback")
    org.reset()
    assert state(org) == before
    assert org.policy == Policy()
    assert abs(org.clock.now().timestamp() - time.time()) < 5
    assert rest.get("/limits", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    again = httpx.post(
        f"{org.instance_url}/services/data/v66.0/sobjects/Account",
        json={"Name": "The first again"},
        headers={"Authorization": f"Bearer {org.session_token()}"},
    )
    assert again.json()["id"] == account


def test_an_app_and_a_user_that_were_added_are_gone(org):
    org.add_user("new@localorg.example", last_name="New")
    org.add_app("Further app", callbacks=["https://further.example/callback"])
    org.reset()
    assert "new@localorg.example" not in {user["Username"] for user in org.users}
    with pytest.raises(ValueError, match="no user"):
        org.session_token("new@localorg.example")


def test_a_lock_does_not_survive(org, rest):
    account = org.query("SELECT Id FROM Account LIMIT 1")[0]["Id"]
    with org.lock_row(account):
        org.reset()
        token = {"Authorization": f"Bearer {org.session_token()}"}
        assert rest.patch(f"/sobjects/Account/{account}", json={"Name": "Free"}, headers=token).status_code == 204


def test_the_sandbox_goes_back_too_and_stays_a_sandbox(org):
    engine = org.sandbox_engine
    identity = engine.organization["Id"]
    engine.session(engine.users()[0]["Id"]).create("Account", {"Name": "Only here"})
    org.reset()
    assert org.sandbox_engine.organization["Id"] == identity
    assert org.sandbox_engine.organization["IsSandbox"] is True
    session = engine.session(engine.users()[0]["Id"])
    assert session.query("SELECT COUNT() FROM Account WHERE Name = 'Only here'")["totalSize"] == 0


def test_the_apps_own_callback_still_works(org):
    org.reset()
    url = f"{org.login_url}/services/oauth2/authorize?response_type=code&client_id={org.client_id}"
    assert "code=" in org.approve(f"{url}&redirect_uri={org.redirect_uri}")


def lost(org: LocalOrg, ask: Callable[[], object]) -> bool:
    """Reset the org while a request waits in it; whether the request was dropped."""
    struck = org.faults.add(Latency(0.3), method="POST")
    failures: list[Exception] = []

    def call() -> None:
        try:
            ask()
        except httpx.TransportError as failure:
            failures.append(failure)

    thread = threading.Thread(target=call)
    thread.start()
    deadline = time.monotonic() + 10
    while not struck.hits and time.monotonic() < deadline:
        threading.Event().wait(0.005)
    org.reset()
    org.policy.logins_per_hour = 1
    thread.join(10)
    return len(failures) == 1


def test_a_request_that_waits_leaves_no_trace_in_the_org_it_did_not_mean(org, rest):
    assert lost(org, lambda: rest.post("/sobjects/Account", json={"Name": "Too late"}))
    assert org.requests == []
    assert org.query("SELECT Id FROM Account WHERE Name = 'Too late'") == []


def test_a_login_that_waits_does_not_count_in_the_org_it_did_not_mean(org, http):
    form = {
        "grant_type": "password",
        "client_id": org.client_id,
        "client_secret": org.client_secret,
        "username": org.username,
        "password": org.password,
    }
    assert lost(org, lambda: http.post("/services/oauth2/token", data=form))
    assert http.post("/services/oauth2/token", data=form).status_code == 200
    assert http.post("/services/oauth2/token", data=form).status_code >= 400


def test_an_org_from_an_older_file_goes_back_to_the_seed(tmp_path: Path):
    with LocalOrg(tmp_path / "org.db") as org:
        seeded = org.query("SELECT Id, Name FROM Account ORDER BY Id")
        org.engine.session(org.users[0]["Id"]).create("Account", {"Name": "Of yesterday"})
    with LocalOrg(tmp_path / "org.db") as org:
        assert len(org.query("SELECT Id FROM Account")) == len(seeded) + 1
        org.reset()
        assert org.query("SELECT Id, Name FROM Account ORDER BY Id") == seeded
