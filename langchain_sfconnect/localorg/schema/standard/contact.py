"""Contact, as declared data."""

from __future__ import annotations

from langchain_sfconnect.localorg.schema.build import address, field, lookup, picklist
from langchain_sfconnect.localorg.schema.model import SObject
from langchain_sfconnect.localorg.schema.standard.common import (
    AUDIT,
    IS_DELETED,
    LAST_ACTIVITY,
    RECORD_ID,
    SALUTATIONS,
    SOURCES,
    VIEWED,
    owner,
    person_name,
    salutation,
)

CONTACT = SObject(
    "Contact", "Contact", "Contacts", "003",
    (
        RECORD_ID,
        IS_DELETED,
        lookup("MasterRecordId", "N---FGS", "Master Record ID", "Contact", up="MasterRecord"),
        lookup("AccountId", "NCU-FGS", "Account ID", "Account", up="Account", down="Contacts", on_delete="cascade"),
        *person_name(),
        salutation(*SALUTATIONS),
        *address("Other", "Other"),
        *address("Mailing", "Mailing"),
        field("Phone", "phone(40)", "NCU-FGS", "Business Phone"),
        field("Fax", "phone(40)", "NCU-FGS", "Business Fax"),
        field("MobilePhone", "phone(40)", "NCU-FGS", "Mobile Phone"),
        field("HomePhone", "phone(40)", "NCU-FGS", "Home Phone"),
        field("OtherPhone", "phone(40)", "NCU-FGS", "Other Phone"),
        field("AssistantPhone", "phone(40)", "NCU-FGS", "Asst. Phone"),
        lookup("ReportsToId", "NCU-FGS", "Reports To ID", "Contact", up="ReportsTo"),
        field("Email", "email(80)", "NCU-FGS", "Email", "id_lookup"),
        field("Title", "string(128)", "NCU-FGS", "Title"),
        field("Department", "string(80)", "NCU-FGS", "Department"),
        field("AssistantName", "string(40)", "NCU-FGS", "Assistant's Name"),
        picklist("LeadSource", "picklist(255)", "NCU-FGS", "Lead Source", SOURCES),
        field("Birthdate", "date", "NCU-FGS", "Birthdate"),
        field("Description", "textarea(32000)", "NCU----", "Contact Description"),
        owner(),
        *AUDIT,
        LAST_ACTIVITY,
        *VIEWED,
        field("EmailBouncedReason", "string(255)", "NCU-FGS", "Email Bounced Reason"),
        field("EmailBouncedDate", "datetime", "NCU-F-S", "Email Bounced Date"),
        field("IsEmailBounced", "boolean", "---DFGS", "Is Email Bounced"),
        field("PhotoUrl", "url(255)", "N---FGS", "Photo URL"),
    ),
    search_names=("AssistantName", "Account.Name"),
)  # fmt: skip
