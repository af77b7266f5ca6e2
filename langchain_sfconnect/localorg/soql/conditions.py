"""Resolves WHERE and HAVING into conditions on resolved expressions; knows no SQL."""

from __future__ import annotations

from typing import Any, assert_never

from langchain_sfconnect.localorg.moments import stamp
from langchain_sfconnect.localorg.soql import refusals, tree
from langchain_sfconnect.localorg.soql.expressions import complain, resolve_expression
from langchain_sfconnect.localorg.soql.exprs import Aggregate, DatePart, Distance, Expr, Grouping, Value
from langchain_sfconnect.localorg.soql.grouping import Groups, resolve_grouped
from langchain_sfconnect.localorg.soql.plan import (
    Every,
    Filter,
    HasValues,
    LikeTest,
    Membership,
    Opposite,
    RangeTest,
    Some,
    Test,
)
from langchain_sfconnect.localorg.soql.scope import Scope
from langchain_sfconnect.localorg.soql.semi_joins import InnerPlan, SemiJoins
from langchain_sfconnect.localorg.soql.stored import StoredValues, is_text, spoken


class Conditions:
    """Resolves the conditions of one query.

    Args:
        scope: What the names mean.
        inner: Resolves the query on the right of IN.
        groups: What is grouped by, in a HAVING clause; None in a WHERE clause.
    """

    def __init__(self, scope: Scope, inner: InnerPlan, groups: Groups | None = None) -> None:
        self._scope = scope
        self._groups = groups
        self._stored = StoredValues(scope.context)
        self._semi_joins = SemiJoins(scope, inner)

    def resolve(self, node: tree.Condition, *, plain: bool = True) -> Filter:
        """Return the resolved condition; `plain` is False below OR and NOT, where semi-joins may not stand.

        Raises:
            OrgError: INVALID_FIELD or MALFORMED_QUERY, pointing at the place.
        """
        match node:
            case tree.AllOf(items):
                return Every(tuple(self.resolve(item, plain=plain) for item in items))
            case tree.AnyOf(items):
                return Some(tuple(self.resolve(item, plain=False) for item in items))
            case tree.Negation(item):
                return Opposite(self.resolve(item, plain=False))
            case tree.Compare():
                return self._compare(node)
            case tree.Like():
                return self._like(node)
            case tree.InValues():
                return self._in_values(node)
            case tree.InQuery():
                return self._semi_joins.resolve(node, self._left(node.left), plain and self._groups is None)
            case tree.Includes():
                return self._includes(node)
            case _:
                assert_never(node)

    def _left(self, expression: tree.Expression) -> Expr:
        if self._groups is not None:
            return self._grouped(expression, self._groups)
        left = resolve_expression(self._scope, expression)
        self._check_filterable(expression, left)
        return left

    def _grouped(self, expression: tree.Expression, groups: Groups) -> Expr:
        left = resolve_grouped(self._scope, expression, groups)
        if isinstance(left, Value) and left not in groups.values:
            raise complain(self._scope, expression, refusals.ungrouped(_words(expression)))
        return left

    def _check_filterable(self, expression: tree.Expression, left: Expr) -> None:
        if isinstance(left, Aggregate | Grouping):
            raise complain(self._scope, expression, refusals.unexpected_token(_words(expression)))
        if isinstance(left, Distance):
            return
        field = left.column.field if isinstance(left, DatePart) else left.field
        if not field.filterable or field.type in ("address", "location"):
            raise self._scope.context.invalid_field(expression.at, refusals.unusable(field.name, "filtered"))

    def _compare(self, node: tree.Compare) -> Filter:
        left = self._left(node.left)
        if left.type == "boolean" and node.operator not in ("=", "!="):
            raise complain(self._scope, node.left, refusals.BOOLEAN_ORDER)
        if isinstance(left, Distance) and node.operator not in ("<", ">"):
            raise complain(self._scope, node.left, refusals.DISTANCE_OPERATOR)
        if isinstance(node.right, tree.DateName):
            return self._range(left, node.operator, node.right)
        stored = self._stored.value(left, node.right)
        if left.type == "multipicklist" and stored is not None:
            return self._same_values(node, left, stored)
        return Test(left, node.operator, stored)

    def _same_values(self, node: tree.Compare, left: Expr, stored: str) -> Filter:
        if node.operator not in ("=", "!="):
            raise complain(self._scope, node.left, refusals.invalid_operator(left.type))
        return HasValues(left, node.operator == "!=", (_values(stored),), exact=True)

    def _range(self, left: Expr, operator: Any, name: tree.DateName) -> RangeTest:
        days = self._stored.days(left, name)
        if left.type == "datetime":
            start, end = self._scope.context.now.instants(days)
            return RangeTest(left, operator, stamp(start), stamp(end))
        return RangeTest(left, operator, days.start.isoformat(), days.end.isoformat())

    def _like(self, node: tree.Like) -> Filter:
        left = self._left(node.left)
        if not is_text(left.type) or left.type == "multipicklist":
            raise complain(self._scope, node.left, refusals.invalid_operator(_kind(left)))
        if isinstance(node.right, tree.Null):
            return Test(left, "=", None)
        return LikeTest(left, self._stored.pattern(left, node.right))

    def _in_values(self, node: tree.InValues) -> Filter:
        left = self._left(node.left)
        names = [item for item in node.values if isinstance(item, tree.DateName)]
        plain = [self._stored.value(left, item) for item in node.values if not isinstance(item, tree.DateName)]
        known = tuple(item for item in plain if item is not None)
        if left.type == "multipicklist":
            sets = HasValues(left, False, tuple(_values(item) for item in known), exact=True)
            return _negated(node.negated, Some((sets, Test(left, "=", None))) if None in plain else sets)
        if not names:
            return Membership(left, node.negated, known, None in plain)
        ranges = (self._range(left, "=", name) for name in names)
        return _negated(node.negated, Some((Membership(left, False, known, None in plain), *ranges)))

    def _includes(self, node: tree.Includes) -> Filter:
        left = self._left(node.left)
        if left.type != "multipicklist":
            raise complain(self._scope, node.left, refusals.invalid_operator(_kind(left)))
        sets = [str(self._stored.value(left, item) or "") for item in node.values]
        return HasValues(left, node.negated, tuple(_values(item) for item in sets))


def _negated(negated: bool, found: Filter) -> Filter:
    return Opposite(found) if negated else found


def _values(text: str) -> tuple[str, ...]:
    """The values of a multi-select picklist, each once."""
    return tuple(dict.fromkeys(item.strip() for item in text.split(";")))


def _kind(left: Expr) -> str:
    return "multipicklist" if left.type == "multipicklist" else spoken(left.type)


def _words(expression: tree.Expression) -> str:
    return str(expression) if isinstance(expression, tree.Path) else expression.name
