"""What a query's clauses may hold, before any name in them is looked up; knows no SQL."""

from __future__ import annotations

from collections.abc import Iterator

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.soql import refusals, tree
from langchain_sfconnect.localorg.soql.expressions import is_aggregate
from langchain_sfconnect.localorg.soql.scope import Context

MAX_OFFSET = 2000
MAX_SORTED = 32
MAX_SELECTED = 1000
MAX_SUBQUERIES = 20
_DEEP_SINCE, _DEEP, _SHALLOW = 58.0, 5, 2
_MODES = frozenset({"security_enforced", "user_mode", "system_mode"})
_SCOPES = frozenset({"everything", "mine", "mine_and_my_groups", "team"})


def check_clauses(context: Context, query: tree.Query) -> None:
    """Refuse what no object can make right.

    Raises:
        OrgError: MALFORMED_QUERY, NUMBER_OUTSIDE_VALID_RANGE or QUERY_TOO_COMPLICATED.
    """
    if len(query.order) > MAX_SORTED or len(query.group) > MAX_SORTED or len(query.select) > MAX_SELECTED:
        raise errors.query_too_complicated()
    if query.offset is not None and query.offset > MAX_OFFSET:
        raise errors.offset_too_large()
    if query.with_mode is not None and query.with_mode.lower() not in _MODES:
        raise errors.malformed_query(refusals.unexpected_token(query.with_mode))
    if query.scope is not None and query.scope.lower() not in _SCOPES:
        raise errors.malformed_query(refusals.unsupported_scope(query.scope))
    if context.strict and (clause := _apex_clause(query)) is not None:
        raise errors.malformed_query(refusals.only_in_apex(clause))
    if query.having is not None and not query.group:
        raise errors.malformed_query(refusals.HAVING_ALONE)
    _check_subqueries(context, query)


def _apex_clause(query: tree.Query) -> str | None:
    """A clause of the query that only Apex needs."""
    if query.with_mode is not None:
        return f"WITH {query.with_mode.upper()}"
    if "update" in query.marks:
        return "FOR UPDATE"
    return "ALL ROWS" if query.all_rows else None


def selects_aggregate(query: tree.Query) -> bool:
    """Say whether the select list of a query holds an aggregate."""
    return any(isinstance(item, tree.Selected) and is_aggregate(item.expression) for item in query.select)


def fewest_rows(query: tree.Query) -> int | None:
    """Return how many rows the limit and the ids that a query names leave at most; None where nothing bounds them."""
    bounds = [query.limit, *(_named_ids(item) for item in _conditions(query.where))]
    return min((item for item in bounds if item is not None), default=None)


def _check_subqueries(context: Context, query: tree.Query) -> None:
    levels = _DEEP if float(context.api_version) >= _DEEP_SINCE else _SHALLOW
    if _levels(query) > levels:
        raise errors.malformed_query(refusals.too_many_levels(levels))
    if _count(query) > MAX_SUBQUERIES:
        raise errors.malformed_query(refusals.too_many_subqueries(MAX_SUBQUERIES))


def _levels(query: tree.Query) -> int:
    return 1 + max((_levels(below) for below in query.below), default=0)


def _count(query: tree.Query) -> int:
    return sum(1 + _count(below) for below in query.below)


def _conditions(where: tree.Condition | None) -> Iterator[tree.Condition]:
    """The conditions that all rows must meet."""
    if isinstance(where, tree.AllOf):
        yield from where.items
    elif where is not None:
        yield where


def _named_ids(condition: tree.Condition) -> int | None:
    match condition:
        case tree.Compare(tree.Path(parts), "=", tree.Text()) if parts[-1].lower() == "id" and len(parts) == 1:
            return 1
        case tree.InValues(tree.Path(parts), False, values) if parts[-1].lower() == "id" and len(parts) == 1:
            return len(values)
        case _:
            return None
