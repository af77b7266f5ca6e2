"""A report resolved against the schema: every column a field, every summary a function; knows no rows, no HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from langchain_sfconnect.localorg.engine import Session
from langchain_sfconnect.localorg.rest import refusals
from langchain_sfconnect.localorg.rest.analytics.definition import Definition, Grouping

ROW_COUNT = "RowCount"
AGGREGATE_WORDS = {"s": "Sum of", "a": "Average", "m": "Smallest", "x": "Largest", "u": "Unique"}
DATES = ("date", "datetime")


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


@dataclass(frozen=True, slots=True)
class Group:
    """A grouping and the column it groups by; dates are grouped by day unless another part is named."""

    given: Grouping
    column: Column

    @property
    def granularity(self) -> str:
        if self.column.data_type not in DATES:
            return "None"
        return "DAY" if self.given.granularity.upper() == "NONE" else self.given.granularity.upper()


class Report:
    """A report's definition, resolved against the schema its user sees."""

    def __init__(self, session: Session, definition: Definition) -> None:
        self.definition = definition
        self._session = session
        self._describes: dict[str, dict[str, Any]] = {}

    @cached_property
    def columns(self) -> list[Column]:
        """The detail columns."""
        return [self.column(name) for name in self.definition.columns]

    @cached_property
    def down(self) -> list[Group]:
        """What rows are grouped by, outermost first; nothing in a tabular report."""
        return [Group(item, self.column(item.name)) for item in self.definition.down]

    @cached_property
    def across(self) -> list[Group]:
        """What columns of a matrix are grouped by."""
        return [Group(item, self.column(item.name)) for item in self.definition.across]

    @cached_property
    def aggregates(self) -> list[Aggregate]:
        """The summaries; the row count is always one of them."""
        names = dict.fromkeys([*self.definition.aggregates, ROW_COUNT])
        return [self._aggregate(name) for name in names]

    @property
    def count_at(self) -> int:
        """Where the row count stands among the aggregates."""
        return [aggregate.name for aggregate in self.aggregates].index(ROW_COUNT)

    def column(self, name: str) -> Column:
        """Resolve a column, written as a field path (`Account.Name`) or in report style (`CLOSE_DATE`).

        Raises:
            OrgError: There is no such column.
        """
        *parents, last = name.split(".")
        if parents and _same(self.definition.sobject, parents[0]):
            parents = parents[1:]
        sobject, relations = self.definition.sobject, []
        for parent in parents:
            field = self._field(sobject, "relationshipName", parent, name)
            relations.append(field["relationshipName"])
            sobject = field["referenceTo"][0]
        field = self._field(sobject, "name", last, name)
        label = field["label"] if not relations else f"{sobject} {field['label']}"
        return Column(name, ".".join([*relations, field["name"]]), label, field["type"])

    def described_fields(self) -> list[dict[str, Any]]:
        """The describes of the fields the report's object has."""
        return self._fields(self.definition.sobject)

    def _aggregate(self, name: str) -> Aggregate:
        if name == ROW_COUNT:
            return Aggregate(name, None, None)
        kind, _, column = name.partition("!")
        if kind not in AGGREGATE_WORDS:
            raise refusals.bad_report(f"The aggregate {name} is not one of RowCount, s!, a!, m!, x! and u!")
        return Aggregate(name, kind, self.column(column))

    def _field(self, sobject: str, key: str, wanted: str, name: str) -> dict[str, Any]:
        found = next((field for field in self._fields(sobject) if field[key] and _same(field[key], wanted)), None)
        if found is None or found["type"] in ("address", "location"):
            raise refusals.unknown_column(name)
        return found

    def _fields(self, sobject: str) -> list[dict[str, Any]]:
        if sobject not in self._describes:
            self._describes[sobject] = self._session.describe(sobject)
        fields: list[dict[str, Any]] = self._describes[sobject]["fields"]
        return fields


def _same(field: str, written: str) -> bool:
    return field.lower() in (written.lower(), written.replace("_", "").lower())
