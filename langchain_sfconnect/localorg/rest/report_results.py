"""A report's run: its filters as SOQL, its rows grouped and summarised into Salesforce's fact map."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from langchain_sfconnect.localorg.engine import Session
from langchain_sfconnect.localorg.rest.report_columns import Aggregate, Column, Report
from langchain_sfconnect.localorg.rest.report_metadata import attributes, extended, metadata

MOST_ROWS = 2_000
_BARE = ("int", "double", "currency", "percent", "boolean", "date", "datetime")
_COMPARISONS = {
    "equals": "=",
    "notEqual": "!=",
    "lessThan": "<",
    "greaterThan": ">",
    "lessOrEqual": "<=",
    "greaterOrEqual": ">=",
}
_DATE_LITERAL = re.compile(r"[A-Z_]+(:\d+)?")
_SUMMARIES: Mapping[str, Callable[[list[Any]], Any]] = {"s": sum, "m": min, "x": max}
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that share the values of the first groupings; `key` is such as `0_2`."""

    key: str
    value: Any
    rows: Sequence[Row]
    groups: list[Group] = field(default_factory=list)


def run(report: Report, session: Session, *, base: str, user_id: str, details: bool) -> dict[str, Any]:
    """The body of a report's run.

    Args:
        report: The report.
        session: Whose eyes see the rows.
        base: The path this API version begins with.
        user_id: Who "my records" are.
        details: Whether the rows themselves are answered, or only the summaries.
    """
    rows = _rows(session, soql(report, user_id))
    groups = _grouped(report.groupings, rows)
    facts = {"T!T": _fact(report, rows, details=details and not groups)}
    facts |= {f"{group.key}!T": _fact(report, group.rows, details=details) for group in _all(groups)}
    return {
        "allData": len(rows) <= MOST_ROWS,
        "attributes": attributes(report, base),
        "factMap": facts,
        "groupingsAcross": {"groupings": []},
        "groupingsDown": {"groupings": [_grouping(group) for group in groups]},
        "hasDetailRows": details,
        "reportExtendedMetadata": extended(report),
        "reportMetadata": metadata(report),
    }


def soql(report: Report, user_id: str) -> str:
    """The query behind a report."""
    shown = [*report.columns, *report.groupings, *(a.column for a in report.aggregates if a.column)]
    conditions = [_condition(report.column(item["column"]), item) for item in report.filters]
    conditions += _date_condition(report)
    if report.definition.get("scope") in ("user", "mine"):
        conditions.append(f"OwnerId = '{user_id}'")
    clauses = ["SELECT", ", ".join(dict.fromkeys(column.path for column in shown)), "FROM", report.sobject]
    if conditions:
        clauses += ["WHERE", " AND ".join(f"({condition})" for condition in conditions)]
    if report.groupings:
        clauses += ["ORDER BY", ", ".join(column.path for column in report.groupings)]
    return " ".join(clauses)


def _condition(column: Column, item: Mapping[str, Any]) -> str:
    operator, values = item["operator"], [part.strip() for part in str(item["value"]).split(",")]
    if operator in ("contains", "notContain", "startsWith"):
        start = "" if operator == "startsWith" else "%"
        likes = " OR ".join(f"{column.path} LIKE {_quoted(start + _escaped(value) + '%')}" for value in values)
        return f"NOT ({likes})" if operator == "notContain" else likes
    joint = " AND " if operator == "notEqual" else " OR "
    return joint.join(f"{column.path} {_COMPARISONS[operator]} {_literal(column, value)}" for value in values)


def _date_condition(report: Report) -> list[str]:
    given = report.definition.get("dateFilter") or {}
    if not given.get("column"):
        return []
    path, duration = report.column(given["column"]).path, str(given.get("durationValue") or "")
    if duration != "CUSTOM" and _DATE_LITERAL.fullmatch(duration):
        return [f"{path} = {duration}"]
    bounds = ((">=", given.get("startDate")), ("<=", given.get("endDate")))
    return [f"{path} {comparison} {bound}" for comparison, bound in bounds if bound]


def _literal(column: Column, value: str) -> str:
    if not value:
        return "null"
    return value if column.data_type in _BARE else _quoted(value)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "\\'") + "'"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _rows(session: Session, query: str) -> list[Row]:
    page = session.query(query)
    rows = list(page["records"])
    while not page["done"]:
        page = session.query_more(page["nextRecordsUrl"].rsplit("/", 1)[-1])
        rows += page["records"]
    return rows


def _grouped(groupings: Sequence[Column], rows: Iterable[Row], above: str = "") -> list[Group]:
    if not groupings:
        return []
    path = groupings[0].path
    runs = [(value, list(members)) for value, members in groupby(rows, key=lambda row: _value(row, path))]
    return [
        Group(f"{above}{position}", value, members, _grouped(groupings[1:], members, f"{above}{position}_"))
        for position, (value, members) in enumerate(runs)
    ]


def _all(groups: Iterable[Group]) -> Iterable[Group]:
    for group in groups:
        yield group
        yield from _all(group.groups)


def _grouping(group: Group) -> dict[str, Any]:
    inner = [_grouping(child) for child in group.groups]
    label = "-" if group.value is None else str(group.value)
    return {"groupings": inner, "key": group.key, "label": label, "value": group.value}


def _fact(report: Report, rows: Sequence[Row], *, details: bool) -> dict[str, Any]:
    fact: dict[str, Any] = {"aggregates": [_summary(aggregate, rows) for aggregate in report.aggregates]}
    if details:
        shown = rows[:MOST_ROWS]
        fact["rows"] = [{"dataCells": [_cell(column, row) for column in report.columns]} for row in shown]
    return fact


def _summary(aggregate: Aggregate, rows: Sequence[Row]) -> dict[str, Any]:
    if aggregate.column is None:
        return {"label": str(len(rows)), "value": len(rows)}
    path = aggregate.column.path
    values = [value for row in rows if (value := _value(row, path)) is not None]
    value = _summed(aggregate.kind or "s", values)
    return {"label": _label(value, aggregate.data_type), "value": value}


def _summed(kind: str, values: list[Any]) -> Any:
    if kind == "u":
        return len(set(values))
    if not values:
        return 0 if kind == "s" else None
    if kind == "a":
        return sum(values) / len(values)
    return _SUMMARIES[kind](values)


def _cell(column: Column, row: Row) -> dict[str, Any]:
    value = _value(row, column.path)
    label = _label(value, column.data_type)
    if column.data_type == "currency" and value is not None:
        return {"label": label, "value": {"amount": value, "currency": None}}
    return {"label": label, "value": value}


def _label(value: Any, data_type: str) -> str:
    if value is None:
        return "-"
    if data_type == "currency":
        return f"${value:,.2f}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _value(row: Row, path: str) -> Any:
    value: Any = row
    for step in path.split("."):
        value = value[step] if isinstance(value, Mapping) else None
    return value
