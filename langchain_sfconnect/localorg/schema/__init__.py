"""What objects the org has and what they are made of."""

from __future__ import annotations

from langchain_sfconnect.localorg.schema.model import Field, Picklist, Reference, Schema, SObject
from langchain_sfconnect.localorg.schema.standard import STANDARD_OBJECTS

__all__ = ["STANDARD_OBJECTS", "Field", "Picklist", "Reference", "SObject", "Schema"]
