"""Resolves the expressions of a query: fields, date functions and aggregates; knows no SQL."""

from __future__ import annotations

from typing import cast

from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.schema.model import COMPOUND, NUMERIC, FieldType
from langchain_sfconnect.localorg.soql import refusals, tree
from langchain_sfconnect.localorg.soql.distances import resolve_distance
from langchain_sfconnect.localorg.soql.exprs import (
    Aggregate,
    AggregateName,
    Column,
    DatePart,
    Expr,
    Labelled,
    Value,
    name_of,
)
from langchain_sfconnect.localorg.soql.scope import Scope

AGGREGATES = frozenset({"COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"})
_DATE_ONLY = frozenset({
    "CALENDAR_MONTH", "CALENDAR_QUARTER", "CALENDAR_YEAR", "DAY_IN_MONTH", "DAY_IN_WEEK", "DAY_IN_YEAR",
    "FISCAL_MONTH", "FISCAL_QUARTER", "FISCAL_YEAR", "WEEK_IN_MONTH", "WEEK_IN_YEAR",
})  # fmt: skip
DATE_FUNCTIONS = _DATE_ONLY | {"DAY_ONLY", "HOUR_IN_DAY"}
_NEVER_COUNTED: frozenset[FieldType] = COMPOUND | {"boolean", "time", "base64", "encryptedstring"}


def is_aggregate(expression: tree.Argument) -> bool:
    """Say whether an expression as written is an aggregate, or an aggregate written for people."""
    if not isinstance(expression, tree.Call):
        return False
    name = expression.name.upper()
    return name in AGGREGATES or (name == "FORMAT" and any(is_aggregate(item) for item in expression.arguments))


def resolve_value(scope: Scope, expression: tree.Expression) -> Value:
    """Return a field, a date function or a distance.

    Raises:
        OrgError: INVALID_FIELD or MALFORMED_QUERY, pointing at the expression.
    """
    if isinstance(expression, tree.Path):
        return scope.find(expression).value
    name = expression.name.upper()
    if name == "TOLABEL":
        return _labelled(resolve_value(scope, only_argument(scope, expression)))
    if name == "DISTANCE":
        return resolve_distance(scope, expression)
    if name in DATE_FUNCTIONS:
        return _date_part(scope, expression)
    raise complain(scope, expression, refusals.unexpected_token(expression.name))


def resolve_expression(scope: Scope, expression: tree.Expression) -> Expr:
    """Return a field, date function, distance or aggregate; errors as in `resolve_value`."""
    if isinstance(expression, tree.Call) and expression.name.upper() in AGGREGATES:
        return _aggregate(scope, expression)
    return resolve_value(scope, expression)


def only_argument(scope: Scope, call: tree.Call) -> tree.Expression:
    """Return the one field or function that a function is given."""
    if len(call.arguments) == 1 and isinstance(call.arguments[0], tree.Path | tree.Call):
        return call.arguments[0]
    raise complain(scope, call, refusals.one_field(call.name))


def complain(scope: Scope, expression: tree.Expression, text: str) -> OrgError:
    """Return a MALFORMED_QUERY that points at an expression."""
    return scope.context.malformed(expression.at, text)


def _labelled(value: Value) -> Value:
    """Most values read as they are stored."""
    choices = value.field.picklist if isinstance(value, Column) else None
    if choices is None or not choices.labels or not isinstance(value, Column):
        return value
    return Labelled(value, tuple(choices.labels.items()))


def _date_part(scope: Scope, call: tree.Call) -> DatePart:
    function = call.name.upper()
    argument = only_argument(scope, call)
    local = isinstance(argument, tree.Call) and argument.name.upper() == "CONVERTTIMEZONE"
    if local and isinstance(argument, tree.Call):
        argument = only_argument(scope, argument)
    column = resolve_value(scope, argument)
    allowed = {"date", "datetime"} if function in _DATE_ONLY else {"datetime"}
    if not isinstance(column, Column) or column.type not in allowed:
        raise complain(scope, call, refusals.no_date_function(name_of(column), function))
    if local and column.type != "datetime":
        raise complain(scope, argument, refusals.CONVERTED_MOMENTS)
    return DatePart(function, column, local)


def _aggregate(scope: Scope, call: tree.Call) -> Aggregate:
    name = cast(AggregateName, call.name.upper())
    if name == "COUNT" and not call.arguments:
        return Aggregate("COUNT", None)
    value = resolve_value(scope, only_argument(scope, call))
    if not _supports(name, value.type):
        raise complain(scope, call, refusals.no_aggregate(name_of(value), name))
    return Aggregate(name, value)


def _supports(name: AggregateName, kind: FieldType) -> bool:
    if kind in _NEVER_COUNTED:
        return False
    if name in ("SUM", "AVG"):
        return kind in NUMERIC
    if name in ("MIN", "MAX"):
        return kind not in ("id", "reference", "multipicklist")
    return kind != "textarea"
