"""The authorization endpoint and the consent page, by program."""

from __future__ import annotations

import httpx
import pytest

from langchain_sfconnect.localorg.consenting import ConsentFailed


def returned(callback: str) -> dict[str, str]:
    return dict(httpx.URL(callback).params)


def test_allowing_sends_a_code_and_the_unchanged_state_to_the_callback(org, client):
    callback = org.approve(client.authorization_url())
    assert callback.startswith(f"{org.redirect_uri}?code=aPrx")
    assert "%3D%3D&state=" in callback
    assert returned(callback)["state"] == "st&te=1"


def test_a_named_user_can_be_the_one_who_allows(org, client):
    other = next(u for u in org.users if u["IsActive"] and u["Username"] != org.username)
    tokens = client.connect(other["Username"])
    assert tokens["id"].endswith(other["Id"])


def test_denying_sends_access_denied_to_the_callback(org, client):
    answer = returned(org.deny(client.authorization_url()))
    assert answer == {
        "error": "access_denied",
        "error_description": "end-user denied authorization",
        "state": "st&te=1",
    }


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "3MVG9nobody"}, "invalid_client_id"),
        ({"client_id": None}, "invalid_client_id"),
        ({"redirect_uri": None}, "redirect_uri_missing"),
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


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"scope": "api cactus"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"prompt": "none"}, "immediate_unsuccessful"),
    ],
)
def test_other_mistakes_are_sent_to_the_callback_with_the_state(org, client, changes, error):
    answer = returned(org.approve(client.authorization_url(**changes)))
    assert (answer["error"], answer["state"]) == (error, "st&te=1")
    assert "code" not in answer


def test_an_org_that_requires_pkce_refuses_a_request_without_it(org, client):
    org.policy.pkce_required = True
    without = client.authorization_url(code_challenge=None, code_challenge_method=None)
    assert returned(org.approve(without))["error"] == "invalid_request"
    assert "code" in returned(org.approve(client.authorization_url()))


def test_a_blocked_app_is_told_at_the_callback(org, client):
    org.policy.blocked_app = True
    assert returned(org.approve(client.authorization_url()))["error"] == "app_blocked"


def test_a_consent_page_answers_once(org, client, http):
    page = http.get(client.authorization_url()).text
    request_id = page.split('name="request_id" value="')[1].split('"')[0]
    form = {"request_id": request_id, "username": org.username, "decision": "allow"}
    first = http.post(f"{org.login_url}/_local/consent", data=form)
    second = http.post(f"{org.login_url}/_local/consent", data=form)
    assert (first.status_code, second.status_code) == (302, 400)
    assert "answered before" in second.text


def test_an_inactive_user_cannot_allow(org, client):
    inactive = next(user for user in org.users if not user["IsActive"])
    answer = returned(org.approve(client.authorization_url(), inactive["Username"]))
    assert answer["error"] == "inactive_user"
    assert inactive["Username"] not in httpx.get(client.authorization_url()).text


def test_a_login_hint_chooses_the_user_on_the_page(org, client, http):
    other = next(u for u in org.users if u["IsActive"] and u["Username"] != org.username)
    page = http.get(client.authorization_url(login_hint=other["Username"])).text
    chosen = page.split(" checked")[0].rsplit('value="', 1)[1].split('"')[0]
    assert chosen == other["Username"]


def test_the_default_callback_page_does_not_print_the_code(org, client, http):
    callback = org.approve(client.authorization_url())
    answer = http.get(callback)
    assert answer.status_code == 200
    assert "You may close this window" in answer.text
    assert returned(callback)["code"] not in answer.text


def test_a_further_callback_can_be_registered(org, client):
    org.allow_callback("http://localhost:8000/callback?keep=1")
    callback = org.approve(client.authorization_url(redirect_uri="http://localhost:8000/callback?keep=1"))
    assert callback.startswith("http://localhost:8000/callback?keep=1&code=")


def test_markup_in_a_request_is_escaped_on_the_page(client, http):
    page = http.get(client.authorization_url(login_hint='"><script>alert(1)</script>')).text
    assert "<script>" not in page


def test_pressing_a_button_at_another_host_is_refused(org):
    with pytest.raises(ValueError, match="not this local org"):
        org.approve("https://login.salesforce.com/services/oauth2/authorize?client_id=x")
