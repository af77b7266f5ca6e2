"""A dashboard's describe and its results: its components, each with a report's run. Rendering only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.moments import second_stamp as stamp
from langchain_sfconnect.localorg.rest import refusals
from langchain_sfconnect.localorg.rest.analytics.columns import Report

COLUMNS, ROW_HEIGHT, WIDTH, HEIGHT = 12, 36, 6, 8
Definition = Mapping[str, Any]
FindReport = Callable[[str], Report | None]
RunReport = Callable[[Report], dict[str, Any]]


def describe(
    definition: Definition, *, base: str, running_user: str, find: FindReport, chosen: Sequence[str] = ()
) -> dict[str, Any]:
    """The body of a dashboard's describe.

    Args:
        definition: The dashboard as stored.
        base: The path this API version begins with.
        running_user: The display name of the user it runs as.
        find: A report by id; without one, a component has no `properties`.
        chosen: The ids of the filter options in force.
    """
    identifier, components = definition["id"], definition["components"]
    return {
        "attributes": {
            "dashboardId": identifier,
            "dashboardName": definition["name"],
            "statusUrl": f"{base}/analytics/dashboards/{identifier}/status",
            "type": "Dashboard",
        },
        "canChangeRunningUser": False,
        "canUseStickyFilter": True,
        "chartTheme": "light",
        "colorPalette": "unity",
        "components": [_component(item, position, find(item["reportId"])) for position, item in enumerate(components)],
        "dashboardType": definition.get("dashboardType") or "SpecifiedUser",
        "description": definition.get("description"),
        "developerName": definition["developerName"],
        "filters": [_filter(item, chosen) for item in definition.get("filters") or ()],
        "folderId": definition.get("folderId"),
        "id": identifier,
        "layout": _layout(len(components)),
        "maxFilterOptions": 50,
        "name": definition["name"],
        "runningUser": {"displayName": running_user, "id": definition.get("runningUserId")},
    }


def results(
    definition: Definition, described: dict[str, Any], *, find: FindReport, run: RunReport, now: datetime
) -> dict[str, Any]:
    """The body of a dashboard's results: data of every component, and the describe beside it."""
    data = [_component_data(item, find(item["reportId"]), run, now) for item in definition["components"]]
    return {"componentData": data, "dashboardMetadata": described}


def statuses(definition: Definition, now: datetime) -> dict[str, Any]:
    """The body of a dashboard's status: everything has been refreshed just now."""
    listed = [
        {"componentId": item["id"], "refreshDate": stamp(now), "refreshStatus": "IDLE"}
        for item in definition["components"]
    ]
    return {"componentStatus": listed}


def options(definition: Definition) -> dict[str, tuple[Definition, Definition]]:
    """The filter options of a dashboard by id, each with its filter."""
    listed = definition.get("filters") or ()
    return {option["id"]: (item, option) for item in listed for option in item["options"]}


def _filter(item: Definition, chosen: Sequence[str]) -> dict[str, Any]:
    listed = [
        {"endValue": None, "startValue": None, **{name: option[name] for name in ("alias", "id", "operation", "value")}}
        for option in item["options"]
    ]
    selected = next((option["id"] for option in item["options"] if option["id"] in chosen), None)
    return {"errorMessage": None, "name": item["name"], "options": listed, "selectedOption": selected}


def _component_data(item: Definition, report: Report | None, run: RunReport, now: datetime) -> dict[str, Any]:
    """A component's data; when its report cannot be run, that is said of this component alone."""
    try:
        if report is None:
            raise refusals.report_gone()
        result = run(report)
    except OrgError as refusal:
        return {"componentId": item["id"], "reportResult": None, "status": _status("ERROR", now, refusal)}
    rows = result["factMap"]["T!T"]["aggregates"][report.count_at]["value"]
    return {"componentId": item["id"], "reportResult": result, "status": _status("DATA" if rows else "NODATA", now)}


def _status(data: str, now: datetime, refusal: OrgError | None = None) -> dict[str, Any]:
    return {
        "dataStatus": data,
        "errorCode": refusal.code if refusal else None,
        "errorMessage": refusal.message if refusal else None,
        "errorSeverity": "ERROR" if refusal else None,
        "refreshDate": stamp(now),
        "refreshStatus": "IDLE",
    }


def _component(item: Definition, position: int, report: Report | None) -> dict[str, Any]:
    return {
        "componentData": position,
        "footer": item.get("footer"),
        "header": item.get("header"),
        "id": item["id"],
        "properties": None if report is None else _properties(item, report),
        "reportId": item["reportId"],
        "title": item.get("title"),
        "type": "Report",
    }


def _properties(item: Definition, report: Report) -> dict[str, Any]:
    return {
        "aggregates": [{"name": aggregate.name} for aggregate in report.aggregates],
        "autoSelectColumns": True,
        "drillUrl": None,
        "filterColumns": [],
        "groupings": [
            {"inheritedReportSort": None, "name": group.column.name} for group in [*report.down, *report.across]
        ]
        or None,
        "maxRows": None,
        "reportFormat": report.definition.format,
        "sort": None,
        "useReportChart": False,
        "visualizationProperties": {},
        "visualizationType": item["visualizationType"],
    }


def _layout(count: int) -> dict[str, Any]:
    """Two components beside each other, row after row."""
    per_row = COLUMNS // WIDTH
    places = [
        {"colspan": WIDTH, "column": place % per_row * WIDTH, "row": place // per_row * HEIGHT, "rowspan": HEIGHT}
        for place in range(count)
    ]
    return {"components": places, "gridLayout": True, "numColumns": COLUMNS, "rowHeight": ROW_HEIGHT}
