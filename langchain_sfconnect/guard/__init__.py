"""The guard: no write to Salesforce before every account it touches is known to be authorized.

The names below load on first use, because LangGraph and LangChain come with the extra `agent`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from langchain_sfconnect.errors import MissingExtra

if TYPE_CHECKING:
    from langchain_sfconnect.guard.middleware import SalesforceGuardMiddleware
    from langchain_sfconnect.guard.node import SalesforceGuard
    from langchain_sfconnect.guard.payloads import ReauthorizationRequest
    from langchain_sfconnect.guard.resumer import ThreadResumer
    from langchain_sfconnect.guard.resuming import repair_history, resume_command

__all__ = [
    "ReauthorizationRequest",
    "SalesforceGuard",
    "SalesforceGuardMiddleware",
    "ThreadResumer",
    "repair_history",
    "resume_command",
]

_HOME = {
    "ReauthorizationRequest": "payloads",
    "SalesforceGuard": "node",
    "SalesforceGuardMiddleware": "middleware",
    "ThreadResumer": "resumer",
    "repair_history": "resuming",
    "resume_command": "resuming",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(f"{__name__}.{_HOME[name]}")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in {"langgraph", "langchain"}:
            raise MissingExtra(name, "agent") from None
        raise
    value: object = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return __all__
