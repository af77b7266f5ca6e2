"""An org at its start for each test, people with browsers, and apps that sign."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from langchain_sfconnect.localorg import LocalOrg
from langchain_sfconnect.localorg.realm import PASSWORD

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@pytest.fixture(scope="package")
def running_org() -> Iterator[LocalOrg]:
    with LocalOrg() as org:
        yield org


@pytest.fixture
def org(running_org: LocalOrg) -> LocalOrg:
    running_org.reset()
    return running_org


@dataclass
class Person:
    """Somebody with a browser that keeps cookies, and follows no redirect on its own."""

    browser: httpx.Client
    shown: httpx.Response | None = None

    def opens(self, url: str) -> httpx.Response:
        self.shown = self.browser.get(url)
        return self.shown

    def submits(self, **fields: str) -> httpx.Response:
        """Send the form of the page shown, its hidden fields included."""
        assert self.shown is not None
        action = re.search(r'action="([^"]+)"', self.shown.text)
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', self.shown.text))
        assert action, self.shown.text
        self.shown = self.browser.post(self.shown.url.join(action[1]), data={**hidden, **fields})
        return self.shown

    def logs_in(self, username: str, password: str = PASSWORD) -> httpx.Response:
        return self.submits(username=username, password=password)

    def presses(self, decision: str) -> httpx.Response:
        return self.submits(decision=decision)


@pytest.fixture
def person() -> Iterator[Person]:
    with httpx.Client(verify=False) as browser:
        yield Person(browser)


@pytest.fixture
def stranger() -> Iterator[Person]:
    with httpx.Client(verify=False) as browser:
        yield Person(browser)


@pytest.fixture
def returned() -> Callable[[httpx.Response | str], dict[str, str]]:
    """What a callback was told."""

    def read(answer: httpx.Response | str) -> dict[str, str]:
        return dict(httpx.URL(answer if isinstance(answer, str) else answer.headers["location"]).params)

    return read


@pytest.fixture
def call(org: LocalOrg, http: httpx.Client) -> Callable[..., httpx.Response]:
    """A REST call with an access token."""

    def call(token: str, *, by: httpx.Client = http, host: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return by.get(f"{host or org.instance_url}/services/data/v66.0/limits", headers=headers)

    return call


@pytest.fixture
def elsewhere() -> Iterator[httpx.Client]:
    """A client whose address is 127.0.0.2."""
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.2", verify=False)) as client:
        yield client


@pytest.fixture(scope="session")
def signing_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def public_pem(signing_key: rsa.RSAPrivateKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return signing_key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


@pytest.fixture
def assertion(org: LocalOrg, signing_key: rsa.RSAPrivateKey) -> Callable[..., str]:
    """An assertion of the default app for the default rep, whose every claim a test can replace."""

    def signed(key: Any = signing_key, algorithm: str = "RS256", **changes: Any) -> str:
        claims = {
            "iss": org.client_id,
            "sub": org.username,
            "aud": "https://login.salesforce.com",
            "exp": org.clock.now().timestamp() + 180,
            **changes,
        }
        given = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(given, key, algorithm=algorithm)

    return signed
