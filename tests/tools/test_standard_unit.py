"""LangChain's own unit tests for tools, once for each of ours."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.tools import BaseTool
from langchain_tests.unit_tests import ToolsUnitTests

from langchain_sfconnect.connection import Operation, Result
from langchain_sfconnect.tools import SPECS
from langchain_sfconnect.tools.base import Binding, SalesforceTool


class _Nowhere:
    api_version = "66.0"

    def permits(self, identifier: str, user: Any) -> bool:
        return True

    async def send(self, operation: Operation, *, identifier: str, **_: Any) -> Result:
        raise NotImplementedError


class _UnitTests(ToolsUnitTests):
    """Takes its example from the fixtures, so that other orgs' ids can be put in."""

    name: str

    @pytest.fixture(autouse=True)
    def _example(self, org: Any, examples: Any) -> None:
        self._arguments = examples[self.name](org.ids)

    @property
    def tool_constructor(self) -> type[BaseTool] | BaseTool:
        return SalesforceTool(SPECS[self.name], Binding(_Nowhere(), "rep-42"))  # type: ignore[arg-type]

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return dict(self._arguments)


for _name in SPECS:
    globals()[f"Test_{_name}"] = type(f"Test_{_name}", (_UnitTests,), {"name": _name})
del _UnitTests, ToolsUnitTests
