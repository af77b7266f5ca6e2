"""A report's describe: the three metadata blocks Salesforce answers with. Pure rendering."""

from __future__ import annotations

from typing import Any

from langchain_sfconnect.localorg.rest.analytics.columns import Column, Group, Report
from langchain_sfconnect.localorg.rest.analytics.definition import Definition, Filter
from langchain_sfconnect.localorg.rest.analytics.filters import OPERATORS
from langchain_sfconnect.localorg.rest.analytics.periods import GRANULARITIES

_ORDERED = ("equals", "notEqual", "lessThan", "greaterThan", "lessOrEqual", "greaterOrEqual")
_MULTIPLE = ("includes", "excludes")
_NUMBERS_AND_DATES = ("int", "double", "currency", "percent", "date", "datetime")


_NOT_EMULATED: dict[str, Any] = {
    "buckets": [],
    "chart": None,
    "crossFilters": [],
    "customDetailFormula": {},
    "customSummaryFormula": {},
    "dashboardSetting": None,
    "division": None,
    "historicalSnapshotDates": [],
    "presentationOptions": {"hasStackedSummaries": True},
    "supportsRoleHierarchy": False,
    "topRows": None,
    "userOrHierarchyFilterId": None,
}


def attributes(report: Report, base: str) -> dict[str, Any]:
    """What identifies the report in an answer."""
    address = f"{base}/analytics/reports/{report.definition.id}"
    return {
        "describeUrl": f"{address}/describe",
        "instancesUrl": f"{address}/instances",
        "reportId": report.definition.id,
        "reportName": report.definition.name,
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
    return {
        "aggregates": [aggregate.name for aggregate in report.aggregates],
        "currency": None,
        "description": definition.description,
        "detailColumns": [column.name for column in report.columns],
        "developerName": definition.developer_name,
        "folderId": definition.folder_id,
        "groupingsAcross": [_grouping(group) for group in report.across],
        "groupingsDown": [_grouping(group) for group in report.down],
        "hasDetailRows": True,
        "hasRecordCount": True,
        "id": definition.id,
        "name": definition.name,
        "reportBooleanFilter": definition.logic,
        "reportFilters": [_filter(item) for item in definition.filters],
        "reportFormat": definition.format,
        "reportType": _report_type(definition),
        "scope": definition.scope,
        "showGrandTotal": True,
        "showSubtotals": bool(report.down),
        "sortBy": [{"sortColumn": item.column, "sortOrder": item.order} for item in definition.sort],
        "standardDateFilter": _date_filter(definition),
        "standardFilters": None,
        **_NOT_EMULATED,
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
            group.column.name: {
                "dataType": group.column.data_type,
                "groupingLevel": level,
                "label": group.column.label,
            }
            for groups in (report.down, report.across)
            for level, group in enumerate(groups)
        },
    }


def type_metadata(report: Report) -> dict[str, Any]:
    """`reportTypeMetadata`: what else the report could show."""
    fields = report.described_fields()
    columns = {field["name"]: _type_column(field) for field in fields if field["type"] != "address"}
    types = sorted({column["dataType"] for column in columns.values()})
    return {
        "categories": [{"columns": columns, "label": _report_type(report.definition)["label"]}],
        "dataTypeFilterOperatorMap": {name: _operators(name) for name in types},
        "dateGranularityInfos": [{"label": f"Group Dates by {word.title()}", "value": word} for word in GRANULARITIES],
        "divisionInfo": None,
        "reportType": _report_type(report.definition),
        "scopeInfo": {"defaultValue": "organization", "values": _SCOPES},
        "standardDateFilterDurationGroups": [_durations(*group) for group in _DURATIONS],
        "standardFilterInfos": None,
        "supportsJoinedFormat": False,
    }


_DURATIONS = (
    ("Custom", ("CUSTOM",)),
    ("Calendar Year", ("THIS_YEAR", "LAST_YEAR", "NEXT_YEAR")),
    ("Calendar Quarter", ("THIS_QUARTER", "LAST_QUARTER", "NEXT_QUARTER")),
    ("Calendar Month", ("THIS_MONTH", "LAST_MONTH", "NEXT_MONTH")),
    ("Calendar Week", ("THIS_WEEK", "LAST_WEEK", "NEXT_WEEK")),
    ("Day", ("TODAY", "YESTERDAY", "TOMORROW", "LAST_N_DAYS:7", "LAST_N_DAYS:30", "LAST_N_DAYS:90", "NEXT_N_DAYS:30")),
    ("Fiscal Year", ("THIS_FISCAL_YEAR", "LAST_FISCAL_YEAR", "NEXT_FISCAL_YEAR")),
    ("Fiscal Quarter", ("THIS_FISCAL_QUARTER", "LAST_FISCAL_QUARTER", "NEXT_FISCAL_QUARTER")),
)
_SCOPES = [
    {"allowsDivision": False, "label": "My records", "value": "user"},
    {"allowsDivision": False, "label": "All records", "value": "organization"},
]


def _report_type(definition: Definition) -> dict[str, str]:
    return {"label": definition.type_label, "type": definition.type}


def _grouping(group: Group) -> dict[str, Any]:
    given = group.given
    granularity = given.granularity if group.granularity == "None" else group.granularity.title()
    return {
        "dateGranularity": granularity, "name": given.name, "sortAggregate": given.by, "sortOrder": given.order,
    }  # fmt: skip


def _filter(item: Filter) -> dict[str, Any]:
    return {
        "column": item.column,
        "filterType": "fieldValue",
        "isRunPageEditable": True,
        "operator": item.operator,
        "value": item.value,
    }


def _date_filter(definition: Definition) -> dict[str, Any] | None:
    dates = definition.dates
    if not dates.column:
        return None
    return {
        "column": dates.column,
        "durationValue": dates.duration,
        "endDate": dates.end,
        "startDate": dates.start,
    }


def _durations(label: str, durations: tuple[str, ...]) -> dict[str, Any]:
    listed = [
        {"endDate": None, "label": word.replace("_", " ").title(), "startDate": None, "value": word}
        for word in durations
    ]
    return {"label": label, "standardDateFilterDurations": listed}


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
    if data_type in _NUMBERS_AND_DATES:
        names: tuple[str, ...] = _ORDERED
    elif data_type == "multipicklist":
        names = ("equals", "notEqual", *_MULTIPLE)
    else:
        names = tuple(name for name in OPERATORS if name not in _MULTIPLE)
    return [{"label": OPERATORS[name], "name": name} for name in names]
