"""The tasks and events of a new org, done, due and to come; knows nothing that is not handed to it."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from langchain_sfconnect.localorg.moments import second_stamp, stamp
from langchain_sfconnect.localorg.records.rules.activity import refresh_last_activity
from langchain_sfconnect.localorg.seed.customers import Customer
from langchain_sfconnect.localorg.seed.pipeline import Deal
from langchain_sfconnect.localorg.seed.planter import Planter, Row

DEAL_TASKS, LEAD_TASKS, CASE_TASKS, MEETINGS = 72, 14, 10, 42
_TASKS = ("Call", "Send Quote", "Email", "Call", "Send Letter")
_STATUSES = ("Completed", "Not Started", "In Progress", "Completed", "Waiting on someone else", "Not Started")
_PRIORITIES = ("Normal", "High", "Normal", "Low")
_MEETINGS = ("Meeting", "Discovery workshop", "Site visit", "Pricing review", "Quarterly business review")
_PLACES = ("Video call", "Customer site", "Portland office")


def plant_activities(
    planter: Planter, customers: list[Customer], deals: list[Deal], leads: list[Row], cases: list[Row]
) -> None:
    """Plant tasks about deals, leads and cases, and meetings with customers."""
    open_deals = [deal for deal in deals if not deal.row["IsClosed"]]
    tasks = [_deal_task(planter, open_deals[number % len(open_deals)], number) for number in range(DEAL_TASKS)]
    tasks += [_task(planter, number, leads[number * 3]["Id"], None, "rep") for number in range(LEAD_TASKS)]
    tasks += [_task(planter, number, None, cases[number * 4]["Id"], "jonas") for number in range(CASE_TASKS)]
    events = [_meeting(planter, customers[number * 3 % len(customers)], number) for number in range(MEETINGS)]
    planter.store("Task", tasks)
    planter.store("Event", events)
    for activity in (*tasks, *events):
        refresh_last_activity(planter.writing("rep", planter.now), activity)


def _deal_task(planter: Planter, deal: Deal, number: int) -> Row:
    return _task(planter, number, deal.row["ContactId"], deal.row["Id"], deal.customer.owner)


def _task(planter: Planter, number: int, who: str | None, what: str | None, owner: str) -> Row:
    status = _STATUSES[number % len(_STATUSES)]
    due = 1 + planter.upto(40) if status == "Completed" else 3 - planter.upto(24)
    values: dict[str, Any] = {
        "Subject": _TASKS[number % len(_TASKS)], "Status": status, "Priority": _PRIORITIES[number % len(_PRIORITIES)],
        "ActivityDate": planter.day(due).isoformat(), "WhoId": who, "WhatId": what,
        "CompletedDateTime": second_stamp(planter.moment(due)) if status == "Completed" else None,
    }  # fmt: skip
    return planter.make("Task", values, owner=owner, age=due + 6 if due > 0 else 6)


def _meeting(planter: Planter, customer: Customer, number: int) -> Row:
    days_ago = planter.upto(50) - 20
    start = datetime.combine(planter.day(days_ago), time(9 + number % 7, 30 * (number % 2)), UTC)
    values: dict[str, Any] = {
        "Subject": _MEETINGS[number % len(_MEETINGS)], "Location": _PLACES[number % len(_PLACES)],
        "StartDateTime": stamp(start), "DurationInMinutes": (30, 60, 90)[number % 3],
        "WhoId": customer.contacts[0]["Id"], "WhatId": customer.account["Id"],
    }  # fmt: skip
    return planter.make("Event", values, owner=customer.owner, age=max(days_ago, 0) + 8)
