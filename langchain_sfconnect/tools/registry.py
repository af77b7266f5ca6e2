"""All 25 tools in one table. Knows no LangChain."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from langchain_sfconnect.connection import Kind
from langchain_sfconnect.errors import InvalidArgument, UnknownTool
from langchain_sfconnect.tools import (
    accounts,
    analytics,
    composite,
    contacts,
    metadata,
    opportunities,
    query,
    search,
    sobjects,
)
from langchain_sfconnect.tools.arguments import shown
from langchain_sfconnect.tools.names import suggestion
from langchain_sfconnect.tools.policy import UNRESTRICTED
from langchain_sfconnect.tools.spec import CallContext, ToolSpec

_MODULES = (accounts, opportunities, contacts, query, search, sobjects, composite, metadata, analytics)

SPECS: Mapping[str, ToolSpec[Any]] = MappingProxyType({spec.name: spec for module in _MODULES for spec in module.SPECS})
"""Every tool by name, in the order in which they are documented."""

KINDS: Mapping[str, Kind] = MappingProxyType({name: spec.kind for name, spec in SPECS.items()})
"""Whether a tool can write, by name. A composite counts as a write here; `calls_write` looks into it."""


def spec_named(tool_name: str) -> ToolSpec[Any]:
    """The tool of that name.

    Raises:
        UnknownTool: There is none.
    """
    spec = SPECS.get(tool_name) if isinstance(tool_name, str) else None
    if spec is None:
        raise UnknownTool(f"There is no tool {shown(tool_name)}.", hint=suggestion(str(tool_name)))
    return spec


def calls_write(tool_name: str, tool_input: Mapping[str, Any]) -> bool:
    """Whether a call of one of these tools would write; False for a tool that is none of them.

    A composite of GETs only does not. A call whose arguments do not fit would not be sent, and counts by its tool.
    """
    spec = SPECS.get(tool_name)
    if spec is None or spec.action != "mixed":
        return spec is not None and spec.kind == "write"
    try:
        # Neither the version nor a policy changes what a call does to records.
        operation = spec.build(spec.parse(tool_input), CallContext("0.0", UNRESTRICTED))
    except InvalidArgument:
        return True
    return operation.kind == "write"
