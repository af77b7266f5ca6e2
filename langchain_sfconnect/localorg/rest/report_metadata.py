"""A report's describe: the three metadata blocks Salesforce answers with. Pure rendering."""

from __future__ import annotations

from typing import Any

from langchain_sfconnect.localorg.rest.report_columns import Column, Report

_OPERATORS = {
    "equals": "equals",
    "notEqual": "not equal to",
    "lessThan": "less than",
    "greaterThan": "greater than",
    "lessOrEqual": "less or equal",
    "greaterOrEqual": "greater or equal",
    "contains": "contains",
    "notContain": "does not contain",
    "startsWith": "starts with",
}
_ORDERED = ("equals", "notEqual", "lessThan", "greaterThan", "lessOrEqual", "greaterOrEqual")
_NUMBERS_AND_DATES = ("int", "double", "currency", "percent", "date", "datetime")


def attributes(report: Report, base: str) -> dict[str, Any]:
    """What identifies the report in an answer."""
    address = f"{base}/analytics/reports/{report.definition['id']}"
    return {
        "describeUrl": f"{address}/describe",
        "instancesUrl": f"{address}/instances",
        "reportId": report.definition["id"],
        "reportName": report.definition["name"],
        "type": "Report",
    }


def describe(report: Report, base: str) -> dict[str, Any]:
    """The body of a report's describe."""
    return {
        "attributes": attributes(report, base),
        "reportExtendedMetadata": extended(report),
        "reportMetadata": metadata(report),
        "reportTypeMetadata": type_metadata(report),
    }


def metadata(report: Report) -> dict[str, Any]:
    """`reportMetadata`: what the report is."""
    definition = report.definition
    tabular = not report.groupings
    return {
        "aggregates": [aggregate.name for aggregate in report.aggregates],
        "buckets": [],
        "chart": None,
        "crossFilters": [],
        "currency": None,
        "customDetailFormula": {},
        "customSummaryFormula": {},
        "dashboardSetting": None,
        "description": definition.get("description"),
        "detailColumns": [column.name for column in report.columns],
        "developerName": definition["developerName"],
        "division": None,
        "folderId": definition.get("folderId"),
        "groupingsAcross": [],
        "groupingsDown": [_grouping(column) for column in report.groupings],
        "hasDetailRows": True,
        "hasRecordCount": True,
        "historicalSnapshotDates": [],
        "id": definition["id"],
        "name": definition["name"],
        "presentationOptions": {"hasStackedSummaries": True},
        "reportBooleanFilter": None,
        "reportFilters": [_filter(item) for item in report.filters],
        "reportFormat": definition["format"],
        "reportType": _report_type(report),
        "scope": definition.get("scope") or "organization",
        "showGrandTotal": True,
        "showSubtotals": not tabular,
        "sortBy": [],
        "standardDateFilter": _date_filter(report),
        "standardFilters": None,
        "supportsRoleHierarchy": False,
        "topRows": None,
        "userOrHierarchyFilterId": None,
    }


def extended(report: Report) -> dict[str, Any]:
    """`reportExtendedMetadata`: labels and types of what the report shows."""
    return {
        "aggregateColumnInfo": {
            aggregate.name: {
                "acrossGroupingContext": None,
                "dataType": aggregate.data_type,
                "downGroupingContext": None,
                "label": aggregate.label,
            }
            for aggregate in report.aggregates
        },
        "detailColumnInfo": {column.name: _column_info(column) for column in report.columns},
        "groupingColumnInfo": {
            column.name: {"dataType": column.data_type, "groupingLevel": level, "label": column.label}
            for level, column in enumerate(report.groupings)
        },
    }


def type_metadata(report: Report) -> dict[str, Any]:
    """`reportTypeMetadata`: what else the report could show."""
    fields = report.described_fields()
    columns = {field["name"]: _type_column(field) for field in fields if field["type"] != "address"}
    types = sorted({column["dataType"] for column in columns.values()})
    return {
        "categories": [{"columns": columns, "label": _report_type(report)["label"]}],
        "dataTypeFilterOperatorMap": {name: _operators(name) for name in types},
        "dateGranularityInfos": [{"label": f"Group Dates by {word.title()}", "value": word} for word in _GRANULARITIES],
        "divisionInfo": None,
        "reportType": _report_type(report),
        "scopeInfo": {"defaultValue": "organization", "values": _SCOPES},
        "standardDateFilterDurationGroups": [],
        "standardFilterInfos": None,
        "supportsJoinedFormat": True,
    }


_GRANULARITIES = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
_SCOPES = [
    {"allowsDivision": False, "label": "My records", "value": "user"},
    {"allowsDivision": False, "label": "All records", "value": "organization"},
]


def _report_type(report: Report) -> dict[str, str]:
    given = report.definition["reportType"]
    if isinstance(given, dict):
        return {"label": str(given.get("label")), "type": str(given.get("type"))}
    return {"label": str(given), "type": str(given)}


def _grouping(column: Column) -> dict[str, Any]:
    return {"dateGranularity": "None", "name": column.name, "sortAggregate": None, "sortOrder": "Asc"}


def _filter(item: Any) -> dict[str, Any]:
    return {
        "column": item["column"],
        "filterType": "fieldValue",
        "isRunPageEditable": True,
        "operator": item["operator"],
        "value": item["value"],
    }


def _date_filter(report: Report) -> dict[str, Any] | None:
    given = report.definition.get("dateFilter")
    if not given:
        return None
    return {
        "column": given["column"],
        "durationValue": given["durationValue"],
        "endDate": given.get("endDate"),
        "startDate": given.get("startDate"),
    }


def _column_info(column: Column) -> dict[str, Any]:
    return {
        "dataType": column.data_type,
        "entityColumnName": column.path,
        "filterValues": [],
        "filterable": True,
        "isLookup": "." in column.path,
        "label": column.label,
        "uniqueCountable": True,
    }


def _type_column(field: dict[str, Any]) -> dict[str, Any]:
    values = [{"label": value["label"], "name": value["value"]} for value in field["picklistValues"]]
    return {
        "allowedInCustomDetailFormula": True,
        "bucketable": True,
        "dataType": field["type"],
        "entityColumnName": field["name"],
        "fieldToFieldFilterable": False,
        "filterValues": values,
        "filterable": field["filterable"],
        "isCustom": field["custom"],
        "isLookup": field["type"] == "reference",
        "label": field["label"],
        "maxLength": field["length"],
        "uniqueCountable": True,
    }


def _operators(data_type: str) -> list[dict[str, str]]:
    names = _ORDERED if data_type in _NUMBERS_AND_DATES else tuple(_OPERATORS)
    return [{"label": _OPERATORS[name], "name": name} for name in names]
