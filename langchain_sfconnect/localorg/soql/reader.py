"""Builds the tree's clauses while the grammar is being matched: one method per grammar rule; knows no schema."""

from __future__ import annotations

import sys
from typing import Any, cast

from lark import Token

from langchain_sfconnect.localorg.soql import refusals, tree
from langchain_sfconnect.localorg.soql.literal_reader import LiteralReader, Unexpected, place, unexpected, whole

MAX_LEVELS = 5


class Reader(LiteralReader):
    """Reads whole statements."""

    def query(self, items: list[Any]) -> tree.Query:
        select, sources, scope, where, mode, group, having, order, limit, start, marks, all_rows = items
        levels = _levels(select, where)
        return tree.Query(
            select, sources, scope, where, mode, group, having, order, limit, start, marks, all_rows, levels
        )

    def _tuple(self, items: list[Any]) -> tuple[Any, ...]:
        return tuple(items)

    select_list = source_list = group_by = order_by = values = paths = target_fields = returning = _tuple

    def _first(self, items: list[Any]) -> Any:
        return items[0] if items else None

    soql = filter = where = having = otherwise = _first

    def scope(self, items: list[Token]) -> str | None:
        return str(items[0]) if items else None

    def with_clause(self, items: list[Any]) -> str | None:
        mode, *categories = items or [None]
        if any(categories):
            raise Unexpected(place(mode), refusals.NO_DATA_CATEGORIES)
        return None if mode is None else str(mode)

    def selected_field(self, items: list[Any]) -> tree.Selected:
        expression, alias = items
        return tree.Selected(expression, _alias(alias))

    def selected_children(self, items: list[Any]) -> tree.Children:
        return tree.Children(items[0])

    def type_of(self, items: list[Any]) -> tree.TypeOf:
        path, *branches, otherwise = items
        return tree.TypeOf(path, tuple(branches), otherwise)

    def branch(self, items: list[Any]) -> tree.Branch:
        name, fields = items
        return tree.Branch(str(name), place(name), fields)

    def source_path(self, items: list[Token]) -> tree.Path:
        return tree.Path(tuple(str(item) for item in items), place(items[0]))

    def source(self, items: list[Any]) -> tree.Source:
        path, alias = items
        return tree.Source(path, _alias(alias))

    def ordering(self, items: list[Any]) -> tree.Ordering:
        expression, direction, nulls = items
        descending = direction is not None and direction.type == "DESC"
        return tree.Ordering(expression, descending, None if nulls is None else nulls.type == "FIRST")

    def limit(self, items: list[Token]) -> int | None:
        return whole(items[0]) if items else None

    def offset(self, items: list[Token]) -> int | None:
        return min(int(items[0][:20]), sys.maxsize) if items else None

    def marks(self, items: list[frozenset[str]]) -> frozenset[str]:
        return frozenset().union(*items)

    def for_mark(self, items: list[Token]) -> frozenset[str]:
        return _words(items, "view", "reference", "update")

    def update_mark(self, items: list[Token]) -> frozenset[str]:
        return _words(items, "tracking", "viewstat")

    update_clause = update_mark

    def all_rows(self, items: list[Token]) -> bool:
        return bool(items)

    def all_of(self, items: list[Any]) -> tree.AllOf:
        return tree.AllOf(tuple(items))

    def any_of(self, items: list[Any]) -> tree.AnyOf:
        return tree.AnyOf(tuple(items))

    def negation(self, items: list[Any]) -> tree.Negation:
        return tree.Negation(items[0])

    def compare(self, items: list[Any]) -> tree.Compare:
        left, operator, right = items
        sign = "!=" if operator == "<>" else str(operator)
        return tree.Compare(left, cast(Any, sign), right)

    def like(self, items: list[Any]) -> tree.Like:
        return tree.Like(*items)

    def in_values(self, items: list[Any]) -> tree.InValues:
        left, negated, values = items
        return tree.InValues(left, negated is not None, values)

    def in_query(self, items: list[Any]) -> tree.InQuery:
        left, negated, query = items
        return tree.InQuery(left, negated is not None, query)

    def includes(self, items: list[Any]) -> tree.Includes:
        left, kind, values = items
        return tree.Includes(left, kind.type == "EXCLUDES", values)

    def category(self, items: list[Token]) -> str:
        group, operator, *names = items
        _words([operator], "at", "above", "below", "above_or_below")
        return f"{group} {operator.upper()} {','.join(names)}"

    def sosl(self, items: list[Any]) -> tree.Search:
        term, group, targets, *settings, limit, _update = items
        return tree.Search(str(term)[1:-1], group, targets, limit, tuple(settings), place(term) + 1)

    def in_group(self, items: list[Token]) -> str:
        _words(items, "all", "name", "email", "phone", "sidebar")
        return items[0].upper() if items else "ALL"

    def setting(self, items: list[Any]) -> tree.SearchSetting:
        name, *values = items
        _words([name], "division", "data", "snippet", "network", "pricebookid", "metadata", "highlight",
               "spell_correction")  # fmt: skip
        word = "data category" if name.lower() == "data" else name.lower()
        return tree.SearchSetting(word, ",".join(value.strip("'") for value in values) or None, place(name))

    def setting_option(self, items: list[Token]) -> tree.SearchSetting:
        name, option, value = items
        _words([name], "snippet")
        _words([option], "target_length")
        return tree.SearchSetting(name.lower(), str(value), place(name))

    def list_view(self, items: list[Token]) -> str | None:
        _words(items[:1], "listview")
        return str(items[1]) if items else None

    def target(self, items: list[Any]) -> tree.SearchTarget:
        name, *detail = items
        fields, where, view, order, limit, start = detail[0] if detail else ((), None, None, (), None, None)
        return tree.SearchTarget(str(name), place(name), fields, where, order, limit, start, view)

    def target_detail(self, items: list[Any]) -> list[Any]:
        return items


def _levels(select: tuple[tree.SelectItem, ...], where: tree.Condition | None) -> int:
    below = [item.query for item in select if isinstance(item, tree.Children)]
    below += tree.inner_queries(where)
    levels = 1 + max((query.levels for query in below), default=0)
    if levels > MAX_LEVELS:
        raise Unexpected(0, refusals.too_many_levels(MAX_LEVELS))
    return levels


def _alias(token: Token | None) -> str | None:
    return None if token is None else str(token)


def _words(tokens: list[Token], *allowed: str) -> frozenset[str]:
    for token in tokens:
        if token.lower() not in allowed:
            raise unexpected(token)
    return frozenset(token.lower() for token in tokens)
