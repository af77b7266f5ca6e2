"""Builds the tree while the grammar is being matched: one method per grammar rule; knows no schema."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, cast

from lark import Token, Transformer

from langchain_sfconnect.localorg.soql import tree

_RESERVED = frozenset(
    [
        "and",
        "asc",
        "desc",
        "excludes",
        "first",
        "from",
        "group",
        "having",
        "in",
        "includes",
        "last",
        "like",
        "limit",
        "not",
        "null",
        "nulls",
        "or",
        "select",
        "using",
        "where",
        "with",
    ]
)


MAX_LEVELS = 5


class Unexpected(Exception):
    """Something in the statement that cannot be there; `at` is its offset, 0 when nothing should be drawn."""

    def __init__(self, at: int, text: str) -> None:
        super().__init__(text)
        self.at = at
        self.text = text


def _at(token: Token) -> int:
    return token.start_pos or 0


class Reader(Transformer[Token, Any]):
    """Lark calls a method with the finished children of its rule; an absent `[...]` part is None."""

    def query(self, items: list[Any]) -> tree.Query:
        select, sources, scope, where, mode, group, having, order, limit, offset, _view, _track, all_rows = items
        return tree.Query(
            select, sources, scope, where, mode, group, having, order, limit, offset, all_rows, _levels(select, where)
        )

    def _tuple(self, items: list[Any]) -> tuple[Any, ...]:
        return tuple(items)

    select_list = source_list = group_by = order_by = values = target_fields = returning = _tuple

    def _first(self, items: list[Any]) -> Any:
        return items[0] if items else None

    soql = filter = where = having = _first

    def _word(self, items: list[Token]) -> str | None:
        return str(items[0]) if items else None

    scope = with_clause = _word

    def selected_field(self, items: list[Any]) -> tree.Selected:
        expression, alias = items
        return tree.Selected(expression, _alias(alias))

    def selected_children(self, items: list[Any]) -> tree.Children:
        return tree.Children(items[0])

    def source_path(self, items: list[Token]) -> tree.Path:
        return tree.Path(tuple(str(item) for item in items), _at(items[0]))

    def source(self, items: list[Any]) -> tree.Source:
        path, alias = items
        return tree.Source(path, _alias(alias))

    def ordering(self, items: list[Any]) -> tree.Ordering:
        expression, direction, nulls = items
        descending = direction is not None and direction.type == "DESC"
        return tree.Ordering(expression, descending, None if nulls is None else nulls.type == "FIRST")

    def _count(self, items: list[Token]) -> int | None:
        return _whole(items[0]) if items else None

    limit = offset = _count

    def for_clause(self, items: list[Token]) -> bool:
        return all(_one_of(item, "view", "reference", "update") for item in items)

    def update_clause(self, items: list[Token]) -> bool:
        return all(_one_of(item, "tracking", "viewstat") for item in items)

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

    def path(self, items: list[Token]) -> tree.Path:
        if len(items) == 1 and items[0].lower() in _RESERVED:
            raise Unexpected(_at(items[0]), f"unexpected token: '{items[0]}'")
        return tree.Path(tuple(str(item) for item in items), _at(items[0]))

    def call(self, items: list[Any]) -> tree.Call:
        name, *arguments = items
        if any(isinstance(inner, tree.Call) for item in arguments for inner in getattr(item, "arguments", ())):
            raise Unexpected(_at(name), f"unexpected token: '{name}'")
        return tree.Call(str(name), tuple(item for item in arguments if item is not None), _at(name))

    def text(self, items: list[Token]) -> tree.Text:
        return tree.Text(str(items[0])[1:-1], _at(items[0]))

    def number(self, items: list[Token]) -> tree.Number:
        text = str(items[0])
        whole = text.lstrip("+-").isdigit() and len(text) < 19
        return tree.Number(int(text) if whole else float(text), _at(items[0]))

    def money(self, items: list[Token]) -> tree.Number:
        return tree.Number(float(items[0][3:]), _at(items[0]))

    def date(self, items: list[Token]) -> tree.Day:
        try:
            return tree.Day(date.fromisoformat(items[0]), _at(items[0]))
        except ValueError:
            raise Unexpected(_at(items[0]), f"line 1: invalid date: {items[0]}") from None

    def moment(self, items: list[Token]) -> tree.Moment:
        try:
            value = datetime.fromisoformat(items[0].upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            raise Unexpected(_at(items[0]), f"line 1: invalid date: {items[0]}") from None
        return tree.Moment(value, _at(items[0]))

    def word(self, items: list[Token]) -> tree.Literal:
        known = {"true": True, "false": False}
        name = items[0].lower()
        if name in known:
            return tree.Boolean(known[name], _at(items[0]))
        return tree.Null(_at(items[0])) if name == "null" else tree.DateName(str(items[0]), None, _at(items[0]))

    def counted_word(self, items: list[Token]) -> tree.DateName:
        return tree.DateName(str(items[0]), _whole(items[1]), _at(items[0]))

    def bind(self, items: list[Token]) -> tree.Literal:
        raise Unexpected(_at(items[0]) - 1, "Bind variables only allowed in Apex code")

    def sosl(self, items: list[Any]) -> tree.Search:
        term, group, targets, *_with, limit, _update = items
        return tree.Search(str(term)[1:-1], group, targets, limit)

    def in_group(self, items: list[Token]) -> str:
        for item in items:
            _one_of(item, "all", "name", "email", "phone", "sidebar")
        return items[0].upper() if items else "ALL"

    def sosl_with(self, items: list[Token]) -> None:
        _one_of(items[0], "division", "data", "snippet", "network", "pricebookid", "metadata", "highlight",
                "spell_correction")  # fmt: skip

    def list_view(self, items: list[Token]) -> None:
        for item in items[:1]:
            _one_of(item, "listview")

    def target(self, items: list[Any]) -> tree.SearchTarget:
        name, *detail = items
        fields, where, _view, order, limit, offset = detail[0] if detail else ((), None, None, (), None, None)
        return tree.SearchTarget(str(name), _at(name), fields, where, order, limit, offset)

    def target_detail(self, items: list[Any]) -> list[Any]:
        return items


def _levels(select: tuple[tree.Selected | tree.Children, ...], where: tree.Condition | None) -> int:
    below = [item.query for item in select if isinstance(item, tree.Children)]
    below += tree.inner_queries(where) if where is not None else []
    levels = 1 + max((query.levels for query in below), default=0)
    if levels > MAX_LEVELS:
        raise Unexpected(0, f"Queries may be nested {MAX_LEVELS} levels deep at most.")
    return levels


def _alias(token: Token | None) -> str | None:
    return None if token is None else str(token)


def _whole(token: Token) -> int:
    if len(token) > 9:
        raise Unexpected(_at(token), f"unexpected token: '{token}'")
    return int(token)


def _one_of(token: Token, *allowed: str) -> bool:
    if token.lower() not in allowed:
        raise Unexpected(_at(token), f"unexpected token: '{token}'")
    return True
