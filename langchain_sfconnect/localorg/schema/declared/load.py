"""From a declaration to the schema of an org: read, check, make; knows no storage."""

from __future__ import annotations

from collections.abc import Mapping

from langchain_sfconnect.localorg.schema.catalog import Schema
from langchain_sfconnect.localorg.schema.declared import refusals
from langchain_sfconnect.localorg.schema.declared.check_objects import check_objects
from langchain_sfconnect.localorg.schema.declared.check_rules import check_profiles, check_rules, check_users
from langchain_sfconnect.localorg.schema.declared.names import free_prefixes
from langchain_sfconnect.localorg.schema.declared.objects import make_objects, make_permissions, make_users
from langchain_sfconnect.localorg.schema.declared.problems import Problems
from langchain_sfconnect.localorg.schema.declared.reading import read
from langchain_sfconnect.localorg.schema.declared.refusals import SchemaError
from langchain_sfconnect.localorg.schema.declared.shapes import SchemaShape
from langchain_sfconnect.localorg.schema.source import SchemaSource, origin_of
from langchain_sfconnect.localorg.schema.standard import STANDARD_OBJECTS


def declared_schema(source: SchemaSource, prefixes: Mapping[str, str]) -> Schema:
    """Return the schema of an org for which a developer declares something.

    Raises:
        SchemaError: something in the declaration cannot be.
    """
    shape, origin = read(source), origin_of(source)
    problems, standard = Problems(), {item.name: item for item in STANDARD_OBJECTS}
    check_objects(shape.objects, standard, problems.at("objects"))
    _stop(origin, problems)
    objects = {item.name: item for item in make_objects(shape.objects, STANDARD_OBJECTS, _prefixed(shape, prefixes))}
    for name, declared in shape.objects.items():
        check_rules(declared, objects[name], problems.at("objects", name))
    check_profiles(shape.profiles, objects, problems.at("profiles"))
    check_users(shape, problems.at("users"))
    _stop(origin, problems)
    return Schema(objects.values(), permissions=make_permissions(shape.profiles), users=make_users(shape.users))


def _stop(origin: str, problems: Problems) -> None:
    if problems.found:
        raise SchemaError(origin, problems.found)


def _prefixed(shape: SchemaShape, known: Mapping[str, str]) -> dict[str, str]:
    free = free_prefixes(frozenset(known.values()))
    custom = [name for name in shape.objects if name.endswith("__c")]
    try:
        return {name: known.get(name) or next(free) for name in custom}
    except StopIteration:
        raise SchemaError("The schema", [refusals.TOO_MANY_OBJECTS]) from None
