"""`reportMetadata` sent by a client: checked, and laid over a report's definition; knows no schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from langchain_sfconnect.localorg.rest import refusals
from langchain_sfconnect.localorg.rest.analytics.definition import DateFilter, Definition, Filter, Grouping, Sort

_NOT_EMULATED = (
    "buckets",
    "crossFilters",
    "customSummaryFormula",
    "customDetailFormula",
    "historicalSnapshotDates",
    "standardFilters",
    "topRows",
    "userOrHierarchyFilterId",
)
_GROUPINGS: Mapping[str, tuple[bool, bool]] = {
    "TABULAR": (False, False),
    "SUMMARY": (True, False),
    "MATRIX": (True, True),
}


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)


class _Grouping(_Part):
    name: str
    sort_order: Literal["Asc", "Desc"] = "Asc"
    date_granularity: str | None = None
    sort_aggregate: str | None = None


class _Filter(_Part):
    column: str
    operator: str
    value: str | None = Field(None, max_length=4_000)


class _DateFilter(_Part):
    column: str | None = None
    duration_value: str | None = None
    start_date: str | None = None
    end_date: str | None = None


class _Sort(_Part):
    sort_column: str
    sort_order: Literal["Asc", "Desc"] = "Asc"


class _Type(_Part):
    type: str
    label: str | None = None


class Metadata(_Part):
    """The properties of `reportMetadata` that change what a report shows; None: as before."""

    name: str | None = Field(None, min_length=1, max_length=40)
    developer_name: str | None = Field(None, max_length=80)
    description: str | None = Field(None, max_length=255)
    folder_id: str | None = None
    report_type: _Type | None = None
    report_format: Literal["TABULAR", "SUMMARY", "MATRIX", "MULTI_BLOCK"] | None = None
    detail_columns: list[str] | None = Field(None, max_length=100)
    groupings_down: list[_Grouping] | None = Field(None, max_length=3)
    groupings_across: list[_Grouping] | None = Field(None, max_length=2)
    aggregates: list[str] | None = Field(None, max_length=50)
    report_filters: list[_Filter] | None = Field(None, max_length=20)
    report_boolean_filter: str | None = Field(None, max_length=200)
    standard_date_filter: _DateFilter | None = None
    scope: str | None = None
    sort_by: list[_Sort] | None = Field(None, max_length=1)


def read_metadata(given: Any) -> Metadata:
    """The metadata of a request.

    Raises:
        OrgError: It is malformed, or asks for what is not emulated.
    """
    if not isinstance(given, dict):
        raise refusals.bad_report("reportMetadata must be an object")
    for name in _NOT_EMULATED:
        if given.get(name):
            raise refusals.not_emulated(name)
    try:
        metadata = Metadata.model_validate(given)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        raise refusals.bad_report(f"reportMetadata.{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    if metadata.report_format == "MULTI_BLOCK":
        raise refusals.not_emulated("the format MULTI_BLOCK")
    return metadata


def overlaid(definition: Definition, metadata: Metadata) -> Definition:
    """The definition with what the metadata says in place of what it said.

    Raises:
        OrgError: The format and the groupings do not go together.
    """
    given = {name: value for name, value in _changes(metadata).items() if value is not None}
    if "report_boolean_filter" in metadata.model_fields_set or metadata.report_filters is not None:
        given["logic"] = metadata.report_boolean_filter
    changed = replace(definition, **given)
    if _GROUPINGS[changed.format] != (bool(changed.down), bool(changed.across)):
        raise refusals.bad_report(f"The groupings do not go with the format {changed.format}")
    return changed


def _changes(metadata: Metadata) -> dict[str, Any]:
    dates, kind = metadata.standard_date_filter, metadata.report_type
    return {
        "name": metadata.name,
        "developer_name": metadata.developer_name,
        "description": metadata.description,
        "folder_id": metadata.folder_id,
        "type": None if kind is None else kind.type,
        "type_label": None if kind is None else kind.label or kind.type,
        "format": metadata.report_format,
        "columns": _tuple(metadata.detail_columns),
        "down": _groupings(metadata.groupings_down),
        "across": _groupings(metadata.groupings_across),
        "aggregates": _tuple(metadata.aggregates),
        "filters": None
        if metadata.report_filters is None
        else tuple(Filter(item.column, item.operator, item.value or "") for item in metadata.report_filters),
        "dates": None
        if dates is None
        else DateFilter(dates.column, dates.duration_value or "CUSTOM", dates.start_date, dates.end_date),
        "scope": metadata.scope,
        "sort": None
        if metadata.sort_by is None
        else tuple(Sort(item.sort_column, item.sort_order) for item in metadata.sort_by),
    }


def _tuple(items: list[str] | None) -> tuple[str, ...] | None:
    return None if items is None else tuple(items)


def _groupings(items: list[_Grouping] | None) -> tuple[Grouping, ...] | None:
    if items is None:
        return None
    return tuple(
        Grouping(item.name, item.sort_order, item.date_granularity or "None", item.sort_aggregate) for item in items
    )
