"""Faults: resets, truncations, planned answers and latency, before or after a request has taken effect."""

from __future__ import annotations

import time

import httpx
import pytest

from langchain_sfconnect.localorg.faults import READY, Answer, Latency, Reset, Truncate


def create(rest, name: str) -> httpx.Response:
    return rest.post("/sobjects/Account", json={"Name": name})


def count(org, name: str) -> int:
    return len(org.query(f"SELECT Id FROM Account WHERE Name = '{name}'"))


@pytest.mark.parametrize(("after", "written"), [("before", 0), ("handled", 1)])
def test_a_reset_leaves_the_client_without_an_answer(org, rest, after, written):
    org.faults.add(path="/sobjects/*", method="POST", action=Reset(after=after))
    with pytest.raises(httpx.ReadError):
        create(rest, f"Reset {after}")
    assert count(org, f"Reset {after}") == written
    assert org.requests[-1].status is None
    assert create(rest, "After the reset").status_code == 201


@pytest.mark.parametrize(("after", "written"), [("before", 0), ("handled", 1)])
def test_a_planned_answer_can_come_before_or_after_the_write(org, rest, after, written):
    org.faults.add(action=Answer(503, headers={"Retry-After": "3"}, after=after))
    answer = create(rest, f"Answer {after}")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
    assert answer.headers["content-type"].startswith("text/html")
    assert count(org, f"Answer {after}") == written


def test_a_truncated_answer_breaks_off_after_the_write(org, rest):
    org.faults.add(method="POST", action=Truncate(keep=5))
    with pytest.raises(httpx.RemoteProtocolError):
        create(rest, "Truncated")
    assert count(org, "Truncated") == 1


def test_latency_delays_and_then_the_request_is_served(org, rest):
    org.faults.add(action=Latency(0.1))
    begun = time.perf_counter()
    assert create(rest, "Late").status_code == 201
    assert time.perf_counter() - begun >= 0.1


def test_latency_and_an_ending_fault_combine(org, rest):
    org.faults.add(action=Latency(0.05))
    org.faults.add(action=Reset())
    begun = time.perf_counter()
    with pytest.raises(httpx.ReadError):
        rest.get("/limits")
    assert time.perf_counter() - begun >= 0.05


def test_a_fault_strikes_only_its_path_method_and_number_of_times(org, rest):
    fault = org.faults.add(path="/sobjects/Account", method="POST", times=2, action=Answer(500))
    statuses = [rest.get("/sobjects/Account").status_code, rest.get("/limits").status_code]
    statuses += [create(rest, "Struck").status_code for _ in range(3)]
    assert statuses == [200, 200, 500, 500, 201]
    assert fault.hits == 2


def test_a_fault_without_a_number_strikes_until_cleared(org, rest):
    org.faults.add(path="/services/data/*", times=None, action=Answer(502))
    assert [rest.get("/limits").status_code for _ in range(3)] == [502, 502, 502]
    org.faults.clear()
    assert rest.get("/limits").status_code == 200


def test_the_token_endpoint_can_be_struck_too(org, client):
    tokens = client.connect()
    org.faults.add(path="/services/oauth2/token", action=Answer(503))
    assert client.refresh(tokens["refresh_token"]).status_code == 503
    assert client.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize("name", sorted(READY))
def test_every_ready_fault_strikes_once_and_the_next_request_is_served(org, rest, name):
    org.faults.add(name if name != "slow" else Latency(0.01, upto=0.02))
    try:
        answer = rest.get("/limits")
    except httpx.TransportError:
        assert name in ("reset", "lost_answer", "cut_off")
    else:
        planned = READY[name]
        assert answer.status_code == (planned.status if isinstance(planned, Answer) else 200)
        if answer.status_code >= 400 and "json" in answer.headers["content-type"]:
            assert set(answer.json()[0]) >= {"errorCode", "message"}
    assert rest.get("/limits").json()["DailyApiRequests"]


def test_a_write_behind_a_gateway_timeout_has_taken_effect(org, rest):
    org.faults.add("gateway_timeout", method="POST")
    assert create(rest, "Behind the gateway").status_code == 504
    assert count(org, "Behind the gateway") == 1


def test_a_fault_can_strike_one_realm_only(org, client, sandbox_client):
    org.faults.add("maintenance", realm="sandbox", times=None)
    assert client.http.get(f"{org.login_url}/services/data").status_code == 200
    assert client.http.get(f"{org.sandbox_login_url}/services/data").status_code == 503
