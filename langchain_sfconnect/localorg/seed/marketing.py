"""The campaigns and leads of a new org, and who was invited; knows no deal."""

from __future__ import annotations

from langchain_sfconnect.localorg.schema.standard.campaign import RESPONDED
from langchain_sfconnect.localorg.seed import names
from langchain_sfconnect.localorg.seed.customers import Customer, domain
from langchain_sfconnect.localorg.seed.planter import Planter, Row

LEADS = 48
# name, type, status, first day ago, last day ago, budget
_CAMPAIGNS = (
    ("Warehouse Vision Webinar", "Webinar", "Completed", 140, 139, 6_000.0),
    ("Logistics Europe Trade Show", "Trade Show", "Completed", 95, 92, 48_000.0),
    ("Telemetry Spring Mailing", "Email", "In Progress", 20, -25, 4_500.0),
    ("Partner Referral Program", "Referral Program", "Planned", -30, -120, 20_000.0),
)
_FIRST_WORDS = ("Amber", "Birch", "Cedar", "Delta", "Ember", "Fjord", "Glacier", "Harvest")
_SECOND_WORDS = ("Supply", "Logistics", "Foods", "Components", "Works", "Trading")
_STATUSES = ("Open - Not Contacted", "Working - Contacted", "Open - Not Contacted", "Closed - Not Converted")
_SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List")
_RATINGS = ("Warm", "Hot", "Cold")
_INDUSTRIES = ("Transportation", "Retail", "Manufacturing", "Food & Beverage", "Shipping", "Electronics")
_OWNERS = ("rep", "amara", "jonas")


def plant_campaigns(planter: Planter) -> list[Row]:
    """Plant two past campaigns, a running one and a planned one."""
    return planter.store("Campaign", [_campaign(planter, *campaign) for campaign in _CAMPAIGNS])


def _campaign(planter: Planter, name: str, kind: str, status: str, first: int, last: int, budget: float) -> Row:
    values = {
        "Name": name, "Type": kind, "Status": status, "StartDate": planter.day(first).isoformat(),
        "EndDate": planter.day(last).isoformat(), "BudgetedCost": budget, "IsActive": int(status == "In Progress"),
        "ActualCost": budget * 0.9 if status == "Completed" else None, "ExpectedRevenue": budget * 8,
    }  # fmt: skip
    return planter.make("Campaign", values, owner="manager", age=max(first, 0) + 40)


def plant_leads(planter: Planter) -> list[Row]:
    """Plant people who are not customers yet."""
    return planter.store("Lead", (_lead(planter, number) for number in range(LEADS)))


def _lead(planter: Planter, number: int) -> Row:
    first = names.FIRST_NAMES[(number * 3 + 7) % len(names.FIRST_NAMES)]
    last = names.LAST_NAMES[(number * 11 + 2) % len(names.LAST_NAMES)]
    company = f"{_FIRST_WORDS[number % len(_FIRST_WORDS)]} {_SECOND_WORDS[number // 8 % len(_SECOND_WORDS)]}"
    city = list(names.COUNTRIES)[number]
    age = planter.upto(75)
    values = {
        "FirstName": first, "LastName": last, "Company": company, "Title": names.TITLES[number % len(names.TITLES)][0],
        "Email": f"{first}.{last}@{domain(company)}".lower(), "Status": _STATUSES[number % len(_STATUSES)],
        "LeadSource": _SOURCES[number % len(_SOURCES)], "Rating": _RATINGS[number % len(_RATINGS)],
        "Industry": _INDUSTRIES[number % len(_INDUSTRIES)], "NumberOfEmployees": 40 + number * 25, "City": city,
        "Country": names.COUNTRIES[city], "Phone": f"({310 + number}) 555-01{number % 100:02d}",
        "IsUnreadByOwner": int(age < 4),
    }  # fmt: skip
    return planter.make("Lead", values, owner=_OWNERS[number % len(_OWNERS)], age=age)


def plant_members(planter: Planter, campaign: Row, leads: list[Row], customers: list[Customer]) -> None:
    """Plant the people whom a campaign was for: some leads and some contacts, a third of whom answered."""
    people = [{"LeadId": lead["Id"]} for lead in leads[:12]]
    people += [{"ContactId": customer.contacts[0]["Id"]} for customer in customers[:9]]
    planter.store("CampaignMember", [_member(planter, campaign, who, number) for number, who in enumerate(people)])


def _member(planter: Planter, campaign: Row, who: Row, number: int) -> Row:
    answered = number % 3 == 0
    values = {"CampaignId": campaign["Id"], "Status": RESPONDED if answered else "Sent", **who}
    if answered:
        values["FirstRespondedDate"] = campaign["EndDate"]
    return planter.make("CampaignMember", values, owner="manager", age=60)
