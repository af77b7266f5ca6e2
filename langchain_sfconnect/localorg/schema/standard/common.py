"""Field groups and value lists that several standard objects share; knows no single object."""

from __future__ import annotations

from dataclasses import replace

from langchain_sfconnect.localorg.schema.build import computed, field, lookup, picklist
from langchain_sfconnect.localorg.schema.model import Field

INDUSTRIES = (
    "Agriculture", "Apparel", "Banking", "Biotechnology", "Chemicals", "Communications", "Construction", "Consulting",
    "Education", "Electronics", "Energy", "Engineering", "Entertainment", "Environmental", "Finance",
    "Food & Beverage", "Government", "Healthcare", "Hospitality", "Insurance", "Machinery", "Manufacturing", "Media",
    "Not For Profit", "Recreation", "Retail", "Shipping", "Technology", "Telecommunications", "Transportation",
    "Utilities", "Other",
)  # fmt: skip
SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
SALUTATIONS = ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof.")
RATINGS = ("Hot", "Warm", "Cold")
SUBJECTS = ("Call", "Email", "Send Letter", "Send Quote", "Other")
ACTIVITY_TARGETS = ("Account", "Asset", "Campaign", "Case", "Contract", "Opportunity", "Order", "Product2")

RECORD_ID = field("Id", "id(18)", "---DFGS", "Record ID", "id_lookup")
IS_DELETED = field("IsDeleted", "boolean", "---DFGS", "Deleted")
LAST_ACTIVITY = field("LastActivityDate", "date", "N---FGS", "Last Activity")

AUDIT: tuple[Field, ...] = (
    field("CreatedDate", "datetime", "---DF-S", "Created Date", "indexed"),
    lookup("CreatedById", "---DFGS", "Created By ID", "User", up="CreatedBy"),
    field("LastModifiedDate", "datetime", "---DF-S", "Last Modified Date", "indexed"),
    lookup("LastModifiedById", "---DFGS", "Last Modified By ID", "User", up="LastModifiedBy"),
    field("SystemModstamp", "datetime", "---DF-S", "System Modstamp", "indexed"),
)
VIEWED: tuple[Field, ...] = (
    computed("LastViewedDate", "datetime", "N---F-S", "Last Viewed Date", "last_viewed"),
    computed("LastReferencedDate", "datetime", "N---F-S", "Last Referenced Date", "last_viewed"),
)


def owner(*targets: str, label: str = "Owner ID") -> Field:
    """Declare OwnerId, which defaults to the user who creates the record."""
    return lookup("OwnerId", "-CUDFGS", label, *(targets or ("User",)), up="Owner")


def person_name() -> tuple[Field, ...]:
    """Declare FirstName, LastName and the read-only Name made of them."""
    return (
        field("LastName", "string(80)", "-CU-FGS", "Last Name", part_of="Name"),
        field("FirstName", "string(40)", "NCU-FGS", "First Name", part_of="Name"),
        field("Name", "string(121)", "----FGS", "Full Name", "name"),
    )


def salutation(*values: str) -> Field:
    """Declare how a person is greeted, which belongs to the name although Name does not show it."""
    return replace(picklist("Salutation", "picklist(40)", "NCU-FGS", "Salutation", values), part_of="Name")


def subject(*values: str) -> Field:
    """Declare what an activity is about, which is also what it is called."""
    return replace(picklist("Subject", "combobox(255)", "NCU-F-S", "Subject", values), roles=frozenset({"name"}))
