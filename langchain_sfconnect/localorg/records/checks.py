"""Checks that every object has: required fields, unique values and the administrator's validation rules."""

from __future__ import annotations

from collections.abc import Container

from langchain_sfconnect.localorg import sqltext
from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.records import refusals
from langchain_sfconnect.localorg.records.change import Change, Row
from langchain_sfconnect.localorg.records.terms import Holds
from langchain_sfconnect.localorg.schema import SObject
from langchain_sfconnect.localorg.sqltext import Sql


def missing_at_creation(sobject: SObject, given: Row, refused: Container[str]) -> list[OrgError]:
    """Return a refusal if a create leaves out what has no default; a field refused for its value is not missing."""
    names = [
        item.name
        for item in sobject.stored_fields
        if item.required and given.get(item.name) is None and item.name not in refused
    ]
    return [refusals.required_missing(names)] if names else []


def emptied(sobject: SObject, given: Row) -> list[OrgError]:
    """Return a refusal if an update takes away what cannot be empty."""
    names = [
        item.name
        for item in sobject.stored_fields
        if item.name in given and given[item.name] is None and item.createable and not item.nillable
    ]
    return [refusals.required_missing(names)] if names else []


def broken_validation_rules(change: Change, holds: Holds) -> list[OrgError]:
    """Return a refusal for each validation rule that speaks against the record, which must be stored already."""
    return [
        refusals.validation_failed(rule.message, rule.field)
        for rule in change.sobject.validation_rules
        if holds(change.sobject, change.row["Id"], rule.condition)
    ]


def check_unique(change: Change) -> None:
    """Keep values unique among the records that are not in the recycle bin.

    Raises:
        OrgError: DUPLICATE_VALUE, naming the record that has the value.
    """
    for item in change.sobject.stored_fields:
        value = change.row[item.name]
        if "unique" not in item.roles or value is None or not change.changed(item.name):
            continue
        same = sqltext.name(item.name) + Sql('= ? AND "Id" <> ?', (value, change.row["Id"]))
        if change.sobject.has_recycle_bin:
            same += Sql('AND "IsDeleted" = 0')
        query = Sql('SELECT "Id" FROM') + sqltext.name(change.sobject.name) + Sql("WHERE") + same
        other = change.writing.database.row(query)
        if other is not None:
            raise refusals.duplicate_value(item.name, other[0])
