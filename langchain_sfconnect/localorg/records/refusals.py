"""Refusals that only the writing of records can meet, in Salesforce's words; knows no storage and applies no rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from langchain_sfconnect.localorg import ids
from langchain_sfconnect.localorg.errors import OrgError, json_parser_error

# --- what a field cannot hold -----------------------------------------------------------------------------------------


def cannot_deserialize(wanted: str, given: str, column: int) -> OrgError:
    """A value of the wrong type; `given` is like `VALUE_STRING value soon`, `column` is 1-based in the body."""
    return json_parser_error(f"Cannot deserialize instance of {wanted} from {given} at [line:1, column:{column}]")


def string_too_long(label: str, value: str, limit: int, name: str) -> OrgError:
    text = f"{label}: data value too large: {value[:255]} (max length={limit})"
    return OrgError(400, "STRING_TOO_LONG", text, (name,))


def bad_picklist_value(label: str, value: str, name: str) -> OrgError:
    text = f"{label}: bad value for restricted picklist field: {value}"
    return OrgError(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, (name,))


def invalid_email(label: str, value: str, name: str) -> OrgError:
    return OrgError(400, "INVALID_EMAIL_ADDRESS", f"{label}: invalid email address: {value}", (name,))


def number_out_of_range(label: str, value: object, name: str) -> OrgError:
    text = f"{label}: value outside of valid range on numeric field: {value}"
    return OrgError(400, "NUMBER_OUTSIDE_VALID_RANGE", text, (name,))


def value_not_of_type(label: str, value: object, name: str) -> OrgError:
    text = f"{label}: value not of required type: {value}"
    return OrgError(400, "INVALID_TYPE_ON_FIELD_IN_RECORD", text, (name,))


# --- what a record points at ------------------------------------------------------------------------------------------


def malformed_id(label: str, value: object, name: str = "Id") -> OrgError:
    return OrgError(400, "MALFORMED_ID", f"{label}: id value of incorrect type: {value}", (name,))


def invalid_cross_reference(names: Iterable[str] = (), *, status: int = 400) -> OrgError:
    return OrgError(status, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", names)


def invalid_record_type(label: str, record_type_id: str, name: str) -> OrgError:
    text = f"{label}: this ID value isn't valid for the user: {record_type_id}"
    return OrgError(400, "INVALID_CROSS_REFERENCE_KEY", text, (name,))


def reference_deleted() -> OrgError:
    return OrgError(400, "ENTITY_IS_DELETED", "entity is deleted", ())


def inactive_owner(user_id: str, sobject: str) -> OrgError:
    text = f"operation performed with inactive user [{ids.short(user_id)}] as owner of {sobject.lower()}"
    return OrgError(400, "INACTIVE_OWNER_OR_USER", text, ("OwnerId",))


def unknown_foreign_key(wanted: object, key: str, sobject: str) -> OrgError:
    text = f"Foreign key external ID: {wanted} not found for field {key} in entity {sobject}"
    return OrgError(400, "INVALID_FIELD", text, ())


def ambiguous_foreign_key(relationship: str) -> OrgError:
    text = f"Relationship {relationship} needs exactly one external id field of one object"
    return OrgError(400, "INVALID_FIELD", text)


# --- what a user may not do -------------------------------------------------------------------------------------------


def read_only_fields(names: Sequence[str]) -> OrgError:
    text = (
        f"Unable to create/update fields: {', '.join(names)}. Please check the security settings of this field and "
        "verify that it is read/write for your profile or permission set."
    )
    return OrgError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", text, names)


def insufficient_access() -> OrgError:
    return OrgError(400, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", ())


def insufficient_access_to_reference(record_id: str) -> OrgError:
    text = f"insufficient access rights on cross-reference id: {ids.short(record_id)}"
    return OrgError(400, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", text, ())


def entity_not_writable(sobject: str, action: str) -> OrgError:
    """`action` is inserted, updated or deleted."""
    text = f"entity type cannot be {action}: {sobject}"
    return OrgError(400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text, ())


# --- what the org's rules forbid --------------------------------------------------------------------------------------


def required_missing(names: Sequence[str]) -> OrgError:
    return OrgError(400, "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(names)}]", names)


def validation_failed(message: str, field: str | None) -> OrgError:
    """An administrator's rule, in the administrator's words."""
    return OrgError(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", message, () if field is None else (field,))


def duplicate_value(name: str, other_id: str) -> OrgError:
    text = f"duplicate value found: {name} duplicates value on record with id: {ids.short(other_id)}"
    return OrgError(400, "DUPLICATE_VALUE", text, ())


def duplicates_detected(message: str, report: Mapping[str, Any]) -> OrgError:
    """`report` goes out under the key that Salesforce misspells."""
    return OrgError(400, "DUPLICATES_DETECTED", message, extra={"duplicateResut": report})


def row_locked(record_id: str) -> OrgError:
    """Another transaction holds a row that this one needs."""
    text = f"unable to obtain exclusive access to this record or 1 records: {record_id}"
    return OrgError(400, "UNABLE_TO_LOCK_ROW", text, ())


def field_integrity(text: str, names: Iterable[str] = ()) -> OrgError:
    return OrgError(400, "FIELD_INTEGRITY_EXCEPTION", text, names)


def converted_lead() -> OrgError:
    return OrgError(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", ())


# --- the recycle bin --------------------------------------------------------------------------------------------------


def held(name: str, plural: str, holders: Sequence[str]) -> OrgError:
    """`holders` are the names of the records that keep `name` from deletion; `plural` is what they are called."""
    return _delete_failed(name, f"it is associated with the following {plural}.", holders)


def has_won(name: str, opportunities: Sequence[str]) -> OrgError:
    """An account whose deals were won."""
    text = (
        "some opportunities in that account were closed won. The opportunities that could not be deleted are shown "
        "below."
    )
    return _delete_failed(name, text, opportunities)


def _delete_failed(name: str, why: str, holders: Sequence[str]) -> OrgError:
    text = f"Your attempt to delete {name} could not be completed because {why}: {', '.join(holders)}\n"
    return OrgError(400, "DELETE_FAILED", text, ())


def not_in_recycle_bin() -> OrgError:
    return OrgError(400, "UNDELETE_FAILED", "entity not in recycle bin", ())


def parent_is_deleted() -> OrgError:
    return OrgError(400, "UNDELETE_FAILED", "entity cannot be undeleted before the record it belongs to", ())


def invalid_period(text: str) -> OrgError:
    """A stretch of time for which the bin keeps no account."""
    return OrgError(400, "INVALID_REPLICATION_DATE", text)
