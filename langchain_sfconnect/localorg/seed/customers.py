"""The accounts and contacts of a new org; knows no deal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from langchain_sfconnect.localorg.seed import names
from langchain_sfconnect.localorg.seed.planter import Planter, Row

CUSTOMERS = 42
_OWNERS = ("rep", "amara", "jonas", "rep", "amara", "rep", "jonas", "manager")
_RATINGS = ("Hot", "Warm", "Cold", "Warm", None)
_SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")


@dataclass(frozen=True, slots=True)
class Customer:
    """An account, its people, and the short name of the user who owns it."""

    account: Row
    contacts: list[Row]
    owner: str


def plant_customers(planter: Planter) -> list[Customer]:
    """Plant accounts, some of them below others, and two or three contacts for each."""
    accounts = planter.store("Account", (_account(planter, number) for number in range(len(names.COMPANIES))))
    children = [_subsidiary(planter, number, accounts) for number in range(len(names.SUBSIDIARIES))]
    accounts += planter.store("Account", children)
    customers = [Customer(account, [], _OWNERS[number % len(_OWNERS)]) for number, account in enumerate(accounts)]
    for number, customer in enumerate(customers):
        for place in range(2 + (number % 2)):
            customer.contacts.append(_contact(planter, customer, number, place))
    planter.store("Contact", (contact for customer in customers for contact in customer.contacts))
    return customers


def _account(planter: Planter, number: int) -> Row:
    name, industry, city, employees, revenue = names.COMPANIES[number]
    values: dict[str, Any] = {
        "Name": name, "Industry": industry, "NumberOfEmployees": employees, "AnnualRevenue": revenue * 1_000_000.0,
        "Website": f"https://www.{domain(name)}", "Rating": _RATINGS[number % len(_RATINGS)],
        "AccountNumber": f"NL-{1001 + number}", "Ownership": ("Private", "Public")[number % 2],
        "AccountSource": _SOURCES[number % len(_SOURCES)],
        "Type": "Customer - Direct" if number < CUSTOMERS else "Prospect",
        "Description": f"{name} works in {industry.lower()} from {city}.",
    }  # fmt: skip
    return _placed(planter, number, values, city)


def _subsidiary(planter: Planter, number: int, accounts: list[Row]) -> Row:
    name, parent_number = names.SUBSIDIARIES[number]
    parent = accounts[parent_number]
    values = {
        "Name": name, "ParentId": parent["Id"], "Industry": parent["Industry"], "Ownership": "Subsidiary",
        "NumberOfEmployees": parent["NumberOfEmployees"] // 8, "AnnualRevenue": parent["AnnualRevenue"] // 10,
        "Website": parent["Website"], "AccountNumber": f"NL-{1201 + number}", "Type": "Prospect",
    }  # fmt: skip
    return _placed(planter, len(names.COMPANIES) + number, values, parent["BillingCity"])


def _placed(planter: Planter, number: int, values: dict[str, Any], city: str) -> Row:
    street = f"{12 + number * 3} {names.STREETS[number % len(names.STREETS)]}"
    where = {"Street": street, "City": city, "PostalCode": f"{10_000 + number * 137}", "Country": names.COUNTRIES[city]}
    values |= {f"{block}{part}": text for block in ("Billing", "Shipping") for part, text in where.items()}
    values["Phone"] = _phone(number, 0)
    age = 240 + planter.upto(900)
    return planter.make("Account", values, owner=_OWNERS[number % len(_OWNERS)], age=age, quiet=planter.upto(200))


def _contact(planter: Planter, customer: Customer, number: int, place: int) -> Row:
    person = number * 3 + place
    first = names.FIRST_NAMES[person % len(names.FIRST_NAMES)]
    last = names.LAST_NAMES[person * 5 % len(names.LAST_NAMES)]
    title, department = names.TITLES[person % len(names.TITLES)]
    account = customer.account
    values = {
        "FirstName": first, "LastName": last, "AccountId": account["Id"], "Title": title, "Department": department,
        "Salutation": names.SALUTATIONS[person % len(names.SALUTATIONS)], "Phone": _phone(number, place + 1),
        "MobilePhone": _phone(number + 200, place + 1), "LeadSource": _SOURCES[person % len(_SOURCES)],
        "Email": f"{first}.{last}@{domain(account['Name'])}".lower(),
        "ReportsToId": customer.contacts[0]["Id"] if place == 2 else None,
    }  # fmt: skip
    values |= {f"Mailing{part}": account[f"Billing{part}"] for part in ("Street", "City", "PostalCode", "Country")}
    return planter.make("Contact", values, owner=customer.owner, age=planter.upto(230), quiet=None)


def domain(name: str) -> str:
    """Return the internet domain of a company, one that can belong to nobody."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") + ".example"


def _phone(number: int, place: int) -> str:
    return f"({201 + number % 700}) 555-01{(number * 7 + place) % 100:02d}"
