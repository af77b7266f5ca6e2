"""Expressions after they were understood: fields of joined tables and what is made of them; knows no text, no SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

from langchain_sfconnect.localorg.schema import Field, SObject
from langchain_sfconnect.localorg.schema.model import FieldType

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
    """A date function of a column; `local` reads a moment on the user's clock, not in UTC."""

    function: str
    column: Column
    local: bool = False

    @property
    def type(self) -> FieldType:
        return "date" if self.function == "DAY_ONLY" else "int"


@dataclass(frozen=True, slots=True)
class Labelled:
    """What people read for a picklist value; `labels` names only values that read differently."""

    column: Column
    labels: tuple[tuple[str, str], ...]

    @property
    def field(self) -> Field:
        return self.column.field

    @property
    def type(self) -> FieldType:
        return self.column.type


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the globe: the columns, or the numbers, of its latitude and longitude in degrees."""

    latitude: Column | float
    longitude: Column | float


@dataclass(frozen=True, slots=True)
class Distance:
    """How far the place a compound field names is from another, in miles or kilometres."""

    name: str
    start: Spot
    end: Spot
    unit: OneOf["mi", "km"]

    @property
    def type(self) -> FieldType:
        return "double"


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


@dataclass(frozen=True, slots=True)
class Grouping:
    """1 in the subtotal rows over all values of `expr`, else 0."""

    expr: Value

    @property
    def type(self) -> FieldType:
        return "int"


Value = Column | Computed | ObjectType | Labelled | DatePart | Distance
Expr = Value | Aggregate | Grouping


def name_of(expr: Expr) -> str:
    """Return the API name an expression answers under when it has no alias."""
    match expr:
        case Aggregate(name) | Distance(name):
            return name
        case DatePart(_, column):
            return name_of(column)
        case Grouping(inner):
            return name_of(inner)
        case _:
            return expr.field.name
