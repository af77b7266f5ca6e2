"""Reads the fields of a request: their names, whether they may be written, and their values; knows no single object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from langchain_sfconnect.localorg import errors, ids, sqltext
from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.records import refusals
from langchain_sfconnect.localorg.records.change import Writing
from langchain_sfconnect.localorg.records.references import check_reference
from langchain_sfconnect.localorg.records.values import is_writable_out, plain_text, store
from langchain_sfconnect.localorg.schema import Field, Schema, SObject
from langchain_sfconnect.localorg.sqltext import Sql

Action = Literal["create", "update"]


@dataclass(slots=True)
class Incoming:
    """What a request gives: the values its fields will store and, for the fields that cannot, why.

    Attributes:
        values: Stored values by API name; None for null.
        refused: Refusals by the API name of the field at fault.
    """

    values: dict[str, Any] = field(default_factory=dict)
    refused: dict[str, OrgError] = field(default_factory=dict)


def read_fields(
    writing: Writing, seen: Schema, sobject: SObject, body: Mapping[str, Any], *, action: Action
) -> Incoming:
    """Return what a request body gives, wrong values included.

    Args:
        writing: A look at the records that fields point at.
        seen: The schema as the user sees it.
        sobject: The object of `seen`.
        body: The fields as JSON brought them.
        action: What is done with them.

    Raises:
        OrgError: the body cannot be read: an unknown or read-only field, or a value of the wrong JSON type.
    """
    named = dict(_named(writing, seen, sobject, body))
    _refuse_read_only(named, action)
    incoming = Incoming()
    for item, given in named.items():
        try:
            incoming.values[item.name] = value = store(item, given, body)
            if item.reference is not None and value is not None:
                check_reference(writing, seen, sobject, item, value)
        except OrgError as refusal:
            if refusal.fields is None:
                raise
            incoming.refused[item.name] = refusal
    return incoming


def _named(writing: Writing, seen: Schema, sobject: SObject, body: Mapping[str, Any]) -> Iterator[tuple[Field, Any]]:
    for name, given in body.items():
        if name == "attributes":
            continue
        if name.lower() == "id":
            raise errors.id_in_body()
        item = sobject.field(name)
        if item is not None:
            yield item, given
        else:
            yield _by_relationship(writing, seen, sobject, name, given)


def _by_relationship(writing: Writing, seen: Schema, sobject: SObject, name: str, given: Any) -> tuple[Field, Any]:
    """Read `"Account": {"Ext__c": "v"}`: a lookup set through a field that identifies the other record."""
    lookup = sobject.parent(name)
    if lookup is None:
        raise errors.no_such_column(name, sobject.name)
    if given is None:
        return lookup, None
    keys = {key: value for key, value in given.items() if key != "attributes"} if isinstance(given, Mapping) else {}
    targets = seen.targets(lookup)
    if len(keys) != 1 or len(targets) != 1 or not all(map(is_writable_out, keys.values())):
        raise refusals.ambiguous_foreign_key(name)
    ((key, wanted),) = keys.items()
    found = matches(writing, targets[0], key, wanted)
    if len(found) != 1:
        raise refusals.unknown_foreign_key(wanted, key, targets[0].name)
    return lookup, found[0]


def matches(writing: Writing, sobject: SObject, name: str, wanted: Any) -> list[str]:
    """Return the ids of the live records that a field identifies by `wanted`.

    Raises:
        OrgError: NOT_FOUND: the field does not identify records.
    """
    item = sobject.field(name)
    if item is None or not item.stored or not item.roles & {"external_id", "id_lookup"}:
        raise errors.unknown_external_field(name)
    value = ids.normalize(wanted) if item.type == "id" else plain_text(wanted)
    query = Sql('SELECT "Id" FROM') + sqltext.name(sobject.name) + Sql("WHERE") + sqltext.name(item.name)
    query += Sql("= ?", (value,))
    if sobject.has_recycle_bin:
        query += Sql('AND "IsDeleted" = 0')
    return [row[0] for row in writing.database.rows(query)]


def _refuse_read_only(named: Mapping[Field, Any], action: Action) -> None:
    refused = [item.name for item in named if not (item.createable if action == "create" else item.updateable)]
    if refused:
        raise refusals.read_only_fields(refused)
