"""What became of each subrequest of a composite. Pure: it reads the answer, and knows no request.

Salesforce answers 200 when subrequests fail; a collection inside may even report success for what was rolled back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_sfconnect.errors import SalesforceAPIError
from langchain_sfconnect.tools.compact import compact_body

_CONSEQUENCES = {"PROCESSING_HALTED", "ALL_OR_NONE_OPERATION_ROLLED_BACK"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One subrequest's answer.

    Attributes:
        reference: Its referenceId.
        status: Its HTTP status.
        body: Its body.
        errors: What failed in it, each with `code`, `message` and `fields`; of a collection, its failed records.
    """

    reference: str
    status: int
    body: Any
    errors: tuple[dict[str, Any], ...]

    def content(self) -> dict[str, Any]:
        """The outcome for a model."""
        told: dict[str, Any] = {"ref": self.reference, "status": self.status}
        if self.errors:
            told["errors"] = list(self.errors)
        if not self.errors or self.status < 300:
            told |= _told_body(self.body)
        return told


def outcomes_of(answer: Mapping[str, Any]) -> list[Outcome]:
    """The outcomes in the order of the answer."""
    return [
        Outcome(str(each.get("referenceId")), status := int(each.get("httpStatusCode", 0)), body, _errors(status, body))
        for each in answer.get("compositeResponse", ())
        for body in (each.get("body"),)
    ]


def whole_failure(failed: Sequence[Outcome], *, all_or_none: bool) -> SalesforceAPIError:
    """The error of a composite of which nothing was done: its first own error, not a consequence of another."""
    pairs = [(outcome, error) for outcome in failed for error in outcome.errors]
    culprit, error = next((pair for pair in pairs if pair[1]["code"] not in _CONSEQUENCES), pairs[0])
    why = "allOrNone is set, so nothing was saved" if all_or_none else "Every subrequest failed, so nothing was done"
    return SalesforceAPIError(
        f"{culprit.reference}: {error['message']}",
        code=error["code"],
        status=culprit.status,
        fields=error["fields"],
        hint=f"{why}. Correct the subrequest {culprit.reference} and send the whole composite again.",
        details=[outcome.content() for outcome in failed],
    )


def _errors(status: int, body: Any) -> tuple[dict[str, Any], ...]:
    items = body if isinstance(body, list) else [body]
    if status >= 300:
        return tuple(_error(item, status) for item in items) or (_error(None, status),)
    refused = [item for item in items if isinstance(item, Mapping) and item.get("success") is False]
    return tuple(_error(error, status) for item in refused for error in item.get("errors") or [None])


def _error(item: Any, status: int) -> dict[str, Any]:
    error = item if isinstance(item, Mapping) else {}
    code = error.get("errorCode") or error.get("statusCode")
    message = str(error.get("message") or f"Salesforce answered {status} without a message.")
    return {"code": code or "SALESFORCE_ERROR", "message": message, "fields": list(error.get("fields") or ())}


def _told_body(body: Any) -> dict[str, Any]:
    if body is None:
        return {}
    if isinstance(body, Mapping) and "success" in body and "id" in body:
        return {"id": body["id"]}
    return {"data": compact_body(body)}
