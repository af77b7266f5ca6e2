"""LangChain's own unit and integration tests for tools, once for each of the 25, against the running org."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from langchain_core.tools import BaseTool
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests

from langchain_sfconnect import SalesforceConnect
from langchain_sfconnect.localorg import LocalOrg

Org = LocalOrg
Arguments = dict[str, Any]

STATEMENT = "SELECT Id, Name, Account.Name FROM Opportunity LIMIT 5"


def first(org: Org, sobject: str) -> str:
    return str(org.query(f"SELECT Id FROM {sobject} LIMIT 1")[0]["Id"])


def made(org: Org, sobject: str, **fields: Any) -> str:
    return org.engine.session(org.users[0]["Id"]).create(sobject, fields)


# Each makes arguments that succeed: an error has no artifact, and LangChain's tests want one. They invoke a tool more
# than once, so an example for a delete makes a record of its own at every look.
EXAMPLES: Mapping[str, Callable[[Org], Arguments]] = {
    "salesforce_account_create": lambda org: {"Name": "Standard", "Industry": "Energy", "Rating": "Hot"},
    "salesforce_account_get": lambda org: {"account_id": first(org, "Account"), "fields": "Name, Owner.Name"},
    "salesforce_account_update": lambda org: {"account_id": first(org, "Account"), "Fax": None, "Rating": "Warm"},
    "salesforce_account_delete": lambda org: {"account_id": made(org, "Account", Name="Leaving")},
    "salesforce_accounts_list": lambda org: {"limit": 5},
    "salesforce_opportunity_create": lambda org: {
        "Name": "Standard",
        "StageName": "Prospecting",
        "CloseDate": "2031-12-24",
        "AccountId": first(org, "Account"),
    },
    "salesforce_opportunity_get": lambda org: {"opportunity_id": first(org, "Opportunity")},
    "salesforce_opportunity_update": lambda org: {"opportunity_id": first(org, "Opportunity"), "NextStep": "Call"},
    "salesforce_opportunities_list": lambda org: {},
    "salesforce_contact_create": lambda org: {"LastName": "Ito", "AccountId": first(org, "Account")},
    "salesforce_contact_get": lambda org: {"contact_id": first(org, "Contact")},
    "salesforce_query_soql": lambda org: {"query": STATEMENT},
    "salesforce_soql_execute": lambda org: {"soql_query": STATEMENT, "include_deleted": True, "all_pages": True},
    "salesforce_search_sosl": lambda org: {"search_query": "FIND {Harbor*} IN NAME FIELDS RETURNING Account(Id)"},
    "salesforce_search_parameterized": lambda org: {"search_text": "Harborline", "sobject": "Account", "limit": 3},
    "salesforce_sobject_create": lambda org: {"sobject_type": "Lead", "fields": {"LastName": "Ito", "Company": "X"}},
    "salesforce_sobject_get": lambda org: {"sobject_type": "Case", "record_id": first(org, "Case")},
    "salesforce_sobject_update": lambda org: {
        "sobject_type": "Contact",
        "record_id": first(org, "Contact"),
        "fields": {"Title": "CFO"},
    },
    "salesforce_sobject_delete": lambda org: {
        "sobject_type": "Task",
        "record_id": made(org, "Task", Subject="Leaving"),
    },
    "salesforce_composite": lambda org: {
        "composite_request": {
            "allOrNone": True,
            "compositeRequest": [
                {"method": "POST", "url": "/sobjects/Account", "referenceId": "acc", "body": {"Name": "Composite"}},
                {"method": "GET", "url": "/sobjects/Account/@{acc.id}", "referenceId": "read"},
            ],
        }
    },
    "salesforce_global_describe": lambda org: {"search": "acc"},
    "salesforce_object_describe": lambda org: {"sobject": "Account", "fields": "Name, Rating"},
    "salesforce_limits_get": lambda org: {},
    "salesforce_dashboard_metadata_get": lambda org: {"dashboard_id": first(org, "Dashboard")},
    "salesforce_report_metadata_get": lambda org: {"report_id": first(org, "Report")},
}


class _Suite:
    """What both of LangChain's classes ask for, of the tool called `name`."""

    name: str

    @pytest.fixture(autouse=True)
    def _bound(self, org: Org, standing_connect: tuple[SalesforceConnect, str]) -> None:
        connect, identifier = standing_connect
        self._org = org
        self._tool = next(tool for tool in connect.toolkit(identifier).get_tools() if tool.name == self.name)

    @property
    def tool_constructor(self) -> type[BaseTool] | BaseTool:
        return self._tool

    @property
    def tool_invoke_params_example(self) -> Arguments:
        return EXAMPLES[self.name](self._org)


class _UnitTests(_Suite, ToolsUnitTests):
    pass


class _IntegrationTests(_Suite, ToolsIntegrationTests):
    # LangChain's async tests bring no mark of their own; without one they would not run.
    pytestmark = pytest.mark.anyio


for _name in EXAMPLES:
    for _suite, _kind in ((_UnitTests, "Unit"), (_IntegrationTests, "Integration")):
        globals()[f"Test{_kind}_{_name}"] = type(f"Test{_kind}_{_name}", (_suite,), {"name": _name})
del _UnitTests, _IntegrationTests, ToolsUnitTests, ToolsIntegrationTests


def test_there_is_an_example_for_every_tool(standing_connect: tuple[SalesforceConnect, str]) -> None:
    connect, identifier = standing_connect
    assert list(EXAMPLES) == [tool.name for tool in connect.toolkit(identifier).get_tools()]
