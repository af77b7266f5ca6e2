"""Resolves the select list of a query for records; knows no SQL."""

from __future__ import annotations

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.soql import refusals, tree
from langchain_sfconnect.localorg.soql.expressions import complain, only_argument, resolve_value
from langchain_sfconnect.localorg.soql.exprs import name_of
from langchain_sfconnect.localorg.soql.plan import ChildCell, Shape
from langchain_sfconnect.localorg.soql.scope import Found, Scope
from langchain_sfconnect.localorg.soql.shapes import Columns, Shapes
from langchain_sfconnect.localorg.soql.variants import add_variants

MAX_FIELDS_ROWS = 200


class RowSelection:
    """Builds the shape of records, with the records of their parents inside."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._shapes = Shapes(scope)
        self._unnamed = 0

    @property
    def columns(self) -> Columns:
        return self._shapes.columns

    @property
    def shape(self) -> Shape:
        return self._shapes.root

    def add(self, item: tree.Selected | tree.TypeOf, *, limit: int | None = None) -> None:
        """Add one item of the select list; `limit` is how many rows there can be at most, where that is known.

        Raises:
            OrgError: INVALID_FIELD or MALFORMED_QUERY, pointing at the item.
        """
        if isinstance(item, tree.TypeOf):
            add_variants(self._scope, self._shapes, item)
        elif isinstance(item.expression, tree.Path):
            self._add_field(item, item.expression)
        else:
            self._add_call(item, item.expression, limit)

    def add_children(self, path: tree.Path, key: str, index: int) -> None:
        """Add the rows of a subquery; `index` is its place among the plan's children."""
        if key in self.shape.items:
            raise complain(self._scope, path, refusals.duplicate_subquery(key))
        self.shape.items[key] = ChildCell(index)

    def _add_field(self, item: tree.Selected, path: tree.Path) -> None:
        if item.alias is not None:
            raise complain(self._scope, path, refusals.ALIAS)
        self._put(self._scope.find(path), None, path.at)

    def _add_call(self, item: tree.Selected, call: tree.Call, limit: int | None) -> None:
        match call.name.upper():
            case "FIELDS":
                self._add_fields(call, limit)
            case "TOLABEL":
                found = self._scope.find(self._only_path(call))
                self._put(Found(found.trail, resolve_value(self._scope, call), found.owner), item.alias, call.at)
            case "FORMAT":
                self._put(self._scope.find(self._only_path(call)), item.alias, call.at, formatted=True)
            case "DISTANCE":
                found = Found((), resolve_value(self._scope, call))
                self._put(found, item.alias or self._next_unnamed(), call.at)
            case "CONVERTCURRENCY":
                raise complain(self._scope, call, refusals.ONE_CURRENCY)
            case _:
                raise complain(self._scope, call, refusals.unexpected_token(call.name))

    def _only_path(self, call: tree.Call) -> tree.Path:
        argument = only_argument(self._scope, call)
        if isinstance(argument, tree.Path):
            return argument
        converts = argument.name.upper() == "CONVERTCURRENCY"
        text = refusals.ONE_CURRENCY if converts else refusals.unexpected_token(argument.name)
        raise complain(self._scope, argument, text)

    def _add_fields(self, call: tree.Call, limit: int | None) -> None:
        which = str(call.arguments[0]).upper() if len(call.arguments) == 1 else ""
        if which not in ("ALL", "STANDARD", "CUSTOM"):
            raise complain(self._scope, call, refusals.FIELDS_ARGUMENT)
        if which != "STANDARD" and (limit is None or limit > MAX_FIELDS_ROWS):
            raise errors.malformed_query(refusals.unlimited_fields(MAX_FIELDS_ROWS))
        for item in self._scope.root.fields:
            if which == "ALL" or item.custom == (which == "CUSTOM"):
                self._put(Found((), self._scope.own_column(item), self._scope.root), None, call.at)

    def _put(self, found: Found, alias: str | None, at: int, *, formatted: bool = False) -> None:
        shape = self._shapes.below(self.shape, found.trail, at)
        self._shapes.put(shape, alias or name_of(found.value), self._shapes.item(found, formatted=formatted), at)

    def _next_unnamed(self) -> str:
        self._unnamed += 1
        return f"expr{self._unnamed - 1}"
