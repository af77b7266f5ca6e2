"""Rules of campaign members: one lead or one contact, once per campaign, shown with its name and address."""

from __future__ import annotations

from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.records import refusals
from langchain_sfconnect.localorg.records.change import Change, Row
from langchain_sfconnect.localorg.schema.standard.campaign import RESPONDED
from langchain_sfconnect.localorg.sqltext import Sql

_SHOWN = (
    "Salutation", "Name", "FirstName", "LastName", "Title", "Email", "Phone", "Fax", "MobilePhone", "Description",
    "LeadSource",
)  # fmt: skip
_PLACE = ("Street", "City", "State", "PostalCode", "Country")


def complete_member(change: Change) -> None:
    """Derive everything that follows from what was given."""
    row = change.row
    if change.creates:
        _refuse_strange_people(change)
        _show_person(change)
    row["HasResponded"] = int((row["Status"] or "").lower() == RESPONDED.lower())
    if row["HasResponded"] and row["FirstRespondedDate"] is None:
        row["FirstRespondedDate"] = change.writing.now.astimezone(change.writing.zone).date().isoformat()


def _refuse_strange_people(change: Change) -> None:
    row = change.row
    people = [name for name in ("LeadId", "ContactId") if row[name]]
    if len(people) != 1:
        raise refusals.field_integrity("a campaign member is either a lead or a contact", ("LeadId", "ContactId"))
    if _is_member(change, people[0]):
        raise OrgError(400, "DUPLICATE_VALUE", "Already a campaign member.", ())


def _is_member(change: Change, person: str) -> bool:
    column = {"LeadId": '"LeadId"', "ContactId": '"ContactId"'}[person]
    same = Sql('= ? AND "CampaignId" = ? AND "IsDeleted" = 0', (change.row[person], change.row["CampaignId"]))
    query = Sql('SELECT 1 FROM "CampaignMember" WHERE') + Sql(column) + same
    return change.writing.database.row(query) is not None


def _show_person(change: Change) -> None:
    row, writing = change.row, change.writing
    kind, prefix = ("Lead", "") if row["LeadId"] else ("Contact", "Mailing")
    person = writing.find(row["LeadId"] or row["ContactId"]) or {}
    row |= {name: person.get(name) for name in _SHOWN} | {name: person.get(prefix + name) for name in _PLACE}
    company = person.get("Company") if kind == "Lead" else (writing.find(person.get("AccountId")) or {}).get("Name")
    row |= _link(kind, person) | {"CompanyOrAccount": company}


def _link(kind: str, person: Row) -> Row:
    return {"Type": kind, "LeadOrContactId": person.get("Id"), "LeadOrContactOwnerId": person.get("OwnerId")}
