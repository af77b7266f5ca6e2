from __future__ import annotations

import json
from typing import Any, cast

import pytest
from langchain_core.utils.function_calling import convert_to_openai_tool

from langchain_sfconnect.toolkit import SalesforceToolkit
from langchain_sfconnect.tools import KINDS, SPECS, calls_write
from langchain_sfconnect.tools.names import TOOL_NAMES

# What every model call pays for all 25 tools. Raise it only for something worth its tokens.
CHARACTERS = 12_200

CONTRACT: dict[str, tuple[set[str], set[str]]] = {
    "salesforce_account_create": ({"Name"}, set()),
    "salesforce_account_get": ({"account_id"}, {"fields"}),
    "salesforce_account_update": ({"account_id"}, set()),
    "salesforce_account_delete": ({"account_id"}, set()),
    "salesforce_accounts_list": (set(), {"limit", "cursor"}),
    "salesforce_opportunity_create": ({"Name", "StageName", "CloseDate"}, set()),
    "salesforce_opportunity_get": ({"opportunity_id"}, {"fields"}),
    "salesforce_opportunity_update": ({"opportunity_id"}, set()),
    "salesforce_opportunities_list": (set(), {"limit", "cursor"}),
    "salesforce_contact_create": ({"LastName"}, set()),
    "salesforce_contact_get": ({"contact_id"}, {"fields"}),
    "salesforce_query_soql": ({"query"}, {"cursor"}),
    "salesforce_soql_execute": ({"soql_query"}, {"include_deleted", "all_pages", "explain"}),
    "salesforce_search_sosl": ({"search_query"}, set()),
    "salesforce_search_parameterized": ({"search_text", "sobject"}, {"fields", "limit"}),
    "salesforce_sobject_create": ({"sobject_type", "fields"}, set()),
    "salesforce_sobject_get": ({"sobject_type", "record_id"}, {"fields"}),
    "salesforce_sobject_update": ({"sobject_type", "record_id", "fields"}, set()),
    "salesforce_sobject_delete": ({"sobject_type", "record_id"}, set()),
    "salesforce_composite": ({"composite_request"}, set()),
    "salesforce_global_describe": (set(), {"search"}),
    "salesforce_object_describe": ({"sobject"}, {"fields"}),
    "salesforce_limits_get": (set(), set()),
    "salesforce_dashboard_metadata_get": ({"dashboard_id"}, set()),
    "salesforce_report_metadata_get": ({"report_id"}, set()),
}


@pytest.fixture
def shown(org: Any) -> dict[str, dict[str, Any]]:
    """What a provider is sent, by tool."""
    tools = [convert_to_openai_tool(tool) for tool in SalesforceToolkit(org, "rep-42").get_tools()]
    return {tool["function"]["name"]: tool["function"] for tool in tools}


def test_the_tools_are_those_of_the_contract_in_its_order(shown: dict[str, Any]) -> None:
    assert tuple(shown) == tuple(SPECS) == TOOL_NAMES == tuple(CONTRACT)


@pytest.mark.parametrize("name", TOOL_NAMES)
def test_arguments_are_those_of_the_contract(shown: dict[str, Any], name: str) -> None:
    required, optional = CONTRACT[name]
    schema = shown[name]["parameters"]
    assert set(schema.get("required", [])) == required
    assert optional <= schema["properties"].keys()
    assert "runtime" not in schema["properties"]


def test_what_models_are_shown_is_short(shown: dict[str, Any]) -> None:
    assert sum(len(json.dumps(tool)) for tool in shown.values()) <= CHARACTERS
    for name, tool in shown.items():
        assert len(tool["parameters"]["properties"]) <= 14, name
        assert tool["description"] == SPECS[name].description


def test_no_schema_spends_tokens_on_null_titles_or_references(shown: dict[str, Any]) -> None:
    text = json.dumps([tool["parameters"] for tool in shown.values()])
    for waste in ("anyOf", "null", '"title"', "$ref", "$defs", "additionalProperties"):
        assert waste not in text, waste


def test_the_schema_of_one_account_cannot_spoil_that_of_another(org: Any) -> None:
    toolkits = (SalesforceToolkit(org, name) for name in ("rep-1", "rep-2"))
    one, other = (cast("Any", toolkit.get_tools()[0]) for toolkit in toolkits)
    one.tool_call_schema.model_json_schema()["properties"].clear()
    assert "Name" in other.tool_call_schema.model_json_schema()["properties"]
    assert "Name" in other.args


def test_a_changed_description_is_shown(org: Any) -> None:
    tool = SalesforceToolkit(org, "rep-42").get_tools()[0]
    tool.description = "Ours."
    assert convert_to_openai_tool(tool)["function"]["description"] == "Ours."
    assert tool.tool_call_schema.__doc__ == "Ours."


def test_every_tool_carries_mcps_hints(org: Any) -> None:
    for tool in SalesforceToolkit(org, "rep-42").get_tools():
        hints = tool.metadata or {}
        assert hints.keys() == {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
        assert hints["readOnlyHint"] is (KINDS[tool.name] == "read")
        assert not (hints["readOnlyHint"] and hints["destructiveHint"])


def test_the_hints_of_one_account_cannot_spoil_those_of_another(org: Any) -> None:
    one, other = (SalesforceToolkit(org, name).get_tools()[0] for name in ("rep-1", "rep-2"))
    assert one.metadata is not None
    one.metadata.clear()
    assert other.metadata


@pytest.mark.parametrize("name", TOOL_NAMES)
def test_what_a_tool_says_of_itself_is_what_it_sends(org: Any, examples: Any, name: str) -> None:
    tool = next(tool for tool in SalesforceToolkit(org, "rep-42").get_tools() if tool.name == name)
    arguments = examples[name](org.ids)
    tool.invoke(arguments)
    assert (org.sent[0].kind == "write") is calls_write(name, arguments)
    if SPECS[name].action != "mixed":
        assert org.sent[0].kind == KINDS[name]
        assert org.sent[0].idempotent is SPECS[name].annotations["idempotentHint"]


def test_a_foreign_tool_is_not_ours_to_judge() -> None:
    assert not calls_write("send_email", {})
