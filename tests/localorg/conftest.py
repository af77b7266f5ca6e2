"""One running org per test module, set back to its defaults before each test, and a client app to use it with."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import random
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from langchain_sfconnect.localorg import LocalOrg
from langchain_sfconnect.localorg.policy import Policy

VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Client:
    """A well-behaved OAuth client of the org, whose every parameter a test can replace."""

    org: LocalOrg
    http: httpx.Client
    login_url: str = ""
    verifier: str = field(default=VERIFIER)

    def authorization_url(self, **changes: str | None) -> str:
        parameters = {
            "response_type": "code",
            "client_id": self.org.client_id,
            "redirect_uri": self.org.redirect_uri,
            "scope": "api refresh_token id",
            "state": "st&te=1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changes,
        }
        given = {name: value for name, value in parameters.items() if value is not None}
        return str(httpx.URL(f"{self.login_url}/services/oauth2/authorize", params=given))

    def code(self, username: str | None = None, **changes: str | None) -> str:
        return httpx.URL(self.org.approve(self.authorization_url(**changes), username)).params["code"]

    def token(self, *, host: str | None = None, **form: str | None) -> httpx.Response:
        given = {"client_id": self.org.client_id, "client_secret": self.org.client_secret, **form}
        data = {name: value for name, value in given.items() if value is not None}
        return self.http.post(f"{host or self.login_url}/services/oauth2/token", data=data)

    def redeem(self, code: str, *, host: str | None = None, **changes: str | None) -> httpx.Response:
        form = {"redirect_uri": self.org.redirect_uri, "code_verifier": self.verifier, **changes}
        return self.token(host=host, grant_type="authorization_code", code=code, **form)

    def refresh(self, refresh_token: str, *, host: str | None = None, **changes: str | None) -> httpx.Response:
        return self.token(host=host, grant_type="refresh_token", refresh_token=refresh_token, **changes)

    def connect(self, username: str | None = None, **changes: str | None) -> dict[str, str]:
        answer = self.redeem(self.code(username, **changes))
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def running_org() -> Iterator[LocalOrg]:
    with LocalOrg() as org:
        yield org


@pytest.fixture
def org(running_org: LocalOrg) -> LocalOrg:
    vars(running_org.policy).update(vars(Policy()))
    running_org.faults.clear()
    running_org.requests.clear()
    running_org.revoke()
    return running_org


@pytest.fixture
def free_port() -> int:
    """A port that is free together with the next, where the system gives out none by itself."""
    for port in random.sample(range(20_000, 30_000, 2), 100):
        with socket.socket() as first, socket.socket() as second, contextlib.suppress(OSError):
            first.bind(("127.0.0.1", port))
            second.bind(("127.0.0.1", port + 1))
            return port
    pytest.fail("no two free ports beside each other")


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(verify=False) as client:  # plain http: loading certificates would only cost time
        yield client


@pytest.fixture
def client(org: LocalOrg, http: httpx.Client) -> Client:
    return Client(org, http, org.login_url)


@pytest.fixture
def sandbox_client(org: LocalOrg, http: httpx.Client) -> Client:
    return Client(org, http, org.sandbox_login_url)


@pytest.fixture
def rest(org: LocalOrg) -> Iterator[httpx.Client]:
    """An HTTP client logged in as the default rep, whose paths start below `/services/data/v66.0`."""
    headers = {"Authorization": f"Bearer {org.session_token()}"}
    base_url = f"{org.instance_url}/services/data/v66.0"
    with httpx.Client(base_url=base_url, headers=headers, verify=False) as client:
        yield client
