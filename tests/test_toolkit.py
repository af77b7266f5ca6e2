from __future__ import annotations

import json
import subprocess
import sys
import time
import tracemalloc
from typing import Any

import pytest
from langchain_core.utils.function_calling import convert_to_openai_tool

from langchain_sfconnect.connection import Operation, Result
from langchain_sfconnect.errors import ConfigurationError
from langchain_sfconnect.toolkit import SalesforceToolkit
from langchain_sfconnect.tools.policy import AccessPolicy


class Org:
    """A Connection that counts its calls."""

    api_version = "66.0"

    def __init__(self) -> None:
        self.senders: list[str] = []

    def as_connection(self) -> Org:
        return self

    def permits(self, identifier: str, user: object) -> bool:
        return True

    async def send(self, operation: Operation, *, identifier: str) -> Result:
        self.senders.append(identifier)
        return Result(200, {})

    async def check(self, identifier: str) -> Any:
        raise NotImplementedError

    async def link(self, identifier: str) -> Any:
        raise NotImplementedError


def test_a_toolkit_has_25_tools_and_always_the_same_ones() -> None:
    toolkit = SalesforceToolkit(Org(), "rep-42")
    assert len(toolkit.get_tools()) == 25
    assert all(one is other for one, other in zip(toolkit.get_tools(), toolkit.get_tools(), strict=True))


def test_changing_the_list_of_tools_does_not_change_the_toolkit() -> None:
    toolkit = SalesforceToolkit(Org(), "rep-42")
    toolkit.get_tools().clear()
    assert len(toolkit.get_tools()) == 25


def test_a_toolkit_takes_a_connection_or_whatever_hands_one_out() -> None:
    class Connect:
        def as_connection(self) -> Org:
            return org

    org = Org()
    for first in (org, Connect()):
        SalesforceToolkit(first, "rep-42").get_tools()[-3].invoke({})
    assert org.senders == ["rep-42", "rep-42"]


def test_a_policy_decides_which_tools_there_are() -> None:
    toolkit = SalesforceToolkit(Org(), "rep-42", AccessPolicy(read_only=True))
    assert len(toolkit.get_tools()) == 15
    assert toolkit.policy.read_only
    assert toolkit.identifier == "rep-42"


@pytest.mark.parametrize(
    "arguments",
    [
        {"connect": object()},
        {"connect": None},
        {"connect": Org(), "identifier": ""},
        {"connect": Org(), "identifier": 7},
        {"connect": Org(), "policy": {"read_only": True}},
    ],
)
def test_arguments_that_make_no_sense_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        SalesforceToolkit(**arguments)


def test_the_toolkit_of_one_more_account_is_made_and_bound_within_milliseconds() -> None:
    """The bounds are generous; the figures are taken in benchmarks."""
    org = Org()

    def make_and_bind(identifier: str) -> float:
        start = time.perf_counter()
        for tool in SalesforceToolkit(org, identifier).get_tools():
            convert_to_openai_tool(tool)
        return time.perf_counter() - start

    make_and_bind("first")
    assert min(make_and_bind(f"rep-{n}") for n in range(7)) < 0.010


def test_toolkits_of_many_accounts_take_little_memory() -> None:
    org = Org()
    SalesforceToolkit(org, "first")
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        toolkits = [SalesforceToolkit(org, f"rep-{n}") for n in range(100)]
        for toolkit in toolkits[:20]:
            for tool in toolkit.get_tools():
                convert_to_openai_tool(tool)
        each = (tracemalloc.get_traced_memory()[0] - before) / len(toolkits)
    finally:
        tracemalloc.stop()
    assert each < 60 * 1024


def test_the_tools_can_be_used_without_loading_langchain() -> None:
    program = (
        "import sys, json, asyncio\n"
        "from langchain_sfconnect.tools import SPECS, KINDS\n"
        "from langchain_sfconnect.tools.execute import execute\n"
        "from langchain_sfconnect.tools.policy import AccessPolicy\n"
        "from langchain_sfconnect.tools.identity import resolve_identifier\n"
        "print(json.dumps([m for m in ('langchain_core', 'langchain', 'langgraph', 'starlette') if m in sys.modules]))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == []
