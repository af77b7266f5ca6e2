"""What an object, a field and a relationship are; knows no particular object and no storage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

FieldType = Literal[
    "id", "string", "textarea", "picklist", "multipicklist", "combobox", "phone", "email", "url", "reference",
    "boolean", "int", "double", "currency", "percent", "date", "datetime", "address",
]  # fmt: skip
Role = Literal["name", "id_lookup", "external_id", "unique", "auto_number", "case_sensitive", "indexed"]
OnDelete = Literal["keep", "cascade", "restrict"]
Computed = Literal["open_activity", "overdue_task", "last_viewed"]

NUMERIC: frozenset[FieldType] = frozenset({"int", "double", "currency", "percent"})
ADDRESS_PARTS = (
    "City", "Country", "GeocodeAccuracy", "Latitude", "Longitude", "PostalCode", "State", "Street",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Picklist:
    """The values of a picklist in their defined order; unless `restricted`, any text may be stored."""

    values: tuple[str, ...]
    default: str | None = None
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a lookup points: the objects, the name to walk up by, and the name to walk down by."""

    targets: tuple[str, ...]
    relationship: str | None = None
    children: str | None = None
    on_delete: OnDelete = "keep"
    polymorphic: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One field. `flags` holds N C U D F G S: nillable, createable, updateable, defaulted, filterable, ...

    `mirrors` is a parent path whose value the field shows; `computed` names a value worked out when read;
    `part_of` is the compound field that contains this one.
    """

    name: str
    type: FieldType
    label: str
    flags: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    default: str | bool | None = None
    picklist: Picklist | None = None
    reference: Reference | None = None
    roles: frozenset[Role] = frozenset()
    part_of: str | None = None
    mirrors: tuple[str, str] | None = None
    computed: Computed | None = None

    @property
    def nillable(self) -> bool:
        return "N" in self.flags

    @property
    def createable(self) -> bool:
        return "C" in self.flags

    @property
    def updateable(self) -> bool:
        return "U" in self.flags

    @property
    def defaulted(self) -> bool:
        return "D" in self.flags

    @property
    def filterable(self) -> bool:
        return "F" in self.flags

    @property
    def groupable(self) -> bool:
        return "G" in self.flags

    @property
    def sortable(self) -> bool:
        return "S" in self.flags

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")

    @property
    def stored(self) -> bool:
        """Whether the field has a column of its own."""
        return self.type != "address" and self.mirrors is None and self.computed is None

    @property
    def required(self) -> bool:
        """Whether a create must give it."""
        return self.createable and not self.nillable and not self.defaulted


@dataclass(frozen=True, slots=True)
class ChildRelationship:
    """A lookup seen from the object it points at."""

    name: str | None
    child: str
    field: Field


@dataclass(frozen=True, eq=False)
class SObject:
    """One object: its fields in order, and what may be done with it."""

    name: str
    label: str
    plural: str
    prefix: str
    fields: tuple[Field, ...]
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    searchable: bool = True
    search_names: tuple[str, ...] = ()
    children: tuple[ChildRelationship, ...] = field(default=(), repr=False)

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        return {item.name.lower(): item for item in self.fields}

    @cached_property
    def _by_relationship(self) -> dict[str, Field]:
        named = ((item.reference, item) for item in self.fields)
        return {ref.relationship.lower(): item for ref, item in named if ref and ref.relationship}

    @cached_property
    def _by_child_name(self) -> dict[str, ChildRelationship]:
        return {item.name.lower(): item for item in self.children if item.name}

    @cached_property
    def stored_fields(self) -> tuple[Field, ...]:
        """The fields that have a column."""
        return tuple(item for item in self.fields if item.stored)

    @cached_property
    def name_field(self) -> Field | None:
        """The field that names a record to people."""
        return next((item for item in self.fields if "name" in item.roles), None)

    @property
    def has_recycle_bin(self) -> bool:
        return self.field("IsDeleted") is not None

    def field(self, name: str) -> Field | None:
        """Return a field by its name in any case."""
        return self._by_name.get(name.lower())

    def parent(self, relationship: str) -> Field | None:
        """Return the lookup that a relationship name walks up by."""
        return self._by_relationship.get(relationship.lower())

    def child(self, relationship: str) -> ChildRelationship | None:
        """Return the relationship that a name walks down by."""
        return self._by_child_name.get(relationship.lower())


class Schema:
    """All objects of an org, found by name in any case or by key prefix."""

    def __init__(self, objects: Iterable[SObject]) -> None:
        declared = tuple(objects)
        children = _children_by_parent(declared)
        complete = [_with_children(item, children.get(item.name, ())) for item in declared]
        self._by_name = {item.name.lower(): item for item in complete}
        self._by_prefix = {item.prefix: item for item in complete}

    def __iter__(self) -> Iterator[SObject]:
        return iter(self._by_name.values())

    def find(self, name: str) -> SObject | None:
        """Return an object by its name."""
        return self._by_name.get(name.lower())

    def __getitem__(self, name: str) -> SObject:
        return self._by_name[name.lower()]

    def of_id(self, record_id: str) -> SObject | None:
        """Return the object whose key prefix an id carries."""
        return self._by_prefix.get(record_id[:3])

    def targets(self, lookup: Field) -> tuple[SObject, ...]:
        """Return the objects of this org that a lookup may point at."""
        names = lookup.reference.targets if lookup.reference else ()
        return tuple(self._by_name[name.lower()] for name in names if name.lower() in self._by_name)


def _children_by_parent(objects: Iterable[SObject]) -> dict[str, tuple[ChildRelationship, ...]]:
    found: dict[str, tuple[ChildRelationship, ...]] = {}
    for child in objects:
        for item in child.fields:
            for target in item.reference.targets if item.reference else ():
                relationship = ChildRelationship(item.reference.children if item.reference else None, child.name, item)
                found[target] = (*found.get(target, ()), relationship)
    return found


def _with_children(sobject: SObject, children: tuple[ChildRelationship, ...]) -> SObject:
    return replace(sobject, children=children)
