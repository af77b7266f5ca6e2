"""No argument of any tool can change the path or the query it lands in."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_sfconnect.tools.names import TOOL_NAMES

ATTACKS = [
    "../../../apexrest/x",
    "001000000000001AAA/../../limits",
    "Account/describe",
    "Account?fields=Id",
    "Account#",
    "Account%2F..%2Flimits",
    "Id FROM User--",
    "Id, (SELECT Id FROM Contacts)",
    "x' OR Name != '",
    "Name; DELETE",
    "Name\r\nAuthorization: Bearer x",
    "A\x00ccount",
    "Аccount",
    "@{ref.id}",
    "https://evil.example/",
]
TARGETS = [
    (name, argument)
    for name, argument in [
        *[(name, "account_id") for name in TOOL_NAMES if "account_" in name and not name.endswith("create")],
        *[(name, "opportunity_id") for name in ("salesforce_opportunity_get", "salesforce_opportunity_update")],
        ("salesforce_contact_get", "contact_id"),
        ("salesforce_report_metadata_get", "report_id"),
        ("salesforce_dashboard_metadata_get", "dashboard_id"),
        *[(f"salesforce_sobject_{verb}", "record_id") for verb in ("get", "update", "delete")],
        *[(f"salesforce_sobject_{verb}", "sobject_type") for verb in ("create", "get", "update", "delete")],
        ("salesforce_object_describe", "sobject"),
        ("salesforce_search_parameterized", "sobject"),
        *[
            (name, "fields")
            for name in TOOL_NAMES
            if name.endswith(("_get", "parameterized", "object_describe"))
            and not name.endswith(("limits_get", "metadata_get"))
        ],
        ("salesforce_accounts_list", "cursor"),
        ("salesforce_opportunities_list", "cursor"),
        ("salesforce_accounts_list", "limit"),
        ("salesforce_query_soql", "cursor"),
        ("salesforce_search_parameterized", "limit"),
    ]
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_through_any_argument_are_refused_before_anything_is_sent(
    caller: Any, org: Any, examples: Any, attack: str
) -> None:
    for name, argument in TARGETS:
        arguments = {**examples[name](org.ids), argument: attack}
        error = caller.error(name, **arguments)
        assert error["code"] == "INVALID_ARGUMENT", (name, argument)
        assert error["fields"][0] == argument
    assert org.sent == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_field_names_of_records_are_checked_too(caller: Any, org: Any, examples: Any, attack: str) -> None:
    for name in TOOL_NAMES:
        if name.endswith(("_create", "_update")):
            arguments = examples[name](org.ids)
            fields = arguments.get("fields", arguments)
            fields[attack] = "x"
            assert caller.error(name, **arguments)["code"] == "INVALID_ARGUMENT", name
    assert org.sent == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.sampled_from(TARGETS), st.text(max_size=40))
def test_whatever_is_sent_keeps_the_path_of_its_tool(
    caller: Any, org: Any, examples: Any, target: tuple[str, str], text: str
) -> None:
    name, argument = target
    org.sent.clear()
    caller.message(name, **{**examples[name](org.ids), argument: text})
    for operation in org.sent:
        assert re.fullmatch(
            r"/(sobjects/[A-Za-z]\w*(/[A-Za-z0-9]{18}|/describe)?|query(/[A-Za-z0-9]+-\d+)?|parameterizedSearch"
            r"|analytics/(reports|dashboards)/[A-Za-z0-9]{18}/describe)",
            operation.path,
            re.ASCII,
        )
        if operation.path == "/query":
            assert operation.params["q"].count("'") in (0, 2)


@given(st.text(min_size=2, max_size=40).filter(lambda text: len(text.strip()) >= 2))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_free_text_stays_a_parameter(caller: Any, text: str) -> None:
    sent = caller.sent("salesforce_search_parameterized", search_text=text, sobject="Account")
    assert sent.path == "/parameterizedSearch"
    assert sent.params["q"] in text
