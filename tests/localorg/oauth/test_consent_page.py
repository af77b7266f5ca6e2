"""The login and consent pages in a real browser, as people use them: by eye, by keyboard, without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
OTHER = "admin@localorg.example"
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser: {CHROMIUM} is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    playwright = pytest.importorskip("playwright.sync_api", reason="no browser driver: playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def asked() -> list[str]:
    """Every URL that the page asked for."""
    return []


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(browser, asked, request) -> Iterator[object]:
    """A page of a browser that knows nobody."""
    context = browser.new_context(java_script_enabled=request.param)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.on("request", lambda sent: asked.append(sent.url))
    yield page
    context.close()


def log_in(page, org, username: str, password: str | None = None) -> None:
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password or org.password)
    page.get_by_role("button", name="Log In").click()


def came_back(page) -> dict[str, str]:
    page.wait_for_url("**/_local/callback**")
    return dict(httpx.URL(page.url).params)


def test_a_person_logs_in_as_a_user_and_allows(org, client, page):
    page.goto(client.authorization_url())
    assert page.get_by_role("heading", name="Log in").is_visible()
    log_in(page, org, OTHER)
    assert page.get_by_role("heading", name="Allow access?").is_visible()
    assert page.get_by_text("Local Org Demo App").is_visible()
    assert page.get_by_role("list", name="It would be able to").get_by_role("listitem").count() == 3
    assert page.get_by_text(OTHER).is_visible()
    page.get_by_role("button", name="Allow").click()
    answer = came_back(page)
    assert page.get_by_role("heading", name="You may close this window").is_visible()
    assert answer["state"] == "st&te=1"
    assert answer["code"] not in page.content()
    identity = client.redeem(answer["code"]).json()["id"]
    assert identity.endswith(org.engine.user_by_username(OTHER)["Id"])


def test_a_person_denies(org, client, page):
    page.goto(client.authorization_url())
    log_in(page, org, OTHER)
    page.get_by_role("button", name="Deny").click()
    assert came_back(page)["error"] == "access_denied"


def test_a_wrong_password_is_said_and_can_be_mended(org, client, page):
    page.goto(client.authorization_url())
    log_in(page, org, OTHER, "wrong")
    assert "check your username and password" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Username").input_value() == OTHER
    assert page.get_by_label("Password").input_value() == ""
    log_in(page, org, OTHER)
    assert page.get_by_role("button", name="Allow").is_visible()


def test_the_keyboard_is_enough(org, client, page):
    page.goto(client.authorization_url(login_hint=OTHER))
    page.locator("input[type=password]:focus").wait_for()  # the username is filled in
    page.keyboard.type(org.password)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Allow access?").wait_for()
    for _ in range(3):  # not you, deny, allow
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert "code" in came_back(page)


def test_who_is_logged_in_and_approved_sees_no_page_until_asked_to_consent(org, client, page):
    page.goto(client.authorization_url())
    log_in(page, org, OTHER)
    page.get_by_role("button", name="Allow").click()
    client.redeem(came_back(page)["code"])
    page.goto(client.authorization_url(state="again"))
    assert came_back(page)["state"] == "again"
    page.goto(client.authorization_url(prompt="consent"))
    assert page.get_by_role("button", name="Allow").is_visible()


def test_somebody_else_can_log_in(org, client, page):
    page.goto(client.authorization_url())
    log_in(page, org, OTHER)
    page.get_by_role("button", name="Not you?").click()
    log_in(page, org, "amara@localorg.example")
    assert page.get_by_text("Amara Okafor").is_visible()


def test_a_wrong_redirect_is_explained_to_the_person(client, page):
    page.goto(client.authorization_url(redirect_uri="http://127.0.0.1:1/"))
    assert page.get_by_text("redirect_uri_mismatch").is_visible()


def test_a_name_full_of_markup_is_only_a_name(org, client, page):
    evil = "<img src=x onerror=document.title='pwned'>\"'"
    app = org.add_app(evil, callbacks=["http://localhost:9/"])
    page.goto(client.authorization_url(client_id=app.key, redirect_uri="http://localhost:9/"))
    log_in(page, org, OTHER)
    assert page.get_by_text(evil).is_visible()
    assert page.title() == "Allow access?"


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs_over(org, client, page, asked):
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(client.authorization_url(display="touch"))
    log_in(page, org, OTHER)
    assert page.get_by_role("button", name="Allow").bounding_box()["width"] <= 320
    assert page.locator("main").bounding_box()["width"] <= 320
    hosts = {httpx.URL(url).host for url in asked}
    assert hosts == {"127.0.0.1"}
    assert {httpx.URL(url).path for url in asked} == {"/services/oauth2/authorize", "/_local/login"}


def test_another_site_cannot_frame_the_page(client, page):
    page.set_content(f'<iframe src="{client.authorization_url()}"></iframe>')
    assert page.frames[-1].get_by_label("Password").count() == 0
