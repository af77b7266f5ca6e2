"""Builds the tree's names, calls and literals while the grammar is being matched; knows no clause and no schema."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

from lark import Token, Transformer

from langchain_sfconnect.localorg.soql import refusals, tree

MAX_CALLS = 3
_RESERVED = frozenset({
    "and", "asc", "desc", "excludes", "first", "from", "group", "having", "in", "includes", "last", "like", "limit",
    "not", "null", "nulls", "or", "select", "using", "where", "with",
})  # fmt: skip


class Unexpected(Exception):
    """Something in the statement that cannot be there; `at` is its offset, 0 when nothing should be drawn."""

    def __init__(self, at: int, text: str) -> None:
        super().__init__(text)
        self.at = at
        self.text = text


def place(token: Token) -> int:
    """Return where a token starts in the statement."""
    return token.start_pos or 0


def unexpected(token: Token) -> Unexpected:
    """Return the complaint about a token that cannot stand where it stands."""
    return Unexpected(place(token), refusals.unexpected_token(token))


class LiteralReader(Transformer[Token, Any]):
    """Lark calls a method with the finished children of its rule; an absent `[...]` part is None."""

    def path(self, items: list[Token]) -> tree.Path:
        if len(items) == 1 and items[0].lower() in _RESERVED:
            raise unexpected(items[0])
        return tree.Path(tuple(str(item) for item in items), place(items[0]))

    def call(self, items: list[Any]) -> tree.Call:
        name, *arguments = items
        call = tree.Call(str(name), tuple(item for item in arguments if item is not None), place(name))
        if max(_depths(call)) > MAX_CALLS:
            raise unexpected(name)
        return call

    def text(self, items: list[Token]) -> tree.Text:
        return tree.Text(str(items[0])[1:-1], place(items[0]))

    def number(self, items: list[Token]) -> tree.Number:
        text = str(items[0])
        whole = text.lstrip("+-").isdigit() and len(text) < 19
        return tree.Number(int(text) if whole else float(text), place(items[0]))

    def money(self, items: list[Token]) -> tree.Money:
        return tree.Money(items[0][:3].upper(), float(items[0][3:]), place(items[0]))

    def date(self, items: list[Token]) -> tree.Day:
        try:
            return tree.Day(date.fromisoformat(items[0]), place(items[0]))
        except ValueError:
            raise Unexpected(place(items[0]), refusals.invalid_date(items[0])) from None

    def moment(self, items: list[Token]) -> tree.Moment:
        try:
            value = datetime.fromisoformat(items[0].upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            raise Unexpected(place(items[0]), refusals.invalid_date(items[0])) from None
        return tree.Moment(value, place(items[0]))

    def clock(self, items: list[Token]) -> tree.Clock:
        try:
            value = time.fromisoformat(items[0].upper().removesuffix("Z"))
        except ValueError:
            raise Unexpected(place(items[0]), refusals.invalid_time(items[0])) from None
        return tree.Clock(value.isoformat(timespec="milliseconds") + "Z", place(items[0]))

    def word(self, items: list[Token]) -> tree.Literal:
        known = {"true": True, "false": False}
        name = items[0].lower()
        if name in known:
            return tree.Boolean(known[name], place(items[0]))
        return tree.Null(place(items[0])) if name == "null" else tree.DateName(str(items[0]), None, place(items[0]))

    def counted_word(self, items: list[Token]) -> tree.DateName:
        return tree.DateName(str(items[0]), whole(items[1]), place(items[0]))

    def bind(self, items: list[Token]) -> tree.Literal:
        raise Unexpected(place(items[0]) - 1, refusals.BIND_VARIABLE)


def whole(token: Token) -> int:
    """Return the number an INT token spells; absurdly long ones are complained about."""
    if len(token) > 9:
        raise unexpected(token)
    return int(token)


def _depths(call: tree.Call, level: int = 1) -> Iterator[int]:
    """Calls are read from the inside out, so that a hostile nest is refused before it can exhaust the stack."""
    yield level
    for item in call.arguments:
        if isinstance(item, tree.Call):
            yield from _depths(item, level + 1)
