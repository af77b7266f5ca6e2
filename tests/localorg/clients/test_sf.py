"""Salesforce's command line, unmodified, where it can be found: `npm install` in this folder, or a PATH, brings it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from langchain_sfconnect.localorg.policy import Policy

pytestmark = pytest.mark.timeout(900)  # each command starts a Node of its own, which a busy machine is slow to do

BIN = Path(__file__).parent / "node_modules" / ".bin"
QUIET = {"SF_AUTOUPDATE_DISABLE": "true", "SF_DISABLE_LOG_FILE": "true", "SF_DISABLE_TELEMETRY": "true",
         "SF_SKIP_NEW_VERSION_CHECK": "true", "SF_USE_GENERIC_UNIX_KEYCHAIN": "true"}  # fmt: skip
CALLBACK_PORT = 1717  # where the command line waits for the browser to come back
# Told to open a page, it lets go of the command line, presses Allow and follows the redirect, as a person would.
BROWSER = """#!{python}
import os, ssl, sys, urllib.request
if os.fork():
    os._exit(0)
sys.path.insert(0, {root!r})
from langchain_sfconnect.localorg import consenting
trust = ssl.create_default_context(cafile={authority!r})
callback = consenting.press(sys.argv[-1], "allow", username={username!r}, password={password!r}, tls=trust)
urllib.request.build_opener(urllib.request.ProxyHandler({{}})).open(callback, timeout=30).read()
"""

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def sf(org, home) -> Run:
    """Runs a command as somebody who is logged in to the org, and returns its result or its error."""
    path = os.pathsep.join([str(home), str(BIN), os.environ.get("PATH", "")])
    found = shutil.which("sf", path=path)
    if found is None:
        pytest.skip(f"sf is not installed (npm install --prefix {BIN.parents[1]}): it was NOT run on the local org")
    own = {
        "PATH": path,
        "HOME": str(home),
        "NODE_EXTRA_CA_CERTS": str(org.ca_certificate),
        "SF_TARGET_ORG": org.username,
    }

    def start(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **QUIET, **own, **variables}
        return subprocess.run([found, *arguments], env=environment, cwd=home, capture_output=True, text=True,
                              timeout=200)  # fmt: skip

    def run(*arguments: str, **variables: str) -> Any:
        as_json = () if arguments[0] == "api" else ("--json",)  # what it answers with is JSON anyway
        done = start(*arguments, *as_json, **variables)
        assert done.stdout, done.stderr
        answer = json.loads(done.stdout)
        return answer.get("result", answer)

    login = ("org", "login", "access-token", "--instance-url", org.instance_url, "--no-prompt", "--json")
    logged_in = start(*login, SF_ACCESS_TOKEN=org.session_token())
    if not logged_in.stdout:
        pytest.skip(f"sf does not run on {shutil.which('node', path=path)}: it was NOT run on the local org")
    assert json.loads(logged_in.stdout)["result"]["username"] == org.username
    return run


def test_it_logs_in_through_a_browser_as_an_app_of_its_own(org, sf, home):
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", CALLBACK_PORT)) == 0:
            pytest.skip(f"port {CALLBACK_PORT} is taken, and sf insists on it: it was NOT logged in through a browser")
    browser = home / "firefox"
    root = str(Path(__file__).parents[3])
    browser.write_text(
        BROWSER.format(python=sys.executable, root=root, authority=str(org.ca_certificate), username=org.username,
                       password=org.password)
    )  # fmt: skip
    browser.chmod(0o700)
    logged_in = sf("org", "login", "web", "--instance-url", org.login_url, "--browser", "firefox")
    assert (logged_in["username"], logged_in["clientId"]) == (org.username, "PlatformCLI")
    org.expire_sessions()
    assert sf("data", "query", "--query", "SELECT COUNT() FROM User")["totalSize"] > 0


def test_it_logs_in_with_a_key(org, sf, home):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem, public = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (home / "key.pem").write_bytes(private)
    app = org.add_app("Deployment")
    app.register_certificate(key.public_key().public_bytes(pem, public).decode())
    app.policy = Policy(admin_approved_profiles=("Standard User",))
    login = ("--client-id", app.key, "--jwt-key-file", str(home / "key.pem"), "--username", org.username)
    logged_in = sf("org", "login", "jwt", *login, "--instance-url", org.login_url)
    assert (logged_in["username"], logged_in["instanceUrl"]) == (org.username, org.instance_url)


def test_it_queries_rows_and_counts(org, sf):
    answer = sf("data", "query", "--query", "SELECT Id, Name, Owner.Name FROM Account LIMIT 3")
    assert (answer["totalSize"], answer["done"]) == (3, True)
    assert answer["records"][0]["Owner"]["Name"]
    count = sf("data", "query", "--query", "SELECT COUNT() FROM Account")
    assert count["totalSize"] == len(org.query("SELECT Id FROM Account"))


def test_it_creates_updates_finds_and_deletes_a_record(org, sf):
    made = sf("data", "create", "record", "--sobject", "Account", "--values", "Name='By the command line'")
    assert made["success"] is True
    one = ("--sobject", "Account", "--record-id", made["id"])
    sf("data", "update", "record", *one, "--values", "Name='Umbrella of sf' Industry=Energy")
    assert sf("data", "get", "record", *one)["Industry"] == "Energy"
    found = sf("data", "search", "--query", "FIND {umbrella} RETURNING Account(Name)")
    assert [row["Name"] for row in found["searchRecords"]] == ["Umbrella of sf"]
    sf("data", "delete", "record", *one)
    assert org.query(f"SELECT Id FROM Account WHERE Id = '{made['id']}'") == []


def test_it_describes_the_org(org, sf):
    assert "Opportunity" in sf("sobject", "list")
    described = sf("sobject", "describe", "--sobject", "Account")
    assert "Key__c" in [item["name"] for item in described["fields"]]
    shown = sf("org", "display")
    assert (shown["username"], shown["connectedStatus"]) == (org.username, "Connected")
    limits = {item["name"]: item for item in sf("limits", "api", "display")}
    assert limits["DailyApiRequests"]["max"] == 15000
    rest = sf("api", "request", "rest", "/services/data/v66.0/limits/recordCount?sObjects=User")
    assert rest["sObjects"][0]["count"] == len(org.users)


def test_it_is_refused_in_salesforce_s_words(sf):
    refused = sf("data", "query", "--query", "SELECT Naem FROM Account")
    assert refused["name"] == "INVALID_FIELD"
    assert "No such column 'Naem' on entity 'Account'" in refused["message"]
