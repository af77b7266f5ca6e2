"""The deals of a new org: won, lost and open, around today; knows no service case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from langchain_sfconnect.localorg.fiscal import FiscalCalendar
from langchain_sfconnect.localorg.moments import second_stamp
from langchain_sfconnect.localorg.schema.standard.opportunity import STAGES
from langchain_sfconnect.localorg.seed.customers import CUSTOMERS, Customer
from langchain_sfconnect.localorg.seed.planter import Planter, Row

WON, LOST = 92, 44
OPEN_PER_STAGE = {"this": 6, "next": 5, "after": 2}
# product, smallest and largest amount
PRODUCTS = (
    ("Platform Subscription", 24_000, 140_000), ("Fleet Telemetry Rollout", 60_000, 320_000),
    ("Warehouse Vision Pilot", 15_000, 48_000), ("Analytics Add-on", 8_000, 36_000), ("Premium Support", 6_000, 30_000),
    ("Site Expansion", 45_000, 210_000), ("Integration Services", 12_000, 75_000),
)  # fmt: skip
_NEXT_STEPS = (
    "Book a discovery call", "Send the security questionnaire", "Walk through pricing with finance",
    "Agree a pilot site",
    "Reference call with a customer", "Get the contract to legal", None,
)  # fmt: skip
_QUANTITIES = (1, 2, 4, 5)  # amounts go in steps of 500, so any of these divides them
_TYPES = ("New Customer", "Existing Customer - Upgrade", "Existing Customer - Replacement")
_SOURCES = ("Web", "Partner Referral", "Phone Inquiry", "Other")
_ROLES = ("Decision Maker", "Economic Buyer", "Evaluator", "Business User", "Technical Buyer")


@dataclass(frozen=True, slots=True)
class Deal:
    """An opportunity, whose it is, its days of age, and how many of which product it sold: 0 if nobody noted it."""

    row: Row
    customer: Customer
    age: int
    product: str
    quantity: int


def plant_pipeline(planter: Planter, customers: list[Customer], campaigns: list[Row]) -> list[Deal]:
    """Plant opportunities over all stages, each with a primary contact."""
    pipeline = _Pipeline(planter, customers, campaigns)
    deals = [*pipeline.closed("Closed Won", WON), *pipeline.closed("Closed Lost", LOST), *pipeline.open()]
    planter.store("Opportunity", (deal.row for deal in deals))
    planter.store("OpportunityContactRole", (_role(planter, deal, number) for number, deal in enumerate(deals)))
    return deals


class _Pipeline:
    """Deals around one day."""

    def __init__(self, planter: Planter, customers: list[Customer], campaigns: list[Row]) -> None:
        self._planter = planter
        self._customers = customers
        self._campaigns = campaigns
        self._number = 0

    def closed(self, stage: str, count: int) -> list[Deal]:
        """Deals that ended on one of the last 450 days."""
        deals = []
        for number in range(count):
            ended = 1 + self._planter.upto(450) * number // count
            deals.append(self._deal(stage, self._planter.day(ended), age=ended + 30 + self._planter.upto(90)))
        return deals

    def open(self) -> list[Deal]:
        """Deals of every open stage that close in this quarter from today on, and in the two quarters after it."""
        stages = [stage.name for stage in STAGES if not stage.closed]
        return [
            self._deal(stage, self._close_date(when), age=5 + self._planter.upto(110))
            for stage in stages
            for when, count in OPEN_PER_STAGE.items()
            for _ in range(count)
        ]

    def _close_date(self, when: str) -> date:
        calendar, today = FiscalCalendar(), self._planter.today
        quarter = calendar.start("QUARTER", today)
        step = list(OPEN_PER_STAGE).index(when)
        first = max(today, calendar.shift("QUARTER", quarter, step))
        last = calendar.shift("QUARTER", quarter, step + 1) - timedelta(days=1)
        return first + timedelta(days=self._planter.upto((last - first).days))

    def _deal(self, stage: str, close: date, *, age: int) -> Deal:
        number, self._number = self._number, self._number + 1
        won = stage == "Closed Won"
        customer = self._customers[number * 7 % (CUSTOMERS if won else len(self._customers))]
        product, low, high = PRODUCTS[number % len(PRODUCTS)]
        amount = low + round((high - low) * self._planter.chance.random() / 500) * 500
        values = {
            "Name": f"{customer.account['Name']} - {product}", "AccountId": customer.account["Id"], "StageName": stage,
            "CloseDate": close.isoformat(), "Amount": float(amount), "Type": _TYPES[number % len(_TYPES)],
            "LeadSource": _SOURCES[number % len(_SOURCES)], "ContactId": customer.contacts[0]["Id"],
            "NextStep": None if stage.startswith("Closed") else _NEXT_STEPS[number % len(_NEXT_STEPS)],
            "CampaignId": self._campaigns[number // 6 % len(self._campaigns)]["Id"] if number % 6 == 0 else None,
        }  # fmt: skip
        quantity = _QUANTITIES[number % len(_QUANTITIES)] if won and number % 3 == 0 else 0
        if quantity:
            values |= {
                "HasOpportunityLineItem": 1, "Pricebook2Id": self._planter.price_book_id,
                "TotalOpportunityQuantity": float(quantity),
            }  # fmt: skip
        quiet = max((self._planter.today - close).days, 0) if stage.startswith("Closed") else min(age, 4)
        owner = "tom" if won and number % 11 == 0 else customer.owner
        row = self._planter.make("Opportunity", values, owner=owner, age=age, quiet=quiet)
        if stage != "Prospecting":
            row["LastStageChangeDate"] = second_stamp(self._planter.moment(quiet))
        return Deal(row, customer, age, product, quantity)


def _role(planter: Planter, deal: Deal, number: int) -> Row:
    values = {
        "OpportunityId": deal.row["Id"], "ContactId": deal.row["ContactId"], "IsPrimary": 1,
        "Role": _ROLES[number % len(_ROLES)],
    }  # fmt: skip
    return planter.make("OpportunityContactRole", values, owner=deal.customer.owner, age=3)
