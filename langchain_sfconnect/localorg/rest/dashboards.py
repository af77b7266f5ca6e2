"""A dashboard's describe and its results: its components, each with a report's run. Rendering only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from langchain_sfconnect.localorg.rest.report_columns import Report

COLUMNS, ROW_HEIGHT, WIDTH, HEIGHT = 12, 36, 6, 8
Definition = Mapping[str, Any]
FindReport = Callable[[str], Report | None]
RunReport = Callable[[Report], dict[str, Any]]


def describe(
    definition: Definition, *, base: str, running_user: str, find: FindReport, with_properties: bool = True
) -> dict[str, Any]:
    """The body of a dashboard's describe.

    Args:
        definition: The dashboard as stored.
        base: The path this API version begins with.
        running_user: The display name of the user it runs as.
        find: A report by id.
        with_properties: Whether components carry their `properties`.
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
        "components": [
            _component(item, position, find(item["reportId"]) if with_properties else None)
            for position, item in enumerate(components)
        ],
        "dashboardType": definition.get("dashboardType") or "SpecifiedUser",
        "description": definition.get("description"),
        "developerName": definition["developerName"],
        "filters": [],
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


def _component_data(item: Definition, report: Report | None, run: RunReport, now: datetime) -> dict[str, Any]:
    result = None if report is None else run(report)
    return {"componentId": item["id"], "reportResult": result, "status": _status(result, now)}


def _status(result: dict[str, Any] | None, now: datetime) -> dict[str, Any]:
    gone = result is None
    rows = 0 if result is None else result["factMap"]["T!T"]["aggregates"][-1]["value"]
    return {
        "dataStatus": "ERROR" if gone else "DATA" if rows else "NODATA",
        "errorCode": "REPORT_NOT_FOUND" if gone else None,
        "errorMessage": "The report of this component is gone." if gone else None,
        "errorSeverity": "ERROR" if gone else None,
        "refreshDate": now.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
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
        "groupings": [{"inheritedReportSort": None, "name": column.name} for column in report.groupings] or None,
        "maxRows": None,
        "reportFormat": report.definition["format"],
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
