"""Who may control the org: programs on this machine, and no web page that a browser on it shows."""

from __future__ import annotations

import httpx
import pytest

FOREIGN = [
    {"Host": "evil.example"},
    {"Host": "evil.example:8400"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "login.salesforce.com"},
    {"Host": "10.0.0.1"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "https://localhost"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_web_page_cannot_move_anything(org, http, headers):
    org.policy.rotation = True
    for method, path in (("POST", "/_local/reset"), ("DELETE", "/_local/policy"), ("GET", "/_local/requests")):
        answer = http.request(method, path, headers=headers)
        assert answer.status_code == 403
        assert set(answer.json()) == {"error"}
    assert org.policy.rotation is True


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_that_a_form_could_send_is_refused(org, http, kind):
    answer = http.post("/_local/revoke", content=b'{"username": null}', headers={"Content-Type": kind})
    assert answer.status_code == 400
    assert "application/json" in answer.json()["error"]


def test_no_page_is_told_that_it_may_read(http):
    answer = http.options("/_local/reset", headers={"Access-Control-Request-Method": "POST"})
    assert not answer.is_success
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]", "LOCALHOST"])
def test_its_own_names_and_its_own_pages_are_let_in(org, http, name):
    host = f"{name}:{httpx.URL(org.instance_url).port}"
    headers = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
    assert http.get("/_local/", headers=headers).status_code == 200


def test_the_consent_page_is_no_lever(http):
    assert http.get("/_local/callback", headers={"Host": "login.salesforce.com"}).status_code == 200
