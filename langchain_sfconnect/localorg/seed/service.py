"""The service cases of a new org; knows no deal."""

from __future__ import annotations

from langchain_sfconnect.localorg.moments import second_stamp
from langchain_sfconnect.localorg.seed.customers import CUSTOMERS, Customer
from langchain_sfconnect.localorg.seed.planter import Planter, Row

CASES = 44
_SUBJECTS = (
    ("Telemetry gateway drops offline overnight", "Breakdown", "High"),
    ("How do we add a second warehouse?", "Installation", "Low"),
    ("Dashboard totals differ from the export", "Performance", "Medium"),
    ("Camera mount does not fit the new racks", "Equipment Design", "Medium"),
    ("Single sign-on stopped working", "Other", "High"),
    ("Training for the night shift", "Feedback", "Low"),
)
_STATUSES = ("Closed", "New", "Closed", "Working", "Closed", "Escalated", "Closed", "New")
_ORIGINS = ("Email", "Phone", "Web")
_OWNERS = ("rep", "amara", "jonas", "manager")


def plant_cases(planter: Planter, customers: list[Customer]) -> list[Row]:
    """Plant cases of every status, for customers only."""
    return planter.store("Case", [_case(planter, customers, number) for number in range(CASES)])


def _case(planter: Planter, customers: list[Customer], number: int) -> Row:
    customer = customers[number * 5 % CUSTOMERS]
    subject, reason, priority = _SUBJECTS[number % len(_SUBJECTS)]
    status, age = _STATUSES[number % len(_STATUSES)], 2 + planter.upto(160)
    closed = age // 2
    values = {
        "Subject": subject, "Status": status, "Priority": priority, "Origin": _ORIGINS[number % len(_ORIGINS)],
        "Reason": reason, "AccountId": customer.account["Id"], "ContactId": customer.contacts[-1]["Id"],
        "Description": f"{customer.contacts[-1]['Name']} reports: {subject.lower()}", "Type": "Other",
        "IsEscalated": int(status == "Escalated"),
        "ClosedDate": second_stamp(planter.moment(closed)) if status == "Closed" else None,
    }  # fmt: skip
    quiet = closed if status == "Closed" else age // 3
    return planter.make("Case", values, owner=_OWNERS[number % len(_OWNERS)], age=age, quiet=quiet)
