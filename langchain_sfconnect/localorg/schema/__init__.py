"""What objects the org has and what they are made of."""

from __future__ import annotations

from langchain_sfconnect.localorg.schema.catalog import Schema
from langchain_sfconnect.localorg.schema.declared.refusals import SchemaError
from langchain_sfconnect.localorg.schema.load import load_schema
from langchain_sfconnect.localorg.schema.model import Field, Picklist, Reference, SObject
from langchain_sfconnect.localorg.schema.source import SchemaSource
from langchain_sfconnect.localorg.schema.standard import STANDARD_OBJECTS

__all__ = [
    "STANDARD_OBJECTS", "Field", "Picklist", "Reference", "SObject", "Schema", "SchemaError", "SchemaSource",
    "load_schema",
]  # fmt: skip
