"""Pieces of SQL text that carry their parameters with them, so that no value ever becomes text; knows no schema."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Sql:
    """SQL text with one `?` per parameter."""

    text: str
    params: tuple[Any, ...] = ()

    def __add__(self, other: Sql) -> Sql:
        return Sql(f"{self.text} {other.text}", self.params + other.params)

    def wrapped(self, before: str, after: str) -> Sql:
        """Return the piece between two literal texts."""
        return Sql(before + self.text + after, self.params)


def name(identifier: str) -> Sql:
    """Return a quoted identifier; it comes from the schema, never from a caller."""
    return Sql('"' + identifier.replace('"', '""') + '"')


def column(alias: str, identifier: str) -> Sql:
    """Return a column of an aliased table."""
    return name(identifier).wrapped(f"{alias}.", "")


def literal(text: str) -> Sql:
    """Return a quoted text; it comes from the schema, never from a caller."""
    return Sql("'" + text.replace("'", "''") + "'")


def value(item: Any) -> Sql:
    """Return a parameter."""
    return Sql("?", (item,))


def values(items: Iterable[Any]) -> Sql:
    """Return parameters in a row, with commas between."""
    params = tuple(items)
    return Sql(", ".join("?" * len(params)), params)


def joined(separator: str, pieces: Iterable[Sql]) -> Sql:
    """Return pieces in a row with `separator` between."""
    parts = tuple(pieces)
    return Sql(separator.join(part.text for part in parts), tuple(item for part in parts for item in part.params))


def bushy(operator: str, pieces: list[Sql]) -> Sql:
    """Join conditions as a shallow tree: SQLite limits how deep an expression may go, not how wide."""
    if len(pieces) == 1:
        return pieces[0]
    if len(pieces) <= _WIDTH:
        return joined(f" {operator} ", pieces).wrapped("(", ")")
    starts = range(0, len(pieces), _WIDTH)
    return bushy(operator, [bushy(operator, pieces[start : start + _WIDTH]) for start in starts])
