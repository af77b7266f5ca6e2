"""How REST says no: every refusal is Salesforce's array, whatever was sent."""

from __future__ import annotations

import json
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_sfconnect.localorg.faults import Latency

INVALID_SESSION = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
GONE = "001000000000000AAA"


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()[0]["errorCode"]


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer nonsense", "OAuth 00D!x"])
def test_no_good_token_is_an_invalid_session(org, http, header):
    headers = {} if header is None else {"Authorization": header}
    answer = http.get(f"{org.instance_url}/services/data/v66.0/limits", headers=headers)
    assert (answer.status_code, answer.json()) == (401, INVALID_SESSION)


def test_another_scheme_is_a_bad_header(org, http):
    answer = http.get(f"{org.instance_url}/services/data/v66.0/limits", auth=("user", "password"))
    assert answer.json() == [{"message": "INVALID_HEADER_TYPE", "errorCode": "INVALID_AUTH_HEADER"}]


def test_the_oauth_scheme_is_taken_as_bearer(org, http):
    headers = {"Authorization": f"OAuth {org.session_token()}"}
    assert http.get(f"{org.instance_url}/services/data/v66.0/limits", headers=headers).status_code == 200


def test_a_session_without_the_api_scope_is_not_for_rest(org, client, http):
    headers = {"Authorization": f"Bearer {client.connect(scope='id refresh_token')['access_token']}"}
    url = f"{org.instance_url}/services/data/v66.0/limits"
    text = "This session is not valid for use with the REST API"
    answer = http.get(url, headers=headers)
    assert (answer.status_code, answer.json()[0]["message"]) == (401, text)
    org.policy.api_scope_enforced = False
    assert http.get(url, headers=headers).status_code == 200


def test_an_address_outside_the_ranges_gets_the_body_of_an_expired_session(org, rest):
    org.policy.ip_allowed_at_api = False
    answer = rest.get("/limits")
    assert (answer.status_code, answer.json()) == (401, INVALID_SESSION)


def test_a_refused_session_changes_nothing(org, rest):
    before = len(org.query("SELECT Id FROM Account"))
    org.policy.ip_allowed_at_api = False
    rest.post("/sobjects/Account", json={"Name": "Never"})
    assert len(org.query("SELECT Id FROM Account")) == before


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/sobjects/Nothing", 404, "NOT_FOUND"),
        ("/sobjects/Nothing/describe", 404, "NOT_FOUND"),
        (f"/sobjects/Account/{GONE}", 404, "NOT_FOUND"),
        ("/sobjects/Account/23foo", 404, "NOT_FOUND"),
        ("/nowhere", 404, "NOT_FOUND"),
        ("/query", 400, "INVALID_PARAMETER"),
        ("/query/01gNothing-2000", 400, "INVALID_QUERY_LOCATOR"),
        ("/query?q=SELECT+Id+FROM", 400, "MALFORMED_QUERY"),
        ("/query?q=SELECT+Nothing__c+FROM+Account", 400, "INVALID_FIELD"),
        ("/query?q=SELECT+Id+FROM+Nothing", 400, "INVALID_TYPE"),
        ("/search?q=FIND", 400, "MALFORMED_SEARCH"),
        ("/analytics/reports/00O000000000000AAA/describe", 404, "NOT_FOUND"),
        ("/analytics/dashboards/nonsense/describe", 404, "NOT_FOUND"),
        ("/tooling/query?q=x", 404, "NOT_FOUND"),
    ],
)
def test_what_is_not_there_is_said_in_salesforces_codes(rest, path, status, error):
    assert code(rest.get(path)) == (status, error)


@pytest.mark.parametrize(
    ("version", "status"), [("v30.0", 410), ("v20.0", 410), ("v69.0", 404), ("v999.0", 404), ("66", 404), ("v6x", 404)]
)
def test_versions_that_are_not_spoken(org, http, version, status):
    answer = http.get(f"{org.instance_url}/services/data/{version}/limits")
    assert answer.status_code == status
    assert answer.json()[0]["errorCode"]


def test_versions_are_listed_without_a_token_and_without_a_limit_header(org, http):
    answer = http.get(f"{org.instance_url}/services/data/")
    versions = answer.json()
    assert versions[-1] == {"label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0"}
    assert {"label": "Spring '26", "url": "/services/data/v66.0", "version": "66.0"} in versions
    assert "sforce-limit-info" not in answer.headers


def test_resources_of_a_version_are_listed(rest):
    body = rest.get("/").json()
    assert body["sobjects"] == "/services/data/v66.0/sobjects"
    assert "/id/00D" in body["identity"]


def test_a_method_that_is_not_allowed_names_those_that_are(rest):
    answer = rest.put("/sobjects/Account", json={})
    assert answer.status_code == 405
    text = "HTTP Method 'PUT' not allowed. Allowed are GET,HEAD,POST"
    assert answer.json() == [{"message": text, "errorCode": "METHOD_NOT_ALLOWED"}]


def test_a_body_must_be_json_by_name_and_by_nature(rest):
    path, json_type = "/sobjects/Account", {"Content-Type": "application/json"}
    assert code(rest.post(path, content=b"Name=x", headers={"Content-Type": "text/plain"})) == (
        415,
        "UNSUPPORTED_MEDIA_TYPE",
    )
    assert code(rest.post(path, content=b'{"Name" "x"}', headers=json_type)) == (400, "JSON_PARSER_ERROR")
    assert "at [line:1, column:" in rest.post(path, content=b'{"Name" "x"}', headers=json_type).json()[0]["message"]
    assert code(rest.post(path, content=b"[1]", headers=json_type)) == (400, "JSON_PARSER_ERROR")
    missing = rest.post(path)
    assert missing.json()[0]["message"] == "The HTTP entity body is required, but this request has no entity body."


def test_field_errors_carry_their_fields(rest):
    answer = rest.post("/sobjects/Contact", json={"FirstName": "Ada"})
    assert answer.status_code == 400
    assert answer.json() == [
        {
            "message": "Required fields are missing: [LastName]",
            "errorCode": "REQUIRED_FIELD_MISSING",
            "fields": ["LastName"],
        }
    ]


def test_an_over_long_uri_is_refused(rest):
    assert rest.get("/query", params={"q": "x" * 17_000}).status_code == 414


def test_calls_are_counted_in_a_header_and_can_run_out_until_tomorrow(org, rest):
    first, second = (rest.get("/limits") for _ in range(2))
    used = [int(answer.headers["sforce-limit-info"].split("=")[1].split("/")[0]) for answer in (first, second)]
    assert used[1] == used[0] + 1
    daily = second.json()["DailyApiRequests"]
    assert daily["Max"] - daily["Remaining"] == used[1]
    org.policy.daily_api_requests = used[1]
    answer = rest.get("/limits")
    assert code(answer) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert answer.json()[0]["message"] == "TotalRequests Limit exceeded."
    org.clock.advance(timedelta(days=1))
    fresh = {"Authorization": f"Bearer {org.session_token()}"}
    assert rest.get("/limits", headers=fresh).status_code == 200


def test_too_many_at_once_are_refused_while_the_others_are_answered(org, rest):
    org.policy.concurrent_requests = 1
    assert rest.get("/limits").status_code == 200
    org.faults.add(action=Latency(0.3), path="/limits", times=1)
    with ThreadPoolExecutor() as crowd:
        slow = crowd.submit(rest.get, "/limits")
        while not slow.done() and (answer := rest.get("/limits/recordCount")).status_code == 200:
            pass
        assert slow.result().status_code == 200
    assert code(answer) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert answer.json()[0]["message"].startswith("ConcurrentRequests")


def test_the_apps_own_share_is_told_where_it_has_one(org, rest):
    org.policy.app_daily_api_requests = 250
    assert re.fullmatch(
        r"api-usage=\d+/15000; per-app-api-usage=\d+/250\(appName=.+\)",
        rest.get("/limits").headers["sforce-limit-info"],
    )


def test_what_is_not_emulated_is_not_found_in_the_same_shape(rest):
    for path in ("/tooling", "/jobs/ingest", "/jobs/query", "/ui-api/records", "/actions", "/composite/graph", "/tabs"):
        assert code(rest.get(path)) == (404, "NOT_FOUND"), path


def test_record_counts(rest, org):
    body = rest.get("/limits/recordCount", params={"sObjects": "Account"}).json()
    assert body == {"sObjects": [{"count": len(org.query("SELECT Id FROM Account")), "name": "Account"}]}


def test_paths_outside_rest_and_oauth_are_not_found_in_the_same_shape(org, http):
    for path in ("/", "/nowhere", "/services/Soap/u/66.0", "/services/oauth2/nothing", "/id/00D/005"):
        assert code(http.get(org.instance_url + path)) == (404, "NOT_FOUND")
    assert code(http.put(f"{org.instance_url}/services/oauth2/token")) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("path", ["/services/data", "/nowhere", "/.well-known/openid-configuration", "//[", "/%00%ff"])
def test_an_odd_host_header_or_path_does_not_disturb(org, http, path):
    answer = http.get(org.instance_url + path, headers={"Host": "[:not a host"})
    assert answer.status_code in (200, 404)


@pytest.mark.parametrize("noise", [b"\x16\x03\x01\x02\x00", b"HELLO\r\n\r\n", b"\xff" * 50 + b"\r\n\r\n"])
def test_bytes_that_are_no_http_are_a_bad_request(org, noise):
    url = httpx.URL(org.instance_url)
    with socket.create_connection((url.host, url.port or 0), timeout=5) as connection:
        connection.sendall(noise)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(1000)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")


segments = st.one_of(
    st.sampled_from(
        [
            "sobjects",
            "Account",
            "describe",
            "query",
            "composite",
            "Id",
            GONE,
            "analytics",
            "reports",
            "search",
            "limits",
        ]
    ),
    st.text(max_size=12),
)
methods = st.sampled_from(["GET", "POST", "PATCH", "PUT", "DELETE"])
parameters = st.dictionaries(st.sampled_from(["q", "fields", "ids", "explain", "sobject"]), st.text(max_size=20))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Name", "compositeRequest", "records", "q", "x"]) | st.text(max_size=5), inner
        )
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(method=methods, path=st.lists(segments, max_size=5), query=parameters, body=st.binary(max_size=40) | values)
def test_any_request_gets_an_answer_in_salesforces_shape(org, rest, method, path, query, body):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    url = f"{org.instance_url}/services/data/v66.0/" + "/".join(quote(segment, safe="") for segment in path)
    answer = rest.request(method, url, params=query, content=raw, headers={"Content-Type": "application/json"})
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.json()[0]["errorCode"]


oauth_paths = st.sampled_from(["token", "authorize", "revoke", "introspect", "userinfo"])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=oauth_paths,
    method=methods,
    body=st.binary(max_size=60),
    header=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
)
def test_any_oauth_request_gets_a_refusal_or_an_answer(org, http, path, method, body, header):
    url = f"{org.login_url}/services/oauth2/{path}"
    answer = http.request(method, url, content=body, headers={"Authorization": f"Basic {header}".strip()})
    assert answer.status_code < 500, answer.text
