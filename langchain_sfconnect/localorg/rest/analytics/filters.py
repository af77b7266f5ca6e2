"""A report's filters as one SOQL condition: operators, filter logic, dates and scope; runs nothing."""

from __future__ import annotations

import csv
import re

from langchain_sfconnect.localorg.moments import parse_day, parse_moment
from langchain_sfconnect.localorg.rest import refusals
from langchain_sfconnect.localorg.rest.analytics.columns import Column, Report
from langchain_sfconnect.localorg.rest.analytics.definition import Filter

OPERATORS = {
    "equals": "equals",
    "notEqual": "not equal to",
    "lessThan": "less than",
    "greaterThan": "greater than",
    "lessOrEqual": "less or equal",
    "greaterOrEqual": "greater or equal",
    "contains": "contains",
    "notContain": "does not contain",
    "startsWith": "starts with",
    "includes": "includes",
    "excludes": "excludes",
}
_COMPARISONS = {
    "equals": "=",
    "notEqual": "!=",
    "lessThan": "<",
    "greaterThan": ">",
    "lessOrEqual": "<=",
    "greaterOrEqual": ">=",
}
_NUMBERS = ("int", "double", "currency", "percent")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")
_PERIOD = re.compile(r"[A-Z_]{3,40}(:[0-9]{1,4})?")
_LOGIC = re.compile(r"\s*([0-9]{1,3}|AND|OR|NOT|\(|\))", re.IGNORECASE)


def condition(report: Report, user_id: str) -> str:
    """The WHERE clause of everything a report shows, with the word; empty when it shows everything.

    Raises:
        OrgError: A filter makes no sense.
    """
    definition = report.definition
    parts = [_logic(report, definition.logic)] if definition.filters else []
    parts += [_one(report, item) for item in definition.more_filters]
    parts += _dates(report)
    if definition.scope in ("user", "mine"):
        parts.append(f"OwnerId = '{user_id}'")
    return f"WHERE {' AND '.join(f'({part})' for part in parts)}" if parts else ""


def _logic(report: Report, logic: str | None) -> str:
    """The filters joined as the logic says, such as `1 AND (2 OR 3)`; by default all of them."""
    conditions = [f"({_one(report, item)})" for item in report.definition.filters]
    if not logic:
        return " AND ".join(conditions)
    tokens = _LOGIC.findall(logic)
    if _LOGIC.sub("", logic).strip() or {int(token) for token in tokens if token.isdigit()} != set(
        range(1, len(conditions) + 1)
    ):
        raise refusals.bad_report(f"The filter logic {logic} does not name each of the filters")
    return " ".join(conditions[int(token) - 1] if token.isdigit() else token.upper() for token in tokens)


def _one(report: Report, item: Filter) -> str:
    column, operator = report.column(item.column), item.operator
    values = next(csv.reader([item.value.replace("\n", " ").replace("\r", " ")], skipinitialspace=True), [])
    given = [value.strip() for value in values] or [""]
    if operator in ("contains", "notContain", "startsWith"):
        start = "" if operator == "startsWith" else "%"
        likes = " OR ".join(f"{column.path} LIKE '{start}{_escaped(value)}%'" for value in given)
        return f"NOT ({likes})" if operator == "notContain" else likes
    if operator in ("includes", "excludes"):
        return f"{column.path} {operator.upper()} ({', '.join(map(_quoted, given))})"
    if operator not in _COMPARISONS:
        raise refusals.bad_report(f"The filter operator {operator} is not one of {', '.join(OPERATORS)}")
    joint = " AND " if operator == "notEqual" else " OR "
    return joint.join(_compared(column, _COMPARISONS[operator], value) for value in given)


def _compared(column: Column, comparison: str, value: str) -> str:
    """One comparison; a day compared with a moment means the moment's day."""
    if not value:
        return f"{column.path} {comparison} null"
    day_of_moment = column.data_type == "datetime" and len(value) == len("2026-01-01") and value[:4].isdigit()
    path = f"DAY_ONLY({column.path})" if day_of_moment else column.path
    return f"{path} {comparison} {_literal(column, value)}"


def _literal(column: Column, value: str) -> str:
    """A value as SOQL writes it.

    Raises:
        OrgError: The column cannot have it.
    """
    kind = column.data_type
    if kind in _NUMBERS and _NUMBER.fullmatch(value):
        return value
    if kind == "boolean" and value.lower() in ("true", "false", "1", "0"):
        return "true" if value.lower() in ("true", "1") else "false"
    if kind in ("date", "datetime"):
        return _date_literal(column, value)
    if kind in (*_NUMBERS, "boolean"):
        raise refusals.bad_report(f"The filter value {value} is not valid for the column {column.name}")
    return _quoted(value)


def _date_literal(column: Column, value: str) -> str:
    period = value.upper().replace(" ", "_")
    if _PERIOD.fullmatch(period):
        return period
    try:
        if len(value) == len("2026-01-01"):
            return parse_day(value).isoformat()
        return parse_moment(value).strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        raise refusals.bad_report(f"The filter value {value} is not valid for the column {column.name}") from None


def _dates(report: Report) -> list[str]:
    """The conditions of the standard date filter."""
    given = report.definition.dates
    if not given.column:
        return []
    column = report.column(given.column)
    if column.data_type not in ("date", "datetime"):
        raise refusals.bad_report(f"The column {given.column} is no date")
    if given.duration.upper() != "CUSTOM":
        return [_compared(column, "=", given.duration)]
    bounds = ((">=", given.start), ("<=", given.end))
    return [_compared(column, comparison, bound) for comparison, bound in bounds if bound]


def _quoted(text: str) -> str:
    return f"'{_inside_quotes(text)}'"


def _escaped(text: str) -> str:
    """Text that LIKE takes as it is."""
    return _inside_quotes(text).replace("%", "\\%").replace("_", "\\_")


def _inside_quotes(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
