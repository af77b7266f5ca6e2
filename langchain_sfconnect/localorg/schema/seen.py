"""Objects as one profile sees them: fewer of them, with fewer fields and fewer rights; knows no user."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from langchain_sfconnect.localorg.schema.model import Field, SObject
from langchain_sfconnect.localorg.schema.permissions import ObjectAccess


def seen_object(sobject: SObject, access: ObjectAccess | None) -> SObject | None:
    """Return what is left of an object, or None when it may not be read at all."""
    if access is None:
        return sobject
    if not access.read:
        return None
    fields = (_seen_field(item, access) for item in sobject.fields)
    return replace(
        sobject,
        fields=tuple(item for item in fields if item is not None),
        createable=sobject.createable and access.create,
        updateable=sobject.updateable and access.edit,
        deletable=sobject.deletable and access.delete,
    )


def _seen_field(item: Field, access: ObjectAccess) -> Field | None:
    allowed = access.fields.get(item.part_of or item.name, access.fields.get(item.name, "edit"))
    if allowed == "none":
        return None
    lost = "CU" if allowed == "read" else "" if access.create else "C"
    lost += "" if access.edit else "U"
    if not set(lost) & set(item.flags):
        return item
    return replace(item, flags="".join("-" if flag in lost else flag for flag in item.flags))


def without_blind_mirrors(sobjects: Iterable[SObject]) -> list[SObject]:
    """Take away the fields that would show a value of a parent which is not seen."""
    seen = {item.name: item for item in sobjects}
    return [_without(item, [each for each in item.fields if _is_blind(item, each, seen)]) for item in seen.values()]


def _without(sobject: SObject, blind: list[Field]) -> SObject:
    return replace(sobject, fields=tuple(item for item in sobject.fields if item not in blind)) if blind else sobject


def _is_blind(sobject: SObject, item: Field, seen: Mapping[str, SObject]) -> bool:
    if item.mirrors is None:
        return False
    relationship, shown = item.mirrors
    lookup = sobject.parent(relationship)
    targets = lookup.reference.targets if lookup is not None and lookup.reference is not None else ()
    return not any(target in seen and seen[target].field(shown) is not None for target in targets)
