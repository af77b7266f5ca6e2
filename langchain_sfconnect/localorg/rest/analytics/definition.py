"""What a report shows, as a value: read from how it is stored, and written back. Knows no schema and no HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

ReportFormat = Literal["TABULAR", "SUMMARY", "MATRIX"]


@dataclass(frozen=True, slots=True)
class Grouping:
    """A column that rows are grouped by; a date also by what part of it."""

    name: str
    order: str = "Asc"
    granularity: str = "None"
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on a column, with Salesforce's operator names."""

    column: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class DateFilter:
    """The standard date filter: a duration such as `THIS_MONTH`, or `CUSTOM` with days."""

    column: str | None = None
    duration: str = "CUSTOM"
    start: str | None = None
    end: str | None = None


@dataclass(frozen=True, slots=True)
class Sort:
    """What the detail rows are sorted by."""

    column: str
    order: str = "Asc"


@dataclass(frozen=True, slots=True)
class Definition:
    """A report as stored; `more_filters` hold on top of whatever the filter logic says."""

    id: str
    name: str
    developer_name: str
    format: str
    type: str
    type_label: str
    sobject: str
    columns: tuple[str, ...] = ()
    down: tuple[Grouping, ...] = ()
    across: tuple[Grouping, ...] = ()
    aggregates: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    more_filters: tuple[Filter, ...] = ()
    logic: str | None = None
    dates: DateFilter = DateFilter()
    scope: str = "organization"
    sort: tuple[Sort, ...] = ()
    description: str | None = None
    folder_id: str | None = None


def read(stored: Mapping[str, Any]) -> Definition:
    """A definition from its stored form."""
    kind = stored["reportType"]
    named = kind if isinstance(kind, Mapping) else {"type": kind, "label": kind}
    date = stored.get("dateFilter") or {}
    return Definition(
        id=stored["id"],
        name=stored["name"],
        developer_name=stored.get("developerName") or "",
        format=stored["format"],
        type=named["type"],
        type_label=named["label"],
        sobject=stored["soql_object"],
        columns=tuple(stored["columns"]),
        down=_groupings(stored.get("groupings")),
        across=_groupings(stored.get("groupingsAcross")),
        aggregates=tuple(stored.get("aggregates") or ()),
        filters=tuple(Filter(item["column"], item["operator"], item["value"]) for item in stored["filters"]),
        logic=stored.get("booleanFilter"),
        dates=DateFilter(
            date.get("column"), date.get("durationValue") or "CUSTOM", date.get("startDate"), date.get("endDate")
        ),
        scope=stored.get("scope") or "organization",
        sort=tuple(Sort(item["sortColumn"], item["sortOrder"]) for item in stored.get("sortBy") or ()),
        description=stored.get("description"),
        folder_id=stored.get("folderId"),
    )


def stored(definition: Definition) -> dict[str, Any]:
    """The form a definition is stored in."""
    dates = definition.dates
    return {
        "name": definition.name,
        "developerName": definition.developer_name,
        "format": definition.format,
        "reportType": {"type": definition.type, "label": definition.type_label},
        "soql_object": definition.sobject,
        "columns": list(definition.columns),
        "groupings": [_stored_grouping(item) for item in definition.down],
        "groupingsAcross": [_stored_grouping(item) for item in definition.across],
        "aggregates": list(definition.aggregates),
        "filters": [asdict(item) for item in definition.filters],
        "booleanFilter": definition.logic,
        "dateFilter": {
            "column": dates.column, "durationValue": dates.duration, "startDate": dates.start, "endDate": dates.end,
        },
        "scope": definition.scope,
        "sortBy": [{"sortColumn": item.column, "sortOrder": item.order} for item in definition.sort],
        "description": definition.description,
        "folderId": definition.folder_id,
    }  # fmt: skip


def _groupings(items: Sequence[Any] | None) -> tuple[Grouping, ...]:
    return tuple(
        Grouping(item)
        if isinstance(item, str)
        else Grouping(
            item["name"],
            item.get("sortOrder") or "Asc",
            item.get("dateGranularity") or "None",
            item.get("sortAggregate"),
        )
        for item in items or ()
    )


def _stored_grouping(item: Grouping) -> dict[str, Any]:
    return {
        "name": item.name, "sortOrder": item.order, "dateGranularity": item.granularity, "sortAggregate": item.by,
    }  # fmt: skip
