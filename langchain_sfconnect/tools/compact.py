"""Salesforce records as a model should read them: short, flat and without metadata. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def compact_record(record: Mapping[str, Any], *, keep_nulls: bool) -> dict[str, Any]:
    """A record without `attributes`: parents become `Parent.Field` keys, child rows a list.

    Args:
        record: As Salesforce sent it.
        keep_nulls: Whether fields without a value are kept: they tell something where they were asked for.
    """
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if value is None:
            if keep_nulls:
                flat[name] = None
        elif not isinstance(value, dict):
            flat[name] = value
        elif name != "attributes" and not _is_repeated_address(name, record):
            flat.update(_nested(name, value, keep_nulls))
    return flat


def _nested(name: str, value: dict[str, Any], keep_nulls: bool) -> dict[str, Any]:
    if isinstance(value.get("records"), list):
        return {name: compact_records(value["records"], keep_nulls=keep_nulls)}
    if "attributes" in value:
        parent = compact_record(value, keep_nulls=keep_nulls)
        return {f"{name}.{field}": inner for field, inner in parent.items()}
    return {name: {part: inner for part, inner in value.items() if inner is not None}}


def _is_repeated_address(name: str, record: Mapping[str, Any]) -> bool:
    """Whole records hold each address twice: in one object, and flat in its parts."""
    return name.endswith("Address") and name.removesuffix("Address") + "City" in record


def compact_records(records: Sequence[Any], *, keep_nulls: bool, with_type: bool = False) -> list[dict[str, Any]]:
    """Each record compact; `with_type` adds `type`, for lists of several objects."""
    if not with_type:
        return [compact_record(record, keep_nulls=keep_nulls) for record in records]
    return [{"type": _type_of(record), **compact_record(record, keep_nulls=keep_nulls)} for record in records]


def _type_of(record: Mapping[str, Any]) -> str | None:
    attributes: Mapping[str, Any] = record.get("attributes") or {}
    return attributes.get("type")


def compact_body(body: Any) -> Any:
    """Any answer of the record, query and search resources, compact; other answers as they are."""
    if isinstance(body, list):
        return [compact_body(item) for item in body]
    if not isinstance(body, dict):
        return body
    for rows in ("records", "searchRecords"):
        if isinstance(body.get(rows), list):
            head = {name: body[name] for name in ("totalSize", "done", "truncated") if name in body}
            return {**head, "records": compact_records(body[rows], keep_nulls=True, with_type=rows == "searchRecords")}
    return compact_record(body, keep_nulls=False) if "attributes" in body else body
