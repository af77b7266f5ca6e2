"""The tree a statement parses to, in the statement's own words; knows no schema and no SQL.

Every node that can be wrong carries `at`, its offset in the statement, so that an error can point at it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal as OneOf


@dataclass(frozen=True, slots=True)
class Path:
    """A name with its relationship names in front: `Account.Owner.Name`."""

    parts: tuple[str, ...]
    at: int

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments: `COUNT(Id)`, `FIELDS(ALL)`, `GEOLOCATION(37.8, -122.4)`."""

    name: str
    arguments: tuple[Argument, ...]
    at: int


Expression = Path | Call


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted string, still with its escapes."""

    raw: str
    at: int


@dataclass(frozen=True, slots=True)
class Number:
    value: int | float
    at: int


Argument = Path | Call | Text | Number


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a named currency: `USD5000`."""

    currency: str
    value: float
    at: int


@dataclass(frozen=True, slots=True)
class Boolean:
    value: bool
    at: int


@dataclass(frozen=True, slots=True)
class Null:
    at: int


@dataclass(frozen=True, slots=True)
class Day:
    value: date
    at: int


@dataclass(frozen=True, slots=True)
class Moment:
    value: datetime
    at: int


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day, as columns hold it: `10:00:00.000Z`."""

    value: str
    at: int


@dataclass(frozen=True, slots=True)
class DateName:
    """A date literal such as `TODAY` or `LAST_N_DAYS:30`."""

    name: str
    count: int | None
    at: int


Literal = Text | Number | Money | Boolean | Null | Day | Moment | Clock | DateName


@dataclass(frozen=True, slots=True)
class Compare:
    left: Expression
    operator: OneOf["=", "!=", "<", "<=", ">", ">="]
    right: Literal


@dataclass(frozen=True, slots=True)
class Like:
    left: Expression
    right: Literal


@dataclass(frozen=True, slots=True)
class InValues:
    left: Expression
    negated: bool
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class InQuery:
    left: Expression
    negated: bool
    query: Query


@dataclass(frozen=True, slots=True)
class Includes:
    """`INCLUDES` or, negated, `EXCLUDES` on a multi-select picklist."""

    left: Expression
    negated: bool
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    item: Condition


Condition = Compare | Like | InValues | InQuery | Includes | AllOf | AnyOf | Negation


@dataclass(frozen=True, slots=True)
class Selected:
    expression: Expression
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Children:
    """A subquery in the select list."""

    query: Query


@dataclass(frozen=True, slots=True)
class Branch:
    """What a TYPEOF selects from records of one object."""

    sobject: str
    at: int
    fields: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class TypeOf:
    """Fields that depend on the object a relationship leads to."""

    path: Path
    branches: tuple[Branch, ...]
    otherwise: tuple[Path, ...] | None = None


SelectItem = Selected | Children | TypeOf


@dataclass(frozen=True, slots=True)
class Source:
    path: Path
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Ordering:
    expression: Expression
    descending: bool = False
    nulls_first: bool | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """One SELECT statement or subquery; `levels` counts the queries inside one another, itself included.

    `marks` are the words after FOR and UPDATE, in lower case.
    """

    select: tuple[SelectItem, ...]
    sources: tuple[Source, ...]
    scope: str | None = None
    where: Condition | None = None
    with_mode: str | None = None
    group: tuple[Expression, ...] = ()
    having: Condition | None = None
    order: tuple[Ordering, ...] = ()
    limit: int | None = None
    offset: int | None = None
    marks: frozenset[str] = frozenset()
    all_rows: bool = False
    levels: int = 1

    @property
    def below(self) -> tuple[Query, ...]:
        """The subqueries of the select list."""
        return tuple(item.query for item in self.select if isinstance(item, Children))


@dataclass(frozen=True, slots=True)
class SearchTarget:
    """One object of a RETURNING clause; without fields it answers ids."""

    name: str
    at: int
    fields: tuple[Selected, ...] = ()
    where: Condition | None = None
    order: tuple[Ordering, ...] = ()
    limit: int | None = None
    offset: int | None = None
    list_view: str | None = None


@dataclass(frozen=True, slots=True)
class SearchSetting:
    """What follows one WITH: its name in lower case, and its value without quotes, several joined by commas."""

    name: str
    value: str | None
    at: int


@dataclass(frozen=True, slots=True)
class Search:
    """One FIND statement; `term_at` is where the text between the braces starts."""

    term: str
    group: str = "ALL"
    targets: tuple[SearchTarget, ...] = ()
    limit: int | None = None
    settings: tuple[SearchSetting, ...] = ()
    term_at: int = 0


def depth(condition: Condition) -> int:
    """Return how deeply conditions are nested, without recursion: the input may be hostile."""
    return max(level for _, level in _walk(condition))


def inner_queries(condition: Condition | None) -> list[Query]:
    """Return the queries on the right of `IN`."""
    return [] if condition is None else [node.query for node, _ in _walk(condition) if isinstance(node, InQuery)]


def _walk(condition: Condition) -> Iterator[tuple[Condition, int]]:
    pending = [(condition, 1)]
    while pending:
        node, level = pending.pop()
        yield node, level
        if isinstance(node, AllOf | AnyOf):
            pending.extend((item, level + 1) for item in node.items)
        elif isinstance(node, Negation):
            pending.append((node.item, level + 1))
