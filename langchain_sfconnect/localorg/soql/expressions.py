"""Resolves the expressions of a query: fields, date functions and aggregates; knows no SQL."""

from __future__ import annotations

from typing import cast

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.schema.model import NUMERIC
from langchain_sfconnect.localorg.soql import tree
from langchain_sfconnect.localorg.soql.plan import Aggregate, AggregateName, Column, DatePart, Expr, Value
from langchain_sfconnect.localorg.soql.scope import Scope

AGGREGATES = frozenset({"COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"})
_DATE_ONLY = frozenset(
    [
        "CALENDAR_MONTH",
        "CALENDAR_QUARTER",
        "CALENDAR_YEAR",
        "DAY_IN_MONTH",
        "DAY_IN_WEEK",
        "DAY_IN_YEAR",
        "FISCAL_MONTH",
        "FISCAL_QUARTER",
        "FISCAL_YEAR",
        "WEEK_IN_MONTH",
        "WEEK_IN_YEAR",
    ]
)
DATE_FUNCTIONS = _DATE_ONLY | {"DAY_ONLY", "HOUR_IN_DAY"}


def is_aggregate(expression: tree.Expression) -> bool:
    """Say whether an expression as written is an aggregate."""
    return isinstance(expression, tree.Call) and expression.name.upper() in AGGREGATES


def resolve_value(scope: Scope, expression: tree.Expression) -> Value:
    """Return a field or date function.

    Raises:
        OrgError: INVALID_FIELD or MALFORMED_QUERY, pointing at the expression.
    """
    if isinstance(expression, tree.Path):
        return scope.find(expression).value
    name = expression.name.upper()
    if name == "TOLABEL":
        return resolve_value(scope, _only_argument(scope, expression))
    if name in DATE_FUNCTIONS:
        return _date_part(scope, expression)
    raise complain(scope, expression, f"unexpected token: '{expression.name}'")


def resolve_expression(scope: Scope, expression: tree.Expression) -> Expr:
    """Return a field, date function or aggregate; errors as in `resolve_value`."""
    if isinstance(expression, tree.Call) and is_aggregate(expression):
        return _aggregate(scope, expression)
    return resolve_value(scope, expression)


def complain(scope: Scope, expression: tree.Expression, text: str) -> OrgError:
    """Return a MALFORMED_QUERY that points at an expression."""
    return scope.context.complain.at(expression.at, errors.malformed_query, text)


def _only_argument(scope: Scope, call: tree.Call) -> tree.Expression:
    if len(call.arguments) != 1:
        raise complain(scope, call, f"{call.name} takes one field")
    return call.arguments[0]


def _date_part(scope: Scope, call: tree.Call) -> DatePart:
    function = call.name.upper()
    column = resolve_value(scope, _only_argument(scope, call))
    allowed = {"date", "datetime"} if function in _DATE_ONLY else {"datetime"}
    if not isinstance(column, Column) or column.type not in allowed:
        raise complain(scope, call, f"field {_name(column)} does not support date function {function}")
    return DatePart(function, column)


def _aggregate(scope: Scope, call: tree.Call) -> Aggregate:
    name = cast(AggregateName, call.name.upper())
    if name == "COUNT" and not call.arguments:
        return Aggregate("COUNT", None)
    value = resolve_value(scope, _only_argument(scope, call))
    if not _supports(name, value):
        raise complain(scope, call, f"field {_name(value)} does not support aggregate operator {name}")
    return Aggregate(name, value)


def _supports(name: AggregateName, value: Value) -> bool:
    if value.type in ("address", "boolean"):
        return False
    if name in ("SUM", "AVG"):
        return value.type in NUMERIC
    if name in ("MIN", "MAX"):
        return value.type not in ("id", "reference")
    return value.type != "textarea"


def _name(value: Value) -> str:
    return value.column.field.name if isinstance(value, DatePart) else value.field.name
