"""Logging in and consenting, by HTTP: whose browser may answer what, and who is not asked again."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

OTHER = "admin@localorg.example"


def shows_login(answer) -> bool:
    return answer.status_code == 200 and 'type="password"' in answer.text


def shows_consent(answer) -> bool:
    return answer.status_code == 200 and 'value="allow"' in answer.text


def test_a_stranger_logs_in_sees_app_and_scopes_and_allows(org, client, person, returned):
    assert shows_login(person.opens(client.authorization_url()))
    page = person.logs_in(OTHER)
    assert shows_consent(page)
    assert "Local Org Demo App" in page.text
    assert page.text.count("<li>") == 3
    tokens = client.redeem(returned(person.presses("allow"))["code"]).json()
    assert tokens["id"].endswith(org.engine.user_by_username(OTHER)["Id"])


def test_a_wrong_password_is_asked_again_and_the_username_kept(org, client, person):
    person.opens(client.authorization_url())
    for password in ("wrong", "", org.password.upper()):
        page = person.logs_in(OTHER, password)
        assert shows_login(page)
        assert "check your username and password" in page.text
        assert f'value="{OTHER}"' in page.text
    assert shows_login(person.logs_in("nobody@localorg.example"))
    assert shows_consent(person.logs_in(OTHER))


def test_who_has_logged_in_is_remembered(client, person):
    person.opens(client.authorization_url())
    person.logs_in(OTHER)
    assert shows_consent(person.opens(client.authorization_url()))


def test_who_approved_before_is_not_asked_again_unless_for_more(client, person, returned):
    person.opens(client.authorization_url(scope="api refresh_token"))
    person.logs_in(OTHER)
    client.redeem(returned(person.presses("allow"))["code"])
    assert "code" in returned(person.opens(client.authorization_url(scope="refresh_token api")))
    assert "code" in returned(person.opens(client.authorization_url(scope="api")))
    assert shows_consent(person.opens(client.authorization_url(scope="api refresh_token id")))
    assert shows_consent(person.opens(client.authorization_url(scope="api", prompt="consent")))


def test_who_took_the_approval_back_is_asked_again(org, client, person, returned):
    person.opens(client.authorization_url())
    person.logs_in(OTHER)
    client.redeem(returned(person.presses("allow"))["code"])
    org.revoke(OTHER)
    assert shows_consent(person.opens(client.authorization_url()))


def test_an_admin_approved_user_is_never_asked(org, client, person, returned):
    org.policy.admin_approved_profiles = ("System Administrator",)
    person.opens(client.authorization_url())
    assert "code" in returned(person.logs_in(OTHER))


@pytest.mark.parametrize("prompt", ["login", "select_account", "login consent"])
def test_an_app_can_insist_on_a_login(client, person, prompt):
    person.opens(client.authorization_url())
    person.logs_in(OTHER)
    assert shows_login(person.opens(client.authorization_url(prompt=prompt)))
    assert shows_consent(person.logs_in(OTHER))


def test_consent_insisted_on_with_login_is_asked_after_it(client, person, returned):
    person.opens(client.authorization_url())
    person.logs_in(OTHER)
    client.redeem(returned(person.presses("allow"))["code"])
    person.opens(client.authorization_url(prompt="login consent"))
    assert shows_consent(person.logs_in(OTHER))


@pytest.mark.parametrize("silently", [{"prompt": "none"}, {"immediate": "true"}, {"prompt": "none consent"}])
def test_a_silent_request_succeeds_only_for_who_logged_in_and_approved(org, client, person, returned, silently):
    silent = client.authorization_url(**silently)
    refused = {"error": "immediate_unsuccessful", "error_description": "end-user interaction required"}
    assert returned(person.opens(silent)) == {**refused, "state": "st&te=1"}
    person.opens(client.authorization_url())
    allowed = person.logs_in(OTHER)
    consent = replace(person, shown=allowed)
    assert returned(person.opens(silent)) == {**refused, "state": "st&te=1"}
    client.redeem(returned(consent.presses("allow"))["code"])
    assert client.redeem(returned(person.opens(silent))["code"]).status_code == 200


def test_not_you_lets_somebody_else_log_in(client, person, returned):
    person.opens(client.authorization_url())
    person.logs_in(OTHER)
    assert shows_login(person.presses("switch"))
    page = person.logs_in("amara@localorg.example")
    assert "Amara Okafor" in page.text
    assert "code" in returned(person.presses("allow"))


def test_a_login_hint_fills_the_username_in(client, person):
    assert (
        'value="amara@localorg.example"'
        in person.opens(client.authorization_url(login_hint="amara@localorg.example")).text
    )


@pytest.mark.parametrize("display", ["page", "popup", "touch", "mobile", "hologram"])
def test_every_display_is_served(client, person, display):
    page = person.opens(client.authorization_url(display=display))
    assert shows_login(page)
    assert ('class="compact"' in page.text) == (display in ("popup", "touch", "mobile"))


def test_a_page_answers_once(client, person):
    first = person.opens(client.authorization_url())
    consent = person.logs_in(OTHER)
    assert person.presses("allow").status_code == 302
    for page in (first, consent):
        again = replace(person, shown=page).submits(username=OTHER, password="local-org-1", decision="allow")
        assert (again.status_code, "answered before" in again.text) == (400, True)


def test_nobody_elses_browser_can_answer_a_page(client, person, stranger):
    person.opens(client.authorization_url())
    login = replace(stranger, shown=person.shown)
    assert login.logs_in(OTHER).status_code == 400
    person.logs_in(OTHER)
    stranger.opens(client.authorization_url())
    stranger.logs_in("amara@localorg.example")
    assert replace(stranger, shown=person.shown).presses("allow").status_code == 400
    assert person.presses("allow").status_code == 302  # the attempt has not spoilt it


def test_a_login_gives_the_browser_a_new_cookie(client, person):
    person.opens(client.authorization_url())
    before = person.browser.cookies["sid_production"]
    person.logs_in(OTHER)
    assert person.browser.cookies["sid_production"] != before
    person.browser.cookies.set("sid_production", before, domain="127.0.0.1", path="/")
    assert shows_login(person.opens(client.authorization_url()))


def test_the_cookie_is_for_this_site_and_no_script(client, person):
    cookie = person.opens(client.authorization_url()).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_a_login_in_one_realm_is_none_in_the_other(client, sandbox_client, person):
    person.opens(client.authorization_url())
    person.logs_in(OTHER)
    assert shows_login(person.opens(sandbox_client.authorization_url()))
    assert shows_consent(person.opens(client.authorization_url()))


@pytest.mark.parametrize("page", ["login", "consent"])
def test_a_page_is_answered_by_post_alone(org, client, person, page):
    person.opens(client.authorization_url())
    if page == "consent":
        person.logs_in(OTHER)
    request_id = re.search(r'name="request_id" value="([^"]+)"', person.shown.text)[1]
    fields = {"request_id": request_id, "username": OTHER, "password": org.password, "decision": "allow"}
    assert person.browser.get(f"{org.login_url}/_local/{page}", params=fields).status_code == 400


def test_a_user_deactivated_meanwhile_cannot_allow(org, client, person):
    person.opens(client.authorization_url())
    person.logs_in("amara@localorg.example")
    org.deactivate("amara@localorg.example")
    assert person.presses("allow").status_code == 400
    assert shows_login(person.opens(client.authorization_url()))


def test_names_and_requests_are_escaped(org, client, person):
    evil = "<script>alert(1)</script>\"'"
    app = org.add_app(evil, callbacks=["https://evil.example/"])
    url = client.authorization_url(client_id=app.key, redirect_uri="https://evil.example/", login_hint=evil)
    assert "<script" not in person.opens(url).text
    assert "<script" not in person.logs_in(evil, evil).text
    page = person.logs_in(OTHER)
    assert shows_consent(page)
    assert "<script" not in page.text


def test_pages_load_nothing_and_cannot_be_framed(client, person):
    pages = [person.opens(client.authorization_url()), person.logs_in(OTHER)]
    pages.append(person.opens(client.authorization_url(client_id="nobody")))
    for page in pages:
        assert page.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
        assert not re.search(r"""(src|href)=|url\(|@import""", page.text)


def test_an_org_without_logins_at_the_login_host_names_its_own(org, client, person, returned):
    org.policy.my_domain_only = True
    page = person.opens(client.authorization_url())
    assert shows_login(page)
    assert org.instance_url in page.text
    assert org.instance_url in person.logs_in(OTHER).text
    there = client.authorization_url().replace(org.login_url, org.instance_url)
    person.opens(there)
    assert shows_consent(person.logs_in(OTHER))
    assert urlsplit(there).port != urlsplit(org.login_url).port
