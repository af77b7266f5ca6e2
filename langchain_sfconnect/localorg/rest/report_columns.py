"""What a report is about: its stored definition, with every column resolved to a field. Knows no rows and no HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from langchain_sfconnect.localorg.engine import Session

ROW_COUNT = "RowCount"
AGGREGATE_WORDS = {"s": "Sum of", "a": "Average", "m": "Smallest", "x": "Largest", "u": "Unique"}
Definition = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in the report, the SOQL path behind it, its label and data type."""

    name: str
    path: str
    label: str
    data_type: str


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A summary such as `s!AMOUNT`; `kind` is its letter, None for the row count."""

    name: str
    kind: str | None
    column: Column | None

    @property
    def label(self) -> str:
        """As the report's heading says it."""
        if self.column is None or self.kind is None:
            return "Record Count"
        return f"{AGGREGATE_WORDS[self.kind]} {self.column.label}"

    @property
    def data_type(self) -> str:
        """The data type of its values."""
        return "int" if self.column is None or self.kind == "u" else self.column.data_type


class Report:
    """A report's definition, resolved against the schema its user sees."""

    def __init__(self, session: Session, definition: Definition) -> None:
        self.definition = definition
        self.sobject: str = definition["soql_object"]
        self._session = session
        self._describes: dict[str, dict[str, Any]] = {}

    @cached_property
    def columns(self) -> list[Column]:
        """The detail columns."""
        return [self.column(name) for name in self.definition["columns"]]

    @cached_property
    def groupings(self) -> list[Column]:
        """The columns rows are grouped by, outermost first; none in a tabular report."""
        return [self.column(name) for name in self.definition.get("groupings") or ()]

    @cached_property
    def aggregates(self) -> list[Aggregate]:
        """The summaries; the row count is always one of them."""
        names = dict.fromkeys([*(self.definition.get("aggregates") or ()), ROW_COUNT])
        return [self._aggregate(name) for name in names]

    @property
    def filters(self) -> Sequence[Mapping[str, Any]]:
        """The filters as stored."""
        return self.definition.get("filters") or ()

    def column(self, name: str) -> Column:
        """Resolve a column, written as a field path (`Account.Name`) or in report style (`CLOSE_DATE`)."""
        *parents, last = name.split(".")
        if parents and parents[0] == self.sobject:
            parents = parents[1:]
        sobject, relations = self.sobject, []
        for parent in parents:
            field = next(f for f in self._fields(sobject) if _same(f["relationshipName"] or "", parent))
            relations.append(field["relationshipName"])
            sobject = field["referenceTo"][0]
        field = next(f for f in self._fields(sobject) if _same(f["name"], last))
        label = field["label"] if not relations else f"{sobject} {field['label']}"
        return Column(name, ".".join([*relations, field["name"]]), label, field["type"])

    def described_fields(self) -> list[dict[str, Any]]:
        """The describes of the fields the report's object has."""
        return self._fields(self.sobject)

    def _aggregate(self, name: str) -> Aggregate:
        if name == ROW_COUNT:
            return Aggregate(name, None, None)
        kind, _, column = name.partition("!")
        return Aggregate(name, kind, self.column(column))

    def _fields(self, sobject: str) -> list[dict[str, Any]]:
        if sobject not in self._describes:
            self._describes[sobject] = self._session.describe(sobject)
        fields: list[dict[str, Any]] = self._describes[sobject]["fields"]
        return fields


def _same(field: str, written: str) -> bool:
    return field.lower() == written.replace("_", "").lower() or field.lower() == written.lower()
