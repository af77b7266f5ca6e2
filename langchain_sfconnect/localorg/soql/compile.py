"""Writes a plan as one parameterised SQL statement; knows no names as people type them."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, assert_never

from langchain_sfconnect.localorg import sqltext
from langchain_sfconnect.localorg.soql.compile_expressions import Expressions
from langchain_sfconnect.localorg.soql.plan import (
    Every,
    Filter,
    HasValues,
    LikeTest,
    Link,
    Membership,
    Opposite,
    Order,
    Plan,
    RangeTest,
    SemiJoin,
    Some,
    Test,
)
from langchain_sfconnect.localorg.sqltext import Sql

MANY_VALUES = 500
_NEVER, _ALWAYS, _NOTHING = Sql("0"), Sql("1"), Sql("")


class Compiler:
    """Writes the statements of one user at one moment."""

    def __init__(self, expressions: Expressions) -> None:
        self._expressions = expressions

    def rows(self, plan: Plan, *, limit: int | None = None) -> Sql:
        """Return the statement for the first `limit` rows, or as many as the plan allows."""
        bounds = [item for item in (plan.limit, limit) if item is not None]
        return self._select(self._columns(plan), plan) + _bounds(min(bounds, default=None), plan.offset)

    def ids(self, plan: Plan) -> Sql:
        """Return the statement for the ids of all rows, in order."""
        return self._select(sqltext.column("t0", "Id"), plan) + _bounds(plan.limit, plan.offset)

    def rows_by_id(self, plan: Plan, record_ids: Sequence[str]) -> Sql:
        """Return the statement for the rows with these ids, in the order of the ids."""
        wanted = Sql("json_each(?) page JOIN", (json.dumps(list(record_ids)),)) + sqltext.name(plan.root.name)
        source = wanted + Sql('t0 ON t0."Id" = page.value') + self._links(plan.links)
        return Sql("SELECT") + self._columns(plan) + Sql("FROM") + source + Sql("ORDER BY page.key")

    def count(self, plan: Plan) -> Sql:
        """Return the statement that counts the rows, within the plan's limit."""
        inner = self._select(Sql("1"), plan) + _bounds(plan.limit, plan.offset)
        return Sql("SELECT count(*) FROM") + inner.wrapped("(", ")")

    def groups(self, plan: Plan, *, limit: int) -> Sql:
        """Return the statement for the first `limit` groups."""
        statement = Sql("SELECT") + self._columns(plan) + self._from(plan)
        if plan.groups:
            keys = sqltext.joined(", ", (self._expressions.compared(item) for item in plan.groups))
            statement += Sql("GROUP BY") + keys
        if plan.having is not None:
            statement += Sql("HAVING") + self.filter(plan.having)
        order = [*plan.order, *(Order(item, False, None) for item in plan.groups)]
        if order:
            statement += self._order(order)
        return statement + _bounds(min(limit, plan.limit) if plan.limit is not None else limit, plan.offset)

    def children(self, plan: Plan, parent_ids: Sequence[str]) -> Sql:
        """Return the statement for a subquery's rows below these parents, its LIMIT counted per parent."""
        parent = self._expressions.write(plan.columns[-1])
        below = parent + Sql("IN (SELECT value FROM json_each(?))", (json.dumps(list(parent_ids)),))
        order = self._order_with_id(plan)
        if plan.limit is None and not plan.offset:
            return Sql("SELECT") + self._columns(plan) + self._from(plan, below) + order
        rank = (Sql("row_number() OVER (PARTITION BY") + parent + order).wrapped("", ") AS rank_")
        names = [Sql(f"AS c{index}") for index in range(len(plan.columns))]
        columns = (self._expressions.write(item) + alias for item, alias in zip(plan.columns, names, strict=True))
        ranked = Sql("SELECT") + sqltext.joined(", ", [*columns, rank]) + self._from(plan, below)
        last = plan.offset + (plan.limit if plan.limit is not None else 2**31)
        kept = Sql("WHERE rank_ > ? AND rank_ <= ? ORDER BY rank_", (plan.offset, last))
        return Sql("SELECT * FROM") + ranked.wrapped("(", ")") + kept

    def matching(self, plan: Plan, words: Sql, limit: int) -> Sql:
        """Return the statement for the rows that `words`, a full-text statement, finds; best matches first."""
        beside = words.wrapped("JOIN (", ") w ON w.word_row = t0.rowid")
        order = self._order(plan.order, Sql("w.word_rank, t0.rowid"))
        most = limit if plan.limit is None else min(limit, plan.limit)
        return (
            Sql("SELECT") + self._columns(plan) + self._from(plan, beside=beside) + order + _bounds(most, plan.offset)
        )

    def filter(self, node: Filter) -> Sql:
        """Return a condition. It may be null for a row that lacks a value, which counts as false."""
        match node:
            case Every(items):
                return sqltext.bushy("AND", [self.filter(item) for item in items])
            case Some(items):
                return sqltext.bushy("OR", [self.filter(item) for item in items])
            case Opposite(item):
                return self.filter(item).wrapped("((", ") IS NOT TRUE)")
            case Test():
                return self._test(node)
            case RangeTest():
                return self._range(node)
            case LikeTest(left, pattern):
                return self._expressions.write(left) + Sql("LIKE ? ESCAPE '\\'", (pattern,))
            case Membership():
                return self._membership(node)
            case SemiJoin():
                return self._semi_join(node)
            case HasValues():
                return self._has_values(node)
            case _:
                assert_never(node)

    def _select(self, columns: Sql, plan: Plan) -> Sql:
        return Sql("SELECT") + columns + self._from(plan) + self._order_with_id(plan)

    def _columns(self, plan: Plan) -> Sql:
        return sqltext.joined(", ", (self._expressions.write(item) for item in plan.columns))

    def _from(self, plan: Plan, extra: Sql | None = None, *, beside: Sql = _NOTHING) -> Sql:
        source = Sql("FROM") + sqltext.name(plan.root.name) + Sql("t0") + beside + self._links(plan.links)
        filters = [] if extra is None else [extra]
        if plan.root.has_recycle_bin and not plan.include_deleted:
            filters.append(Sql('t0."IsDeleted" = 0'))
        if plan.where is not None:
            filters.append(self.filter(plan.where))
        return source + Sql("WHERE") + sqltext.bushy("AND", filters) if filters else source

    def _links(self, links: Sequence[Link]) -> Sql:
        joins = []
        for link in links:
            key = sqltext.column(link.alias, link.lookup.name)
            for join in link.joins:
                table = Sql("LEFT JOIN") + sqltext.name(join.sobject.name) + Sql(join.alias)
                joins.append(table + Sql("ON") + sqltext.column(join.alias, "Id") + Sql("=") + key)
        return sqltext.joined(" ", joins)

    def _order_with_id(self, plan: Plan) -> Sql:
        """Equal rows, and all rows where no order was asked for, come in the order they were made."""
        return self._order(plan.order, Sql("t0.rowid"))

    def _order(self, items: Sequence[Order], last: Sql | None = None) -> Sql:
        keys = [self._order_key(item) for item in items]
        return Sql("ORDER BY") + sqltext.joined(", ", keys if last is None else [*keys, last])

    def _order_key(self, item: Order) -> Sql:
        key = self._expressions.ranked(item.expr)
        if item.descending:
            key += Sql("DESC")
        if item.nulls_first is None or item.nulls_first != item.descending:
            return key
        return key + Sql("NULLS FIRST" if item.nulls_first else "NULLS LAST")

    def _test(self, node: Test) -> Sql:
        left = self._expressions.compared(node.left)
        if node.value is None:
            return self._null_test(node, left)
        if node.operator == "!=":
            return left + Sql("IS NOT ?", (node.value,))
        return left + Sql(f"{node.operator} ?", (node.value,))

    def _null_test(self, node: Test, left: Sql) -> Sql:
        if node.operator not in ("=", "!="):
            return _NEVER
        if node.left.type == "boolean":
            return left + Sql("= 0") if node.operator == "=" else _ALWAYS
        return left + Sql("IS NULL" if node.operator == "=" else "IS NOT NULL")

    def _range(self, node: RangeTest) -> Sql:
        left = self._expressions.write(node.left)
        after, before = left + Sql(">= ?", (node.start,)), left + Sql("< ?", (node.end,))
        inside = (after + Sql("AND") + before).wrapped("(", ")")
        match node.operator:
            case "=":
                return inside
            case "!=":
                return inside.wrapped("(", " IS NOT TRUE)")
            case "<":
                return left + Sql("< ?", (node.start,))
            case "<=":
                return before
            case ">":
                return left + Sql(">= ?", (node.end,))
            case ">=":
                return after

    def _membership(self, node: Membership) -> Sql:
        left = self._expressions.compared(node.left)
        inside = left + _in_list(node.values)
        if node.with_null:
            inside = (inside + Sql("OR") + self._expressions.write(node.left) + Sql("IS NULL")).wrapped("(", ")")
        return inside.wrapped("(", " IS NOT TRUE)") if node.negated else inside

    def _semi_join(self, node: SemiJoin) -> Sql:
        inner = self._expressions.write(node.plan.columns[-1])
        rows = Sql("SELECT") + inner + self._from(node.plan, inner + Sql("IS NOT NULL"))
        inside = self._expressions.write(node.left) + rows.wrapped("IN (", ")")
        return inside.wrapped("(", " IS NOT TRUE)") if node.negated else inside

    def _has_values(self, node: HasValues) -> Sql:
        left = self._expressions.write(node.left).wrapped("lower(';' || ", " || ';')")
        sets = [
            sqltext.bushy(
                "AND", [(left + Sql(", lower(?)", (f";{item};",))).wrapped("instr(", ") > 0") for item in one]
            )
            for one in node.sets
        ]
        inside = sqltext.bushy("OR", sets)
        return inside.wrapped("((", ") IS NOT TRUE)") if node.negated else inside


def _in_list(values: Sequence[Any]) -> Sql:
    if len(values) > MANY_VALUES:
        finite = [item for item in values if not isinstance(item, float) or math.isfinite(item)]
        return Sql("IN (SELECT value FROM json_each(?))", (json.dumps(finite),))
    return sqltext.values(values).wrapped("IN (", ")")


def _bounds(limit: int | None, offset: int) -> Sql:
    if limit is None and not offset:
        return Sql("")
    return Sql("LIMIT ? OFFSET ?", (-1 if limit is None else limit, offset))
