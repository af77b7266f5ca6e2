"""Reads the fields of a request: their names, whether they may be written, and their values; knows no single object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from langchain_sfconnect.localorg import errors, ids, sqltext
from langchain_sfconnect.localorg.records.change import Writing
from langchain_sfconnect.localorg.records.values import is_writable_out, plain_text, store
from langchain_sfconnect.localorg.schema import Field, SObject
from langchain_sfconnect.localorg.sqltext import Sql

Action = Literal["create", "update"]


def read_fields(writing: Writing, sobject: SObject, body: Mapping[str, Any], action: Action) -> dict[str, Any]:
    """Return stored values by API name for the fields of a request body.

    Raises:
        OrgError: an unknown or read-only field, a value that does not fit, or a reference to nothing.
    """
    named = dict(_named(writing, sobject, body))
    _refuse_read_only(named, action)
    row = {field.name: store(field, given, body) for field, given in named.items()}
    for field in named:
        if field.reference is not None and row[field.name] is not None:
            _check_reference(writing, field, row[field.name])
    return row


def _named(writing: Writing, sobject: SObject, body: Mapping[str, Any]) -> Iterator[tuple[Field, Any]]:
    for name, given in body.items():
        if name == "attributes":
            continue
        if name.lower() == "id":
            raise errors.id_in_body()
        field = sobject.field(name)
        if field is not None:
            yield field, given
        else:
            yield _by_relationship(writing, sobject, name, given)


def _by_relationship(writing: Writing, sobject: SObject, name: str, given: Any) -> tuple[Field, Any]:
    """Read `"Account": {"Ext__c": "v"}`: a lookup set through a field that identifies the other record."""
    lookup = sobject.parent(name)
    if lookup is None:
        raise errors.no_such_column(name, sobject.name)
    if given is None:
        return lookup, None
    keys = {key: value for key, value in given.items() if key != "attributes"} if isinstance(given, Mapping) else {}
    targets = writing.schema.targets(lookup)
    if len(keys) != 1 or len(targets) != 1 or not all(map(is_writable_out, keys.values())):
        raise errors.invalid_query_field(f"Relationship {name} needs exactly one external id field of one object")
    ((key, wanted),) = keys.items()
    found = matches(writing, targets[0], key, wanted)
    if len(found) != 1:
        text = f"Foreign key external ID: {wanted} not found for field {key} in entity {targets[0].name}"
        raise errors.OrgError(400, "INVALID_FIELD", text, ())
    return lookup, found[0]


def matches(writing: Writing, sobject: SObject, name: str, wanted: Any) -> list[str]:
    """Return the ids of the live records that a field identifies by `wanted`.

    Raises:
        OrgError: NOT_FOUND: the field does not identify records.
    """
    field = sobject.field(name)
    if field is None or not field.stored or not field.roles & {"external_id", "id_lookup"}:
        raise errors.unknown_external_field(name)
    value = ids.normalize(wanted) if field.type == "id" else plain_text(wanted)
    query = Sql('SELECT "Id" FROM') + sqltext.name(sobject.name) + Sql("WHERE") + sqltext.name(field.name)
    query += Sql("= ?", (value,))
    if sobject.has_recycle_bin:
        query += Sql('AND "IsDeleted" = 0')
    return [row[0] for row in writing.database.rows(query)]


def _refuse_read_only(named: Mapping[Field, Any], action: Action) -> None:
    refused = [field.name for field in named if not (field.createable if action == "create" else field.updateable)]
    if refused:
        raise errors.read_only_fields(refused)


def _check_reference(writing: Writing, field: Field, record_id: str) -> None:
    target = writing.schema.of_id(record_id)
    allowed = field.reference.targets if field.reference else ()
    if target is not None and target.name not in allowed:
        raise errors.malformed_id(field.label, record_id, field.name)
    row = writing.stored(target, record_id) if target is not None else None
    if row is None:
        raise errors.invalid_cross_reference((field.name,))
    if row.get("IsDeleted"):
        raise errors.entity_is_deleted(status=400)
