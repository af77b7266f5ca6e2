"""The org itself and its people, which every new org has; knows no customer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from langchain_sfconnect.localorg.database import Database
from langchain_sfconnect.localorg.ids import IdMinter
from langchain_sfconnect.localorg.moments import second_stamp
from langchain_sfconnect.localorg.records.rules.people import ADMINISTRATOR
from langchain_sfconnect.localorg.records.writer import blank_row
from langchain_sfconnect.localorg.schema import Schema
from langchain_sfconnect.localorg.schema.permissions import STANDARD_PROFILES, DeclaredUser
from langchain_sfconnect.localorg.seed.planter import Planter, Row

COMPANY = "Northlight Systems"
_PRICE_BOOK = "Standard Price Book"
_AGE = 1200
_ROLES = (("CEO", None), ("VP Sales", "CEO"), ("Sales Manager", "VP Sales"), ("Account Executive", "Sales Manager"))
# short name, first name, last name, title, profile, role, time zone; the first is the user of the examples
_PEOPLE = (
    ("rep", "Riley", "Park", "Account Executive", "Standard User", "Account Executive", "GMT"),
    ("admin", "Dana", "Whitlock", "Salesforce Administrator", ADMINISTRATOR, "CEO", "GMT"),
    ("manager", "Priya", "Raman", "Sales Manager", "Standard User", "Sales Manager", "Europe/London"),
    ("amara", "Amara", "Okafor", "Senior Account Executive", "Standard User", "Account Executive", "America/New_York"),
    ("jonas", "Jonas", "Lindqvist", "Account Executive", "Standard User", "Account Executive", "Europe/Berlin"),
    ("tom", "Tom", "Hale", "Account Executive", "Standard User", "Account Executive", "America/Los_Angeles"),
)
_LEFT = "tom"


def plant_setup(database: Database, schema: Schema, minter: IdMinter, now: datetime) -> Planter:
    """Plant the organization, profiles, roles, a queue and the users, and return the planter for the rest."""
    planter = Planter(database, schema, minter, now)
    planter.users = {person[0]: {"Id": minter.mint(schema["User"].prefix)} for person in _PEOPLE}
    planter.store("Organization", [bare_row(planter, "Organization", _organization(now))])
    profiles = _named(planter, "Profile", {name: profile_row(name) for name in STANDARD_PROFILES})
    roles: dict[str, Row] = {}
    for name, parent in _ROLES:
        above = roles[parent]["Id"] if parent else None
        roles |= _named(planter, "UserRole", {name: {"DeveloperName": _developer_name(name), "ParentRoleId": above}})
    books = _named(planter, "Pricebook2", {_PRICE_BOOK: {"IsActive": 1, "IsStandard": 1}})
    planter.price_book_id = books[_PRICE_BOOK]["Id"]
    _named(planter, "Group", {"Support Queue": {"DeveloperName": "Support_Queue", "Type": "Queue"}})
    rows = [_person(planter, person, profiles, roles) for person in _PEOPLE]
    planter.users = {person[0]: row for person, row in zip(_PEOPLE, planter.store("User", rows), strict=True)}
    return planter


def _organization(now: datetime) -> Row:
    return {
        "Name": COMPANY, "Division": None, "Street": "1 Lantern Quay", "City": "Portland", "State": "OR",
        "PostalCode": "97209", "Country": "US", "Phone": "(503) 555-0100", "PrimaryContact": "Dana Whitlock",
        "FiscalYearStartMonth": 1, "OrganizationType": "Developer Edition", "InstanceName": "USA9",
        "TimeZoneSidKey": "GMT", "IsSandbox": 0, "CreatedDate": second_stamp(now),
    }  # fmt: skip


def profile_row(name: str) -> Row:
    """Return what a profile may do."""
    powerful = int(name == ADMINISTRATOR)
    return {"PermissionsApiEnabled": 1, "PermissionsModifyAllData": powerful, "PermissionsViewAllData": powerful}


def user_values(user: DeclaredUser, profile_id: str) -> Row:
    """Return the values of a user who has nothing but a name and a profile."""
    name = " ".join(part for part in (user.first_name, user.last_name) if part)
    nickname = user.username.partition("@")[0]
    return {
        "Username": user.username, "FirstName": user.first_name, "LastName": user.last_name, "Name": name,
        "Alias": nickname[:8], "Email": user.username, "CommunityNickname": nickname[:40], "CompanyName": COMPANY,
        "IsActive": 1, "TimeZoneSidKey": "GMT", "LocaleSidKey": "en_US", "LanguageLocaleKey": "en_US",
        "EmailEncodingKey": "UTF-8", "ProfileId": profile_id, "UserType": "Standard",
    }  # fmt: skip


def _person(planter: Planter, person: tuple[str, ...], profiles: Mapping[str, Row], roles: Mapping[str, Row]) -> Row:
    short, first, last, title, profile, role, zone = person
    reports_to = None if short in ("admin", "manager") else planter.users["manager"]["Id"]
    user = DeclaredUser(f"{short}@localorg.example", last, profile, first)
    values = {
        "Id": planter.users[short]["Id"], "Title": title, "Alias": f"{first[0]}{last}".lower()[:8],
        "Email": f"{first}.{last}@northlight.example".lower(), "Department": "Sales", "IsActive": int(short != _LEFT),
        "TimeZoneSidKey": zone, "UserRoleId": roles[role]["Id"], "ManagerId": reports_to,
    }  # fmt: skip
    return bare_row(planter, "User", user_values(user, profiles[profile]["Id"]) | values)


def _named(planter: Planter, sobject: str, values: Mapping[str, Row]) -> dict[str, Row]:
    rows = [bare_row(planter, sobject, {"Name": name, **more}) for name, more in values.items()]
    return {row["Name"]: row for row in planter.store(sobject, rows)}


def bare_row(planter: Planter, sobject: str, values: Mapping[str, Any]) -> Row:
    """Return a row that no user made: it is older than the rules."""
    target = planter.schema[sobject]
    made, admin = second_stamp(planter.moment(_AGE)), planter.users["admin"]["Id"]
    audit = {"CreatedDate": made, "LastModifiedDate": made, "SystemModstamp": made, "CreatedById": admin}
    row_id = values.get("Id") or planter.minter.mint(target.prefix)
    return blank_row(target) | audit | {"LastModifiedById": admin, **values, "Id": row_id}


def _developer_name(name: str) -> str:
    return name.replace(" ", "_")
