from __future__ import annotations

from typing import Any

import pytest


def test_objects_are_found_by_part_of_their_name_or_label(caller: Any, org: Any) -> None:
    org.answers["/sobjects"] = {
        "sobjects": [{"name": "Region__c", "label": "Sales Area"}, {"name": "Account", "label": "Account"}]
    }
    message = caller.message("salesforce_global_describe", search="sales")
    assert message.content == '{"total":1,"objects":[{"name":"Region__c","label":"Sales Area"}]}'
    assert [each["name"] for each in message.artifact["sobjects"]] == ["Region__c"]


def test_an_org_of_many_objects_is_shown_in_part(caller: Any, org: Any) -> None:
    org.answers["/sobjects"] = {"sobjects": [{"name": f"O{n}__c", "label": "x"} for n in range(900)]}
    content = caller.content("salesforce_global_describe")
    assert (content["total"], len(content["objects"])) == (900, 200)
    assert "use search" in content["note"]


def test_an_object_is_described_as_one_writes_it(caller: Any) -> None:
    content = caller.content("salesforce_object_describe", sobject="Account")
    fields = {each["name"]: each for each in content["fields"]}
    assert fields["Id"]["read_only"] is True
    assert fields["Name"] == {"name": "Name", "label": "Account Name", "type": "string", "required": True}
    assert fields["Rating"]["values"] == ["Hot", "Warm"]
    assert (fields["OwnerId"]["refers_to"], fields["OwnerId"]["relationship"]) == (["User"], "Owner")
    assert content["child_relationships"] == [{"name": "Contacts", "object": "Contact"}]


def test_named_fields_are_described_in_detail_and_unknown_ones_named(caller: Any) -> None:
    content = caller.content("salesforce_object_describe", sobject="Account", fields="name,Nmae")
    assert [each["name"] for each in content["fields"]] == ["Name"]
    assert content["fields"][0]["length"] == 255
    assert content["unknown_fields"] == ["nmae"]


def test_limits_are_told_as_they_are(caller: Any, org: Any) -> None:
    assert caller.content("salesforce_limits_get") == {"DailyApiRequests": {"Max": 15000, "Remaining": 14998}}
    assert org.sent[-1].path == "/limits"


def test_a_report_is_told_by_its_columns_and_filters(caller: Any, org: Any) -> None:
    org.answers[f"/analytics/reports/{org.ids['report']}/describe"] = {
        "reportMetadata": {
            "name": "Pipeline",
            "reportType": {"type": "Opportunity", "label": "Opportunities"},
            "detailColumns": ["AMOUNT", "X"],
            "reportFilters": [{"column": "STAGE_NAME", "operator": "equals", "value": "Open"}],
            "groupingsAcross": [],
        },
        "reportExtendedMetadata": {"detailColumnInfo": {"AMOUNT": {"label": "Amount"}}},
        "reportTypeMetadata": {"categories": ["much"]},
    }
    content = caller.content("salesforce_report_metadata_get", report_id=org.ids["report"])
    assert content["columns"] == {"AMOUNT": "Amount", "X": "X"}
    assert content["reportType"] == "Opportunities"
    assert content["reportFilters"][0]["value"] == "Open"
    assert "groupingsAcross" not in content


def test_a_dashboard_is_told_by_its_components(caller: Any, org: Any) -> None:
    org.answers[f"/analytics/dashboards/{org.ids['dashboard']}/describe"] = {
        "name": "Sales",
        "runningUser": {"displayName": "Ada"},
        "components": [{"id": "c", "reportId": "r", "properties": {"visualizationType": "Bar", "drillUrl": "x"}}],
        "filters": [{"name": "Stage", "options": [{"alias": "Open"}, {"value": "Won"}]}],
    }
    content = caller.content("salesforce_dashboard_metadata_get", dashboard_id=org.ids["dashboard"])
    assert content["running_user"] == "Ada"
    assert content["components"] == [{"id": "c", "reportId": "r", "visualizationType": "Bar"}]
    assert content["filters"] == [{"name": "Stage", "options": ["Open", "Won"]}]


@pytest.mark.parametrize(("tool", "argument"), [("report", "dashboard"), ("dashboard", "report")])
def test_a_dashboard_is_no_report(caller: Any, org: Any, tool: str, argument: str) -> None:
    error = caller.error(f"salesforce_{tool}_metadata_get", **{f"{tool}_id": org.ids[argument]})
    assert f"is the id of a {argument.capitalize()}" in error["message"]
