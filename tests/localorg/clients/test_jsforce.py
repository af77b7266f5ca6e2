"""jsforce, unmodified, where Node and the package are: `npm install` in this folder, or NODE_PATH, brings it here."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

HERE = Path(__file__).parent
SCRIPT = HERE / "jsforce.test.cjs"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
NAMES = re.findall(r'^test\("(.+?)"', SCRIPT.read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def node() -> str:
    """The path of a Node that finds jsforce from here."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed: jsforce was NOT run against the local org")
    if subprocess.run([found, "-e", "require.resolve('jsforce')"], cwd=HERE, capture_output=True).returncode:
        pytest.skip(f"jsforce is not installed (npm install --prefix {HERE}): it was NOT run against the local org")
    return found


@pytest.fixture(scope="module")
def outcomes(org, node) -> dict[str, str | None]:
    """By the name of a test in the script, why it failed; None where it passed. All of them run once, in one Node."""
    org.policy.rotation = True
    command = [node, "--test", "--test-reporter", str(HERE / "reporter.mjs"), str(SCRIPT)]
    environment = {**os.environ, "ORG": json.dumps(told(org)), "NODE_EXTRA_CA_CERTS": str(org.ca_certificate)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100)
    org.policy.rotation = False
    assert done.stdout, done.stderr
    told_back = [json.loads(line) for line in done.stdout.splitlines()]
    return {item["name"]: None if item["passed"] else item["why"] for item in told_back}


def told(org) -> dict[str, Any]:
    """What the script must know."""
    org.run_as(org.username)
    return {
        "loginUrl": org.login_url,
        "instanceUrl": org.instance_url,
        "clientId": org.client_id,
        "clientSecret": org.client_secret,
        "redirectUri": org.redirect_uri,
        "username": org.username,
        "password": org.password,
        "accessToken": org.session_token(),
        "code": code(org),
        "codeVerifier": VERIFIER,
    }


def code(org) -> str:
    """An authorization code that a user has granted."""
    wanted = {"response_type": "code", "client_id": org.client_id, "redirect_uri": org.redirect_uri,
              "scope": "api refresh_token id", "code_challenge": CHALLENGE,
              "code_challenge_method": "S256"}  # fmt: skip
    callback = org.approve(f"{org.login_url}/services/oauth2/authorize?{urlencode(wanted)}")
    return parse_qs(urlsplit(callback).query)["code"][0]


@pytest.mark.parametrize("name", NAMES)
def test_jsforce(outcomes, name):
    assert outcomes[name] is None, outcomes[name]
