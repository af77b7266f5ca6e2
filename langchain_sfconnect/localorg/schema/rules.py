"""Rules an org's administrator declares on an object: values only; knows no record and no way to enforce them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from langchain_sfconnect.localorg import ids

RECORD_TYPE_PREFIX = "012"


@dataclass(frozen=True, slots=True)
class ValidationRule:
    """A record is refused when `condition` holds after the write.

    Attributes:
        name: What the administrator calls it.
        condition: A SOQL WHERE condition over the object.
        message: What the user is told.
        field: The field the message stands at; at the top of the page when None.
    """

    name: str
    condition: str
    message: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class DuplicateRule:
    """Records whose `match` fields are all equal, in any case, and none of them empty, are duplicates.

    Attributes:
        name: What the administrator calls it.
        match: API names of the compared fields.
        allow_save: Whether the user may save in spite of the warning.
        message: What the user is told.
    """

    name: str
    match: tuple[str, ...]
    allow_save: bool
    message: str = "Use one of these records?"


@dataclass(frozen=True, slots=True)
class RecordTypeRule:
    """A record type and, per picklist field, the values that records of the type may have."""

    developer_name: str
    label: str
    active: bool = True
    default: bool = False
    picklists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def id_on(self, sobject: str) -> str:
        """Return the record id of the type: the same whenever and wherever the schema is used."""
        return ids.derived(RECORD_TYPE_PREFIX, f"{sobject}.{self.developer_name}")
