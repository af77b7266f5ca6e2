"""Reports and dashboards: described, run from the org's own rows, changed for a run, saved and deleted."""

from __future__ import annotations

from collections import defaultdict

import pytest


@pytest.fixture
def reports(rest):
    listed = rest.get("/analytics/reports").json()
    return {described(rest, item["id"])["reportMetadata"]["reportFormat"]: item for item in listed}


def described(rest, report_id: str):
    return rest.get(f"/analytics/reports/{report_id}/describe").json()


def run(rest, report_id: str, metadata=None, **params: str):
    url = f"/analytics/reports/{report_id}"
    answer = rest.get(url, params=params) if metadata is None else rest.post(
        url, params=params, json={"reportMetadata": metadata}
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    return answer.json()


def values(body, key: str = "T!T"):
    names = body["reportMetadata"]["aggregates"]
    return dict(zip(names, (cell["value"] for cell in body["factMap"][key]["aggregates"]), strict=True))


def open_deals(org):
    return org.query("SELECT StageName, Amount, Type, CloseDate, OwnerId FROM Opportunity WHERE IsClosed = false")


def test_reports_and_dashboards_are_listed(rest, org):
    reports = rest.get("/analytics/reports").json()
    assert {item["name"] for item in reports} == {row["Name"] for row in org.query("SELECT Name FROM Report")}
    assert set(reports[0]) == {"id", "name", "url", "describeUrl", "instancesUrl"}
    dashboards = rest.get("/analytics/dashboards").json()
    assert {item["name"] for item in dashboards} == {row["Title"] for row in org.query("SELECT Title FROM Dashboard")}
    assert set(dashboards[0]) == {"id", "name", "statusUrl", "url"}


def test_describing_a_report_gives_its_three_blocks(rest, reports):
    item = reports["SUMMARY"]
    body = described(rest, item["id"])
    assert set(body) == {"attributes", "reportMetadata", "reportTypeMetadata", "reportExtendedMetadata"}
    assert body["attributes"]["reportName"] == item["name"]
    metadata, extended = body["reportMetadata"], body["reportExtendedMetadata"]
    assert (metadata["id"], metadata["name"]) == (item["id"], item["name"])
    assert "RowCount" in metadata["aggregates"]
    assert list(extended["detailColumnInfo"]) == metadata["detailColumns"]
    assert list(extended["groupingColumnInfo"]) == [grouping["name"] for grouping in metadata["groupingsDown"]]
    assert all(info["label"] and info["dataType"] for info in extended["detailColumnInfo"].values())
    assert body["reportTypeMetadata"]["categories"][0]["columns"]
    assert body["reportTypeMetadata"]["standardDateFilterDurationGroups"]


def test_a_summary_report_counts_and_adds_up_each_group(org, rest, reports):
    body = run(rest, reports["SUMMARY"]["id"], includeDetails="true")
    expected = defaultdict(lambda: [0, 0.0])
    for row in open_deals(org):
        expected[row["StageName"]][0] += 1
        expected[row["StageName"]][1] += row["Amount"] or 0
    groups = {group["value"]: group["key"] for group in body["groupingsDown"]["groupings"]}
    found = {stage: list(values(body, f"{key}!T").values()) for stage, key in groups.items()}
    assert found == expected
    assert list(values(body).values()) == [sum(pair[place] for pair in expected.values()) for place in (0, 1)]
    for stage, key in groups.items():
        rows = body["factMap"][f"{key}!T"]["rows"]
        assert len(rows) == expected[stage][0]
        assert len(rows[0]["dataCells"]) == len(body["reportMetadata"]["detailColumns"])


def test_a_matrix_crosses_its_groups_and_dates_fall_into_their_months(org, rest, reports):
    body = run(rest, reports["MATRIX"]["id"], includeDetails="true")
    expected = defaultdict(int)
    for row in org.query("SELECT StageName, CloseDate FROM Opportunity"):
        expected[row["StageName"], f"{row['CloseDate'][:7]}-01"] += 1
    down, across = (body[side]["groupings"] for side in ("groupingsDown", "groupingsAcross"))
    found = {
        (left["value"], above["value"]): values(body, f"{left['key']}!{above['key']}")["RowCount"]
        for left in down
        for above in across
    }
    assert {pair: count for pair, count in found.items() if count} == expected
    assert sum(values(body, f"T!{above['key']}")["RowCount"] for above in across) == values(body)["RowCount"]
    assert [group["value"] for group in across] == sorted(group["value"] for group in across)
    assert sum(len(fact.get("rows", ())) for fact in body["factMap"].values()) == values(body)["RowCount"]


def test_a_report_sees_new_records(org, rest, reports):
    before = values(run(rest, reports["SUMMARY"]["id"]))["RowCount"]
    today = org.clock.today().isoformat()
    opportunity = {"Name": "Fresh", "StageName": "Prospecting", "CloseDate": today, "Amount": 10}
    assert rest.post("/sobjects/Opportunity", json=opportunity).status_code == 201
    assert values(run(rest, reports["SUMMARY"]["id"]))["RowCount"] == before + 1


def test_a_tabular_report_lists_rows_under_the_grand_total(rest, reports):
    item = reports["TABULAR"]
    without = run(rest, item["id"])
    assert without["hasDetailRows"] is False
    assert "rows" not in without["factMap"]["T!T"]
    body = run(rest, item["id"], includeDetails="true")
    assert set(body["factMap"]) == {"T!T"}
    assert len(body["factMap"]["T!T"]["rows"]) == values(body)["RowCount"]
    assert body["groupingsDown"] == {"groupings": []}


@pytest.mark.parametrize("kind", ["TABULAR", "SUMMARY", "MATRIX"])
def test_running_with_the_metadata_that_describe_gave_changes_nothing(rest, reports, kind):
    metadata = described(rest, reports[kind]["id"])["reportMetadata"]
    stored, sent = (run(rest, reports[kind]["id"], given, includeDetails="true") for given in (None, metadata))
    assert sent == stored


def in_two_stages(row) -> bool:
    return row["StageName"] in ("Prospecting", "Qualification")


def large_and_existing(row) -> bool:
    return (row["Amount"] or 0) > 100_000 and "exist" in (row["Type"] or "").lower()


def far_from_the_middle(row) -> bool:
    return row["Amount"] is not None and not 50_000 <= row["Amount"] <= 200_000 and row["StageName"][0] == "P"


@pytest.mark.parametrize(
    ("filters", "logic", "holds"),
    [
        ([("StageName", "equals", "Prospecting,Qualification")], None, in_two_stages),
        ([("StageName", "notEqual", "Prospecting")], None, lambda row: row["StageName"] != "Prospecting"),
        ([("AMOUNT", "greaterThan", "100000"), ("Type", "contains", "exist")], None, large_and_existing),
        (
            [("Amount", "lessThan", "50000"), ("Amount", "greaterThan", "200000"), ("StageName", "startsWith", "P")],
            "(1 OR 2) AND 3",
            far_from_the_middle,
        ),
        ([("Type", "equals", "")], None, lambda row: row["Type"] is None),
        ([("StageName", "contains", "%")], None, lambda row: False),
        ([("StageName", "startsWith", "_rospecting")], None, lambda row: False),
        ([("StageName", "equals", "it's \\ a %_ trap' OR Name LIKE '%")], None, lambda row: False),
    ],
)
def test_filters_and_their_logic_hold_for_one_run(org, rest, reports, filters, logic, holds):
    open_only = {"column": "IsClosed", "operator": "equals", "value": "false"}
    given = [{"column": column, "operator": operator, "value": value} for column, operator, value in filters]
    combined = f"({logic or ' AND '.join(str(place + 1) for place in range(len(given)))}) AND {len(given) + 1}"
    metadata = {"reportFilters": [*given, open_only], "reportBooleanFilter": combined}
    expected = sum(map(holds, open_deals(org)))
    assert values(run(rest, reports["SUMMARY"]["id"], metadata))["RowCount"] == expected
    assert values(run(rest, reports["SUMMARY"]["id"]))["RowCount"] == len(open_deals(org))


def test_every_kind_of_aggregate(org, rest, reports):
    names = ["s!Amount", "a!Amount", "m!Amount", "x!Amount", "u!StageName"]
    found = values(run(rest, reports["SUMMARY"]["id"], {"aggregates": names}))
    amounts = [row["Amount"] for row in open_deals(org) if row["Amount"] is not None]
    assert found["s!Amount"] == sum(amounts)
    assert found["a!Amount"] == pytest.approx(sum(amounts) / len(amounts))
    assert (found["m!Amount"], found["x!Amount"]) == (min(amounts), max(amounts))
    assert found["u!StageName"] == len({row["StageName"] for row in open_deals(org)})


def test_groups_are_ordered_by_value_or_by_an_aggregate(rest, reports):
    def ordered(**changes: str) -> list[str]:
        metadata = {"groupingsDown": [{"name": "StageName", **changes}]}
        return [group["value"] for group in run(rest, reports["SUMMARY"]["id"], metadata)["groupingsDown"]["groupings"]]

    assert ordered(sortOrder="Desc") == sorted(ordered(), reverse=True) == ordered()[::-1]
    body = run(rest, reports["SUMMARY"]["id"], {"groupingsDown": [{"name": "StageName", "sortAggregate": "s!Amount"}]})
    sums = [values(body, f"{group['key']}!T")["s!Amount"] for group in body["groupingsDown"]["groupings"]]
    assert sums == sorted(sums)


@pytest.mark.parametrize("part", ["Day", "Month", "Quarter", "Year"])
def test_a_row_is_listed_in_the_period_that_it_is_counted_in(rest, reports, part):
    metadata = {"groupingsDown": [{"name": "CloseDate", "dateGranularity": part}], "detailColumns": ["CloseDate"]}
    body = run(rest, reports["SUMMARY"]["id"], metadata, includeDetails="true")
    groups = body["groupingsDown"]["groupings"]
    starts = [group["value"] for group in groups] + ["9999-12-31"]
    for group, following in zip(groups, starts[1:], strict=True):
        rows = body["factMap"][f"{group['key']}!T"]["rows"]
        assert len(rows) == values(body, f"{group['key']}!T")["RowCount"]
        assert all(group["value"] <= row["dataCells"][0]["value"] < following for row in rows)


def test_durations_and_days_filter_by_date(org, rest, reports):
    today = org.clock.today()
    expected = sum(row["CloseDate"][:4] == str(today.year) for row in open_deals(org))
    for dates in (
        {"durationValue": "THIS_YEAR"},
        {"durationValue": "CUSTOM", "startDate": f"{today.year}-01-01", "endDate": f"{today.year}-12-31"},
    ):
        metadata = {"standardDateFilter": {"column": "CLOSE_DATE", **dates}}
        assert values(run(rest, reports["SUMMARY"]["id"], metadata))["RowCount"] == expected


def test_scope_and_sorting(org, rest, reports):
    mine = values(run(rest, reports["SUMMARY"]["id"], {"scope": "user"}))["RowCount"]
    assert mine == sum(row["OwnerId"] == org.users[0]["Id"] for row in open_deals(org))
    metadata = {"sortBy": [{"sortColumn": "Name", "sortOrder": "Desc"}], "detailColumns": ["Name"]}
    rows = run(rest, reports["TABULAR"]["id"], metadata, includeDetails="true")["factMap"]["T!T"]["rows"]
    names = [row["dataCells"][0]["value"] for row in rows]
    assert names == sorted(names, reverse=True)


@pytest.mark.parametrize(
    "metadata",
    [
        "text",
        {"reportFilters": [{"column": "Nothing", "operator": "equals", "value": "x"}]},
        {"reportFilters": [{"column": "Amount", "operator": "equals", "value": "5 OR Amount > 0"}]},
        {"reportFilters": [{"column": "Amount", "operator": "resembles", "value": "5"}]},
        {"reportFilters": [{"column": "CloseDate", "operator": "equals", "value": "soon"}]},
        {
            "reportFilters": [{"column": "IsClosed", "operator": "equals", "value": "false"}],
            "reportBooleanFilter": "1 OR",
        },
        {"reportFilters": [{"column": "IsClosed", "operator": "equals", "value": "false"}], "reportBooleanFilter": "2"},
        {"reportFilters": "x"},
        {"detailColumns": ["BillingAddress"]},
        {"detailColumns": [".Name"]},
        {"detailColumns": ["StageName.Name"]},
        {"aggregates": ["z!Amount"]},
        {"aggregates": ["s!Name"]},
        {"groupingsDown": []},
        {"groupingsDown": [{"name": "CloseDate", "dateGranularity": "WEEK"}]},
        {"reportFormat": "MATRIX"},
        {"reportFormat": "MULTI_BLOCK"},
        {"buckets": [{"bucketType": "number"}]},
        {"topRows": {"rowLimit": 5}},
        {"standardDateFilter": {"column": "Name", "durationValue": "TODAY"}},
        {"standardDateFilter": {"column": "CloseDate", "durationValue": "WHENEVER"}},
    ],
)
def test_metadata_that_makes_no_sense_is_refused_rather_than_ignored(rest, reports, metadata):
    answer = rest.post(f"/analytics/reports/{reports['SUMMARY']['id']}", json={"reportMetadata": metadata})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "BAD_REQUEST"), answer.text


def test_a_report_is_copied_changed_and_deleted(rest, reports):
    url, source = "/analytics/reports", reports["SUMMARY"]["id"]
    copy = rest.post(url, params={"cloneId": source}, json={"reportMetadata": {"name": "A copy"}}).json()
    copy_id = copy["reportMetadata"]["id"]
    assert (copy_id != source, copy["attributes"]["reportName"]) == (True, "A copy")
    changed = rest.patch(f"{url}/{copy_id}", json={"reportMetadata": {"name": "Changed", "aggregates": ["RowCount"]}})
    assert changed.json()["reportMetadata"]["aggregates"] == ["RowCount"]
    assert described(rest, copy_id)["reportMetadata"]["name"] == "Changed"
    assert described(rest, source)["reportMetadata"]["name"] == reports["SUMMARY"]["name"]
    assert rest.delete(f"{url}/{copy_id}").status_code == 204
    for gone in (rest.get(f"{url}/{copy_id}/describe"), rest.get(f"{url}/{copy_id}")):
        assert (gone.status_code, gone.json()[0]["errorCode"]) == (404, "NOT_FOUND")


def test_a_report_is_made_of_metadata_and_run_saved_or_not(org, rest):
    metadata = {"name": "Leads", "reportType": {"type": "LeadList"}, "detailColumns": ["Name", "Company"]}
    made = rest.post("/analytics/reports", json={"reportMetadata": metadata}).json()["reportMetadata"]
    unsaved = rest.post("/analytics/reports/query", json={"reportMetadata": metadata}).json()
    leads = len(org.query("SELECT Id FROM Lead"))
    assert values(run(rest, made["id"]))["RowCount"] == values(unsaved)["RowCount"] == leads
    rest.delete(f"/analytics/reports/{made['id']}")
    for wrong in ({"name": "No type"}, {"name": "x", "reportType": {"type": "Nothing"}}):
        assert rest.post("/analytics/reports", json={"reportMetadata": wrong}).status_code == 400


@pytest.fixture
def dashboard(rest):
    return f"/analytics/dashboards/{rest.get('/analytics/dashboards').json()[0]['id']}"


def test_describing_a_dashboard_gives_metadata_and_no_data(rest, dashboard):
    body = rest.get(f"{dashboard}/describe").json()
    assert (body["id"], body["attributes"]["type"]) == (dashboard.rsplit("/", 1)[1], "Dashboard")
    component = body["components"][0]
    assert component["type"] == "Report"
    assert component["properties"]["visualizationType"]
    assert body["layout"]["components"][0]["colspan"]
    assert body["runningUser"]["displayName"]
    bare = rest.get(f"{dashboard}/describe", params={"loadComponentProperties": "false"}).json()
    assert bare["components"][0]["properties"] is None


def test_a_dashboard_answers_the_data_of_its_components(rest, dashboard):
    body = rest.get(dashboard).json()
    assert body["dashboardMetadata"]["id"] == dashboard.rsplit("/", 1)[1]
    component = body["componentData"][0]
    assert component["status"]["dataStatus"] == "DATA"
    assert component["reportResult"]["factMap"]["T!T"]["aggregates"]
    wanted = component["componentId"]
    some = rest.post(dashboard, json={"componentIds": [wanted]}).json()
    assert [item["componentId"] for item in some["componentData"]] == [wanted]


def test_a_dashboards_filter_narrows_its_components(org, rest, dashboard):
    option = rest.get(f"{dashboard}/describe").json()["filters"][0]["options"][0]
    body = rest.get(dashboard, params={"filter1": option["id"]}).json()
    expected = sum(row["Type"] == option["value"] for row in open_deals(org))
    assert values(body["componentData"][0]["reportResult"])["RowCount"] == expected
    assert body["dashboardMetadata"]["filters"][0]["selectedOption"] == option["id"]
    assert rest.get(dashboard, params={"filter1": "nonsense"}).status_code == 400


def test_a_dashboards_status_and_refresh(rest, dashboard):
    status = rest.put(dashboard).json()["statusUrl"].removeprefix("/services/data/v66.0")
    listed = rest.get(status).json()["componentStatus"]
    assert {item["refreshStatus"] for item in listed} == {"IDLE"}


def test_the_component_of_a_deleted_report_says_so_and_a_deleted_dashboard_is_deleted(org, rest, dashboard):
    report = rest.get(f"{dashboard}/describe").json()["components"][0]["reportId"]
    rest.delete(f"/analytics/reports/{report}")
    gone = rest.get(dashboard).json()["componentData"][0]
    assert (gone["reportResult"], gone["status"]["dataStatus"]) == (None, "ERROR")
    org.undelete(report)
    assert rest.delete(dashboard).status_code == 204
    answer = rest.get(f"{dashboard}/describe")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, "ENTITY_IS_DELETED")
    org.undelete(dashboard.rsplit("/", 1)[1])
