"""Case, as declared data."""

from __future__ import annotations

from langchain_sfconnect.localorg.schema.build import field, lookup, mirror, numbered, picklist
from langchain_sfconnect.localorg.schema.model import AutoNumber, SObject
from langchain_sfconnect.localorg.schema.standard.common import AUDIT, IS_DELETED, RECORD_ID, VIEWED, owner

CLOSED_STATUS = "Closed"
_STATUSES = ("New", "Working", "Escalated", CLOSED_STATUS)
_TYPES = ("Mechanical", "Electrical", "Electronic", "Structural", "Other")
_REASONS = (
    "Installation", "Equipment Complexity", "Performance", "Breakdown", "Equipment Design", "Feedback", "Other",
)  # fmt: skip

CASE = SObject(
    "Case", "Case", "Cases", "500",
    (
        RECORD_ID,
        IS_DELETED,
        lookup("MasterRecordId", "N---FGS", "Master Record ID", "Case", up="MasterRecord"),
        numbered("CaseNumber", "string(30)", "Case Number", AutoNumber("{00000000}", first=1001), "name", "id_lookup"),
        lookup("ContactId", "NCU-FGS", "Contact ID", "Contact", up="Contact", down="Cases"),
        lookup("AccountId", "NCU-FGS", "Account ID", "Account", up="Account", down="Cases", on_delete="restrict"),
        lookup("AssetId", "NCU-FGS", "Asset ID", "Asset", up="Asset"),
        lookup("ParentId", "NCU-FGS", "Parent Case ID", "Case", up="Parent", down="Cases"),
        field("SuppliedName", "string(80)", "NCU-FGS", "Name"),
        field("SuppliedEmail", "email(80)", "NCU-FGS", "Email Address"),
        field("SuppliedPhone", "string(40)", "NCU-FGS", "Phone"),
        field("SuppliedCompany", "string(80)", "NCU-FGS", "Company"),
        picklist("Type", "picklist(40)", "NCU-FGS", "Case Type", _TYPES),
        picklist("Status", "picklist(40)", "NCUDFGS", "Status", _STATUSES, default="New"),
        picklist("Reason", "picklist(40)", "NCU-FGS", "Case Reason", _REASONS),
        picklist("Origin", "picklist(40)", "NCU-FGS", "Case Origin", ("Phone", "Email", "Web")),
        field("Subject", "string(255)", "NCU-FGS", "Subject"),
        picklist("Priority", "picklist(40)", "NCUDFGS", "Priority", ("High", "Medium", "Low"), default="Medium"),
        field("Description", "textarea(32000)", "NCU----", "Description"),
        field("IsClosed", "boolean", "---DFGS", "Closed"),
        field("ClosedDate", "datetime", "N---F-S", "Closed Date"),
        field("IsEscalated", "boolean", "-CUDFGS", "Escalated"),
        owner("Group", "User"),
        *AUDIT,
        mirror("ContactPhone", "phone(40)", "N---FGS", "Contact Phone", ("Contact", "Phone")),
        mirror("ContactMobile", "phone(40)", "N---FGS", "Contact Mobile", ("Contact", "MobilePhone")),
        mirror("ContactEmail", "email(80)", "N---FGS", "Contact Email", ("Contact", "Email")),
        mirror("ContactFax", "phone(40)", "N---FGS", "Contact Fax", ("Contact", "Fax")),
        field("Comments", "textarea(4000)", "NCU---S", "Internal Comments"),
        *VIEWED,
    ),
    search_names=("Subject", "SuppliedName", "SuppliedCompany"),
)  # fmt: skip
