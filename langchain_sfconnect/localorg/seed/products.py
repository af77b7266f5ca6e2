"""The products of a new org, their price books, and what won deals were made of; knows no open deal."""

from __future__ import annotations

from langchain_sfconnect.localorg.seed.pipeline import PRODUCTS, Deal
from langchain_sfconnect.localorg.seed.planter import Planter, Row

_AGE = 900
_FAMILIES = ("Subscription", "Hardware", "Hardware", "Subscription", "Services", "Hardware", "Services")
_PARTNER_BOOK = "Partner Price Book"
_PARTNER_SHARE = 0.9


def plant_products(planter: Planter) -> dict[str, Row]:
    """Plant the products, and return their standard prices by name; partners have prices of their own for some."""
    products = planter.store("Product2", [_product(planter, number) for number in range(len(PRODUCTS))])
    partners = planter.make("Pricebook2", {"Name": _PARTNER_BOOK, "IsActive": 1}, owner="manager", age=_AGE)
    planter.store("Pricebook2", [partners])
    prices = [_price(planter, product, planter.price_book_id, 1.0) for product in products]
    planter.store("PricebookEntry", prices)
    planter.store(
        "PricebookEntry",
        [_price(planter, product, partners["Id"], _PARTNER_SHARE) for product in products[::2]],
    )
    return {product["Name"]: price for product, price in zip(products, prices, strict=True)}


def plant_line_items(planter: Planter, prices: dict[str, Row], deals: list[Deal]) -> None:
    """Plant what the deals that have line items were made of; each comes to the deal's amount."""
    planter.store(
        "OpportunityLineItem", [_line_item(planter, prices[deal.product], deal) for deal in deals if deal.quantity]
    )


def _product(planter: Planter, number: int) -> Row:
    name, _, _ = PRODUCTS[number]
    values = {
        "Name": name, "ProductCode": "-".join(word[:3].upper() for word in name.split()), "IsActive": 1,
        "Family": _FAMILIES[number % len(_FAMILIES)], "Description": f"{name}, billed per site.",
        "QuantityUnitOfMeasure": "Each",
    }  # fmt: skip
    return planter.make("Product2", values, owner="manager", age=_AGE)


def _price(planter: Planter, product: Row, book_id: str, share: float) -> Row:
    _, low, _ = next(item for item in PRODUCTS if item[0] == product["Name"])
    values = {"Pricebook2Id": book_id, "Product2Id": product["Id"], "UnitPrice": low * share, "IsActive": 1}
    return planter.make("PricebookEntry", values, owner="manager", age=_AGE)


def _line_item(planter: Planter, price: Row, deal: Deal) -> Row:
    values = {
        "OpportunityId": deal.row["Id"], "PricebookEntryId": price["Id"],
        "Quantity": float(deal.quantity), "UnitPrice": deal.row["Amount"] / deal.quantity,
        "ServiceDate": deal.row["CloseDate"],
    }  # fmt: skip
    return planter.make("OpportunityLineItem", values, owner=deal.customer.owner, age=deal.age)
