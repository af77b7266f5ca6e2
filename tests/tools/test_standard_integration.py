"""LangChain's own integration tests for tools, once for each of ours, against whatever org the fixture `org` is."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.tools import BaseTool
from langchain_tests.integration_tests import ToolsIntegrationTests

from langchain_sfconnect.tools import SPECS
from langchain_sfconnect.tools.base import Binding, SalesforceTool


class _IntegrationTests(ToolsIntegrationTests):
    """Each test must succeed: LangChain's suite wants an artifact, which no error has."""

    pytestmark = pytest.mark.anyio
    name: str

    @pytest.fixture(autouse=True)
    def _bound(self, org: Any, examples: Any) -> None:
        self._connection = org.connection
        self._arguments = examples[self.name](org.ids)

    @property
    def tool_constructor(self) -> type[BaseTool] | BaseTool:
        return SalesforceTool(SPECS[self.name], Binding(self._connection, "rep-42"))

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return dict(self._arguments)


for _name in SPECS:
    globals()[f"Test_{_name}"] = type(f"Test_{_name}", (_IntegrationTests,), {"name": _name})
del _IntegrationTests, ToolsIntegrationTests
