"""A query after it was understood: every name resolved to a field of a joined table; knows no text and no SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from typing import Literal as OneOf

from langchain_sfconnect.localorg.schema import Field, SObject
from langchain_sfconnect.localorg.schema.model import FieldType

Operator = OneOf["=", "!=", "<", "<=", ">", ">="]
AggregateName = OneOf["COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"]


@dataclass(frozen=True, slots=True)
class Join:
    """One table joined to follow a lookup."""

    alias: str
    sobject: SObject


@dataclass(frozen=True, slots=True)
class Link:
    """A relationship walked up: from the row `alias` through `lookup`, to one table per possible target."""

    alias: str
    lookup: Field
    joins: tuple[Join, ...]

    @property
    def polymorphic(self) -> bool:
        return self.lookup.reference is not None and self.lookup.reference.polymorphic


@dataclass(frozen=True, slots=True)
class Column:
    """A field's value, in the one table that has it, or in whichever joined table holds the row.

    `outer` says that the row may be missing, so the value may be null whatever the field says.
    """

    field: Field
    places: tuple[tuple[str, str], ...]
    outer: bool = False

    @property
    def type(self) -> FieldType:
        return self.field.type


@dataclass(frozen=True, slots=True)
class Computed:
    """A field worked out from other tables for the row `alias`."""

    field: Field
    alias: str

    @property
    def type(self) -> FieldType:
        return self.field.type


@dataclass(frozen=True, slots=True)
class ObjectType:
    """The name of the object a polymorphic lookup points at."""

    field: Field
    link: Link

    @property
    def type(self) -> FieldType:
        return "picklist"


@dataclass(frozen=True, slots=True)
class DatePart:
    """A date function of a column."""

    function: str
    column: Column

    @property
    def type(self) -> FieldType:
        return "date" if self.function == "DAY_ONLY" else "int"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate of an expression, or of whole rows when there is none."""

    name: AggregateName
    argument: Value | None

    @property
    def type(self) -> FieldType:
        if self.argument is None or self.name.startswith("COUNT"):
            return "int"
        return "double" if self.name == "AVG" else self.argument.type


Value = Column | Computed | ObjectType | DatePart
Expr = Value | Aggregate


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
    """A multi-select picklist holding every value of at least one of the sets."""

    left: Expr
    negated: bool
    sets: tuple[tuple[str, ...], ...]


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
    """A value of the answer, at `slot` of the row."""

    slot: int
    type: FieldType
    scale: int | None = None


@dataclass(frozen=True, slots=True)
class AddressCell:
    """A compound address, its parts at `slots` of the row in the order of their names."""

    slots: tuple[int, ...]


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


Item = Cell | AddressCell | ChildCell | Shape


@dataclass(frozen=True, slots=True)
class ChildPlan:
    """A subquery over the rows whose `parent_slot` holds the parent's id."""

    key: str
    plan: Plan
    parent_slot: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One resolved query."""

    root: SObject
    kind: OneOf["rows", "groups", "count"]
    columns: tuple[Expr, ...]
    links: tuple[Link, ...]
    shape: Shape | None = None
    cells: dict[str, Cell] | None = None
    where: Filter | None = None
    groups: tuple[Expr, ...] = ()
    having: Filter | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    children: tuple[ChildPlan, ...] = ()
    include_deleted: bool = False
