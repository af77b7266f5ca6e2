"""Makes fields of their declarations, with the flags, lengths and names Salesforce gives them; checks nothing."""

from __future__ import annotations

from dataclasses import replace

from langchain_sfconnect.localorg.schema.declared import shapes
from langchain_sfconnect.localorg.schema.model import (
    LOCATION_PARTS,
    AutoNumber,
    Field,
    FieldType,
    OnDelete,
    Picklist,
    Reference,
    Role,
)

_TEXT, _NUMBER, _LONG = "NCU-FGS", "NCU-F-S", "NCU----"
_PLAIN: dict[str, tuple[FieldType, int]] = {"phone": ("phone", 40), "url": ("url", 255), "textarea": ("textarea", 255)}
_MULTIPICKLIST_LENGTH = 4099


def make_fields(name: str, shape: shapes.AnyField, *, plural: str, order: int) -> tuple[Field, ...]:
    """Return the field of a declaration; a geolocation is three.

    Args:
        name: Its API name.
        shape: What was declared.
        plural: What many records of its object are called, for the way down from a parent.
        order: How many masters were declared before it.
    """
    if isinstance(shape, shapes.GeolocationShape):
        return _geolocation(name, shape)
    item = _make(name, shape, plural, order)
    return (replace(item, label=shape.label or label_of(name), help=shape.help),)


def label_of(name: str) -> str:
    """Return the label that a name suggests: `Due_Date__c` is Due Date."""
    return name.removesuffix("__c").replace("_", " ")


def relationship_of(name: str) -> str:
    """Return the name to walk a custom lookup up by."""
    return name.removesuffix("__c") + "__r"


def children_of(shape: shapes.LookupShape | shapes.MasterShape, plural: str) -> str:
    """Return the name to walk a custom lookup down by."""
    return (shape.children or "".join(plural.split())).removesuffix("__r") + "__r"


def _make(name: str, shape: shapes.AnyField, plural: str, order: int) -> Field:
    match shape:
        case shapes.TextShape():
            return Field(name, "string", "", _flags(_TEXT, shape), shape.length, default=shape.default,
                         roles=_roles(shape) | ({"case_sensitive"} if shape.case_sensitive else set()))  # fmt: skip
        case shapes.EmailShape():
            return Field(name, "email", "", _flags(_TEXT, shape), 80, default=shape.default,
                         roles=_roles(shape) | ({"case_sensitive"} if shape.case_sensitive else set()))  # fmt: skip
        case shapes.PlainShape():
            kind, length = _PLAIN[shape.type]
            return Field(name, kind, "", _flags(_TEXT, shape), length, default=shape.default)
        case shapes.LongTextShape():
            html: frozenset[Role] = frozenset() if shape.type == "long_textarea" else frozenset({"html"})
            return Field(name, "textarea", "", _flags(_LONG, shape), shape.length, roles=html)
        case shapes.EncryptedShape():
            return Field(name, "encryptedstring", "", _flags(_LONG, shape), shape.length)
        case shapes.PicklistShape():
            return _picklist(name, shape)
        case shapes.LookupShape() | shapes.MasterShape():
            return _reference(name, shape, plural, order)
        case _:
            return _make_scalar(name, shape)


def _make_scalar(name: str, shape: shapes.AnyField) -> Field:
    match shape:
        case shapes.IntShape():
            return Field(name, "int", "", _flags(_TEXT, shape), precision=shape.precision, default=shape.default,
                         roles=_roles(shape))  # fmt: skip
        case shapes.NumberShape():
            return Field(name, "double", "", _flags(_NUMBER, shape), precision=shape.precision, scale=shape.scale,
                         default=shape.default, roles=_roles(shape))  # fmt: skip
        case shapes.MoneyShape():
            return Field(name, shape.type, "", _flags(_NUMBER, shape), precision=shape.precision, scale=shape.scale,
                         default=shape.default)  # fmt: skip
        case shapes.CheckboxShape():
            return Field(name, "boolean", "", "-CUDFGS", default=shape.default)
        case shapes.WhenShape():
            return Field(name, shape.type, "", _flags(_TEXT if shape.type == "date" else _NUMBER, shape))
        case shapes.AutoNumberShape():
            roles: frozenset[Role] = frozenset({"external_id"} if shape.external_id else ())
            number = AutoNumber(shape.format, shape.first)
            return Field(name, "string", "", "---DF-S", 30, roles=roles, auto_number=number)
    raise AssertionError(f"no field is made of {type(shape).__name__}")


def _flags(flags: str, shape: shapes.FieldShape) -> str:
    """Return the flags without N when the field is required, with D when it has a default."""
    nillable = "-" if shape.required else "N"
    defaulted = "D" if getattr(shape, "default", None) is not None else "-"
    return nillable + flags[1:3] + defaulted + flags[4:]


def _roles(shape: shapes.KeyShape) -> frozenset[Role]:
    unique: set[Role] = {"unique"} if shape.unique else set()
    external: set[Role] = {"external_id"} if shape.external_id else set()
    return frozenset(unique | external)


def _picklist(name: str, shape: shapes.PicklistShape) -> Field:
    values = Picklist(tuple(shape.values), shape.default, shape.restricted, shape.labels)
    many = shape.type == "multipicklist"
    return Field(
        name, shape.type, "", _flags("NCU-F--" if many else _TEXT, shape), _MULTIPICKLIST_LENGTH if many else 255,
        default=shape.default, picklist=values,
    )  # fmt: skip


def _reference(name: str, shape: shapes.LookupShape | shapes.MasterShape, plural: str, order: int) -> Field:
    up, down = relationship_of(name), children_of(shape, plural)
    if isinstance(shape, shapes.MasterShape):
        flags = "-CU-FGS" if shape.reparentable else "-C--FGS"
        return Field(
            name, "reference", "", flags, 18, reference=Reference((shape.to,), up, down, "cascade", order=order)
        )
    # What must not be empty cannot be emptied.
    on_delete: OnDelete = shape.on_delete or ("restrict" if shape.required else "clear")
    reference = Reference((shape.to,), up, down, on_delete)
    return Field(name, "reference", "", _flags(_TEXT, shape), 18, reference=reference)


def _geolocation(name: str, shape: shapes.GeolocationShape) -> tuple[Field, ...]:
    label = shape.label or label_of(name)
    stem = name.removesuffix("__c")
    parts = (
        Field(f"{stem}__{part}__s", "double", f"{label} ({part})", _flags(_NUMBER, shape), precision=shape.scale + 3,
              scale=shape.scale, part_of=name)
        for part in LOCATION_PARTS
    )  # fmt: skip
    return (*parts, Field(name, "location", label, "N---F--", help=shape.help))
