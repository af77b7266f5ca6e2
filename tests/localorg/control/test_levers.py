"""The levers over HTTP: what each does, what is listed, what is refused and how."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_sfconnect.localorg.control.levers import LEVERS
from langchain_sfconnect.localorg.policy import Policy


def test_the_index_tells_where_everything_is_and_lists_every_lever(control, org):
    index = control.look("")
    assert index["org"]["instance_url"] == org.instance_url
    assert len(index["levers"]) == len(LEVERS)
    assert "maintenance" in index["ready_faults"]
    assert org.client_secret not in json.dumps(index)


def test_every_switch_of_the_policy_can_be_seen_and_set(control, org):
    assert set(control.look("policy")) == {field.name for field in dataclasses.fields(Policy)}
    shown = control.pull("policy", "PATCH", rotation=True, session_timeout="PT15M", refresh_idle_limit=60)
    assert (shown["rotation"], shown["session_timeout"], shown["refresh_idle_limit"]) == (True, "PT15M", "PT1M")
    assert (org.policy.session_timeout, org.policy.refresh_idle_limit) == (timedelta(minutes=15), timedelta(minutes=1))
    control.pull("policy", "DELETE")
    assert org.policy == Policy()


def test_what_is_shown_of_the_policy_can_be_sent_back(control, org):
    org.policy.rotation = True
    before = dataclasses.replace(org.policy)
    control.pull("policy", "PATCH", **control.look("policy"))
    assert org.policy == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"rotaton": True}, "rotaton: there is no such argument here; there is session_timeout"),
        ({"rotation": "perhaps"}, "rotation: Input should be a valid boolean"),
        ({"session_timeout": -1}, "session_timeout is a duration from 0"),
        ({"session_timeout": "1e400"}, "session_timeout"),
        ({"rotation": 1, "sliding": None}, "sliding"),
    ],
)
def test_a_wrong_policy_is_explained_and_changes_nothing(control, org, arguments, told):
    assert told in control.refusal("policy", "PATCH", **arguments)
    assert org.policy == Policy()


def test_the_clock_moves_stops_and_runs_on(control, org):
    assert control.pull("clock/freeze", at="2026-01-01T00:00:00Z") == {
        "now": "2026-01-01T00:00:00+00:00",
        "frozen": True,
    }
    assert control.pull("clock/advance", by="PT3H")["now"] == "2026-01-01T03:00:00+00:00"
    assert control.pull("clock/thaw")["frozen"] is False
    assert org.clock.now().year == 2026
    control.pull("clock/advance", by=-86_400 * 400)
    assert org.clock.now().year == 2024
    assert "year 2999" in control.refusal("clock/advance", by="P400000D")
    assert "such as 7200, or ISO 8601, such as PT2H" in control.refusal("clock/advance", by="2h")
    assert "timezone" in control.refusal("clock/freeze", at="2026-01-01T00:00:00")


def test_faults_are_planned_listed_and_forgotten(control, rest):
    planned = control.pull("faults", action="rate_limit", path="/limits", times=2)
    control.pull("faults", action={"kind": "answer", "status": 503, "body": "<html>", "headers": {"Retry-After": "9"}})
    answers = [rest.get("/limits") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [429, 429, 503, 200]
    assert (answers[0].headers["retry-after"], answers[2].headers["retry-after"]) == ("1", "9")
    assert [fault["hits"] for fault in control.look("faults")] == [2, 1]
    assert len(control.pull(f"faults?number={planned['number']}", "DELETE")) == 1
    assert control.pull("faults", "DELETE") == []


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"action": "earthquake"}, "there are: maintenance, "),
        ({"action": {"kind": "latency", "seconds": -1}}, "0 <= seconds"),
        ({"action": {"kind": "latency", "secs": 1}}, "secs"),
        ({"action": {"kind": "explosion"}}, "kind"),
        ({"action": "slow", "probability": 0}, "probability"),
        ({"action": "slow", "times": 0}, "times"),
        ({"action": {"kind": "answer", "status": 199}}, "199"),
        ({"action": {"kind": "answer", "status": 503, "headers": {"X": "a\r\nb"}}}, "header"),
        ({}, "action: Field required"),
    ],
)
def test_a_wrong_fault_is_explained_and_not_planned(control, fault, told):
    assert told in control.refusal("faults", **fault)
    assert control.look("faults") == []


def test_control_itself_is_neither_recorded_nor_struck(control, org):
    org.faults.add("reset", times=None)
    assert control.look("requests") == []
    assert org.requests == []


def test_requests_are_listed_by_their_traits_without_tokens_codes_or_bodies(control, org, rest):
    token = rest.headers["authorization"].split()[1]
    rest.get("/query", params={"q": "SELECT Id FROM Account LIMIT 1", "access_token": token})
    rest.post("/sobjects/Account", json={"Name": "Sesame, open"})
    form = {"grant_type": "refresh_token", "refresh_token": "5Aep.secret", "client_secret": org.client_secret}
    httpx.post(f"{org.login_url}/services/oauth2/token", data=form)
    httpx.get(f"{org.login_url}/services/oauth2/revoke", params={"token": "00D.secret"})
    listed = control.look("requests")
    assert [entry["method"] for entry in listed] == ["GET", "POST", "POST", "GET"]
    assert listed[0]["query"]["q"] == "SELECT Id FROM Account LIMIT 1"
    assert listed[0]["user"] == org.username
    shown = json.dumps(listed)
    assert not [
        secret for secret in (token, "Sesame", "5Aep.secret", "00D.secret", org.client_secret) if secret in shown
    ]
    assert len(control.look("requests", method="POST")) == 2
    assert len(control.look("requests", path="*/sobjects/*", status=201)) == 1
    assert len(control.look("requests", last=1)) == 1
    control.pull("requests", "DELETE")
    assert control.look("requests") == []


def test_users_are_listed_added_and_kept_out(control, org):
    assert control.pull("users", username="new@localorg.example", last_name="New")["Username"] == "new@localorg.example"
    assert len(control.look("users")) == len(org.users)
    token = org.session_token("new@localorg.example")
    limits, headers = f"{org.instance_url}/services/data/v66.0/limits", {"Authorization": f"Bearer {token}"}
    assert httpx.get(limits, headers=headers).status_code == 200
    control.pull("users/deactivate", username="new@localorg.example")
    assert next(user for user in control.look("users") if user["Username"].startswith("new"))["IsActive"] is False
    assert httpx.get(limits, headers=headers).status_code == 401
    control.pull("users/activate", username="new@localorg.example")
    assert httpx.get(
        limits, headers={"Authorization": f"Bearer {org.session_token('new@localorg.example')}"}
    ).is_success
    assert "no user" in control.refusal("users/deactivate", username="nobody@localorg.example")
    assert control.refusal("users", username="new@localorg.example", last_name="Twice")


def test_sessions_start_expire_and_are_revoked(control, org, rest):
    token = control.pull("sessions", username=org.username)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert rest.get("/limits", headers=headers).status_code == 200
    control.pull("expire-sessions", username=org.username)
    assert rest.get("/limits", headers=headers).status_code == 401
    control.pull("expire-sessions")
    headers = {"Authorization": f"Bearer {control.pull('sessions')['access_token']}"}
    control.pull("revoke")
    assert rest.get("/limits", headers=headers).status_code == 401


def test_a_deleted_record_comes_back_or_is_gone_for_good(control, org, rest):
    first, second = (rest.post("/sobjects/Account", json={"Name": name}).json()["id"] for name in ("One", "Two"))
    for record_id in (first, second):
        rest.delete(f"/sobjects/Account/{record_id}")
    control.pull("undelete", id=first)
    control.pull("empty-recycle-bin")
    assert rest.get(f"/sobjects/Account/{first}").status_code == 200
    assert control.refusal("undelete", id=second)
    assert control.refusal("undelete", id="no id")


def test_a_locked_record_refuses_writes_until_it_is_unlocked(control, org, rest):
    account = org.query("SELECT Id FROM Account LIMIT 1")[0]["Id"]
    control.pull("lock", id=account)
    refused = rest.patch(f"/sobjects/Account/{account}", json={"Name": "Mine"})
    assert refused.json()[0]["errorCode"] == "UNABLE_TO_LOCK_ROW"
    control.pull("unlock", id=account)
    assert rest.patch(f"/sobjects/Account/{account}", json={"Name": "Mine"}).status_code == 204


def test_a_further_app_can_be_installed_and_used(control, org):
    app = control.pull("apps", name="Further app", callbacks=["https://further.example/callback"])
    query = {
        "response_type": "code",
        "client_id": app["client_id"],
        "redirect_uri": "https://further.example/callback",
    }
    url = httpx.URL(f"{org.login_url}/services/oauth2/authorize", params=query)
    assert org.approve(str(url)).startswith("https://further.example/callback?code=")
    assert "scope" in control.refusal("apps", name="Too curious", scopes=["everything"])
    control.pull("callbacks", redirect_uri="https://app.example/callback")


def test_reset_is_a_lever_too(control, org, rest):
    rest.post("/sobjects/Account", json={"Name": "Gone soon"})
    control.pull("reset")
    assert org.query("SELECT Id FROM Account WHERE Name = 'Gone soon'") == []
    assert org.requests == []


def test_what_is_not_there_says_where_to_look(http):
    for method, path, status in (
        ("GET", "/_local/polic", 404),
        ("POST", "/_local/policy", 405),
        ("PUT", "/_local/", 405),
    ):
        answer = http.request(method, path)
        assert answer.status_code == status
        assert answer.json()["error"]


def test_the_control_answers_at_every_port(org):
    for url in (org.login_url, org.sandbox_login_url, org.sandbox_instance_url):
        assert httpx.get(f"{url}/_local").json()["org"]["instance_url"] == org.instance_url


PATHS = st.sampled_from([lever.name for lever in LEVERS if lever.name not in ("reset", "users")]) | st.text(max_size=8)
METHODS = st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(["username", "id", "realm", "action", "by", "at", "times", "session_timeout", "number", "seed"])
BODIES = st.binary(max_size=40) | st.dictionaries(NAMES, JSON, max_size=3).map(lambda value: json.dumps(value).encode())


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(method=METHODS, path=PATHS, body=BODIES)
def test_any_bytes_get_an_answer_and_never_an_internal_error(http, method, path, body):
    answer = http.request(method, f"/_local/{quote(path)}", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code < 500
    if not answer.is_success:
        assert answer.json()
