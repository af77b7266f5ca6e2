"""Tokens go to Salesforce's own hosts and nowhere else."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_sfconnect import SalesforceApp
from langchain_sfconnect.errors import HostNotAllowed
from langchain_sfconnect.salesforce.hosts import HostPolicy

REAL = HostPolicy(SalesforceApp("id"))
LOCAL = HostPolicy(SalesforceApp("id", login_url="http://127.0.0.1:8400", sandbox_login_url="http://127.0.0.1:8401"))


@pytest.mark.parametrize(
    "url",
    [
        "https://login.salesforce.com",
        "https://test.salesforce.com/services/oauth2/token",
        "https://acme.my.salesforce.com",
        "https://acme--full.sandbox.my.salesforce.com/services/data",
        "https://acme-dev-ed.develop.my.salesforce.com:443",
        "https://acme.my.salesforce.mil",
        "https://acme.my.sfcrmproducts.cn",
        "https://na44.salesforce.com",
    ],
)
def test_salesforces_hosts_are_allowed(url: str) -> None:
    REAL.check(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://login.salesforce.com",
        "https://login.salesforce.com:8443",
        "https://login.salesforce.com.evil.example",
        "https://evilmy.salesforce.com",
        "https://my.salesforce.com.evil.example",
        "https://notmy.salesforce.com",
        "https://user@login.salesforce.com",
        "https://login.salesforce.com@evil.example",
        "https://evil.example\\@login.salesforce.com",
        "https://evil.example#.my.salesforce.com",
        "https://evil.example?.my.salesforce.com",
        "https://acme.force.com",
        "https://acme.my.site.com",
        "https://acme.lightning.force.com",
        "http://127.0.0.1:8400",
        "http://169.254.169.254",
        "https://[::1]",
        "ftp://login.salesforce.com",
        "login.salesforce.com",
        "",
        "https://login.salesforce.com:port",
    ],
)
def test_other_hosts_are_refused(url: str) -> None:
    with pytest.raises(HostNotAllowed):
        REAL.check(url)


def test_loopback_is_allowed_only_where_the_app_itself_is_on_loopback() -> None:
    LOCAL.check("http://127.0.0.1:9999/services/data")
    LOCAL.check("http://localhost:1234")
    LOCAL.check("https://acme.my.salesforce.com")
    for elsewhere in ("http://10.0.0.1", "http://example.com", "http://127.0.0.1.evil.example"):
        with pytest.raises(HostNotAllowed):
            LOCAL.check(elsewhere)


def test_an_app_with_a_foreign_login_host_is_refused_at_once() -> None:
    with pytest.raises(HostNotAllowed):
        HostPolicy(SalesforceApp("id", login_url="https://login.example.com"))
    with pytest.raises(HostNotAllowed):
        HostPolicy(SalesforceApp("id", sandbox_login_url="http://127.0.0.1:8401"))


@given(st.text(max_size=60))
def test_whatever_is_allowed_has_an_allowed_host_by_a_second_reading(text: str) -> None:
    url = f"https://{text}"
    try:
        REAL.check(url)
    except HostNotAllowed:
        return
    host = urlsplit(url).hostname or ""
    assert host.endswith((".salesforce.com", ".my.salesforce.mil", ".my.sfcrmproducts.cn"))


@pytest.mark.parametrize(
    ("pasted", "login"),
    [
        ("production", "https://login.salesforce.com"),
        ("sandbox", "https://test.salesforce.com"),
        ("https://acme.my.salesforce.com/", "https://acme.my.salesforce.com"),
        ("ACME.my.salesforce.com", "https://acme.my.salesforce.com"),
        ("https://acme.lightning.force.com/lightning/page/home", "https://acme.my.salesforce.com"),
        ("https://acme--uat.sandbox.lightning.force.com", "https://acme--uat.sandbox.my.salesforce.com"),
        ("https://acme.lightning.crmforce.mil", "https://acme.my.salesforce.mil"),
        ("https://acme.lightning.sfcrmapps.cn", "https://acme.my.sfcrmproducts.cn"),
    ],
)
def test_what_users_paste_becomes_a_login_host(pasted: str, login: str) -> None:
    assert REAL.login_url(pasted) == login


@pytest.mark.parametrize("pasted", ["staging", "https://evil.example", "https://[", "http://acme.my.salesforce.com"])
def test_what_is_no_environment_is_refused(pasted: str) -> None:
    with pytest.raises(HostNotAllowed):
        REAL.login_url(pasted)


@pytest.mark.parametrize(
    ("identity", "instance", "login", "environment"),
    [
        (
            "https://login.salesforce.com/id/x/y",
            "https://a.my.salesforce.com",
            "https://a.my.salesforce.com",
            "production",
        ),
        ("https://test.salesforce.com/id/x/y", "https://a.my.salesforce.com", "https://a.my.salesforce.com", "sandbox"),
        ("", "https://a--b.sandbox.my.salesforce.com", "https://login.salesforce.com", "sandbox"),
        ("", "https://cs42.salesforce.com", "https://login.salesforce.com", "sandbox"),
        ("", "https://a.my.salesforce.com", "https://test.salesforce.com", "sandbox"),
        ("", "https://a.my.salesforce.com", "https://a.my.salesforce.com", "production"),
    ],
)
def test_sandbox_and_production_are_told_apart(identity: str, instance: str, login: str, environment: str) -> None:
    assert REAL.environment_of(login_url=login, identity_url=identity, instance_url=instance) == environment


def test_a_password_pasted_with_a_host_is_not_repeated() -> None:
    for pasted in (
        "https://rep:hunter2@evil.example",
        "https://rep:hunter2@login.salesforce.com",
        "https://x:hunter2@[",
    ):
        with pytest.raises(HostNotAllowed) as caught:
            REAL.login_url(pasted)
        assert "hunter2" not in str(caught.value)
