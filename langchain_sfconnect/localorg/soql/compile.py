"""Writes a plan as one parameterised SQL statement; knows no names as people type them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from langchain_sfconnect.localorg import sqltext
from langchain_sfconnect.localorg.soql.compile_expressions import Expressions
from langchain_sfconnect.localorg.soql.compile_sources import Sources
from langchain_sfconnect.localorg.soql.exprs import Grouping, Value
from langchain_sfconnect.localorg.soql.plan import Order, Plan
from langchain_sfconnect.localorg.sqltext import Sql


class Compiler:
    """Writes the statements of one user at one moment."""

    def __init__(self, expressions: Expressions) -> None:
        self._expressions = expressions
        self._sources = Sources(expressions)

    def rows(self, plan: Plan, *, limit: int | None = None) -> Sql:
        """Return the statement for the first `limit` rows, or as many as the plan allows."""
        bounds = [item for item in (plan.limit, limit) if item is not None]
        return self._select(self._columns(plan), plan) + _bounds(min(bounds, default=None), plan.offset)

    def numbers(self, plan: Plan) -> Sql:
        """Return the statement for the numbers of all rows, in order, as one JSON array."""
        rows = self._select(Sql("t0.rowid AS number"), plan) + _bounds(plan.limit, plan.offset)
        return rows.wrapped("SELECT json_group_array(number) FROM (", ")")

    def numbered(self, plan: Plan, numbers: Sequence[int]) -> Sql:
        """Return the statement for the rows with these numbers, in this order; the last column counts along."""
        wanted = Sql("json_each(?) page JOIN", (json.dumps(list(numbers)),)) + sqltext.name(plan.root.name)
        source = wanted + Sql("t0 ON t0.rowid = page.value") + self._sources.joins(plan.links)
        return Sql("SELECT") + self._columns(plan) + Sql(", page.key FROM") + source + Sql("ORDER BY page.key")

    def count(self, plan: Plan) -> Sql:
        """Return the statement that counts the rows, within the plan's limit."""
        inner = Sql("SELECT 1") + self._sources.rows(plan) + _bounds(plan.limit, plan.offset)
        return Sql("SELECT count(*) FROM") + inner.wrapped("(", ")")

    def groups(self, plan: Plan, *, limit: int) -> Sql:
        """Return the statement for the first `limit` groups, subtotals among them."""
        most = min(limit, plan.limit) if plan.limit is not None else limit
        order = [*plan.order, *_by_groups(plan)]
        if len(plan.sets) < 2:
            statement = Sql("SELECT") + self._columns(plan) + self._grouped(plan, plan.groups)
            return statement + (self._order(order) if order else Sql("")) + _bounds(most, plan.offset)
        parts = [self._subtotals(plan, kept, order) for kept in plan.sets]
        keys = sqltext.joined(", ", (Sql(f"k{index}") + _direction(item) for index, item in enumerate(order)))
        columns = sqltext.joined(", ", (Sql(f"c{index}") for index in range(len(plan.columns))))
        whole = sqltext.joined(" UNION ALL ", parts).wrapped("FROM (", ")")
        return Sql("SELECT") + columns + whole + Sql("ORDER BY") + keys + _bounds(most, plan.offset)

    def children(self, plan: Plan, parent_ids: Sequence[str], *, limit: int) -> Sql:
        """Return the statement for a subquery's first rows below these parents, parent by parent.

        The subquery's own LIMIT and OFFSET are counted per parent; the last column is the parent's id.
        """
        parents = Sql("JOIN json_each(?) page ON page.value =", (json.dumps(list(parent_ids)),))
        parent = self._expressions.write(plan.columns[-1])
        source = self._sources.rows(plan, beside=parents + parent)
        order = self._order(plan.order, _made(plan))
        if plan.limit is None and not plan.offset:
            by_parent = self._order(plan.order, _made(plan), first=Sql("page.key"))
            return Sql("SELECT") + self._columns(plan) + source + by_parent + _bounds(limit, 0)
        rank = (Sql("row_number() OVER (PARTITION BY page.key") + order).wrapped("", ") AS rank_, page.key AS key_")
        columns = (self._expressions.write(item) + Sql(f"AS c{index}") for index, item in enumerate(plan.columns))
        ranked = Sql("SELECT") + sqltext.joined(", ", [*columns, rank]) + source
        last = plan.offset + (plan.limit if plan.limit is not None else 2**31)
        kept = Sql("WHERE rank_ > ? AND rank_ <= ? ORDER BY key_, rank_", (plan.offset, last))
        return Sql("SELECT * FROM") + ranked.wrapped("(", ")") + kept + _bounds(limit, 0)

    def child_numbers(self, plan: Plan, parent_id: str) -> Sql:
        """Return the statement for the numbers of all rows of a subquery below one parent, as `numbers` does."""
        below = self._expressions.write(plan.columns[-1]) + Sql("= ?", (parent_id,))
        found = Sql("SELECT t0.rowid AS number") + self._sources.rows(plan, below)
        rows = found + self._order(plan.order, _made(plan)) + _bounds(plan.limit, plan.offset)
        return rows.wrapped("SELECT json_group_array(number) FROM (", ")")

    def matching(self, plan: Plan, words: Sql, limit: int) -> Sql:
        """Return the statement for the rows that `words`, a full-text statement, finds; best matches first."""
        beside = words.wrapped("JOIN (", ") w ON w.word_row = t0.rowid")
        order = self._order(plan.order, Sql("w.word_rank, t0.rowid"))
        most = limit if plan.limit is None else min(limit, plan.limit)
        source = self._sources.rows(plan, beside=beside)
        return Sql("SELECT") + self._columns(plan) + source + order + _bounds(most, plan.offset)

    def _select(self, columns: Sql, plan: Plan) -> Sql:
        order = self._order(plan.order, _made(plan))
        return Sql("SELECT") + columns + self._sources.rows(plan) + order

    def _columns(self, plan: Plan) -> Sql:
        return sqltext.joined(", ", (self._expressions.write(item) for item in plan.columns))

    def _grouped(self, plan: Plan, kept: tuple[Value, ...]) -> Sql:
        statement, totals = self._sources.rows(plan), len(plan.sets) > 1
        if kept or totals:
            keys = [self._expressions.compared(item) for item in kept] or [Sql("NULL")]
            statement += Sql("GROUP BY") + sqltext.joined(", ", keys)
        if plan.having is not None:
            filters = Sources(self._expressions.totalling(kept)) if totals else self._sources
            statement += Sql("HAVING") + filters.filter(plan.having)
        return statement

    def _subtotals(self, plan: Plan, kept: tuple[Value, ...], order: Sequence[Order]) -> Sql:
        """The rows of one grouping, with the keys that all groupings together are sorted by."""
        expressions = self._expressions.totalling(kept)
        columns = [expressions.write(item) + Sql(f"AS c{index}") for index, item in enumerate(plan.columns)]
        keys = [expressions.ranked(item.expr) + Sql(f"AS k{index}") for index, item in enumerate(order)]
        return Sql("SELECT") + sqltext.joined(", ", [*columns, *keys]) + self._grouped(plan, kept)

    def _order(self, items: Sequence[Order], last: Sql | None = None, *, first: Sql | None = None) -> Sql:
        keys = [self._expressions.ranked(item.expr) + _direction(item) for item in items]
        around = [*([] if first is None else [first]), *keys, *([] if last is None else [last])]
        return Sql("ORDER BY") + sqltext.joined(", ", around)


def _by_groups(plan: Plan) -> list[Order]:
    """Groups come by their values where no order was asked for, a subtotal after what it is the total of."""
    keys: list[Order] = []
    for item in plan.groups:
        if len(plan.sets) > 1:
            keys.append(Order(Grouping(item), False, None))
        keys.append(Order(item, False, None))
    return keys


def _made(plan: Plan) -> Sql:
    """Equal rows, and all rows without an order, come as they were made; an index walked backwards has them so too."""
    return Sql("t0.rowid DESC" if plan.order and plan.order[-1].descending else "t0.rowid")


def _direction(item: Order) -> Sql:
    nulls = ""
    if item.nulls_first is not None and item.nulls_first == item.descending:
        nulls = " NULLS FIRST" if item.nulls_first else " NULLS LAST"
    return Sql(("DESC" if item.descending else "") + nulls)


def _bounds(limit: int | None, offset: int) -> Sql:
    if limit is None and not offset:
        return Sql("")
    return Sql("LIMIT ? OFFSET ?", (-1 if limit is None else limit, offset))
