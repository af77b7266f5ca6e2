"""Many tenants at once on one compiled agent: each shows its own token, and nobody ever writes as somebody else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver

from langchain_sfconnect import SalesforceConnect
from langchain_sfconnect.guard import ReauthorizationRequest
from langchain_sfconnect.localorg import LocalOrg
from langchain_sfconnect.stores import KeyRing

pytestmark = pytest.mark.anyio

MANY, IN_THREADS, USERS = 500, 20, 100  # one user holds at most five approvals of an app


@dataclass(frozen=True)
class Tenant:
    """As the org sees one."""

    username: str
    token: str


@dataclass(frozen=True)
class Crowd:
    connect: SalesforceConnect
    tenants: dict[str, Tenant]


@pytest.fixture(scope="module")
def crowd(running_org: LocalOrg) -> Iterator[Crowd]:
    """Tenants who have authorized, and the token that each one shows to the org."""
    usernames = [f"user-{number}@crowd.example" for number in range(USERS)]
    for username in usernames:
        running_org.add_user(username, last_name="Crowd")
    with SalesforceConnect(running_org.app, "memory://", [KeyRing.generate_key()]) as connect:
        tenants = {}
        for number in range(MANY):
            identifier, username = f"tenant-{number:03}", usernames[number % USERS]
            connect.get_or_create_account(identifier)
            callback = running_org.approve(connect.authorization_link(identifier).url, username)
            connect.complete_authorization(callback, identifier)
            token = next(request.token for request in reversed(running_org.requests) if request.token)
            tenants[identifier] = Tenant(username, token)
        assert len({tenant.token for tenant in tenants.values()}) == MANY
        yield Crowd(connect, tenants)


@pytest.fixture
def tenants(crowd: Crowd, org: LocalOrg) -> dict[str, Tenant]:
    """All of them, with what they did before forgotten."""
    org.requests.clear()
    return crowd.tenants


def says(text: str) -> dict[str, Any]:
    return {"messages": [HumanMessage(text)]}


def written(result: Any) -> bool:
    (message,) = (message for message in result["messages"] if isinstance(message, ToolMessage))
    return bool(message.status == "success")


def each_with_its_own(tenants: dict[str, Tenant], sent: Any) -> None:
    shown = [(json.loads(request.body)["Name"], request.user, request.token) for request in sent("POST")]
    expected = [(f"of {identifier}", each.username, each.token) for identifier, each in tenants.items()]
    assert sorted(shown) == sorted(expected)
    assert {(request.user, request.token) for request in sent()} == {
        (each.username, each.token) for each in tenants.values()
    }


async def test_five_hundred_tenants_at_once_each_write_with_their_own_token(
    crowd: Crowd, tenants: dict[str, Tenant], conversing: Any, sent: Any
) -> None:
    talk = conversing(connect=crowd.connect, wiring="create_agent", script=["of {said}"])
    agent = talk.build(InMemorySaver())
    results = await asyncio.gather(
        *(agent.ainvoke(says(identifier), **talk.run(identifier, identifier)) for identifier in tenants)
    )
    assert all(map(written, results))
    each_with_its_own(tenants, sent)


def test_tenants_in_threads_on_one_agent_each_write_with_their_own_token(
    crowd: Crowd, tenants: dict[str, Tenant], conversing: Any, wiring: str, sent: Any, tmp_path: Path
) -> None:
    talk = conversing(connect=crowd.connect, wiring=wiring, script=["of {said}"])
    some = dict(islice(tenants.items(), IN_THREADS))
    with SqliteSaver.from_conn_string(str(tmp_path / "many.sqlite")) as saver, ThreadPoolExecutor(IN_THREADS) as pool:
        agent = talk.build(saver)
        runs = [pool.submit(agent.invoke, says(each), **talk.run(each, each)) for each in some]
        assert all(written(run.result()) for run in runs)
    each_with_its_own(some, sent)


async def test_tenants_who_are_asked_at_once_each_get_their_own_link_and_write_as_themselves(
    org: LocalOrg, connect: SalesforceConnect, conversing: Any, wiring: str, sent: Any
) -> None:
    usernames = [user["Username"] for user in org.users if user["IsActive"]]
    tenants = {f"asked-{number}": usernames[number % len(usernames)] for number in range(IN_THREADS)}
    for identifier in tenants:
        connect.get_or_create_account(identifier)
    talk = conversing(wiring=wiring, script=["of {said}"])
    agent = talk.build(InMemorySaver())

    async def go(given: dict[str, Any]) -> dict[str, Any]:
        runs = [agent.ainvoke(each, **talk.run(identifier, identifier)) for identifier, each in given.items()]
        return dict(zip(given, await asyncio.gather(*runs), strict=True))

    asked = await go({identifier: says(identifier) for identifier in tenants})
    answers = {}
    for identifier, result in asked.items():
        request = ReauthorizationRequest.find(result)
        assert request is not None
        assert [each["identifier"] for each in request.accounts] == [identifier]
        connect.complete_authorization(org.approve(request.urls[0], tenants[identifier]), identifier)
        answers[identifier] = request.resume_command()
    assert sent("POST") == []
    assert all(map(written, (await go(answers)).values()))
    shown = [(json.loads(request.body)["Name"], request.user) for request in sent("POST")]
    assert sorted(shown) == sorted((f"of {identifier}", username) for identifier, username in tenants.items())
