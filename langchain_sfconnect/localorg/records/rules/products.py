"""Rules of price book entries and line items: which prices there may be, and what a line comes to."""

from __future__ import annotations

from typing import Any

from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.records import refusals
from langchain_sfconnect.localorg.records.change import Change, Row
from langchain_sfconnect.localorg.sqltext import Sql


def complete_price(change: Change) -> None:
    """Let a product have one price per price book, the standard one first."""
    if not change.creates:
        return
    row, writing = change.row, change.writing
    if _prices(change, Sql('"Pricebook2Id" = ?', (row["Pricebook2Id"],))):
        raise OrgError(400, "DUPLICATE_VALUE", "This price definition already exists in this price book", ())
    book = writing.find(row["Pricebook2Id"]) or {}
    standard = Sql('"Pricebook2Id" IN (SELECT "Id" FROM "Pricebook2" WHERE "IsStandard" = 1)')
    if not book.get("IsStandard") and not _prices(change, standard):
        text = "Before creating a custom price, create a standard price."
        raise OrgError(400, "STANDARD_PRICE_NOT_DEFINED", text, ())


def _prices(change: Change, where: Sql) -> list[tuple[Any, ...]]:
    product = Sql('SELECT "Id" FROM "PricebookEntry" WHERE "IsDeleted" = 0 AND "Product2Id" = ? AND',
                  (change.row["Product2Id"],))  # fmt: skip
    return change.writing.database.rows(product + where)


def complete_line_item(change: Change) -> None:
    """Derive what a line comes to, and let it in only if it is of the opportunity's price book."""
    if change.creates:
        _take_from_price_book(change)
    row = change.row
    _set_price(change)
    row["Subtotal"] = round(row["Quantity"] * row["UnitPrice"], 2)
    if "TotalPrice" not in change.given or row["TotalPrice"] is None:
        row["TotalPrice"] = round(row["Subtotal"] * (1 - (row["Discount"] or 0) / 100), 2)


def _take_from_price_book(change: Change) -> None:
    row, writing = change.row, change.writing
    if row["PricebookEntryId"] is None:
        raise refusals.required_missing(["PricebookEntryId"])
    entry = writing.find(row["PricebookEntryId"]) or {}
    deal = writing.find(row["OpportunityId"]) or {}
    if not entry["IsActive"]:
        raise refusals.field_integrity("pricebook entry is inactive", ("PricebookEntryId",))
    if deal["Pricebook2Id"] not in (None, entry["Pricebook2Id"]):
        text = "pricebook entry is in a different pricebook than the one assigned to the opportunity"
        raise refusals.field_integrity(text, ("PricebookEntryId",))
    if deal["Pricebook2Id"] is None:
        writing.change("Opportunity", deal["Id"], {"Pricebook2Id": entry["Pricebook2Id"]})
    product = writing.find(entry["Product2Id"]) or {}
    row |= {"Product2Id": entry["Product2Id"], "ListPrice": entry["UnitPrice"]}
    row["Name"] = f"{deal['Name']} {product['Name']}"[:376]


def _set_price(change: Change) -> None:
    """Take the price of one from the price of all, or the other way round; both at once contradict each other."""
    row = change.row
    given = {name for name in ("UnitPrice", "TotalPrice") if name in change.given and row[name] is not None}
    if len(given) == 2:
        text = "either the unit price or the total price of a line can be given, not both"
        raise refusals.field_integrity(text, ("UnitPrice", "TotalPrice"))
    if "TotalPrice" not in given and row["UnitPrice"] is None:
        raise refusals.required_missing(["UnitPrice"])
    if "TotalPrice" in given:
        kept = 1 - (row["Discount"] or 0) / 100
        row["UnitPrice"] = round(row["TotalPrice"] / (row["Quantity"] * kept), 2) if row["Quantity"] and kept else 0.0


def roll_up_line_items(change: Change) -> None:
    """Keep the amount of an opportunity equal to its lines, as long as it has any."""
    writing = change.writing
    deal = writing.find(change.row["OpportunityId"])
    if deal is None or deal["IsDeleted"]:
        return
    live = Sql('FROM "OpportunityLineItem" WHERE "OpportunityId" = ? AND "IsDeleted" = 0', (deal["Id"],))
    sums = Sql('SELECT count(*), sum("TotalPrice"), sum("Quantity")') + live
    count, total, quantity = writing.database.rows(sums)[0]
    values: Row = {"HasOpportunityLineItem": int(count > 0)}
    if count:
        values |= {"Amount": round(total, 2), "TotalOpportunityQuantity": quantity}
        values["ExpectedRevenue"] = round(values["Amount"] * (deal["Probability"] or 0) / 100, 2)
    writing.change("Opportunity", deal["Id"], values)
