"""Where standard relationships lead, as far as that is the same in every org. Pure data and look-ups, names lower-case.

Used to prove that a statement stays inside a policy, so what is not sure is left out: None means "cannot tell".
"""

from __future__ import annotations

_CHILDREN = {
    "accountcontactroles": "accountcontactrole",
    "activityhistories": "activityhistory",
    "assets": "asset",
    "attachments": "attachment",
    "campaignmembers": "campaignmember",
    "casecomments": "casecomment",
    "cases": "case",
    "childaccounts": "account",
    "contacts": "contact",
    "contracts": "contract",
    "events": "event",
    "notes": "note",
    "openactivities": "openactivity",
    "opportunities": "opportunity",
    "opportunitycontactroles": "opportunitycontactrole",
    "opportunitylineitems": "opportunitylineitem",
    "orders": "order",
    "tasks": "task",
}
_PARENTS = {
    "createdby": "user",
    "lastmodifiedby": "user",
    "manager": "user",
    "owner": "user",
    "reportsto": "contact",
}
_NAMESAKES = {
    "account",
    "asset",
    "campaign",
    "case",
    "contact",
    "contract",
    "lead",
    "opportunity",
    "order",
    "pricebook2",
    "pricebookentry",
    "product2",
    "profile",
    "recordtype",
    "userrole",
}
_TREES = {"account", "asset", "campaign", "case"}
_ADDRESS_PARTS = (
    "street",
    "city",
    "state",
    "statecode",
    "postalcode",
    "country",
    "countrycode",
    "latitude",
    "longitude",
    "geocodeaccuracy",
)
_NAME_PARTS = {"firstname", "lastname", "middlename", "salutation", "suffix"}


def child_object(relationship: str) -> str | None:
    """The object of a child relationship such as `Contacts`."""
    return _CHILDREN.get(relationship.lower())


def parent_object(sobject: str | None, relationship: str) -> str | None:
    """The object that a parent relationship such as `Owner` leads to."""
    name = relationship.lower()
    if name in _NAMESAKES:
        return name
    if name == "masterrecord" or (name == "parent" and sobject in _TREES):
        return sobject
    return _PARENTS.get(name)


def reference_field(relationship: str) -> str:
    """The field behind a parent relationship: `owner` gives `ownerid`, `region__r` gives `region__c`."""
    name = relationship.lower()
    return name[:-1] + "c" if name.endswith("__r") else name + "id"


def same_data(field: str) -> set[str]:
    """The field, and the others that show the same data: an address and its parts, a name and its parts."""
    name = field.lower()
    same = {name}
    if name in _NAME_PARTS:
        same.add("name")
    if name.endswith("address"):
        same.update(name.removesuffix("address") + part for part in _ADDRESS_PARTS)
    same.update(name.removesuffix(part) + "address" for part in _ADDRESS_PARTS if name.endswith(part))
    if name.endswith(("__latitude__s", "__longitude__s")):
        same.add(name.rsplit("__", 2)[0] + "__c")
    elif name.endswith("__c"):
        same.update({name[:-1] + "latitude__s", name[:-1] + "longitude__s"})
    return same
