"""Writes the source of a plan's rows as SQL: tables, joins and conditions; knows no names as people type them."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, assert_never

from langchain_sfconnect.localorg import sqltext
from langchain_sfconnect.localorg.soql.compile_expressions import Expressions
from langchain_sfconnect.localorg.soql.exprs import Link
from langchain_sfconnect.localorg.soql.plan import (
    Every,
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
from langchain_sfconnect.localorg.sqltext import Sql

MANY_VALUES = 500
_NEVER, _ALWAYS, _NOTHING = Sql("0"), Sql("1"), Sql("")


class Sources:
    """Writes FROM and WHERE, and conditions wherever they stand."""

    def __init__(self, expressions: Expressions) -> None:
        self._expressions = expressions

    def rows(self, plan: Plan, extra: Sql | None = None, *, beside: Sql = _NOTHING) -> Sql:
        """Return the rows of a plan: those that meet `extra` too, joined to `beside`."""
        source = Sql("FROM") + sqltext.name(plan.root.name) + Sql("t0") + beside + self.joins(plan.links)
        filters = [] if extra is None else [extra]
        if plan.root.has_recycle_bin and not plan.include_deleted:
            filters.append(Sql('t0."IsDeleted" = 0'))
        if plan.where is not None:
            filters.append(self.filter(plan.where))
        return source + Sql("WHERE") + sqltext.bushy("AND", filters) if filters else source

    def joins(self, links: Sequence[Link]) -> Sql:
        """Return the joins that follow lookups."""
        joins = []
        for link in links:
            key = sqltext.column(link.alias, link.lookup.name)
            for join in link.joins:
                table = Sql("LEFT JOIN") + sqltext.name(join.sobject.name) + Sql(join.alias)
                joins.append(table + Sql("ON") + sqltext.column(join.alias, "Id") + Sql("=") + key)
        return sqltext.joined(" ", joins)

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
                return self._like(self._expressions.write(left), pattern)
            case Membership():
                return self._membership(node)
            case SemiJoin():
                return self._semi_join(node)
            case HasValues():
                return self._has_values(node)
            case _:
                assert_never(node)

    def _test(self, node: Test) -> Sql:
        left = self._expressions.compared(node.left, node.value)
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
        left = self._expressions.compared(node.left, *node.values)
        inside = left + _in_list(node.values)
        if node.with_null:
            inside = (inside + Sql("OR") + self._expressions.write(node.left) + Sql("IS NULL")).wrapped("(", ")")
        return inside.wrapped("(", " IS NOT TRUE)") if node.negated else inside

    def _semi_join(self, node: SemiJoin) -> Sql:
        inner = self._expressions.write(node.plan.columns[-1])
        rows = Sql("SELECT") + inner + self.rows(node.plan, inner + Sql("IS NOT NULL"))
        inside = self._expressions.write(node.left) + rows.wrapped("IN (", ")")
        return inside.wrapped("(", " IS NOT TRUE)") if node.negated else inside

    def _has_values(self, node: HasValues) -> Sql:
        inside = sqltext.bushy("OR", [self._holds(node, one) for one in node.sets])
        return inside.wrapped("((", ") IS NOT TRUE)") if node.negated else inside

    def _holds(self, node: HasValues, values: Sequence[str]) -> Sql:
        """Every value is in the text, `A;B;C`; a text as long as all of them together holds no other."""
        written = self._expressions.write(node.left)
        left = written.wrapped("caseless(';' || ", " || ';')")
        tests = [(left + Sql(", ?", (f";{item.upper()};",))).wrapped("instr(", ") > 0") for item in values]
        if node.exact:
            tests.append(written.wrapped("length(", ")") + Sql("= ?", (len(";".join(values)),)))
        return sqltext.bushy("AND", tests)

    def _like(self, written: Sql, pattern: str) -> Sql:
        """SQLite's LIKE ignores the case of ASCII letters only."""
        if not pattern.isascii():
            written, pattern = written.wrapped("caseless(", ")"), pattern.upper()
        return written + Sql("LIKE ? ESCAPE '\\'", (pattern,))


def _in_list(values: Sequence[Any]) -> Sql:
    if len(values) > MANY_VALUES:
        finite = [item for item in values if not isinstance(item, float) or math.isfinite(item)]
        return Sql("IN (SELECT value FROM json_each(?))", (json.dumps(finite),))
    return sqltext.values(values).wrapped("IN (", ")")
