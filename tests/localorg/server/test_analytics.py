"""Reports and dashboards, described and run from the org's own rows."""

from __future__ import annotations

import pytest


@pytest.fixture
def reports(rest):
    return {
        rest.get(item["describeUrl"].removeprefix("/services/data/v66.0")).json()["reportMetadata"][
            "reportFormat"
        ]: item
        for item in rest.get("/analytics/reports").json()
    }


def test_reports_and_dashboards_are_listed(rest, org):
    reports = rest.get("/analytics/reports").json()
    assert {item["name"] for item in reports} == {row["Name"] for row in org.query("SELECT Name FROM Report")}
    assert set(reports[0]) == {"id", "name", "url", "describeUrl", "instancesUrl"}
    dashboards = rest.get("/analytics/dashboards").json()
    assert {item["name"] for item in dashboards} == {row["Title"] for row in org.query("SELECT Title FROM Dashboard")}
    assert set(dashboards[0]) == {"id", "name", "statusUrl", "url"}


def test_describing_a_report_gives_its_three_blocks(rest, reports):
    item = reports["SUMMARY"]
    body = rest.get(f"/analytics/reports/{item['id']}/describe").json()
    assert set(body) == {"attributes", "reportMetadata", "reportTypeMetadata", "reportExtendedMetadata"}
    assert body["attributes"]["reportName"] == item["name"]
    metadata, extended = body["reportMetadata"], body["reportExtendedMetadata"]
    assert (metadata["id"], metadata["name"]) == (item["id"], item["name"])
    assert "RowCount" in metadata["aggregates"]
    assert list(extended["detailColumnInfo"]) == metadata["detailColumns"]
    assert list(extended["groupingColumnInfo"]) == [grouping["name"] for grouping in metadata["groupingsDown"]]
    assert all(info["label"] and info["dataType"] for info in extended["detailColumnInfo"].values())
    assert body["reportTypeMetadata"]["categories"][0]["columns"]


def test_running_a_summary_report_adds_up_to_its_grand_total(rest, reports):
    body = rest.get(f"/analytics/reports/{reports['SUMMARY']['id']}", params={"includeDetails": "true"}).json()
    names = body["reportMetadata"]["aggregates"]
    groupings = body["groupingsDown"]["groupings"]
    facts = body["factMap"]
    assert groupings
    for position, name in enumerate(names):
        if name == "RowCount" or name.startswith("s!"):
            parts = [facts[f"{group['key']}!T"]["aggregates"][position]["value"] for group in groupings]
            assert sum(parts) == pytest.approx(facts["T!T"]["aggregates"][position]["value"])
    rows = [row for group in groupings for row in facts[f"{group['key']}!T"]["rows"]]
    assert len(rows) == facts["T!T"]["aggregates"][names.index("RowCount")]["value"]
    assert len(rows[0]["dataCells"]) == len(body["reportMetadata"]["detailColumns"])


def test_a_report_sees_new_records(org, rest, reports):
    def counted() -> int:
        body = rest.get(f"/analytics/reports/{reports['SUMMARY']['id']}").json()
        return body["factMap"]["T!T"]["aggregates"][body["reportMetadata"]["aggregates"].index("RowCount")]["value"]

    before = counted()
    today = org.clock.today().isoformat()
    opportunity = {"Name": "Fresh", "StageName": "Prospecting", "CloseDate": today, "Amount": 10}
    assert rest.post("/sobjects/Opportunity", json=opportunity).status_code == 201
    assert counted() == before + 1


def test_a_tabular_report_lists_rows_under_the_grand_total(rest, reports):
    item = reports["TABULAR"]
    without = rest.get(f"/analytics/reports/{item['id']}").json()
    assert without["hasDetailRows"] is False
    assert "rows" not in without["factMap"]["T!T"]
    body = rest.get(f"/analytics/reports/{item['id']}", params={"includeDetails": "true"}).json()
    assert set(body["factMap"]) == {"T!T"}
    assert len(body["factMap"]["T!T"]["rows"]) == body["factMap"]["T!T"]["aggregates"][-1]["value"]
    assert body["groupingsDown"] == {"groupings": []}


def test_ad_hoc_filters_are_refused_rather_than_ignored(rest, reports):
    answer = rest.post(f"/analytics/reports/{reports['SUMMARY']['id']}", json={"reportMetadata": {"reportFilters": []}})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_PARAMETER")


def test_describing_a_dashboard_gives_metadata_and_no_data(rest):
    item = rest.get("/analytics/dashboards").json()[0]
    body = rest.get(f"/analytics/dashboards/{item['id']}/describe").json()
    assert (body["id"], body["name"], body["attributes"]["type"]) == (item["id"], item["name"], "Dashboard")
    component = body["components"][0]
    assert component["type"] == "Report"
    assert component["properties"]["visualizationType"]
    assert body["layout"]["components"][0]["colspan"]
    assert body["runningUser"]["displayName"]
    bare = rest.get(f"/analytics/dashboards/{item['id']}/describe", params={"loadComponentProperties": "false"}).json()
    assert bare["components"][0]["properties"] is None


def test_a_dashboard_answers_the_data_of_its_components(rest):
    item = rest.get("/analytics/dashboards").json()[0]
    body = rest.get(f"/analytics/dashboards/{item['id']}").json()
    assert body["dashboardMetadata"]["id"] == item["id"]
    component = body["componentData"][0]
    assert component["status"]["dataStatus"] == "DATA"
    assert component["reportResult"]["factMap"]["T!T"]["aggregates"]
