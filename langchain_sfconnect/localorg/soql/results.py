"""Turns rows into the records of an answer, in Salesforce's shapes; knows no SQL and no query text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any

from langchain_sfconnect.localorg.schema.model import FieldType
from langchain_sfconnect.localorg.soql.formats import formatted
from langchain_sfconnect.localorg.soql.plan import Cell, ChildCell, CompoundCell, Item, Shape, Variants

Row = Sequence[Any]
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Records:
    """Builds records whose URLs belong to one API version, for a reader in one time zone."""

    api_version: str
    zone: tzinfo = UTC

    def attributes(self, sobject: str, record_id: str) -> Record:
        """Return the `attributes` of a record."""
        url = f"/services/data/v{self.api_version}/sobjects/{sobject}/{record_id}"
        return {"type": sobject, "url": url}

    def next_url(self, cursor_id: str, offset: int) -> str:
        """Return where the rows of a cursor from an offset on are read."""
        return f"/services/data/v{self.api_version}/query/{cursor_id}-{offset}"

    def record(self, shape: Shape, row: Row, blocks: Sequence[Record | None] = ()) -> Record | None:
        """Return the record of a row, None where the row has no such parent.

        Args:
            shape: Where its values are.
            row: One row of the plan's statement.
            blocks: Per subquery, the block of records below this row.
        """
        record_id = row[shape.id_slot]
        if record_id is None:
            return None
        record: Record = {"attributes": self._attributes(shape, row, record_id)}
        for key, item in shape.items.items():
            record[key] = self._item(item, row, blocks)
        return record

    def groups(self, cells: dict[str, Cell], row: Row) -> Record:
        """Return one row of an aggregate result."""
        record: Record = {"attributes": {"type": "AggregateResult"}}
        return record | {key: self._value(cell, row) for key, cell in cells.items()}

    def _attributes(self, shape: Shape, row: Row, record_id: str) -> Record:
        if shape.sobject is not None:
            return self.attributes(shape.sobject.name, record_id)
        kind = row[shape.type_slot] if shape.type_slot is not None else "Name"
        return {**self.attributes(kind, record_id), "type": "Name"}

    def _item(self, item: Item, row: Row, blocks: Sequence[Record | None]) -> Any:
        match item:
            case Cell():
                return self._value(item, row)
            case CompoundCell(parts):
                values = {key: row[slot] for key, slot in parts}
                return None if all(value is None for value in values.values()) else values
            case ChildCell(index):
                return blocks[index]
            case Shape():
                return self.record(item, row)
            case Variants(type_slot, shapes):
                shape = shapes.get(row[type_slot])
                return None if shape is None else self.record(shape, row)

    def _value(self, cell: Cell, row: Row) -> Any:
        value = to_json(cell.type, row[cell.slot])
        if value is None:
            return None
        if cell.formatted:
            return formatted(cell.type, value, scale=cell.scale or 0, zone=self.zone)
        return round(value, cell.scale) if cell.scale is not None and isinstance(value, float) else value


def to_json(kind: FieldType, stored: Any) -> Any:
    """Return a stored value as JSON carries it."""
    if stored is None:
        return None
    if kind == "boolean":
        return bool(stored)
    if kind == "encryptedstring":
        return "*" * len(stored)
    return float(stored) if kind in ("double", "currency", "percent") else stored
