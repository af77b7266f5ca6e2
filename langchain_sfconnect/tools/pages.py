"""Sending a SOQL or SOSL statement, and reading the pages of its answer. Shared by the query and search tools. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

from pydantic import AfterValidator, StringConstraints, WithJsonSchema

from langchain_sfconnect.connection import Operation, Result
from langchain_sfconnect.errors import SalesforceAPIError

Resource = Literal["query", "queryAll", "search"]

# Salesforce refuses URIs, and URIs with headers, of more than 16,384 bytes; a token may take 4,000 of them.
_MAX_ENCODED = 12_000
_LOCATOR = re.compile(r"[A-Za-z0-9]{10,40}-[0-9]{1,10}")
_NEXT_PAGE = re.compile(r"/services/data/v\d{2,3}\.\d/(?:query|queryAll)/([A-Za-z0-9-]+)")


def _locator(value: str) -> str:
    if _LOCATOR.fullmatch(value):
        return value
    raise ValueError(
        "is not a cursor: give the one from the previous page unchanged, or leave it out for the first page"
    )


Soql = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100_000)]
Sosl = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Locator = Annotated[
    Annotated[str, AfterValidator(_locator)] | None,
    WithJsonSchema({"type": "string", "description": "From the previous page"}),
]


def statement(
    resource: Resource, text: str, api_version: str, *, parameter: str = "q", headers: Mapping[str, str] | None = None
) -> Operation:
    """Send a statement; one too long for a URL travels as the only subrequest of a composite."""
    if _fits_a_url(text):
        return Operation("GET", f"/{resource}", params={parameter: text}, headers=headers or {})
    url = f"/services/data/v{api_version}/{resource}?{urlencode({parameter: text}, quote_via=quote)}"
    only = {"method": "GET", "url": url, "referenceId": "statement"}
    return Operation("POST", "/composite", json={"allOrNone": False, "compositeRequest": [only]})


def _fits_a_url(text: str) -> bool:
    # A character is at most twelve when encoded: short statements, nearly all, need not be encoded to know.
    return len(text) * 12 <= _MAX_ENCODED or len(quote(text)) <= _MAX_ENCODED


def page(locator: str, headers: Mapping[str, str] | None = None) -> Operation:
    """Fetch the page that a cursor stands for."""
    return Operation("GET", f"/query/{locator}", headers=headers or {})


def unwrapped(result: Result) -> Result:
    """The answer to a statement, taken out of the composite if it travelled in one.

    Raises:
        SalesforceAPIError: The subrequest failed.
    """
    if not isinstance(result.data, Mapping) or "compositeResponse" not in result.data:
        return result
    answer = result.data["compositeResponse"][0]
    status, body = answer["httpStatusCode"], answer["body"]
    if status < 400:
        return Result(status, body, result.limit_info)
    error: Mapping[str, Any] = body[0] if isinstance(body, list) and body else {}
    raise SalesforceAPIError(
        str(error.get("message") or f"Salesforce answered {status}."),
        code=error.get("errorCode"),
        status=status,
        fields=error.get("fields") or (),
        hint="Correct the statement and call again.",
    )


def next_locator(answer: Mapping[str, Any]) -> str | None:
    """The cursor of the page after this one; None after the last, and where rows would be passed over."""
    found = _NEXT_PAGE.fullmatch(str(answer.get("nextRecordsUrl") or ""))
    return found[1] if found and not answer.get("truncated") and _LOCATOR.fullmatch(found[1]) else None
