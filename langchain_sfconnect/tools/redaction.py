"""What a policy takes out of Salesforce's answers: denied fields, foreign objects, surplus rows. Pure.

The request was authorized already; this is for what a request cannot tell, such as the fields of a whole record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langchain_sfconnect.tools.policy import AccessPolicy
from langchain_sfconnect.tools.relationships import reference_field


def redact(policy: AccessPolicy, data: Any) -> Any:
    """The answer as far as the policy shows it. A list that was cut short stands beside `"truncated": true`."""
    if policy.max_rows is None and not policy.restricts_data:
        return data
    return _redacted(policy, data)


def _redacted(policy: AccessPolicy, data: Any) -> Any:
    if isinstance(data, list):
        return [_redacted(policy, item) for item in data]
    if not isinstance(data, Mapping):
        return data
    if isinstance(data.get("attributes"), Mapping):
        return _record(policy, data)
    shown = {name: _redacted(policy, value) for name, value in _described(policy, data).items()}
    for rows in ("records", "searchRecords"):
        if policy.max_rows is not None and isinstance(shown.get(rows), list) and len(shown[rows]) > policy.max_rows:
            shown |= {rows: shown[rows][: policy.max_rows], "truncated": True}
    return shown


def _record(policy: AccessPolicy, record: Mapping[str, Any]) -> dict[str, Any]:
    sobject = str(record["attributes"].get("type", ""))
    if sobject == "AggregateResult":
        # Its keys are aliases; the query behind it was checked by name.
        return dict(record)
    if not policy.allows_object(sobject):
        return {"attributes": record["attributes"]}
    return {
        name: value if name == "attributes" else _redacted(policy, value)
        for name, value in record.items()
        if name == "attributes" or not _hides(policy, sobject, name, value)
    }


def _hides(policy: AccessPolicy, sobject: str, name: str, value: Any) -> bool:
    is_parent = isinstance(value, Mapping) and "attributes" in value
    return policy.denies_field(sobject, name) or (is_parent and policy.denies_field(sobject, reference_field(name)))


def _described(policy: AccessPolicy, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """A describe, of one object or of all, as far as the policy shows it; anything else as it is."""
    if isinstance(data.get("sobjects"), list):
        return {**data, "sobjects": [each for each in data["sobjects"] if policy.allows_object(str(each.get("name")))]}
    if not isinstance(data.get("childRelationships"), list):
        return data
    sobject = str(data.get("name"))
    return {
        **data,
        "fields": [each for each in data.get("fields", ()) if not policy.denies_field(sobject, str(each.get("name")))],
        "childRelationships": [
            each for each in data["childRelationships"] if policy.allows_object(str(each.get("childSObject")))
        ],
    }
