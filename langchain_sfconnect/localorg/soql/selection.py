"""Resolves a select list: which columns are fetched, and how a row of them becomes a record; knows no SQL."""

from __future__ import annotations

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.schema import Field
from langchain_sfconnect.localorg.schema.model import ADDRESS_PARTS
from langchain_sfconnect.localorg.soql import tree
from langchain_sfconnect.localorg.soql.expressions import complain, is_aggregate, resolve_expression, resolve_value
from langchain_sfconnect.localorg.soql.plan import (
    AddressCell,
    Aggregate,
    Cell,
    ChildCell,
    Column,
    DatePart,
    Expr,
    Item,
    Link,
    ObjectType,
    Shape,
    Value,
)
from langchain_sfconnect.localorg.soql.scope import Scope

MAX_FIELDS_ROWS = 200


class Columns:
    """The columns a query fetches, each once."""

    def __init__(self) -> None:
        self._slots: dict[Expr, int] = {}

    def slot(self, expr: Expr) -> int:
        """Return the place of an expression in the row."""
        return self._slots.setdefault(expr, len(self._slots))

    def all(self) -> tuple[Expr, ...]:
        return tuple(self._slots)


class RowSelection:
    """Builds the shape of records, with the records of their parents inside."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.columns = Columns()
        self.id_slot = self.columns.slot(scope.own_column(scope.root.fields[0]))
        self.shape = Shape(scope.root, self.id_slot, None, {})
        self._parents: dict[Link, Shape] = {}

    def add(self, item: tree.Selected, *, limit: int | None = None) -> None:
        """Add one item of the select list.

        Raises:
            OrgError: INVALID_FIELD or MALFORMED_QUERY, pointing at the item.
        """
        expression = item.expression
        if isinstance(expression, tree.Path):
            self._refuse_alias(item)
            found = self._scope.find(expression)
            self._put(expression, self._shape_of(found.trail), found.value, None)
        elif expression.name.upper() == "FIELDS":
            self._add_fields(expression, limit)
        elif expression.name.upper() == "TOLABEL":
            self._put(expression, self.shape, resolve_value(self._scope, expression), item.alias)
        else:
            raise complain(self._scope, expression, f"unexpected token: '{expression.name}'")

    def add_children(self, path: tree.Path, key: str, index: int) -> None:
        """Add the rows of a subquery; `index` is its place among the plan's children."""
        if key in self.shape.items:
            raise complain(self._scope, path, f"duplicate subquery: {key}")
        self.shape.items[key] = ChildCell(index)

    def _refuse_alias(self, item: tree.Selected) -> None:
        if item.alias is not None:
            raise complain(self._scope, item.expression, "only aggregate expressions use field aliasing")

    def _add_fields(self, call: tree.Call, limit: int | None) -> None:
        which = str(call.arguments[0]).upper() if len(call.arguments) == 1 else ""
        if which not in ("ALL", "STANDARD", "CUSTOM"):
            raise complain(self._scope, call, "FIELDS takes ALL, STANDARD or CUSTOM")
        if which != "STANDARD" and (limit is None or limit > MAX_FIELDS_ROWS):
            raise errors.malformed_query(f"The SOQL FIELDS function must have a LIMIT of at most {MAX_FIELDS_ROWS}")
        for item in self._scope.root.fields:
            if which == "ALL" or item.custom == (which == "CUSTOM"):
                self._put(call, self.shape, self._scope.own_column(item), None)

    def _put(self, expression: tree.Expression, shape: Shape, value: Value, alias: str | None) -> None:
        key = alias or name_of(value)
        if key in shape.items:
            text = f"duplicate field selected: {key}"
            raise self._scope.context.complain.at(expression.at, errors.invalid_query_field, text)
        shape.items[key] = self._cell(value)

    def _cell(self, value: Value) -> Item:
        if value.type == "address" and isinstance(value, Column):
            return AddressCell(tuple(self.columns.slot(part) for part in self._address_parts(value)))
        return Cell(self.columns.slot(value), value.type)

    def _address_parts(self, compound: Column) -> list[Column]:
        prefix = compound.field.name.removesuffix("Address")
        ((alias, _),) = compound.places
        return [
            Column(Field(prefix + name, "string", "", ""), ((alias, prefix + name),), compound.outer)
            for name in ADDRESS_PARTS
        ]

    def _shape_of(self, trail: tuple[Link, ...]) -> Shape:
        shape = self.shape
        for link in trail:
            shape = self._parent_shape(shape, link)
        return shape

    def _parent_shape(self, below: Shape, link: Link) -> Shape:
        if link not in self._parents:
            reference = link.lookup.reference
            type_slot = self.columns.slot(ObjectType(link.lookup, link)) if link.polymorphic else None
            target = None if link.polymorphic else link.joins[0].sobject
            shape = Shape(target, self.columns.slot(self._scope.identity(link)), type_slot, {})
            self._parents[link] = shape
            below.items[(reference and reference.relationship) or link.lookup.name] = shape
        return self._parents[link]


class GroupSelection:
    """Builds the cells of an aggregate result."""

    def __init__(self, scope: Scope, groups: tuple[Expr, ...]) -> None:
        self._scope = scope
        self._groups = groups
        self._unnamed = 0
        self.columns = Columns()
        self.cells: dict[str, Cell] = {}

    def add(self, item: tree.Selected | tree.Children) -> None:
        """Add one item of the select list; errors as in `RowSelection.add`."""
        if isinstance(item, tree.Children):
            text = "Subqueries cannot be used in a query with aggregates"
            raise complain(self._scope, item.query.sources[0].path, text)
        expr = resolve_expression(self._scope, item.expression)
        if not isinstance(expr, Aggregate) and expr not in self._groups:
            raise complain(self._scope, item.expression, f"Field must be grouped or aggregated: {name_of(expr)}")
        key = item.alias or self._key(expr)
        if key in self.cells:
            raise complain(self._scope, item.expression, f"duplicate alias: {key}")
        self.cells[key] = Cell(self.columns.slot(expr), expr.type, _scale(expr))

    def _key(self, expr: Expr) -> str:
        if not isinstance(expr, Aggregate | DatePart):
            return name_of(expr)
        self._unnamed += 1
        return f"expr{self._unnamed - 1}"


def selects_aggregate(query: tree.Query) -> bool:
    """Say whether the select list of a query holds an aggregate."""
    return any(isinstance(item, tree.Selected) and is_aggregate(item.expression) for item in query.select)


def name_of(expr: Expr) -> str:
    """Return the API name an expression answers under when it has no alias."""
    if isinstance(expr, Aggregate):
        return expr.name
    return name_of(expr.column) if isinstance(expr, DatePart) else expr.field.name


def _scale(expr: Expr) -> int | None:
    """Sums are rounded to the scale of their field: binary fractions would show otherwise."""
    if isinstance(expr, Aggregate) and expr.name == "SUM" and isinstance(expr.argument, Column):
        return expr.argument.field.scale
    return None
