"""Tells what the columns of an answer are, as clients ask before they print a table; knows no SQL."""

from __future__ import annotations

from typing import Any

from langchain_sfconnect.localorg.schema.model import NUMERIC, FieldType
from langchain_sfconnect.localorg.soql.exprs import Aggregate, Column, Expr, name_of
from langchain_sfconnect.localorg.soql.plan import Cell, ChildCell, CompoundCell, Item, Plan, Shape, Variants

_APEX: dict[FieldType, str] = {
    "id": "Id", "reference": "Id", "boolean": "Boolean", "int": "Integer", "double": "Double", "currency": "Double",
    "percent": "Double", "date": "Date", "datetime": "Datetime", "time": "Time", "base64": "Blob",
}  # fmt: skip


def column_metadata(plan: Plan) -> dict[str, Any]:
    """Return the body that answers `?columns=true`: columns in order, those of parents and subqueries inside."""
    shape = plan.shape
    if shape is not None:
        columns = [_item_column(plan, key, item) for key, item in shape.items.items()]
    else:
        cells = plan.cells or {"expr0": Cell(0, "int")}
        columns = [_cell_column(plan, key, cell) for key, cell in cells.items()]
    return {
        "columnMetadata": columns,
        "entityName": plan.root.name,
        "groupBy": bool(plan.groups),
        "idSelected": shape is not None and "Id" in shape.items,
        "keyPrefix": plan.root.prefix,
    }


def _item_column(plan: Plan, key: str, item: Item) -> dict[str, Any]:
    match item:
        case Cell():
            return _cell_column(plan, key, item)
        case CompoundCell():
            return _column(key, apexType="Address" if key.endswith("Address") else "Location")
        case ChildCell(index):
            below = column_metadata(plan.children[index].plan)["columnMetadata"]
            return _column(key, aggregate=True, joinColumns=below)
        case Shape(sobject, _, _, items):
            inner = [_item_column(plan, name, below) for name, below in items.items()]
            return _column(key, apexType="Name" if sobject is None else sobject.name, joinColumns=inner)
        case Variants(_, shapes):
            seen = {name: below for shape in shapes.values() for name, below in shape.items.items()}
            inner = [_item_column(plan, name, below) for name, below in seen.items()]
            return _column(key, apexType="Name", joinColumns=inner)


def _cell_column(plan: Plan, key: str, cell: Cell) -> dict[str, Any]:
    expr = plan.columns[cell.slot]
    field = expr.field if isinstance(expr, Column) and not cell.formatted else None
    aggregate = isinstance(expr, Aggregate)
    return _column(
        key,
        aggregate=aggregate,
        apexType=None if aggregate else _APEX.get(cell.type, "String"),
        booleanType=cell.type == "boolean",
        displayName=_shown(key, expr),
        insertable=field is not None and field.createable,
        numberType=cell.type in NUMERIC and not cell.formatted,
        textType=_APEX.get(cell.type) is None or cell.formatted,
        updatable=field is not None and field.updateable,
    )


def _shown(key: str, expr: Expr) -> str:
    """An aggregate is shown as it was written, unless it was given a name."""
    if not isinstance(expr, Aggregate) or not key.startswith("expr"):
        return key
    return f"{expr.name.lower()}({name_of(expr.argument) if expr.argument is not None else ''})"


def _column(key: str, **known: Any) -> dict[str, Any]:
    column: dict[str, Any] = {
        "aggregate": False, "apexType": None, "booleanType": False, "columnName": key,
        "custom": key.endswith(("__c", "__r", "__s")), "displayName": key, "foreignKeyName": None,
        "insertable": False, "joinColumns": [], "numberType": False, "textType": False, "updatable": False,
    }  # fmt: skip
    return column | known
