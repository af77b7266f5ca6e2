"""Resolves the objects of a RETURNING clause into plans; knows no search term and no full-text index."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_sfconnect.localorg import errors, sqltext
from langchain_sfconnect.localorg.schema import SObject
from langchain_sfconnect.localorg.soql import tree
from langchain_sfconnect.localorg.soql.conditions import Conditions
from langchain_sfconnect.localorg.soql.plan import Every, Filter, Membership, Plan
from langchain_sfconnect.localorg.soql.resolve import resolve_query, row_order
from langchain_sfconnect.localorg.soql.run import Reader
from langchain_sfconnect.localorg.soql.scope import Context, Scope
from langchain_sfconnect.localorg.soql.selection import RowSelection
from langchain_sfconnect.localorg.sosl import refusals
from langchain_sfconnect.localorg.sqltext import Sql

MAX_ROWS = 2000
MAX_PER_OBJECT = 250
MAX_FIELDS = 200


class Targets:
    """Resolves targets for one user at one moment.

    Args:
        context: What names mean to the user, and how to complain.
        reader: Reads what the user recently viewed.
        pricebook: The price book whose products alone are found; None for all.
    """

    def __init__(self, context: Context, reader: Reader, pricebook: str | None) -> None:
        self._context = context
        self._reader = reader
        self._pricebook = pricebook

    def plans(self, targets: Sequence[tree.SearchTarget]) -> list[Plan]:
        """Return one plan per target, or for every searchable object where there are no targets.

        Raises:
            OrgError: MALFORMED_SEARCH, INVALID_TYPE or INVALID_FIELD, pointing at the place.
        """
        self._refuse_repeats(targets)
        wanted = targets or [tree.SearchTarget(item.name, 0) for item in self._context.schema if item.searchable]
        return [self._plan(target, len(wanted)) for target in wanted]

    def _refuse_repeats(self, targets: Sequence[tree.SearchTarget]) -> None:
        seen: set[str] = set()
        for target in targets:
            if target.name.lower() in seen:
                raise self._context.complain.at(target.at, refusals.malformed, refusals.repeated_object(target.name))
            seen.add(target.name.lower())

    def _plan(self, target: tree.SearchTarget, count: int) -> Plan:
        sobject = self._sobject(target)
        if target.offset and (count > 1 or target.offset > MAX_ROWS):
            raise errors.offset_too_large()
        scope = Scope(self._context, sobject)
        selection = RowSelection(scope)
        for field in target.fields or (tree.Selected(tree.Path(("Id",), target.at)),):
            selection.add(field, limit=MAX_FIELDS)
        where = self._where(scope, target)
        order = tuple(row_order(scope, item) for item in target.order)
        return Plan(
            sobject, "rows", selection.columns.all(), scope.links, shape=selection.shape, where=where, order=order,
            limit=_limit(target, count), offset=target.offset or 0,
        )  # fmt: skip

    def _sobject(self, target: tree.SearchTarget) -> SObject:
        sobject = self._context.schema.find(target.name)
        if sobject is None or not sobject.searchable:
            text = errors.unsupported_sobject(target.name) if sobject is None else refusals.unsearchable(sobject.name)
            raise self._context.complain.at(target.at, errors.invalid_query_type, text)
        return sobject

    def _where(self, scope: Scope, target: tree.SearchTarget) -> Filter | None:
        conditions = [item for item in (target.where, self._in_pricebook(scope.root)) if item is not None]
        inner = Conditions(scope, lambda query: resolve_query(self._context, query))
        filters = [inner.resolve(tree.AllOf(tuple(conditions)))] if conditions else []
        if target.list_view is not None:
            filters.append(self._in_list_view(scope, target))
        return Every(tuple(filters)) if filters else None

    def _in_pricebook(self, sobject: SObject) -> tree.Condition | None:
        if self._pricebook is None or sobject.name != "Product2":
            return None
        entries = tree.Source(tree.Path(("PricebookEntry",), 0))
        where = tree.Compare(tree.Path(("Pricebook2Id",), 0), "=", tree.Text(self._pricebook, 0))
        products = tree.Query((tree.Selected(tree.Path(("Product2Id",), 0)),), (entries,), where=where)
        return tree.InQuery(tree.Path(("Id",), 0), negated=False, query=products)

    def _in_list_view(self, scope: Scope, target: tree.SearchTarget) -> Filter:
        if (target.list_view or "").lower() != "recent":
            text = refusals.unknown_list_view(target.list_view or "", scope.root.name)
            raise self._context.complain.at(target.at, refusals.malformed, text)
        viewed = Sql("SELECT record_id FROM") + sqltext.name("_viewed")
        rows = self._reader.rows(
            viewed + Sql("WHERE user_id = ? AND sobject = ?", (self._context.user_id, scope.root.name))
        )
        return Membership(scope.own_column(scope.root.fields[0]), False, tuple(row[0] for row in rows))


def _limit(target: tree.SearchTarget, count: int) -> int:
    """One object that is filtered or ordered may answer more than one that is not."""
    selective = count == 1 and (target.where is not None or target.order)
    most = MAX_ROWS if selective else min(MAX_PER_OBJECT, MAX_ROWS // count)
    return most if target.limit is None else min(target.limit, MAX_ROWS)
