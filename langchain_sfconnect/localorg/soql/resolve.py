"""Resolves a parsed query against the schema into a plan; knows no SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.schema import SObject
from langchain_sfconnect.localorg.soql import tree
from langchain_sfconnect.localorg.soql.conditions import Conditions
from langchain_sfconnect.localorg.soql.expressions import complain, resolve_expression
from langchain_sfconnect.localorg.soql.plan import (
    Aggregate,
    ChildPlan,
    DatePart,
    Every,
    Expr,
    Filter,
    Order,
    Plan,
    Test,
)
from langchain_sfconnect.localorg.soql.scope import Context, Scope
from langchain_sfconnect.localorg.soql.selection import GroupSelection, RowSelection, name_of, selects_aggregate

MAX_OFFSET = 2000
MAX_SORTED = 32
MAX_SELECTED = 1000
MAX_SUBQUERIES = 20
_MODES = frozenset({"security_enforced", "user_mode", "system_mode"})
_SCOPES = frozenset({"mine", "everything"})


def resolve_query(context: Context, query: tree.Query) -> Plan:
    """Return the plan of a whole statement.

    Raises:
        OrgError: INVALID_TYPE, INVALID_FIELD or MALFORMED_QUERY, pointing at the place.
    """
    path = query.sources[0].path
    root = context.schema.find(path.parts[0]) if len(path.parts) == 1 else None
    if root is None:
        text = errors.unsupported_sobject(str(path))
        raise context.complain.at(path.at, errors.invalid_query_type, text)
    return _resolve(context, query, root)


def _resolve(context: Context, query: tree.Query, root: SObject) -> Plan:
    scope = _scope(context, query, root)
    _check_clauses(query)
    if query.having is not None and not query.group:
        raise errors.malformed_query("HAVING needs a GROUP BY clause")
    if query.group or selects_aggregate(query):
        return _resolve_groups(scope, query)
    return _resolve_rows(scope, query)


def _scope(context: Context, query: tree.Query, root: SObject) -> Scope:
    first, *others = query.sources
    scope = Scope(context, root, first.alias)
    for source in others:
        if source.alias is None or len(source.path.parts) < 2:
            raise complain(scope, source.path, f"unexpected token: '{source.path}'")
        scope.add_alias(source.alias, source.path.parts)
        scope.find(tree.Path((*source.path.parts, "Id"), source.path.at))
    return scope


def _check_clauses(query: tree.Query) -> None:
    if len(query.order) > MAX_SORTED or len(query.group) > MAX_SORTED or len(query.select) > MAX_SELECTED:
        raise errors.query_too_complicated()
    if query.offset is not None and query.offset > MAX_OFFSET:
        raise errors.offset_too_large()
    if query.with_mode is not None and query.with_mode.lower() not in _MODES:
        raise errors.malformed_query(f"unexpected token: '{query.with_mode}'")
    if query.scope is not None and query.scope.lower() not in _SCOPES:
        raise errors.malformed_query(f"scope '{query.scope}' is not supported")


def _resolve_rows(scope: Scope, query: tree.Query) -> Plan:
    selection = RowSelection(scope)
    children: list[ChildPlan] = []
    for item in query.select:
        if isinstance(item, tree.Children):
            child = _child(scope, query, item, selection.id_slot)
            selection.add_children(item.query.sources[0].path, child.key, len(children))
            children.append(child)
        else:
            selection.add(item, limit=query.limit)
    if len(children) > MAX_SUBQUERIES:
        raise errors.malformed_query(f"a query has {MAX_SUBQUERIES} subqueries at most")
    where, order = _where(scope, query), tuple(row_order(scope, item) for item in query.order)
    return Plan(
        scope.root, "rows", selection.columns.all(), scope.links, shape=selection.shape, where=where, order=order,
        limit=query.limit, offset=query.offset or 0, children=tuple(children),
        include_deleted=scope.context.include_deleted or query.all_rows,
    )  # fmt: skip


def _resolve_groups(scope: Scope, query: tree.Query) -> Plan:
    if _counts_rows_only(query):
        return _resolve_count(scope, query)
    if not query.group and (query.limit is not None or query.offset is not None or query.order):
        raise errors.malformed_query("An aggregate query without GROUP BY can have no ORDER BY, LIMIT or OFFSET")
    groups = tuple(_group(scope, item) for item in query.group)
    selection = GroupSelection(scope, groups)
    for item in query.select:
        selection.add(item)
    having = None
    if query.having is not None:
        having = Conditions(scope, _inner(scope.context), groups).resolve(query.having)
    where, order = _where(scope, query), tuple(_group_order(scope, item, groups) for item in query.order)
    return Plan(
        scope.root, "groups", selection.columns.all(), scope.links, cells=selection.cells, where=where,
        groups=groups, having=having, order=order, limit=query.limit, offset=query.offset or 0,
        include_deleted=scope.context.include_deleted or query.all_rows,
    )  # fmt: skip


def _counts_rows_only(query: tree.Query) -> bool:
    """`SELECT COUNT()`, which answers no rows at all."""
    item = query.select[0]
    return (
        len(query.select) == 1
        and isinstance(item, tree.Selected)
        and isinstance(item.expression, tree.Call)
        and item.expression.name.upper() == "COUNT"
        and not item.expression.arguments
    )


def _resolve_count(scope: Scope, query: tree.Query) -> Plan:
    if query.group or query.order:
        raise errors.malformed_query("COUNT() must be alone: it takes no GROUP BY and no ORDER BY")
    where = _where(scope, query)
    return Plan(
        scope.root, "count", (Aggregate("COUNT", None),), scope.links, where=where, limit=query.limit,
        offset=query.offset or 0, include_deleted=scope.context.include_deleted or query.all_rows,
    )  # fmt: skip


def _where(scope: Scope, query: tree.Query) -> Filter | None:
    filters: list[Filter] = []
    if query.where is not None:
        filters.append(Conditions(scope, _inner(scope.context)).resolve(query.where))
    owner = scope.root.field("OwnerId")
    if query.scope is not None and query.scope.lower() == "mine" and owner is not None:
        filters.append(Test(scope.own_column(owner), "=", scope.context.user_id))
    return Every(tuple(filters)) if len(filters) > 1 else next(iter(filters), None)


def _inner(context: Context) -> Callable[[tree.Query], Plan]:
    return lambda query: resolve_query(context, query)


def _child(scope: Scope, query: tree.Query, item: tree.Children, parent_slot: int) -> ChildPlan:
    path = item.query.sources[0].path
    relationship = scope.root.child(path.parts[-1])
    if relationship is None or relationship.name is None:
        raise scope.context.complain.at(path.at, errors.invalid_query_type, errors.unknown_child(path.parts[-1]))
    if selects_aggregate(item.query) or item.query.group:
        raise complain(scope, path, "Aggregates and GROUP BY cannot be used in a subquery")
    if item.query.offset is not None and query.limit != 1:
        raise complain(scope, path, "OFFSET in a subquery needs LIMIT 1 on the outer query")
    child = scope.context.schema[relationship.child]
    plan = _resolve(scope.context, item.query, child)
    lookup = Scope(scope.context, child).own_column(relationship.field)
    return ChildPlan(relationship.name, replace(plan, columns=(*plan.columns, lookup)), parent_slot)


def _group(scope: Scope, expression: tree.Expression) -> Expr:
    expr = resolve_expression(scope, expression)
    if isinstance(expr, Aggregate):
        raise complain(scope, expression, f"unexpected token: '{name_of(expr)}'")
    if not isinstance(expr, DatePart) and not expr.field.groupable:
        raise _refuse(scope, expression, name_of(expr), "grouped")
    return expr


def row_order(scope: Scope, item: tree.Ordering) -> Order:
    """Return what rows are sorted by.

    Raises:
        OrgError: INVALID_FIELD or MALFORMED_QUERY, pointing at the expression.
    """
    expr = resolve_expression(scope, item.expression)
    if isinstance(expr, Aggregate | DatePart):
        raise complain(scope, item.expression, f"unexpected token: '{name_of(expr)}'")
    if not expr.field.sortable:
        raise _refuse(scope, item.expression, name_of(expr), "sorted")
    return Order(expr, item.descending, item.nulls_first)


def _group_order(scope: Scope, item: tree.Ordering, groups: tuple[Expr, ...]) -> Order:
    expr = resolve_expression(scope, item.expression)
    if not isinstance(expr, Aggregate) and expr not in groups:
        raise complain(scope, item.expression, f"Ordered field must be grouped or aggregated: {name_of(expr)}")
    return Order(expr, item.descending, item.nulls_first)


def _refuse(scope: Scope, expression: tree.Expression, name: str, action: str) -> OrgError:
    text = f"field '{name}' can not be {action} in a query call"
    return scope.context.complain.at(expression.at, errors.invalid_query_field, text)
