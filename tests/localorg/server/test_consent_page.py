"""The consent page in a real browser."""

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
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser: {CHROMIUM} is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    playwright = pytest.importorskip("playwright.sync_api", reason="no browser driver: playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser) -> Iterator[object]:
    page = browser.new_page()
    yield page
    page.close()


def test_a_person_logs_in_as_a_user_and_allows(org, client, page):
    other = next(u for u in org.users if u["IsActive"] and u["Username"] != org.username)
    page.goto(client.authorization_url())
    assert page.get_by_role("heading", name="Allow access?").is_visible()
    assert page.get_by_text("Local Org Demo App").is_visible()
    assert page.get_by_role("listitem").count() == 3
    page.get_by_label(other["Name"]).check()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url("**/_local/callback**")
    assert page.get_by_role("heading", name="You may close this window").is_visible()
    answer = httpx.URL(page.url).params
    assert answer["state"] == "st&te=1"
    assert answer["code"] not in page.content()
    assert client.redeem(answer["code"]).json()["id"].endswith(other["Id"])


def test_a_person_denies(client, page):
    page.goto(client.authorization_url())
    page.get_by_role("button", name="Deny").click()
    page.wait_for_url("**/_local/callback**")
    assert httpx.URL(page.url).params["error"] == "access_denied"


def test_a_wrong_redirect_is_explained_to_the_person(client, page):
    page.goto(client.authorization_url(redirect_uri="http://127.0.0.1:1/"))
    assert page.get_by_text("redirect_uri_mismatch").is_visible()
