"""One running org per test module, back at its start before each test, its control over HTTP, and a REST client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from langchain_sfconnect.localorg import LocalOrg


@dataclass
class Control:
    """The control of an org over HTTP."""

    http: httpx.Client

    def look(self, name: str, /, **query: Any) -> Any:
        return self._good(self.http.get(f"/_local/{name}", params=query))

    def pull(self, name: str, method: str = "POST", /, **arguments: Any) -> Any:
        return self._good(self.http.request(method, f"/_local/{name}", json=arguments))

    def refusal(self, name: str, method: str = "POST", /, **arguments: Any) -> str:
        answer = self.http.request(method, f"/_local/{name}", json=arguments)
        assert answer.status_code == 400, answer.text
        return str(answer.json()["error"])

    def _good(self, answer: httpx.Response) -> Any:
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def running_org() -> Iterator[LocalOrg]:
    with LocalOrg() as org:
        yield org


@pytest.fixture
def org(running_org: LocalOrg) -> LocalOrg:
    running_org.reset()
    return running_org


@pytest.fixture
def http(org: LocalOrg) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=org.instance_url, verify=False) as client:  # plain http: certificates only cost time
        yield client


@pytest.fixture
def control(http: httpx.Client) -> Control:
    return Control(http)


@pytest.fixture
def rest(org: LocalOrg) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {org.session_token()}"}
    with httpx.Client(base_url=f"{org.instance_url}/services/data/v66.0", headers=headers, verify=False) as client:
        yield client
