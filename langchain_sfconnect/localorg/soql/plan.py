"""A query after it was understood: every name resolved to a field of a joined table; knows no text and no SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from typing import Literal as OneOf

from langchain_sfconnect.localorg.schema import SObject
from langchain_sfconnect.localorg.schema.model import FieldType
from langchain_sfconnect.localorg.soql.exprs import Expr, Link, Value

Operator = OneOf["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Test:
    """A comparison with one stored value; `value` None means null."""

    left: Expr
    operator: Operator
    value: Any


@dataclass(frozen=True, slots=True)
class RangeTest:
    """A comparison with a range of dates or moments, its end excluded."""

    left: Expr
    operator: Operator
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class LikeTest:
    left: Expr
    pattern: str


@dataclass(frozen=True, slots=True)
class Membership:
    """A test for one of several stored values, `with_null` counting null among them."""

    left: Expr
    negated: bool
    values: tuple[Any, ...]
    with_null: bool = False


@dataclass(frozen=True, slots=True)
class SemiJoin:
    left: Expr
    negated: bool
    plan: Plan


@dataclass(frozen=True, slots=True)
class HasValues:
    """A multi-select picklist holding every value of at least one of the sets; `exact`: and no other value."""

    left: Expr
    negated: bool
    sets: tuple[tuple[str, ...], ...]
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Every:
    items: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Some:
    items: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Opposite:
    item: Filter


Filter = Test | RangeTest | LikeTest | Membership | SemiJoin | HasValues | Every | Some | Opposite


@dataclass(frozen=True, slots=True)
class Order:
    expr: Expr
    descending: bool
    nulls_first: bool | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of the answer, at `slot` of the row; `formatted` as the user's locale writes it."""

    slot: int
    type: FieldType
    scale: int | None = None
    formatted: bool = False


@dataclass(frozen=True, slots=True)
class CompoundCell:
    """A compound field: the keys of its parts, and where in the row they are."""

    parts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class ChildCell:
    """The rows of a subquery: `index` into the plan's children."""

    index: int


@dataclass(frozen=True, slots=True)
class Shape:
    """How a row becomes a record: where its id is, what it is, and its items in the order they were asked for.

    `type_slot` is where the object's name is found when it differs from row to row.
    """

    sobject: SObject | None
    id_slot: int
    type_slot: int | None
    items: dict[str, Item]


@dataclass(frozen=True, slots=True)
class Variants:
    """A parent whose shape depends on its object, found at `type_slot`; null where no shape is for it."""

    type_slot: int
    shapes: dict[str, Shape]


Item = Cell | CompoundCell | ChildCell | Shape | Variants


@dataclass(frozen=True, slots=True)
class ChildPlan:
    """A subquery over the rows whose `parent_slot` holds the parent's id."""

    key: str
    plan: Plan
    parent_slot: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One resolved query.

    `sets` are the groupings to answer, each a part of `groups`: more than one for ROLLUP and CUBE.
    """

    root: SObject
    kind: OneOf["rows", "groups", "count"]
    columns: tuple[Expr, ...]
    links: tuple[Link, ...]
    shape: Shape | None = None
    cells: dict[str, Cell] | None = None
    where: Filter | None = None
    groups: tuple[Value, ...] = ()
    sets: tuple[tuple[Value, ...], ...] = ()
    having: Filter | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    children: tuple[ChildPlan, ...] = ()
    include_deleted: bool = False
    marks_viewed: bool = False
