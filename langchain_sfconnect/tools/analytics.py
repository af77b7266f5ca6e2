"""The tools that tell how reports and dashboards are made up; they run none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langchain_sfconnect.connection import Operation, Result
from langchain_sfconnect.tools.arguments import ToolArgs
from langchain_sfconnect.tools.ids import DashboardId, ReportId
from langchain_sfconnect.tools.spec import CallContext, Shaped, ToolSpec


class DashboardArgs(ToolArgs):
    """Which dashboard."""

    dashboard_id: DashboardId


def shape_dashboard(result: Result, _args: DashboardArgs, _context: CallContext) -> Shaped:
    answer = dict(result.data or {})
    content = _given(answer, "id", "name", "developerName", "description", "folderId", "dashboardType")
    content["running_user"] = (answer.get("runningUser") or {}).get("displayName")
    content["components"] = [_component(each) for each in answer.get("components") or ()]
    content["filters"] = [_filter(each) for each in answer.get("filters") or ()]
    return Shaped(content, answer)


def _component(component: Mapping[str, Any]) -> dict[str, Any]:
    properties = component.get("properties") or {}
    shown = _given(component, "id", "header", "title", "footer", "type", "reportId")
    return shown | _given(properties, "visualizationType", "reportFormat", "groupings", "aggregates")


def _filter(dashboard_filter: Mapping[str, Any]) -> dict[str, Any]:
    options = [option.get("alias") or option.get("value") for option in dashboard_filter.get("options") or ()]
    return {"name": dashboard_filter.get("name"), "options": options}


DASHBOARD = ToolSpec(
    name="salesforce_dashboard_metadata_get",
    description="Describe a dashboard: its components, their reports and its filters. Find ids by SOQL on Dashboard.",
    opaque=True,
    args=DashboardArgs,
    build=lambda args, _: Operation("GET", f"/analytics/dashboards/{args.dashboard_id}/describe"),
    shape=shape_dashboard,
)


class ReportArgs(ToolArgs):
    """Which report."""

    report_id: ReportId


def shape_report(result: Result, _args: ReportArgs, _context: CallContext) -> Shaped:
    answer = dict(result.data or {})
    report = answer.get("reportMetadata") or {}
    content = _given(report, "id", "name", "developerName", "description", "folderId", "reportFormat", "scope")
    content["reportType"] = (report.get("reportType") or {}).get("label")
    content["columns"] = _labelled(answer, "detailColumnInfo", report.get("detailColumns"))
    content["aggregates"] = _labelled(answer, "aggregateColumnInfo", report.get("aggregates"))
    content |= _given(
        report, "groupingsDown", "groupingsAcross", "standardDateFilter", "reportFilters", "reportBooleanFilter"
    )
    return Shaped(content, answer)


def _labelled(answer: Mapping[str, Any], kind: str, names: list[str] | None) -> dict[str, str]:
    """The report's own column names with the labels that people see."""
    known = (answer.get("reportExtendedMetadata") or {}).get(kind) or {}
    return {name: (known.get(name) or {}).get("label", name) for name in names or ()}


def _given(source: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: source[name] for name in names if source.get(name) not in (None, [], "")}


REPORT = ToolSpec(
    name="salesforce_report_metadata_get",
    description="Describe a report: its type, columns, groupings and filters. Find ids by SOQL on Report.",
    opaque=True,
    args=ReportArgs,
    build=lambda args, _: Operation("GET", f"/analytics/reports/{args.report_id}/describe"),
    shape=shape_report,
)

SPECS = (DASHBOARD, REPORT)
