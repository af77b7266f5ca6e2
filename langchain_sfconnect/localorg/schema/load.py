"""The schema of an org: the standard objects, and what a developer declares; knows no storage."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from langchain_sfconnect.localorg.schema.catalog import Schema
from langchain_sfconnect.localorg.schema.source import SchemaSource
from langchain_sfconnect.localorg.schema.standard import STANDARD_OBJECTS


def load_schema(source: SchemaSource | None, *, prefixes: Mapping[str, str] = MappingProxyType({})) -> Schema:
    """Return the standard objects together with what a developer declares.

    Args:
        source: The path of a YAML file, or a mapping of the same shape; None for the standard objects alone.
        prefixes: The key prefixes that custom objects have got before, by API name; they keep them.

    Raises:
        SchemaError: something in the declaration cannot be; it names the place and what to do.
    """
    if source is None:
        return Schema(STANDARD_OBJECTS)
    # Reading declarations takes a while to import, and most orgs declare nothing.
    from langchain_sfconnect.localorg.schema.declared.load import declared_schema

    return declared_schema(source, prefixes)
