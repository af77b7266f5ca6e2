"""Builds the shapes of records: which column each item reads, and parents nested in their children; knows no SQL."""

from __future__ import annotations

from collections.abc import Iterable

from langchain_sfconnect.localorg.schema import SObject
from langchain_sfconnect.localorg.soql import refusals
from langchain_sfconnect.localorg.soql.compounds import parts_of
from langchain_sfconnect.localorg.soql.exprs import Column, Expr, Link, ObjectType
from langchain_sfconnect.localorg.soql.plan import Cell, CompoundCell, Item, Shape
from langchain_sfconnect.localorg.soql.scope import Found, Scope


class Columns:
    """The columns a query fetches, each once."""

    def __init__(self) -> None:
        self._slots: dict[Expr, int] = {}

    def slot(self, expr: Expr) -> int:
        """Return the place of an expression in the row."""
        return self._slots.setdefault(expr, len(self._slots))

    def all(self) -> tuple[Expr, ...]:
        return tuple(self._slots)


class Shapes:
    """Builds the shape of a query's records and of what is nested in them."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.columns = Columns()
        own_id = scope.own_column(scope.root.fields[0])
        self.root = Shape(scope.root, self.columns.slot(own_id), None, {})

    def below(self, shape: Shape, links: Iterable[Link], at: int) -> Shape:
        """Return the shape that lies some relationships above another, made where it is missing."""
        for link in links:
            key = relationship_name(link)
            if not isinstance(shape.items.get(key), Shape):
                self.put(shape, key, self._parent(link), at)
            shape = _nested(shape, key)
        return shape

    def put(self, shape: Shape, key: str, item: Item, at: int) -> None:
        """Add an item to a shape.

        Raises:
            OrgError: INVALID_FIELD: there is one of that name.
        """
        if key in shape.items:
            raise self._scope.context.invalid_field(at, refusals.selected_twice(key))
        shape.items[key] = item

    def item(self, found: Found, *, formatted: bool = False) -> Item:
        """Return how a value is read from a row."""
        parts = parts_of(found)
        if parts is not None:
            return CompoundCell(tuple((key, self.columns.slot(part)) for key, part in parts.items()))
        scale = found.value.field.scale if isinstance(found.value, Column) and formatted else None
        return Cell(self.columns.slot(found.value), found.value.type, scale, formatted)

    def identity_slot(self, link: Link) -> int:
        """Return where the id of a parent is found."""
        return self.columns.slot(self._scope.identity(link))

    def type_slot(self, link: Link) -> int:
        """Return where the object of a polymorphic parent is found."""
        return self.columns.slot(ObjectType(link.lookup, link))

    def _parent(self, link: Link) -> Shape:
        if link.polymorphic:
            return Shape(None, self.identity_slot(link), self.type_slot(link), {})
        target: SObject = link.joins[0].sobject
        return Shape(target, self.identity_slot(link), None, {})


def relationship_name(link: Link) -> str:
    """Return the name a parent answers under."""
    reference = link.lookup.reference
    return (reference and reference.relationship) or link.lookup.name


def _nested(shape: Shape, key: str) -> Shape:
    item = shape.items[key]
    assert isinstance(item, Shape)  # noqa: S101
    return item
