"""The authorization endpoint: what it asks of an app, and whom it tells of mistakes."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network

import httpx
import pytest

from langchain_sfconnect.localorg.consenting import ConsentFailed, press

LOOPBACK, ELSEWHERE = ip_network("127.0.0.1/32"), ip_network("10.0.0.0/8")


def test_allowing_sends_a_code_and_the_unchanged_state_to_the_callback(org, client, returned):
    callback = org.approve(client.authorization_url())
    assert callback.startswith(f"{org.redirect_uri}?code=aPrx")
    assert "%3D%3D&state=" in callback
    assert returned(callback)["state"] == "st&te=1"


def test_a_named_user_can_be_the_one_who_allows(org, client):
    other = next(u for u in org.users if u["IsActive"] and u["Username"] != org.username)
    tokens = client.connect(other["Username"])
    assert tokens["id"].endswith(other["Id"])


def test_denying_sends_access_denied_to_the_callback(org, client, returned):
    denied = {"error": "access_denied", "error_description": "end-user denied authorization", "state": "st&te=1"}
    assert returned(org.deny(client.authorization_url())) == denied
    client.connect()
    assert returned(org.deny(client.authorization_url())) == denied  # also who has approved before is asked


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "3MVG9nobody"}, "invalid_client_id"),
        ({"client_id": None}, "invalid_client_id"),
        ({"redirect_uri": None}, "redirect_uri_missing"),
        ({"redirect_uri": ""}, "redirect_uri_missing"),
        ({"redirect_uri": "http://127.0.0.1:1/elsewhere"}, "redirect_uri_mismatch"),
    ],
)
def test_a_bad_client_or_redirect_is_shown_on_a_page_and_never_sent_anywhere(org, client, http, changes, error):
    answer = http.get(client.authorization_url(**changes))
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/html")
    assert error in answer.text
    assert "location" not in answer.headers
    with pytest.raises(ConsentFailed, match=error):
        org.approve(client.authorization_url(**changes))


@pytest.mark.parametrize("change", [lambda uri: uri + "/", lambda uri: uri + "?x=1", str.upper, lambda uri: uri[:-1]])
def test_a_redirect_uri_is_matched_character_for_character(org, client, http, change):
    answer = http.get(client.authorization_url(redirect_uri=change(org.redirect_uri)))
    assert (answer.status_code, "redirect_uri_mismatch" in answer.text) == (400, True)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"scope": "api cactus"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": "x" * 44}, "invalid_request"),
    ],
)
def test_other_mistakes_are_sent_to_the_callback_with_the_state(org, client, returned, changes, error):
    answer = returned(org.approve(client.authorization_url(**changes)))
    assert (answer["error"], answer["state"]) == (error, "st&te=1")
    assert "code" not in answer


def test_a_mistake_without_state_is_returned_without_one(org, client, returned):
    assert "state" not in returned(org.approve(client.authorization_url(state=None, scope="cactus")))


def test_a_request_is_a_get(client, http):
    url = httpx.URL(client.authorization_url())
    answer = http.post(url.copy_with(query=None), data=dict(url.params))
    assert (answer.status_code, "must use HTTP GET" in answer.text) == (400, True)


def test_an_org_that_requires_pkce_shows_the_refusal_and_returns_nothing(org, client, returned):
    org.policy.pkce_required = True
    without = client.authorization_url(code_challenge=None, code_challenge_method=None)
    with pytest.raises(ConsentFailed, match=r"invalid_request.* missing required code challenge"):
        org.approve(without)
    assert "code" in returned(org.approve(client.authorization_url()))


@pytest.mark.parametrize(
    ("switch", "error"),
    [
        ({"blocked_app": True}, "app_blocked"),
        ({"org_active": False}, "inactive_org"),
        ({"admin_approved_profiles": ("System Administrator",)}, "invalid_app_access"),
        ({"logins_per_hour": 0}, "rate_limit_exceeded"),
        ({"ip_ranges_at_login": (ELSEWHERE,)}, "invalid_grant"),
        ({"callback_trouble": "unknown_error"}, "unknown_error"),
        ({"callback_trouble": "server_error"}, "server_error"),
        ({"callback_trouble": "service_unavailable"}, "service_unavailable"),
        ({"callback_trouble": "system_down"}, "system_down"),
        ({"callback_trouble": "app_not_found"}, "app_not_found"),
        ({"callback_trouble": "fail_close_app_blocked"}, "fail_close_app_blocked"),
        ({"callback_trouble": "ecapp_policy_not_found"}, "ecapp_policy_not_found"),
        ({"callback_trouble": "oauth_policy_not_found"}, "oauth_policy_not_found"),
        ({"callback_trouble": "oauth_flow_disabled"}, "oauth_flow_disabled"),
        ({"callback_trouble": "invalid_session_level"}, "invalid_session_level"),
    ],
)
def test_what_an_administrator_has_switched_comes_back_at_the_callback(org, client, returned, switch, error):
    vars(org.policy).update(switch)
    answer = returned(org.approve(client.authorization_url()))
    assert (answer["error"], answer["state"]) == (error, "st&te=1")
    assert answer["error_description"]
    assert "code" not in answer


def test_a_login_from_within_the_ranges_is_let_in(org, client, returned):
    org.policy.ip_ranges_at_login = (ELSEWHERE, LOOPBACK)
    assert "code" in returned(org.approve(client.authorization_url()))


def test_logins_are_counted_by_the_orgs_own_hour(org, client, returned):
    org.policy.logins_per_hour = 2
    for _ in range(2):
        assert "code" in returned(org.approve(client.authorization_url()))
    assert returned(org.approve(client.authorization_url()))["error_description"] == "login rate exceeded"
    assert "code" in returned(org.approve(client.authorization_url(), "admin@localorg.example"))
    org.clock.advance(timedelta(hours=1))
    assert "code" in returned(org.approve(client.authorization_url()))


def test_an_app_that_is_not_known_yet_is_an_invalid_client(org, client):
    org.policy.app_propagated = False
    with pytest.raises(ConsentFailed, match="invalid_client_id"):
        org.approve(client.authorization_url())


def test_an_app_that_nobody_installed_is_only_for_administrators_and_who_allowed_it_before(org, client, returned):
    tokens = client.connect("amara@localorg.example")
    org.policy.app_installed = False
    with pytest.raises(ConsentFailed, match="OAUTH_APPROVAL_ERROR_GENERIC"):
        org.approve(client.authorization_url())
    assert "code" in returned(org.approve(client.authorization_url(), "admin@localorg.example"))
    assert "code" in returned(org.approve(client.authorization_url(), "amara@localorg.example"))
    assert client.refresh(tokens["refresh_token"]).status_code == 200


def test_an_inactive_user_cannot_allow(org, client, returned):
    inactive = next(user for user in org.users if not user["IsActive"])
    answer = returned(org.approve(client.authorization_url(), inactive["Username"]))
    assert answer["error"] == "inactive_user"
    assert inactive["Username"] not in httpx.get(client.authorization_url(), verify=False).text


def test_the_default_callback_page_does_not_print_the_code(org, client, http, returned):
    callback = org.approve(client.authorization_url())
    answer = http.get(callback)
    assert answer.status_code == 200
    assert "You may close this window" in answer.text
    assert returned(callback)["code"] not in answer.text


def test_a_further_callback_can_be_registered(org, client):
    org.allow_callback("http://localhost:8000/callback?keep=1")
    callback = org.approve(client.authorization_url(redirect_uri="http://localhost:8000/callback?keep=1"))
    assert callback.startswith("http://localhost:8000/callback?keep=1&code=")


def test_a_custom_scheme_is_a_callback_too(org, client):
    org.allow_callback("acme.app://signed-in")
    assert org.approve(client.authorization_url(redirect_uri="acme.app://signed-in")).startswith(
        "acme.app://signed-in?"
    )


@pytest.mark.parametrize(
    "uri",
    ["", "nowhere", "//example.com/x", "http://example.com/x", "http://127.0.0.1.example.com/", "https://", "https:///x",
     "javascript:alert(1)", "data:text/html,x", "https://example.com/#here", "file:///etc/passwd"],
)  # fmt: skip
def test_what_salesforce_would_not_register_is_no_callback(org, uri):
    with pytest.raises(ValueError, match="cannot be a callback"):
        org.allow_callback(uri)


def test_a_wrong_password_is_said_to_programs_as_well(org, client):
    with pytest.raises(ConsentFailed, match="check your username and password"):
        press(client.authorization_url(), "allow", username=org.username, password="wrong")


def test_pressing_a_button_at_another_host_is_refused(org):
    with pytest.raises(ValueError, match="not this local org"):
        org.approve("https://login.salesforce.com/services/oauth2/authorize?client_id=x")
