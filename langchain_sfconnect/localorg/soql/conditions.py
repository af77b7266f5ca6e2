"""Resolves WHERE and HAVING: fields against their types, literals to stored values; knows no SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, assert_never

from langchain_sfconnect.localorg import errors, ids
from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.moments import stamp
from langchain_sfconnect.localorg.schema.model import NUMERIC, FieldType
from langchain_sfconnect.localorg.soql import tree
from langchain_sfconnect.localorg.soql.dates import DateRange, UnknownDateName, date_range
from langchain_sfconnect.localorg.soql.expressions import complain, resolve_expression
from langchain_sfconnect.localorg.soql.literals import BadEscape, decode, like_pattern
from langchain_sfconnect.localorg.soql.plan import (
    Aggregate,
    Column,
    DatePart,
    Every,
    Expr,
    Filter,
    HasValues,
    LikeTest,
    Membership,
    Opposite,
    Plan,
    RangeTest,
    SemiJoin,
    Some,
    Test,
)
from langchain_sfconnect.localorg.soql.scope import Scope

MAX_TEXT = 4000
MAX_SEMI_JOINS = 2
_NO_SEMI_JOIN_FROM = frozenset({"task", "event"})
_SPOKEN: dict[str, str] = {
    "datetime": "dateTime",
    "currency": "double",
    "percent": "double",
    "reference": "ID",
    "id": "ID",
}

InnerPlan = Callable[[tree.Query], Plan]


class Conditions:
    """Resolves the conditions of one query.

    Args:
        scope: What the names mean.
        inner: Resolves the query on the right of IN.
        groups: The grouped expressions in a HAVING clause; None in a WHERE clause.
    """

    def __init__(self, scope: Scope, inner: InnerPlan, groups: tuple[Expr, ...] | None = None) -> None:
        self._scope = scope
        self._inner = inner
        self._groups = groups
        self._semi_joins = 0

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
                return self._in_query(node, plain)
            case tree.Includes():
                return self._includes(node)
            case _:
                assert_never(node)

    def _left(self, expression: tree.Expression) -> Expr:
        left = resolve_expression(self._scope, expression)
        if self._groups is None:
            self._check_filterable(expression, left)
        elif not isinstance(left, Aggregate) and left not in self._groups:
            raise complain(self._scope, expression, f"Field must be grouped or aggregated: {_words(expression)}")
        return left

    def _check_filterable(self, expression: tree.Expression, left: Expr) -> None:
        if isinstance(left, Aggregate):
            raise complain(self._scope, expression, f"unexpected token: '{_words(expression)}'")
        field = left.column.field if isinstance(left, DatePart) else left.field
        if not field.filterable or field.type == "address":
            text = f"field '{field.name}' can not be filtered in a query call"
            raise self._invalid_field(expression.at, text)

    def _compare(self, node: tree.Compare) -> Filter:
        left = self._left(node.left)
        if left.type == "boolean" and node.operator not in ("=", "!="):
            raise complain(self._scope, node.left, "invalid operator on boolean field")
        if isinstance(node.right, tree.DateName):
            return self._range(left, node.operator, node.right)
        return Test(left, node.operator, self._stored(left, node.right))

    def _range(self, left: Expr, operator: Any, name: tree.DateName) -> RangeTest:
        days = self._days(left, name)
        if left.type == "datetime":
            start, end = self._scope.context.now.instants(days)
            return RangeTest(left, operator, stamp(start), stamp(end))
        return RangeTest(left, operator, days.start.isoformat(), days.end.isoformat())

    def _days(self, left: Expr, name: tree.DateName) -> DateRange:
        if left.type not in ("date", "datetime"):
            raise self._malformed(name.at, f"unexpected token: '{name.name}'")
        try:
            days = date_range(name.name, name.count, self._scope.context.now)
            self._scope.context.now.instants(days)
        except UnknownDateName:
            raise self._malformed(name.at, f"unexpected token: '{name.name}'") from None
        except (OverflowError, ValueError):
            raise self._malformed(name.at, f"date out of range: {name.name}:{name.count}") from None
        return days

    def _like(self, node: tree.Like) -> Filter:
        left = self._left(node.left)
        if not _is_text(left.type):
            raise complain(self._scope, node.left, f"invalid operator on {_spoken(left.type)} field")
        if isinstance(node.right, tree.Null):
            return Test(left, "=", None)
        if not isinstance(node.right, tree.Text):
            raise self._wrong_type(left, node.right)
        return LikeTest(left, self._unquoted(node.right, like_pattern))

    def _in_values(self, node: tree.InValues) -> Filter:
        left = self._left(node.left)
        names = [item for item in node.values if isinstance(item, tree.DateName)]
        plain = [self._stored(left, item) for item in node.values if not isinstance(item, tree.DateName)]
        known = Membership(left, False, tuple(item for item in plain if item is not None), None in plain)
        if not names:
            return Membership(left, node.negated, known.values, known.with_null)
        anywhere = Some((known, *(self._range(left, "=", name) for name in names)))
        return Opposite(anywhere) if node.negated else anywhere

    def _includes(self, node: tree.Includes) -> Filter:
        left = self._left(node.left)
        if left.type != "multipicklist":
            raise complain(self._scope, node.left, f"invalid operator on {_spoken(left.type)} field")
        sets = [str(self._stored(left, item) or "") for item in node.values]
        return HasValues(left, node.negated, tuple(tuple(item.split(";")) for item in sets))

    def _in_query(self, node: tree.InQuery, plain: bool) -> Filter:
        left = self._left(node.left)
        self._semi_joins += 1
        self._check_semi_join(node, left, plain)
        plan = self._inner(node.query)
        self._check_same_target(node, left, plan)
        return SemiJoin(left, node.negated, plan)

    def _check_semi_join(self, node: tree.InQuery, left: Expr, plain: bool) -> None:
        source = node.query.sources[0].path
        if not plain or self._groups is not None:
            raise self._malformed(node.left.at, "Semi join sub-selects are not allowed with the 'OR' or 'NOT' operator")
        if self._semi_joins > MAX_SEMI_JOINS:
            raise self._malformed(node.left.at, f"maximum number of semi join sub-selects is {MAX_SEMI_JOINS}")
        if not isinstance(left, Column) or left.outer or left.type not in ("id", "reference"):
            text = "The left operand of a semi join must be an Id or reference field of the queried object"
            raise self._malformed(node.left.at, text)
        if source.parts[-1].lower() in _NO_SEMI_JOIN_FROM:
            raise self._malformed(source.at, f"Entity '{source}' is not supported for semi join inner selects")
        self._check_inner(node.query)

    def _check_inner(self, query: tree.Query) -> None:
        selected = query.select[0]
        if query.order or query.limit is not None or query.offset is not None or query.group:
            text = "Semi join sub-selects can have no ORDER BY, LIMIT, OFFSET or GROUP BY"
            raise self._malformed(query.sources[0].path.at, text)
        one = len(query.select) == 1 and isinstance(selected, tree.Selected)
        if not one or not isinstance(selected.expression, tree.Path):  # type: ignore[union-attr]
            text = "SELECT in a semi join must name exactly one Id or reference field"
            raise self._malformed(query.sources[0].path.at, text)
        if query.levels > 1:
            raise self._malformed(query.sources[0].path.at, "Nesting of semi join sub-selects is not supported")

    def _check_same_target(self, node: tree.InQuery, left: Column | Any, plan: Plan) -> None:
        inner = plan.columns[-1]
        assert isinstance(inner, Column)  # noqa: S101
        if inner.outer or inner.type not in ("id", "reference"):
            raise self._malformed(node.query.sources[0].path.at, "The inner field of a semi join must be an Id or "
                                  "reference field of its own object")  # fmt: skip
        ours = _points_at(left, self._scope.root.name)
        theirs = _points_at(inner, plan.root.name)
        if plan.root is self._scope.root and left.type == "id" and inner.type == "id":
            raise self._malformed(node.left.at, "The inner and outer selects should not be on the same object type")
        if not ours & theirs:
            text = (
                f"The selected field '{inner.field.name}' in the subquery and the left operand field in the where "
                f"expression in the outer query '{left.field.name}' should point to the same object type"
            )
            raise errors.malformed_query(text)

    def _stored(self, left: Expr, literal: tree.Literal) -> Any:
        """Return a literal as the column holds it; None for null and for the empty string."""
        if isinstance(literal, tree.Null):
            return None
        if left.type == "boolean":
            return int(literal.value) if isinstance(literal, tree.Boolean) else self._raise(left, literal)
        if left.type in NUMERIC:
            return literal.value if isinstance(literal, tree.Number) else self._raise(left, literal)
        if left.type == "date":
            return literal.value.isoformat() if isinstance(literal, tree.Day) else self._raise(left, literal)
        if left.type == "datetime":
            return stamp(literal.value) if isinstance(literal, tree.Moment) else self._raise(left, literal)
        if not isinstance(literal, tree.Text):
            return self._raise(left, literal)
        text = self._unquoted(literal, decode)
        return self._id(literal, text) if left.type in ("id", "reference") and text else text or None

    def _id(self, literal: tree.Text, text: str) -> str:
        record_id = ids.normalize(text)
        if record_id is None:
            place = self._scope.context.complain
            raise place.at(literal.at, errors.invalid_filter_operator, f"invalid ID field: {text}")
        return record_id

    def _unquoted(self, literal: tree.Text, read: Callable[[str], str]) -> str:
        try:
            text = read(literal.raw)
        except BadEscape as error:
            reason = f"Invalid string literal '{literal.raw}'. Illegal character sequence '{error}' in string literal."
            raise self._malformed(literal.at, reason) from None
        if len(text) > MAX_TEXT:
            raise self._malformed(literal.at, f"String literals in a WHERE clause hold {MAX_TEXT} characters at most")
        return text

    def _raise(self, left: Expr, literal: tree.Literal) -> Any:
        raise self._wrong_type(left, literal)

    def _wrong_type(self, left: Expr, literal: tree.Literal) -> OrgError:
        if isinstance(literal, tree.DateName):
            return self._malformed(literal.at, f"unexpected token: '{literal.name}'")
        quotes = "should be enclosed in quotes" if _is_text(left.type) else "should not be enclosed in quotes"
        text = f"value of filter criterion for field '{_field_name(left)}' must be of type {_spoken(left.type)} and "
        return self._invalid_field(literal.at, text + quotes)

    def _malformed(self, at: int, text: str) -> OrgError:
        return self._scope.context.complain.at(at, errors.malformed_query, text)

    def _invalid_field(self, at: int, text: str) -> OrgError:
        return self._scope.context.complain.at(at, errors.invalid_query_field, text)


def _is_text(kind: FieldType) -> bool:
    return kind not in NUMERIC and kind not in ("boolean", "date", "datetime", "id", "reference", "address")


def _spoken(kind: FieldType) -> str:
    return _SPOKEN.get(kind, "string" if _is_text(kind) else kind)


def _words(expression: tree.Expression) -> str:
    return str(expression) if isinstance(expression, tree.Path) else expression.name


def _field_name(left: Expr) -> str:
    if isinstance(left, Aggregate):
        return left.name
    return left.function if isinstance(left, DatePart) else left.field.name


def _points_at(column: Column, sobject: str) -> set[str]:
    reference = column.field.reference
    return set(reference.targets) if reference else {sobject}
