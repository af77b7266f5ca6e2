"""The public names are exactly the promised ones, and importing them costs little."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from typing import Any

import pytest

import langchain_sfconnect
from langchain_sfconnect import SalesforceConnect

CONTRACT: dict[str, set[str]] = {
    "langchain_sfconnect": {
        "SalesforceConnect",
        "SalesforceApp",
        "SalesforceToolkit",
        "ConnectedAccount",
        "AccountStatus",
        "AuthorizationLink",
        "AccessPolicy",
        "SFConnectError",
        "ReauthorizationRequired",
        "SalesforceAPIError",
        "WriteOutcomeUnknown",
        "AccessRestricted",
    },
    "langchain_sfconnect.guard": {
        "SalesforceGuard",
        "SalesforceGuardMiddleware",
        "ReauthorizationRequest",
        "ThreadResumer",
        "repair_history",
        "resume_command",
    },
    "langchain_sfconnect.stores": {
        "TokenStore",
        "MemoryTokenStore",
        "SQLiteTokenStore",
        "PostgresTokenStore",
        "KeyRing",
    },
    "langchain_sfconnect.localorg": {"LocalOrg"},
}

METHODS = [
    "get_or_create_account",
    "get_account",
    "list_accounts",
    "authorization_link",
    "complete_authorization",
    "wait_until_active",
    "verify_account_user",
    "refresh_account",
    "check_account",
    "diagnose_account",
    "disconnect_account",
    "delete_account",
    "execute_tool",
    "request",
]


@pytest.mark.parametrize("module", sorted(CONTRACT))
def test_all_is_exactly_the_contract(module: str) -> None:
    imported = importlib.import_module(module)
    assert set(imported.__all__) == CONTRACT[module]
    assert sorted(imported.__all__) == list(imported.__all__)
    for name in CONTRACT[module]:
        assert inspect.getdoc(getattr(imported, name)), f"{name} has no docstring"


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_an_async_twin_with_the_same_arguments(name: str) -> None:
    sync, twin = getattr(SalesforceConnect, name), getattr(SalesforceConnect, f"a{name}")
    assert not inspect.iscoroutinefunction(sync)
    assert inspect.iscoroutinefunction(twin)
    assert inspect.signature(sync) == inspect.signature(twin)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = langchain_sfconnect.no_such_name


def test_importing_the_package_loads_no_agent_framework_and_no_server() -> None:
    code = "import sys, langchain_sfconnect; print(sorted({m.split('.')[0] for m in sys.modules}))"
    loaded: Any = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for name in (
        "langchain",
        "langgraph",
        "langchain_core",
        "starlette",
        "uvicorn",
        "aiohttp",
        "httpx",
        "lark",
        "typer",
    ):
        assert f"'{name}'" not in loaded


@pytest.mark.parametrize(
    ("module", "missing", "extra"),
    [
        ("langchain_sfconnect.guard", "langgraph", "agent"),
        ("langchain_sfconnect.localorg", "lark", "local"),
        ("langchain_sfconnect.localorg", "starlette", "local"),
    ],
)
def test_a_missing_extra_is_named(module: str, missing: str, extra: str) -> None:
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        f"import {module} as module\n"
        "[getattr(module, name) for name in module.__all__]"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert f"langchain-sfconnect[{extra}]" in done.stderr


def test_the_command_line_names_its_extra() -> None:
    code = "import sys; sys.modules['typer'] = None; from langchain_sfconnect.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert "langchain-sfconnect[cli]" in done.stderr
    assert "Traceback" not in done.stderr
