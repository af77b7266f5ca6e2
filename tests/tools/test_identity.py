from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from langgraph.prebuilt import ToolRuntime

from langchain_sfconnect.errors import AccountNotResolved, InvalidArgument
from langchain_sfconnect.tools.identity import resolve_identifier, trusted_runtime

CONTEXT = SimpleNamespace(context={"salesforce_identifier": "in-context"})
CONFIG = {"configurable": {"salesforce_identifier": "in-config"}}


def test_a_bound_identifier_comes_before_context_and_config() -> None:
    assert resolve_identifier("bound", CONTEXT, CONFIG) == "bound"


def test_the_context_comes_before_the_config() -> None:
    assert resolve_identifier(None, CONTEXT, CONFIG) == "in-context"


def test_the_context_may_be_an_object() -> None:
    runtime = SimpleNamespace(context=SimpleNamespace(salesforce_identifier="as-attribute"))
    assert resolve_identifier(None, runtime, None) == "as-attribute"


@pytest.mark.parametrize("runtime", [None, SimpleNamespace(context=None), SimpleNamespace(context={"user": "x"})])
def test_the_config_comes_last(runtime: Any) -> None:
    assert resolve_identifier(None, runtime, CONFIG) == "in-config"


def test_a_callable_decides_before_all_others() -> None:
    seen: list[Any] = []

    def account_for(tool_call: Any, config: Any, runtime: Any) -> str:
        seen.append((tool_call, config, runtime))
        return f"of-{tool_call['name']}"

    call = {"name": "salesforce_limits_get", "args": {}, "id": "1"}
    assert resolve_identifier("bound", CONTEXT, CONFIG, account_for, call) == "of-salesforce_limits_get"
    assert seen == [(call, CONFIG, CONTEXT)]


@pytest.mark.parametrize("config", [None, {}, {"configurable": {}}, {"configurable": None}])
def test_without_any_of_them_nobodys_account_is_used(config: Any) -> None:
    with pytest.raises(AccountNotResolved, match="salesforce_identifier"):
        resolve_identifier(None, None, config)


@pytest.mark.parametrize("nothing", ["", "  ", 7, b"rep", ["rep"]])
def test_what_is_not_an_identifier_is_refused_and_not_passed_over(nothing: Any) -> None:
    for arguments in (
        (nothing, CONTEXT, CONFIG),
        (None, SimpleNamespace(context={"salesforce_identifier": nothing}), CONFIG),
        (None, None, {"configurable": {"salesforce_identifier": nothing}}),
    ):
        with pytest.raises(AccountNotResolved):
            resolve_identifier(*arguments)


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_callable_that_does_not_decide_is_refused(nothing: Any) -> None:
    with pytest.raises(AccountNotResolved, match="account_for"):
        resolve_identifier("bound", None, None, lambda *_: nothing)


def test_only_langgraphs_own_runtime_is_trusted() -> None:
    runtime: Any = ToolRuntime(state={}, context=None, config={}, stream_writer=print, tool_call_id="1", store=None)
    assert trusted_runtime(runtime) is runtime
    assert trusted_runtime(None) is None
    for forged in ("FORGED", {"context": {"salesforce_identifier": "other"}}, CONTEXT, ToolRuntime):
        with pytest.raises(InvalidArgument):
            trusted_runtime(forged)
