"""Resolves the clauses of an aggregate query: its select list, GROUP BY, HAVING and ORDER BY; knows no SQL."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from langchain_sfconnect.localorg.soql import refusals, tree
from langchain_sfconnect.localorg.soql.expressions import (
    complain,
    is_aggregate,
    only_argument,
    resolve_expression,
    resolve_value,
)
from langchain_sfconnect.localorg.soql.exprs import (
    Aggregate,
    Column,
    DatePart,
    Distance,
    Expr,
    Grouping,
    Labelled,
    Value,
    name_of,
)
from langchain_sfconnect.localorg.soql.plan import Cell, Order
from langchain_sfconnect.localorg.soql.scope import Scope
from langchain_sfconnect.localorg.soql.shapes import Columns

MAX_SUBTOTALS = 3
_SUBTOTALS = ("ROLLUP", "CUBE")


@dataclass(frozen=True, slots=True)
class Groups:
    """The grouped expressions, and the groupings to answer: one, or several with ROLLUP and CUBE."""

    values: tuple[Value, ...] = ()
    sets: tuple[tuple[Value, ...], ...] = ((),)

    @property
    def subtotals(self) -> bool:
        return len(self.sets) > 1


def resolve_groups(scope: Scope, clause: tuple[tree.Expression, ...]) -> Groups:
    """Return what a GROUP BY clause groups by.

    Raises:
        OrgError: INVALID_FIELD or MALFORMED_QUERY, pointing at the expression.
    """
    totals = [item for item in clause if isinstance(item, tree.Call) and item.name.upper() in _SUBTOTALS]
    if not totals:
        values = tuple(_group(scope, item) for item in clause)
        return Groups(values, (values,))
    call = totals[0]
    fields = [item for item in call.arguments if isinstance(item, tree.Path | tree.Call)]
    if len(clause) > 1 or len(fields) != len(call.arguments) or not fields:
        raise complain(scope, call, refusals.SUBTOTALS_ALONE)
    if len(fields) > MAX_SUBTOTALS:
        raise complain(scope, call, refusals.too_many_subtotals(MAX_SUBTOTALS))
    values = tuple(_group(scope, item) for item in fields)
    return Groups(values, _rollup(values) if call.name.upper() == "ROLLUP" else _cube(values))


def _rollup(values: tuple[Value, ...]) -> tuple[tuple[Value, ...], ...]:
    return tuple(values[:size] for size in range(len(values), -1, -1))


def _cube(values: tuple[Value, ...]) -> tuple[tuple[Value, ...], ...]:
    return tuple(one for size in range(len(values), -1, -1) for one in combinations(values, size))


def _group(scope: Scope, expression: tree.Expression) -> Value:
    if is_aggregate(expression):
        raise complain(scope, expression, refusals.unexpected_token(_words(expression)))
    value = resolve_value(scope, expression)
    if isinstance(value, Distance | Labelled):
        raise complain(scope, expression, refusals.unexpected_token(_words(expression)))
    if not isinstance(value, DatePart) and not value.field.groupable:
        raise scope.context.invalid_field(expression.at, refusals.unusable(name_of(value), "grouped"))
    return value


class GroupSelection:
    """Builds the cells of an aggregate result."""

    def __init__(self, scope: Scope, groups: Groups) -> None:
        self._scope = scope
        self._groups = groups
        self._unnamed = 0
        self.columns = Columns()
        self.cells: dict[str, Cell] = {}

    def add(self, item: tree.SelectItem) -> None:
        """Add one item of the select list.

        Raises:
            OrgError: INVALID_FIELD or MALFORMED_QUERY, pointing at the item.
        """
        if isinstance(item, tree.Children):
            raise complain(self._scope, item.query.sources[0].path, refusals.SUBQUERY_WITH_AGGREGATE)
        if isinstance(item, tree.TypeOf):
            raise complain(self._scope, item.path, refusals.TYPEOF_IN_AGGREGATE)
        expression, formatted = self._unformatted(item.expression)
        expr = self._expr(expression)
        key = item.alias or self._key(expr)
        if key in self.cells:
            raise complain(self._scope, item.expression, refusals.duplicate_alias(key))
        self.cells[key] = Cell(self.columns.slot(expr), expr.type, _scale(expr, formatted=formatted), formatted)

    def order(self, item: tree.Ordering) -> Order:
        """Return what groups are sorted by; errors as in `add`."""
        expr = resolve_grouped(self._scope, item.expression, self._groups)
        if isinstance(expr, Value) and expr not in self._groups.values:
            raise complain(self._scope, item.expression, refusals.ungrouped_order(name_of(expr)))
        return Order(expr, item.descending, item.nulls_first)

    def _unformatted(self, expression: tree.Expression) -> tuple[tree.Expression, bool]:
        if isinstance(expression, tree.Call) and expression.name.upper() == "FORMAT":
            return only_argument(self._scope, expression), True
        return expression, False

    def _expr(self, expression: tree.Expression) -> Expr:
        if isinstance(expression, tree.Call) and expression.name.upper() == "COUNT" and not expression.arguments:
            raise complain(self._scope, expression, refusals.COUNT_NOT_ALONE)
        expr = resolve_grouped(self._scope, expression, self._groups)
        grouped = expr.column if isinstance(expr, Labelled) else expr
        if isinstance(grouped, Value) and grouped not in self._groups.values:
            raise complain(self._scope, expression, refusals.ungrouped(name_of(expr)))
        return expr

    def _key(self, expr: Expr) -> str:
        if not isinstance(expr, Aggregate | DatePart | Grouping):
            return name_of(expr)
        self._unnamed += 1
        return f"expr{self._unnamed - 1}"


def resolve_grouped(scope: Scope, expression: tree.Expression, groups: Groups) -> Expr:
    """Return an expression of an aggregate query, where GROUPING is one; errors as in `resolve_groups`."""
    if not isinstance(expression, tree.Call) or expression.name.upper() != "GROUPING":
        return resolve_expression(scope, expression)
    value = resolve_value(scope, only_argument(scope, expression))
    if not groups.subtotals:
        raise complain(scope, expression, refusals.GROUPING_ALONE)
    if value not in groups.values:
        raise complain(scope, expression, refusals.ungrouped(name_of(value)))
    return Grouping(value)


def _scale(expr: Expr, *, formatted: bool) -> int | None:
    """Sums are rounded to the scale of their field: binary fractions would show otherwise."""
    if isinstance(expr, Aggregate) and isinstance(expr.argument, Column) and (formatted or expr.name == "SUM"):
        return expr.argument.field.scale
    return expr.field.scale if formatted and isinstance(expr, Column) else None


def _words(expression: tree.Expression) -> str:
    return str(expression) if isinstance(expression, tree.Path) else expression.name
