"""Salesforce for LangChain and LangGraph agents: connected accounts, 25 typed tools, and a guard before every write.

Importing this package loads neither LangChain's agents nor LangGraph; what needs LangChain is loaded on first use.
"""

from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
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

_LAZY = {
    "AccessPolicy": "langchain_sfconnect.tools.policy",
    "SalesforceToolkit": "langchain_sfconnect.toolkit",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_LAZY[name]), name)
