"""Campaign, as declared data (the fields a sales team reads)."""

from __future__ import annotations

from langchain_sfconnect.localorg.schema.build import field, lookup, picklist
from langchain_sfconnect.localorg.schema.model import SObject
from langchain_sfconnect.localorg.schema.standard.common import (
    AUDIT,
    IS_DELETED,
    LAST_ACTIVITY,
    RECORD_ID,
    VIEWED,
    owner,
)

_TYPES = (
    "Conference", "Webinar", "Trade Show", "Public Relations", "Partners", "Referral Program", "Advertisement",
    "Banner Ads", "Direct Mail", "Email", "Telemarketing", "Other",
)  # fmt: skip

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
