"""Whose account a call is for: one rule, used by tools and guard alike. Knows no store and no LangGraph."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from langchain_sfconnect.connection import Connection
from langchain_sfconnect.errors import AccountNotPermitted, AccountNotResolved, InvalidArgument

KEY = "salesforce_identifier"

AccountFor = Callable[[Mapping[str, Any], Mapping[str, Any], Any], str]
"""From a tool call (`name`, `args`, `id`), the run's config and its runtime to an identifier."""


def resolve_identifier(
    bound: str | None,
    runtime: Any,
    config: Mapping[str, Any] | None,
    account_for: AccountFor | None = None,
    tool_call: Mapping[str, Any] | None = None,
) -> str:
    """The identifier of the account that a call uses.

    `account_for` decides where it is given. Otherwise the first of these that is there: the bound identifier,
    `runtime.context.salesforce_identifier` (attribute or key), `config["configurable"]["salesforce_identifier"]`.

    Raises:
        AccountNotResolved: None of them is there, or what is there is not an identifier. There is no falling through
            from an empty identifier to another account's.
    """
    if account_for is not None:
        return _identifier(account_for(tool_call or {}, config or {}, runtime), "account_for")
    if bound is not None:
        return _identifier(bound, "the toolkit")
    in_context = _look_up(getattr(runtime, "context", None), KEY)
    if in_context is not None:
        return _identifier(in_context, f"the run's context ({KEY})")
    in_config = _look_up(_look_up(config, "configurable"), KEY)
    if in_config is not None:
        return _identifier(in_config, f"config['configurable']['{KEY}']")
    raise AccountNotResolved("This run does not say whose Salesforce account to use.")


def require_permission(connection: Connection, identifier: str, runtime: Any) -> str:
    """The identifier, if the application lets the run's user use that account.

    Raises:
        AccountNotPermitted: It does not.
    """
    user = getattr(getattr(runtime, "server_info", None), "user", None)
    if not connection.permits(identifier, user):
        raise AccountNotPermitted("This user may not use the Salesforce account that the run names.")
    return identifier


def trusted_runtime(value: Any) -> Any:
    """`value` if it is LangGraph's own tool runtime, or None.

    Raises:
        InvalidArgument: It is something else, so it came from the caller's arguments.
    """
    if value is None:
        return None
    # Looked up, not imported: where LangGraph is not loaded, nobody can hold one of its objects.
    module = sys.modules.get("langgraph.prebuilt.tool_node") or sys.modules.get("langgraph.prebuilt")
    runtime_class = getattr(module, "ToolRuntime", None)
    if isinstance(runtime_class, type) and isinstance(value, runtime_class):
        return value
    raise InvalidArgument("'runtime' is not an argument of this tool.", hint="Leave it out.", fields=["runtime"])


def _look_up(source: Any, key: str) -> Any:
    return source.get(key) if isinstance(source, Mapping) else getattr(source, key, None)


def _identifier(value: Any, source: str) -> str:
    if isinstance(value, str) and value.strip():
        return value
    raise AccountNotResolved(f"The identifier given by {source} is not a non-empty string.")
