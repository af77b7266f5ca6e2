"""Resolves semi-joins and anti-joins, `Id IN (SELECT ...)`, and refuses those Salesforce refuses; knows no SQL."""

from __future__ import annotations

from collections.abc import Callable

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.soql import refusals, tree
from langchain_sfconnect.localorg.soql.exprs import Column, Expr
from langchain_sfconnect.localorg.soql.plan import Plan, SemiJoin
from langchain_sfconnect.localorg.soql.scope import Scope

MAX_SEMI_JOINS = 2
_IDS = ("id", "reference")
_NEVER_FROM = frozenset({"task", "event", "note", "attachment", "activityhistory", "openactivity"})

InnerPlan = Callable[[tree.Query], Plan]


class SemiJoins:
    """Resolves the semi-joins of one query.

    Args:
        scope: What the names of the outer query mean.
        inner: Resolves the inner query.
    """

    def __init__(self, scope: Scope, inner: InnerPlan) -> None:
        self._scope = scope
        self._inner = inner
        self._count = 0

    def resolve(self, node: tree.InQuery, left: Expr, allowed: bool) -> SemiJoin:
        """Return a resolved semi-join; `allowed` is False where none may stand.

        Raises:
            OrgError: MALFORMED_QUERY or INVALID_FIELD, pointing at the place.
        """
        self._count += 1
        if not allowed:
            raise self._malformed(node.left.at, refusals.SEMI_JOIN_BELOW)
        if self._count > MAX_SEMI_JOINS:
            raise self._malformed(node.left.at, refusals.too_many_semi_joins(MAX_SEMI_JOINS))
        if not isinstance(left, Column) or left.outer or left.type not in _IDS:
            raise self._malformed(node.left.at, refusals.SEMI_JOIN_LEFT)
        self._check_query(node.query)
        plan = self._inner(node.query)
        self._check_objects(node, left, plan)
        return SemiJoin(left, node.negated, plan)

    def _check_query(self, query: tree.Query) -> None:
        path = query.sources[0].path
        name = path.parts[-1].lower()
        if name in _NEVER_FROM or name.endswith("__tag"):
            raise self._malformed(path.at, refusals.no_semi_join_from(path))
        bounded = query.limit is not None or query.offset is not None
        if query.order or bounded or query.group or "update" in query.marks:
            raise self._malformed(path.at, refusals.SEMI_JOIN_CLAUSES)
        match query.select:
            case (tree.Selected(tree.Path()),):
                pass
            case _:
                raise self._malformed(path.at, refusals.SEMI_JOIN_SELECT)
        if query.levels > 1:
            raise self._malformed(path.at, refusals.SEMI_JOIN_NESTED)

    def _check_objects(self, node: tree.InQuery, left: Column, plan: Plan) -> None:
        inner = plan.columns[-1]
        if not isinstance(inner, Column) or inner.outer or inner.type not in _IDS:
            raise self._malformed(node.query.sources[0].path.at, refusals.SEMI_JOIN_FIELD)
        if plan.root.name == self._scope.root.name:
            raise self._malformed(node.left.at, refusals.SEMI_JOIN_SAME)
        if not _points_at(left, self._scope.root.name) & _points_at(inner, plan.root.name):
            raise errors.malformed_query(refusals.different_targets(inner.field.name, left.field.name))

    def _malformed(self, at: int, text: str) -> OrgError:
        return self._scope.context.malformed(at, text)


def _points_at(column: Column, sobject: str) -> set[str]:
    reference = column.field.reference
    return set(reference.targets) if reference else {sobject}
