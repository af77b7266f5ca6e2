"""Turns rows into the records of an answer, in Salesforce's shapes; knows no SQL and no query text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_sfconnect.localorg.schema.model import ADDRESS_PARTS, FieldType
from langchain_sfconnect.localorg.soql.plan import AddressCell, Cell, ChildCell, Item, Shape

Row = Sequence[Any]
Record = dict[str, Any]
_ADDRESS_KEYS = tuple(part[0].lower() + part[1:] for part in ADDRESS_PARTS)


@dataclass(frozen=True, slots=True)
class Records:
    """Builds records whose URLs belong to one API version."""

    api_version: str

    def attributes(self, sobject: str, record_id: str) -> Record:
        """Return the `attributes` of a record."""
        url = f"/services/data/v{self.api_version}/sobjects/{sobject}/{record_id}"
        return {"type": sobject, "url": url}

    def record(self, shape: Shape, row: Row, children: Sequence[dict[str, list[Record]]] = ()) -> Record | None:
        """Return the record of a row, None where the row has no such parent.

        Args:
            shape: Where its values are.
            row: One row of the plan's statement.
            children: Per subquery, the records below each parent id.
        """
        record_id = row[shape.id_slot]
        if record_id is None:
            return None
        record: Record = {"attributes": self._attributes(shape, row, record_id)}
        for key, item in shape.items.items():
            record[key] = self._item(item, row, record_id, children)
        return record

    def groups(self, cells: dict[str, Cell], row: Row) -> Record:
        """Return one row of an aggregate result."""
        record: Record = {"attributes": {"type": "AggregateResult"}}
        return record | {key: _value(cell, row) for key, cell in cells.items()}

    def _attributes(self, shape: Shape, row: Row, record_id: str) -> Record:
        if shape.sobject is not None:
            return self.attributes(shape.sobject.name, record_id)
        kind = row[shape.type_slot] if shape.type_slot is not None else "Name"
        return {**self.attributes(kind, record_id), "type": "Name"}

    def _item(self, item: Item, row: Row, record_id: str, children: Sequence[dict[str, list[Record]]]) -> Any:
        match item:
            case Cell():
                return _value(item, row)
            case AddressCell(slots):
                return _address([row[slot] for slot in slots])
            case ChildCell(index):
                return _envelope(children[index].get(record_id))
            case Shape():
                return self.record(item, row, children)


def _value(cell: Cell, row: Row) -> Any:
    value = to_json(cell.type, row[cell.slot])
    return round(value, cell.scale) if cell.scale is not None and isinstance(value, float) else value


def to_json(kind: FieldType, stored: Any) -> Any:
    """Return a stored value as JSON carries it."""
    if stored is None:
        return None
    if kind == "boolean":
        return bool(stored)
    return float(stored) if kind in ("double", "currency", "percent") else stored


def _address(parts: list[Any]) -> Record | None:
    return None if all(part is None for part in parts) else dict(zip(_ADDRESS_KEYS, parts, strict=True))


def _envelope(records: list[Record] | None) -> Record | None:
    return {"totalSize": len(records), "done": True, "records": records} if records else None
