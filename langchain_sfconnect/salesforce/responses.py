"""What Salesforce's answers mean: status and body to a value or to our error. Pure; never shows a request.

Branches on HTTP status and `errorCode`; messages are translated into the user's language and only shown. Accepts more
than is documented: a missing `fields`, HTML, plain text and empty bodies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pydantic_core

from langchain_sfconnect.conditions import CONDITIONS, Condition, Verdict, Where, condition_of
from langchain_sfconnect.errors import AccessRestricted, SalesforceAPIError, SalesforceUnavailable, Who


class Fate(StrEnum):
    """What became of a request that was answered with an error."""

    REFUSED = "refused"
    """Refused before it was processed, or rolled back: it may be sent again."""
    UNKNOWN = "unknown"
    """It may have been carried out."""
    SESSION = "session"
    """The token was refused; the request was not executed."""
    FINAL = "final"
    """An answer that will not change by asking again."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An error answer, read.

    Attributes:
        status: HTTP status.
        code: The first `errorCode`; empty where the body was not Salesforce's.
        message: The first `message`, or a word about the body.
        fields: Fields the first error named.
        details: Everything else the body held, as plain JSON; None when there is no more.
        retry_after: Seconds the server asked to wait.
    """

    status: int
    code: str
    message: str
    fields: tuple[str, ...] = ()
    details: Any = field(default=None, repr=False)
    retry_after: float | None = None

    @property
    def fate(self) -> Fate:
        if self.status == 401:
            return Fate.SESSION
        if self.code in _ROLLED_BACK or self.condition is _TOO_MANY:
            return Fate.REFUSED
        if self.status in (420, 429, 503):
            return Fate.REFUSED if self.code else Fate.UNKNOWN
        return Fate.UNKNOWN if self.status >= 500 or self.status == 408 else Fate.FINAL

    @property
    def condition(self) -> Condition:
        """What it means for the account."""
        return condition_of(Where.REST, self.code, self.message, status=self.status)

    @property
    def is_renewable(self) -> bool:
        """Whether a new token could help against a 401."""
        return self.condition.verdict is Verdict.RENEW


_ROLLED_BACK = {"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE"}
_TOO_MANY = CONDITIONS["too_many_requests"]

# What is wrong with a request, for the agent that made it. What is wrong with an account is a condition.
_ADVICE: dict[str, tuple[Who, str]] = {
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": ("admin", "A trigger or the object's settings refuse this."),
    "DELETE_FAILED": ("agent", "Delete or move the records it is associated with first."),
    "DUPLICATES_DETECTED": ("agent", "A duplicate rule of the org found matching records; update one of them instead."),
    "DUPLICATE_VALUE": ("agent", "A record with this unique value exists; find and update it instead."),
    "ENTITY_IS_DELETED": ("agent", "The record is in the recycle bin."),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": (
        "agent",
        "A validation rule of the org refused the values, for the reason given.",
    ),
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": ("admin", "The user may not use the record referred to."),
    "INSUFFICIENT_ACCESS_OR_READONLY": ("admin", "The user may not change this record."),
    "INVALID_CROSS_REFERENCE_KEY": ("agent", "A record referred to does not exist; look up its id with a query."),
    "INVALID_FIELD": ("agent", "Use salesforce_object_describe to see the fields that exist and may be used here."),
    "INVALID_FIELD_FOR_INSERT_UPDATE": ("agent", "Leave the named fields out: they are read-only for this user."),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": ("agent", "Use salesforce_object_describe to see the allowed values."),
    "INVALID_QUERY_LOCATOR": ("agent", "The cursor has expired; run the query again."),
    "INVALID_TYPE": ("agent", "Use salesforce_global_describe to find the object's API name."),
    "MALFORMED_ID": ("agent", "The id belongs to another object; look up the right one with a query."),
    "MALFORMED_QUERY": ("agent", "Correct the SOQL; the position is in the message."),
    "MALFORMED_SEARCH": ("agent", "Correct the SOSL; the search term stands in braces."),
    "NOT_FOUND": (
        "agent",
        "Check the object's API name and the id; the record may be gone or not visible to the user.",
    ),
    "QUERY_TIMEOUT": ("agent", "Narrow the query: filter on indexed fields, or use LIMIT."),
    "REQUIRED_FIELD_MISSING": ("agent", "Give the named fields."),
    "STRING_TOO_LONG": ("agent", "Shorten the value of the named field."),
    "UNABLE_TO_LOCK_ROW": ("agent", "Another change holds the record; nothing was saved. Try again later."),
}


def parse_json(content: bytes) -> Any:
    """The body as JSON; None when empty.

    Raises:
        ValueError: It is not JSON.
    """
    return pydantic_core.from_json(content) if content else None


def read_failure(status: int, content: bytes, headers: Mapping[str, str]) -> Failure:
    """Read an error answer of any shape."""
    retry_after = _seconds(headers.get("Retry-After"))
    try:
        body = parse_json(content)
    except ValueError:
        body = None
    errors = body if isinstance(body, list) else [body]
    first = errors[0] if errors and isinstance(errors[0], dict) else {}
    code = str(first.get("errorCode") or first.get("statusCode") or "")
    if not code:
        return Failure(status, "", f"Salesforce answered {status} without an error code.", retry_after=retry_after)
    named = first.get("fields")
    rest = {
        name: value for name, value in first.items() if name not in ("errorCode", "statusCode", "message", "fields")
    }
    return Failure(
        status,
        code,
        str(first.get("message") or code),
        tuple(map(str, named)) if isinstance(named, list) else (),
        {**rest, **({"errors": errors[1:]} if len(errors) > 1 else {})} or None,
        retry_after,
    )


def _seconds(value: str | None) -> float | None:
    try:
        return min(float(value), 3600.0) if value else None
    except ValueError:
        return None


def as_error(failure: Failure) -> SalesforceAPIError:
    """Our error for an answer that will not be asked for again."""
    condition = failure.condition
    if failure.status == 401:
        return restricted(condition, failure.message, code=failure.code)
    if not failure.code and failure.status >= 500:
        return SalesforceUnavailable(failure.message, status=failure.status)
    who, hint = _ADVICE.get(failure.code) or (condition.who, f"{condition.means} {condition.advice}".strip())
    if matches := _matching_ids(failure.details):
        hint = f"{hint} They are: {', '.join(matches)}."
    return SalesforceAPIError(
        failure.message,
        code=failure.code or None,
        status=failure.status,
        fields=failure.fields,
        hint=hint,
        who=who,
        retryable=failure.fate is Fate.REFUSED,
        details=failure.details,
        condition=condition.name,
    )


def restricted(condition: Condition, message: str, *, code: str) -> AccessRestricted:
    """Our error for a good token that the org refuses."""
    return AccessRestricted(message, code=code or None, status=401, hint=condition.advice, condition=condition.name)


def _matching_ids(details: Any) -> list[str]:
    """Ids of the records a duplicate rule matched. Salesforce spells the key `duplicateResut`; both are read."""
    found = details.get("duplicateResut") or details.get("duplicateResult") if isinstance(details, dict) else None
    try:
        matches = [match for result in found["matchResults"] for match in result["matchRecords"]] if found else []
        return [str(match["record"]["Id"]) for match in matches[:10]]
    except (LookupError, TypeError):
        return []
