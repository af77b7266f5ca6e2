"""Salesforce for LangChain and LangGraph agents: connected accounts, 25 typed tools, and a guard before every write.

Importing this package loads nothing else; each name is loaded on first use, and LangChain only by what needs it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_sfconnect.accounts.account import AuthorizationLink, ConnectedAccount
    from langchain_sfconnect.accounts.status import AccountStatus
    from langchain_sfconnect.config import SalesforceApp
    from langchain_sfconnect.connect import SalesforceConnect
    from langchain_sfconnect.errors import (
        AccessRestricted,
        ReauthorizationRequired,
        SalesforceAPIError,
        SFConnectError,
        WriteOutcomeUnknown,
    )
    from langchain_sfconnect.toolkit import SalesforceToolkit
    from langchain_sfconnect.tools.policy import AccessPolicy

__all__ = [
    "AccessPolicy",
    "AccessRestricted",
    "AccountStatus",
    "AuthorizationLink",
    "ConnectedAccount",
    "ReauthorizationRequired",
    "SFConnectError",
    "SalesforceAPIError",
    "SalesforceApp",
    "SalesforceConnect",
    "SalesforceToolkit",
    "WriteOutcomeUnknown",
]

_HOMES = {
    "AccessPolicy": "tools.policy",
    "AccessRestricted": "errors",
    "AccountStatus": "accounts.status",
    "AuthorizationLink": "accounts.account",
    "ConnectedAccount": "accounts.account",
    "ReauthorizationRequired": "errors",
    "SFConnectError": "errors",
    "SalesforceAPIError": "errors",
    "SalesforceApp": "config",
    "SalesforceConnect": "connect",
    "SalesforceToolkit": "toolkit",
    "WriteOutcomeUnknown": "errors",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found


def __dir__() -> list[str]:
    return [*globals(), *__all__]
