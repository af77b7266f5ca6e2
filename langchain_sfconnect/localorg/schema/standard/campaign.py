"""Campaign and its members, as declared data (the fields a sales team reads)."""

from __future__ import annotations

from langchain_sfconnect.localorg.schema.build import field, lookup, picklist
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
)

_TYPES = (
    "Conference", "Webinar", "Trade Show", "Public Relations", "Partners", "Referral Program", "Advertisement",
    "Banner Ads", "Direct Mail", "Email", "Telemarketing", "Other",
)  # fmt: skip

RESPONDED = "Responded"

CAMPAIGN = SObject(
    "Campaign", "Campaign", "Campaigns", "701",
    (
        RECORD_ID,
        IS_DELETED,
        field("Name", "string(80)", "-CU-FGS", "Name", "name"),
        lookup("ParentId", "NCU-FGS", "Parent Campaign ID", "Campaign", up="Parent", down="ChildCampaigns"),
        picklist("Type", "picklist(40)", "NCU-FGS", "Type", _TYPES, default="Conference"),
        picklist("Status", "picklist(40)", "NCUDFGS", "Status", ("Planned", "In Progress", "Completed", "Aborted"),
                 default="Planned"),
        field("StartDate", "date", "NCU-FGS", "Start Date"),
        field("EndDate", "date", "NCU-FGS", "End Date"),
        field("ExpectedRevenue", "currency(18,0)", "NCU-F-S", "Expected Revenue"),
        field("BudgetedCost", "currency(18,0)", "NCU-F-S", "Budgeted Cost"),
        field("ActualCost", "currency(18,0)", "NCU-F-S", "Actual Cost"),
        field("ExpectedResponse", "percent(10,2)", "NCU-F-S", "Expected Response (%)"),
        field("NumberSent", "double(18,0)", "NCU-F-S", "Num Sent"),
        field("IsActive", "boolean", "-CUDFGS", "Active"),
        field("Description", "textarea(32000)", "NCU----", "Description"),
        owner(),
        *AUDIT,
        LAST_ACTIVITY,
        *VIEWED,
    ),
)  # fmt: skip

CAMPAIGN_MEMBER = SObject(
    "CampaignMember", "Campaign Member", "Campaign Member", "00v",
    (
        RECORD_ID,
        IS_DELETED,
        lookup("CampaignId", "-C--FGS", "Campaign ID", "Campaign", up="Campaign", down="CampaignMembers",
               on_delete="cascade"),
        lookup("LeadId", "NC--FGS", "Lead ID", "Lead", up="Lead", down="CampaignMembers", on_delete="cascade"),
        lookup("ContactId", "NC--FGS", "Contact ID", "Contact", up="Contact", down="CampaignMembers",
               on_delete="cascade"),
        picklist("Status", "picklist(40)", "NCU-FGS", "Status", ("Sent", RESPONDED), default="Sent"),
        field("HasResponded", "boolean", "---DFGS", "Responded"),
        *AUDIT,
        field("FirstRespondedDate", "date", "N---FGS", "First Responded Date"),
        picklist("Salutation", "picklist(40)", "N---FGS", "Salutation", SALUTATIONS),
        field("Name", "string(121)", "N---FGS", "Name", "name"),
        field("FirstName", "string(40)", "N---FGS", "First Name"),
        field("LastName", "string(80)", "N---FGS", "Last Name"),
        field("Title", "string(128)", "N---FGS", "Title"),
        field("Street", "textarea(255)", "N---FGS", "Street"),
        field("City", "string(40)", "N---FGS", "City"),
        field("State", "string(80)", "N---FGS", "State/Province"),
        field("PostalCode", "string(20)", "N---FGS", "Zip/Postal Code"),
        field("Country", "string(80)", "N---FGS", "Country"),
        field("Email", "email(80)", "N---FGS", "Email"),
        field("Phone", "phone(40)", "N---FGS", "Phone"),
        field("Fax", "phone(40)", "N---FGS", "Fax"),
        field("MobilePhone", "phone(40)", "N---FGS", "Mobile"),
        field("Description", "textarea(32000)", "N------", "Description"),
        picklist("LeadSource", "picklist(255)", "N---FGS", "Lead Source", SOURCES),
        field("CompanyOrAccount", "string(255)", "N---FGS", "Company (Account)"),
        picklist("Type", "picklist(40)", "N---FGS", "Type", ("Lead", "Contact"), restricted=True),
        lookup("LeadOrContactId", "N---FGS", "Lead/Contact ID", "Contact", "Lead", up="LeadOrContact"),
        lookup("LeadOrContactOwnerId", "N---FGS", "Lead/Contact Owner ID", "Group", "User", up="LeadOrContactOwner"),
    ),
    searchable=False,
)  # fmt: skip
