"""Short words to declare fields with; knows what a field is, and no particular object."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import cast, get_args

from langchain_sfconnect.localorg.schema.model import (
    ADDRESS_PARTS,
    NUMERIC,
    AutoNumber,
    Computed,
    Field,
    FieldType,
    OnDelete,
    Picklist,
    Reference,
    Role,
)

_SPEC = re.compile(r"(?P<type>[a-z]+(?:64)?)(?:\((?P<first>\d+)(?:,(?P<scale>\d+))?\))?\Z")
_FLAGS = frozenset("NCUDFGS-")
_ACCURACY = (
    "Address", "NearAddress", "Block", "Street", "ExtendedZip", "Zip", "Neighborhood", "City", "County", "State",
    "Unknown",
)  # fmt: skip


def field(name: str, spec: str, flags: str, label: str, *roles: Role, part_of: str | None = None) -> Field:
    """Declare a field; `spec` is like `string(40)`, `int(8)` or `currency(18,2)`.

    Raises:
        ValueError: the spec or a flag is not one we know.
    """
    kind, first, scale = _read_spec(name, spec)
    if not _FLAGS.issuperset(flags):
        raise ValueError(f"field {name}: flags are letters of NCUDFGS, not {flags!r}")
    numeric = kind in NUMERIC
    return Field(
        name, kind, label, flags, roles=frozenset(roles), part_of=part_of, scale=scale,
        length=0 if numeric else first, precision=first if numeric else 0,
        default=False if kind == "boolean" else None,
    )  # fmt: skip


def _read_spec(name: str, spec: str) -> tuple[FieldType, int, int]:
    match = _SPEC.match(spec)
    if match is None or match["type"] not in get_args(FieldType):
        raise ValueError(f"field {name}: {spec!r} is not a type such as string(40) or currency(18,2)")
    return cast(FieldType, match["type"]), int(match["first"] or 0), int(match["scale"] or 0)


def numbered(name: str, spec: str, label: str, auto_number: AutoNumber, *roles: Role) -> Field:
    """Declare a field that numbers the records."""
    kind, length, _ = _read_spec(name, spec)
    return Field(name, kind, label, "---DF-S", length, roles=frozenset(roles), auto_number=auto_number)


def mirror(name: str, spec: str, flags: str, label: str, path: tuple[str, str]) -> Field:
    """Declare a read-only field that shows a parent's value; `path` is relationship and field."""
    kind, first, _ = _read_spec(name, spec)
    return Field(name, kind, label, flags, length=first, mirrors=path)


def computed(name: str, spec: str, flags: str, label: str, how: Computed) -> Field:
    """Declare a field whose value is worked out when it is read."""
    kind, _, _ = _read_spec(name, spec)
    return Field(name, kind, label, flags, computed=how)


def lookup(
    name: str,
    flags: str,
    label: str,
    *targets: str,
    up: str | None = None,
    down: str | None = None,
    on_delete: OnDelete = "keep",
    polymorphic: bool | None = None,
) -> Field:
    """Declare a mere reference; `up` names the parent relationship, `down` the child relationship."""
    many = len(targets) > 1 if polymorphic is None else polymorphic
    reference = Reference(targets, up, down, on_delete, many)
    return Field(name, "reference", label, flags, length=18, reference=reference)


def master(name: str, label: str, target: str, *, up: str, down: str, order: int = 0) -> Field:
    """Declare the reference to a master: its records go with it and never change it."""
    reference = Reference((target,), up, down, "cascade", order=order)
    return Field(name, "reference", label, "-C--FGS", length=18, reference=reference)


def picklist(
    name: str,
    spec: str,
    flags: str,
    label: str,
    values: Iterable[str] | Mapping[str, str],
    *,
    default: str | None = None,
    restricted: bool = False,
) -> Field:
    """Declare a picklist or combobox; `spec` is like `picklist(40)`; `values` may be a mapping to their labels."""
    kind, length, _ = _read_spec(name, spec)
    labels = values if isinstance(values, Mapping) else {}
    choices = Picklist(tuple(values), default, restricted, {v: label for v, label in labels.items() if v != label})
    return Field(name, kind, label, flags, length=length, picklist=choices, default=default)


def address(prefix: str, label: str) -> tuple[Field, ...]:
    """Declare an address block: eight parts and their compound."""
    whole, lead = f"{prefix}Address", f"{label} " if label else ""
    text = {"Street": "textarea(255)", "City": "string(40)", "State": "string(80)", "Country": "string(80)"}
    labels = {"State": "State/Province", "PostalCode": "Zip/Postal Code", "GeocodeAccuracy": "Geocode Accuracy"}

    def part(name: str) -> Field:
        title = lead + labels.get(name, name)
        if name == "GeocodeAccuracy":
            accuracy = Picklist(_ACCURACY, None, restricted=True)
            return Field(prefix + name, "picklist", title, "NCU-FGS", 40, picklist=accuracy, part_of=whole)
        if name in ("Latitude", "Longitude"):
            return field(prefix + name, "double(18,15)", "NCU-F-S", title, part_of=whole)
        return field(prefix + name, text.get(name, "string(20)"), "NCU-FGS", title, part_of=whole)

    compound = Field(whole, "address", f"{lead}Address", "N---F--")
    return (*(part(name) for name in ADDRESS_PARTS), compound)
