"""Salesforce record ids: their shape, checksum and key prefix. Pure; knows no tool and sends nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

_SHAPE = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

OBJECT_OF_PREFIX = {
    "001": "Account",
    "002": "Note",
    "003": "Contact",
    "005": "User",
    "006": "Opportunity",
    "00B": "ListView",
    "00D": "Organization",
    "00G": "Group",
    "00K": "OpportunityContactRole",
    "00O": "Report",
    "00P": "Attachment",
    "00Q": "Lead",
    "00T": "Task",
    "00U": "Event",
    "00k": "OpportunityLineItem",
    "00l": "Folder",
    "00v": "CampaignMember",
    "012": "RecordType",
    "01Z": "Dashboard",
    "01s": "Pricebook2",
    "01t": "Product2",
    "01u": "PricebookEntry",
    "500": "Case",
    "701": "Campaign",
    "800": "Contract",
    "801": "Order",
}


def checksum(first_fifteen: str) -> str:
    """The three characters that make a case-sensitive id of 15 characters safe to compare without case."""
    groups = (first_fifteen[start : start + 5] for start in (0, 5, 10))
    return "".join(_ALPHABET[sum(1 << place for place, char in enumerate(group) if char.isupper())] for group in groups)


def normalized(value: str) -> str:
    """The id in its form of 18 characters.

    Raises:
        ValueError: It is not an id, with a message for whoever gave it.
    """
    if not _SHAPE.fullmatch(value):
        raise ValueError(
            "is not a Salesforce record id: give the 15 or 18 letters and digits exactly as Salesforce shows them"
        )
    expected = value[:15] + checksum(value[:15])
    if len(value) == 18 and value != expected:
        raise ValueError(
            f"is not a Salesforce record id: {value!r} fails its checksum; copy it exactly, capitals included"
        )
    return expected


def _belonging_to(prefix: str) -> Callable[[str], str]:
    wanted = OBJECT_OF_PREFIX[prefix]

    def check(value: str) -> str:
        record_id = normalized(value)
        if record_id.startswith(prefix):
            return record_id
        owner = OBJECT_OF_PREFIX.get(record_id[:3])
        if owner is None:
            raise ValueError(
                f"is not the id of a {wanted}: such ids begin with {prefix}; look the right one up with a query"
            )
        raise ValueError(
            f"is the id of a {owner}, not of a {wanted}: give an id that begins with {prefix}, "
            f"or use a tool for {owner} records (such as salesforce_sobject_get with sobject_type {owner})"
        )

    return check


RecordId = Annotated[str, AfterValidator(normalized)]
AccountId = Annotated[str, AfterValidator(_belonging_to("001"))]
ContactId = Annotated[str, AfterValidator(_belonging_to("003"))]
OpportunityId = Annotated[str, AfterValidator(_belonging_to("006"))]
ReportId = Annotated[str, AfterValidator(_belonging_to("00O"))]
DashboardId = Annotated[str, AfterValidator(_belonging_to("01Z"))]

_PLAIN = WithJsonSchema({"type": "string"})
OptionalRecordId = Annotated[RecordId | None, _PLAIN]
OptionalAccountId = Annotated[AccountId | None, _PLAIN]
