"""Resolves a parsed query against the schema into a plan; knows no SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.schema import SObject
from langchain_sfconnect.localorg.soql import refusals, tree
from langchain_sfconnect.localorg.soql.clauses import check_clauses, fewest_rows, selects_aggregate
from langchain_sfconnect.localorg.soql.conditions import Conditions
from langchain_sfconnect.localorg.soql.expressions import complain, resolve_expression
from langchain_sfconnect.localorg.soql.exprs import Aggregate, DatePart, Distance, Grouping, name_of
from langchain_sfconnect.localorg.soql.grouping import GroupSelection, resolve_groups
from langchain_sfconnect.localorg.soql.plan import ChildPlan, Every, Filter, Order, Plan, Test
from langchain_sfconnect.localorg.soql.scope import Context, Scope
from langchain_sfconnect.localorg.soql.selection import RowSelection


def resolve_query(context: Context, query: tree.Query) -> Plan:
    """Return the plan of a whole statement.

    Raises:
        OrgError: INVALID_TYPE, INVALID_FIELD or MALFORMED_QUERY, pointing at the place.
    """
    path = query.sources[0].path
    root = context.schema.find(path.parts[0]) if len(path.parts) == 1 else None
    if root is None:
        raise context.invalid_type(path.at, errors.unsupported_sobject(str(path)))
    return _resolve(context, query, root)


def row_order(scope: Scope, item: tree.Ordering) -> Order:
    """Return what rows are sorted by.

    Raises:
        OrgError: INVALID_FIELD or MALFORMED_QUERY, pointing at the expression.
    """
    expr = resolve_expression(scope, item.expression)
    if isinstance(expr, Aggregate | DatePart | Grouping):
        raise complain(scope, item.expression, refusals.unexpected_token(name_of(expr)))
    if not isinstance(expr, Distance) and not expr.field.sortable:
        raise scope.context.invalid_field(item.expression.at, refusals.unusable(name_of(expr), "sorted"))
    nulls_first = None if expr.type == "reference" else item.nulls_first
    return Order(expr, item.descending, nulls_first)


def _resolve(context: Context, query: tree.Query, root: SObject) -> Plan:
    scope = _scope(context, query, root)
    check_clauses(context, query)
    if query.group or selects_aggregate(query):
        return _resolve_groups(scope, query)
    return _resolve_rows(scope, query)


def _scope(context: Context, query: tree.Query, root: SObject) -> Scope:
    first, *others = query.sources
    scope = Scope(context, root, first.alias)
    for source in others:
        if source.alias is None or len(source.path.parts) < 2:
            raise complain(scope, source.path, refusals.unexpected_token(source.path))
        scope.add_alias(source.alias, source.path.parts)
        scope.find(tree.Path((*source.path.parts, "Id"), source.path.at))
    return scope


def _resolve_rows(scope: Scope, query: tree.Query) -> Plan:
    selection = RowSelection(scope)
    children: list[ChildPlan] = []
    for item in query.select:
        if isinstance(item, tree.Children):
            child = _child(scope, query, item.query, selection.shape.id_slot)
            selection.add_children(item.query.sources[0].path, child.key, len(children))
            children.append(child)
        else:
            selection.add(item, limit=fewest_rows(query))
    where, order = _where(scope, query), tuple(row_order(scope, item) for item in query.order)
    plan = Plan(scope.root, "rows", selection.columns.all(), scope.links, shape=selection.shape, where=where)
    return _bounded(scope, query, replace(plan, order=order, children=tuple(children)))


def _resolve_groups(scope: Scope, query: tree.Query) -> Plan:
    if _counts_rows_only(query):
        return _resolve_count(scope, query)
    if not query.group and (query.limit is not None or query.offset is not None or query.order):
        raise errors.malformed_query(refusals.LONE_AGGREGATE)
    groups = resolve_groups(scope, query.group)
    selection = GroupSelection(scope, groups)
    for item in query.select:
        selection.add(item)
    having = None
    if query.having is not None:
        having = Conditions(scope, _inner(scope.context), groups).resolve(query.having)
    where, order = _where(scope, query), tuple(selection.order(item) for item in query.order)
    plan = Plan(scope.root, "groups", selection.columns.all(), scope.links, cells=selection.cells, where=where)
    grouped = replace(plan, groups=groups.values, sets=groups.sets, having=having, order=order)
    return _bounded(scope, query, grouped)


def _counts_rows_only(query: tree.Query) -> bool:
    """`SELECT COUNT()`, which answers no rows at all."""
    match query.select:
        case (tree.Selected(tree.Call(name, ()), None),):
            return name.upper() == "COUNT"
        case _:
            return False


def _resolve_count(scope: Scope, query: tree.Query) -> Plan:
    if query.group or query.order:
        raise errors.malformed_query(refusals.COUNT_ALONE)
    where = _where(scope, query)
    plan = Plan(scope.root, "count", (Aggregate("COUNT", None),), scope.links, where=where)
    return _bounded(scope, query, plan)


def _bounded(scope: Scope, query: tree.Query, plan: Plan) -> Plan:
    """Add what every kind of query may have. Joins are complete only now, when all clauses are resolved."""
    return replace(
        plan, links=scope.links, limit=query.limit, offset=query.offset or 0,
        include_deleted=scope.context.include_deleted or query.all_rows,
        marks_viewed=bool(query.marks & {"view", "reference"}),
    )  # fmt: skip


def _where(scope: Scope, query: tree.Query) -> Filter | None:
    filters: list[Filter] = []
    if query.where is not None:
        filters.append(Conditions(scope, _inner(scope.context)).resolve(query.where))
    owner = scope.root.field("OwnerId")
    if query.scope is not None and query.scope.lower() != "everything" and owner is not None:
        filters.append(Test(scope.own_column(owner), "=", scope.context.user_id))
    return Every(tuple(filters)) if len(filters) > 1 else next(iter(filters), None)


def _inner(context: Context) -> Callable[[tree.Query], Plan]:
    return lambda query: resolve_query(context, query)


def _child(scope: Scope, outer: tree.Query, query: tree.Query, parent_slot: int) -> ChildPlan:
    path = query.sources[0].path
    relationship = scope.root.child(path.parts[-1])
    if relationship is None or relationship.name is None:
        raise scope.context.invalid_type(path.at, errors.unknown_child(path.parts[-1]))
    if selects_aggregate(query) or query.group:
        raise complain(scope, path, refusals.AGGREGATE_IN_SUBQUERY)
    if query.offset is not None and outer.limit != 1:
        raise complain(scope, path, refusals.SUBQUERY_OFFSET)
    child = scope.context.schema[relationship.child]
    plan = _resolve(scope.context, query, child)
    lookup = Scope(scope.context, child).own_column(relationship.field)
    return ChildPlan(relationship.name, replace(plan, columns=(*plan.columns, lookup)), parent_slot)
