"""The notes of a new org, of both generations; knows nothing that is not handed to it."""

from __future__ import annotations

from base64 import b64encode

from langchain_sfconnect.localorg.seed.customers import Customer
from langchain_sfconnect.localorg.seed.planter import Planter, Row

_NOTES = (
    ("Who decides", "The operations director decides; procurement only compares prices."),
    ("Delivery windows", "Deliveries before seven in the morning, through the north gate."),
    ("Renewal", "They want the renewal on paper a quarter ahead."),
)
_PAGES = (
    ("Visit report", "Two halls, forty gates. Wi-Fi is weak near the ramp."),
    ("Pricing ideas", "Bundle telemetry with support for three years."),
)


def plant_notes(planter: Planter, customers: list[Customer]) -> None:
    """Plant some notes on accounts, and some that stand for themselves."""
    pairs = zip(customers, _NOTES, strict=False)
    planter.store("Note", [_note(planter, customer, title, body) for customer, (title, body) in pairs])
    planter.store("ContentNote", [_page(planter, title, body) for title, body in _PAGES])


def _note(planter: Planter, customer: Customer, title: str, body: str) -> Row:
    values = {"ParentId": customer.account["Id"], "Title": title, "Body": body}
    return planter.make("Note", values, owner=customer.owner, age=40)


def _page(planter: Planter, title: str, body: str) -> Row:
    text = f"<p>{body}</p>".encode()
    row = planter.make("ContentNote", {"Title": title, "Content": b64encode(text).decode()}, owner="rep", age=20)
    return row | {
        "FileType": "SNOTE", "FileExtension": "snote", "ContentSize": len(text), "TextPreview": body,
        "ContentModifiedDate": row["LastModifiedDate"],
    }  # fmt: skip
