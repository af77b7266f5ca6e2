"""https: certificates for loopback and Salesforce's hosts, from an authority that is thrown away."""

from __future__ import annotations

import os
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from langchain_sfconnect.localorg import LocalOrg
from langchain_sfconnect.localorg.faults import Reset, Truncate


@pytest.fixture(scope="module")
def secure() -> Iterator[LocalOrg]:
    with LocalOrg(tls=True) as org:
        yield org


@pytest.fixture
def trust(secure: LocalOrg) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=secure.ca_certificate)


def test_every_address_is_https_and_trusted_with_the_authority(secure, trust):
    for url in (secure.instance_url, secure.login_url, secure.sandbox_login_url, secure.sandbox_instance_url):
        assert url.startswith("https://127.0.0.1:")
        assert httpx.get(f"{url}/services/data", verify=trust).status_code == 200
    assert secure.redirect_uri.startswith("https://")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{secure.instance_url}/services/data")


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "login.salesforce.com",
        "test.salesforce.com",
        "acme.my.salesforce.com",
        "acme-dev-ed.develop.my.salesforce.com",
        "acme--uat.sandbox.my.salesforce.com",
    ],
)
def test_the_certificate_names_salesforces_hosts(secure, trust, host):
    port = httpx.URL(secure.instance_url).port
    with socket.create_connection(("127.0.0.1", port)) as plain, trust.wrap_socket(plain, server_hostname=host) as tls:
        assert tls.version() in ("TLSv1.2", "TLSv1.3")


def test_the_certificate_names_nobody_else(secure, trust):
    port = httpx.URL(secure.instance_url).port
    with socket.create_connection(("127.0.0.1", port)) as plain, pytest.raises(ssl.SSLCertVerificationError):
        trust.wrap_socket(plain, server_hostname="salesforce.com.evil.example")


def test_no_key_is_on_disk_and_nobody_else_gets_to_the_certificate():
    with LocalOrg(tls=True, seed=False) as org:
        folder = org.ca_certificate.parent
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert [path.name for path in folder.iterdir()] == ["ca.pem"]
        assert "PRIVATE KEY" not in org.ca_certificate.read_text()
    assert not folder.exists()


def test_an_org_without_tls_says_so():
    with LocalOrg(seed=False) as org, pytest.raises(RuntimeError, match="tls=True"):
        _ = org.ca_certificate


def test_allow_can_be_pressed_and_faults_strike_over_https(secure, trust):
    query = f"response_type=code&client_id={secure.client_id}&redirect_uri={secure.redirect_uri}"
    assert "code=" in secure.approve(f"{secure.login_url}/services/oauth2/authorize?{query}")
    for action in (Reset(), Truncate(keep=3)):
        secure.faults.add(action)
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{secure.instance_url}/services/data", verify=trust)


def test_plain_http_at_the_port_is_dropped_and_the_org_lives_on(secure, trust):
    with pytest.raises(httpx.TransportError):
        httpx.get(secure.instance_url.replace("https", "http") + "/services/data")
    assert httpx.get(f"{secure.instance_url}/services/data", verify=trust).status_code == 200


CLIENT = """
import sys
from langchain_sfconnect import SalesforceApp, SalesforceConnect
from langchain_sfconnect.stores import KeyRing

client_id, secret, redirect_uri, login_url, sandbox_login_url = sys.argv[1:]
app = SalesforceApp(client_id, secret, redirect_uri, login_url=login_url, sandbox_login_url=sandbox_login_url)
with SalesforceConnect(app, "memory://", [KeyRing.generate_key()]) as connect:
    connect.get_or_create_account("rep-42")
    print(connect.authorization_link("rep-42").url, flush=True)
    print(connect.complete_authorization(sys.stdin.readline().strip(), "rep-42").status)
    print(connect.execute_tool("salesforce_limits_get", identifier="rep-42", tool_input={})["DailyApiRequests"]["Max"])
"""


def test_our_own_client_trusts_the_authority_that_the_environment_names(secure):
    arguments = [
        secure.client_id,
        secure.client_secret,
        secure.redirect_uri,
        secure.login_url,
        secure.sandbox_login_url,
    ]
    with subprocess.Popen(
        [sys.executable, "-c", CLIENT, *arguments],
        env={**os.environ, "SSL_CERT_FILE": str(secure.ca_certificate)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        process.stdin.write(secure.approve(url) + "\n")
        process.stdin.flush()
        assert process.stdout.readline().strip() == "ACTIVE"
        assert int(process.stdout.readline()) > 0
        assert process.wait(30) == 0
