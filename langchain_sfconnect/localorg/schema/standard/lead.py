"""Lead, as declared data."""

from __future__ import annotations

from langchain_sfconnect.localorg.schema.build import address, field, lookup, picklist
from langchain_sfconnect.localorg.schema.model import SObject
from langchain_sfconnect.localorg.schema.standard.common import (
    AUDIT,
    INDUSTRIES,
    IS_DELETED,
    LAST_ACTIVITY,
    RATINGS,
    RECORD_ID,
    SALUTATIONS,
    SOURCES,
    VIEWED,
    owner,
    person_name,
    salutation,
)

CONVERTED_STATUS = "Closed - Converted"
_STATUSES = ("Open - Not Contacted", "Working - Contacted", CONVERTED_STATUS, "Closed - Not Converted")

LEAD = SObject(
    "Lead", "Lead", "Leads", "00Q",
    (
        RECORD_ID,
        IS_DELETED,
        lookup("MasterRecordId", "N---FGS", "Master Record ID", "Lead", up="MasterRecord"),
        *person_name(),
        salutation(*SALUTATIONS, "Mx."),
        field("Title", "string(128)", "NCU-FGS", "Title"),
        field("Company", "string(255)", "-CU-FGS", "Company", "indexed"),
        *address("", ""),
        field("Phone", "phone(40)", "NCU-FGS", "Phone"),
        field("MobilePhone", "phone(40)", "NCU-FGS", "Mobile Phone"),
        field("Fax", "phone(40)", "NCU-FGS", "Fax"),
        field("Email", "email(80)", "NCU-FGS", "Email", "id_lookup"),
        field("Website", "url(255)", "NCU-FGS", "Website"),
        field("PhotoUrl", "url(255)", "N---FGS", "Photo URL"),
        field("Description", "textarea(32000)", "NCU----", "Description"),
        picklist("LeadSource", "picklist(255)", "NCU-FGS", "Lead Source", SOURCES),
        picklist("Status", "picklist(255)", "-CUDFGS", "Status", _STATUSES, default="Open - Not Contacted"),
        picklist("Industry", "picklist(255)", "NCU-FGS", "Industry", INDUSTRIES),
        picklist("Rating", "picklist(255)", "NCU-FGS", "Rating", RATINGS),
        field("AnnualRevenue", "currency(18,0)", "NCU-F-S", "Annual Revenue"),
        field("NumberOfEmployees", "int(8)", "NCU-FGS", "Employees"),
        owner("Group", "User"),
        field("IsConverted", "boolean", "-C-DFGS", "Converted"),
        field("ConvertedDate", "date", "N---FGS", "Converted Date"),
        lookup("ConvertedAccountId", "N---FGS", "Converted Account ID", "Account", up="ConvertedAccount"),
        lookup("ConvertedContactId", "N---FGS", "Converted Contact ID", "Contact", up="ConvertedContact"),
        lookup("ConvertedOpportunityId", "N---FGS", "Converted Opportunity ID", "Opportunity",
               up="ConvertedOpportunity"),
        field("IsUnreadByOwner", "boolean", "-CUDFGS", "Unread By Owner"),
        *AUDIT,
        LAST_ACTIVITY,
        *VIEWED,
        field("EmailBouncedReason", "string(255)", "N-U-FGS", "Email Bounced Reason"),
        field("EmailBouncedDate", "datetime", "N-U-F-S", "Email Bounced Date"),
    ),
    search_names=("Company",),
)  # fmt: skip
