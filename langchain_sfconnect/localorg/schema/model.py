"""What an object, a field and a relationship are; knows no particular object and no storage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from langchain_sfconnect.localorg.schema.rules import DuplicateRule, RecordTypeRule, ValidationRule

FieldType = Literal[
    "id", "string", "textarea", "picklist", "multipicklist", "combobox", "phone", "email", "url", "reference",
    "boolean", "int", "double", "currency", "percent", "date", "datetime", "time", "address", "location",
    "encryptedstring", "base64",
]  # fmt: skip
Role = Literal["name", "id_lookup", "external_id", "unique", "case_sensitive", "indexed", "html"]
# What a lookup does when the record it points at is deleted.
OnDelete = Literal["keep", "clear", "cascade", "restrict"]
Computed = Literal["open_activity", "overdue_task", "last_viewed"]

NUMERIC: frozenset[FieldType] = frozenset({"int", "double", "currency", "percent"})
COMPOUND: frozenset[FieldType] = frozenset({"address", "location"})
ADDRESS_PARTS = (
    "City", "Country", "GeocodeAccuracy", "Latitude", "Longitude", "PostalCode", "State", "Street",
)  # fmt: skip
LOCATION_PARTS = ("Latitude", "Longitude")


@dataclass(frozen=True, slots=True)
class Picklist:
    """The values of a picklist in their defined order; unless `restricted`, any text may be stored.

    `labels` holds what people see, where that is not the value.
    """

    values: tuple[str, ...]
    default: str | None = None
    restricted: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a lookup points: the objects, the name to walk up by, and the name to walk down by.

    `order` is the place of a master among the object's masters, from 0; None for a mere lookup.
    """

    targets: tuple[str, ...]
    relationship: str | None = None
    children: str | None = None
    on_delete: OnDelete = "keep"
    polymorphic: bool = False
    order: int | None = None


@dataclass(frozen=True, slots=True)
class AutoNumber:
    """How a field numbers the records: `INV-{0000}` counts INV-0001, INV-0002, ... from `first` on."""

    pattern: str
    first: int = 1

    def text(self, number: int) -> str:
        """Return what the record of a number is called."""
        before, _, rest = self.pattern.partition("{")
        zeros, _, after = rest.partition("}")
        return f"{before}{number:0{len(zeros)}d}{after}"


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
    default: str | bool | float | None = None
    picklist: Picklist | None = None
    reference: Reference | None = None
    roles: frozenset[Role] = frozenset()
    part_of: str | None = None
    mirrors: tuple[str, str] | None = None
    computed: Computed | None = None
    auto_number: AutoNumber | None = None
    help: str | None = None

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
        return self.name.endswith(("__c", "__s"))

    @property
    def stored(self) -> bool:
        """Whether the field has a column of its own."""
        return self.type not in COMPOUND and self.mirrors is None and self.computed is None

    @property
    def required(self) -> bool:
        """Whether a create must give it."""
        return self.createable and not self.nillable and not self.defaulted

    @property
    def permissionable(self) -> bool:
        """Whether a profile may be kept from it."""
        writable = self.createable or self.updateable
        free = (writable and (self.nillable or self.type == "boolean")) or self.type in COMPOUND or self.custom
        kinds = self.reference is not None and self.reference.targets == ("RecordType",)
        return free and not kinds and not self.required and self.part_of is None


@dataclass(frozen=True, slots=True)
class ChildRelationship:
    """A lookup seen from the object it points at."""

    name: str | None
    child: str
    field: Field


@dataclass(frozen=True, eq=False)
class SObject:
    """One object: its fields in order, and what may be done with it.

    Searches in names look at `search_names` too; a dotted one is the name of a parent.
    """

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
    validation_rules: tuple[ValidationRule, ...] = ()
    duplicate_rules: tuple[DuplicateRule, ...] = ()
    record_types: tuple[RecordTypeRule, ...] = ()
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

    def parts(self, compound: Field) -> dict[str, Field]:
        """Return the fields an address or a location is made of, by their keys in JSON, in the order of the keys."""
        prefix = compound.name.removesuffix("__c") + "__" if compound.type == "location" else compound.name[:-7]
        names = ADDRESS_PARTS if compound.type == "address" else LOCATION_PARTS
        suffix = "__s" if compound.type == "location" else ""
        found = ((name[0].lower() + name[1:], self.field(prefix + name + suffix)) for name in names)
        return {key: item for key, item in found if item is not None}
