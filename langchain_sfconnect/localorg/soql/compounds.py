"""Compound fields and their parts: addresses and locations; knows no SQL."""

from __future__ import annotations

from langchain_sfconnect.localorg.schema import SObject
from langchain_sfconnect.localorg.schema.model import COMPOUND
from langchain_sfconnect.localorg.soql.exprs import Column, Spot
from langchain_sfconnect.localorg.soql.scope import Found


def parts_of(found: Found) -> dict[str, Column] | None:
    """Return the columns of a compound field by the keys they answer under; None for any other value."""
    if isinstance(found.value, Column) and found.value.type in COMPOUND and found.owner is not None:
        return _parts(found.value, found.owner)
    return None


def spot_of(found: Found) -> Spot | None:
    """Return where on the globe a compound field points; None for any other value."""
    parts = parts_of(found) or {}
    if "latitude" in parts and "longitude" in parts:
        return Spot(parts["latitude"], parts["longitude"])
    return None


def _parts(compound: Column, owner: SObject) -> dict[str, Column]:
    ((alias, _),) = compound.places
    parts = owner.parts(compound.field)
    return {key: Column(item, ((alias, item.name),), compound.outer) for key, item in parts.items()}
