"""Opportunity, its stages and its contact roles, as declared data."""

from __future__ import annotations

from dataclasses import dataclass

from langchain_sfconnect.localorg.schema.build import computed, field, lookup, picklist
from langchain_sfconnect.localorg.schema.model import SObject
from langchain_sfconnect.localorg.schema.standard.common import (
    AUDIT,
    IS_DELETED,
    LAST_ACTIVITY,
    RECORD_ID,
    SOURCES,
    VIEWED,
    owner,
)


@dataclass(frozen=True, slots=True)
class Stage:
    """What a sales stage means for probability (percent), forecast and outcome."""

    name: str
    probability: float
    forecast: str
    closed: bool = False
    won: bool = False


STAGES = (
    Stage("Prospecting", 10, "Pipeline"),
    Stage("Qualification", 10, "Pipeline"),
    Stage("Needs Analysis", 20, "Pipeline"),
    Stage("Value Proposition", 50, "Pipeline"),
    Stage("Id. Decision Makers", 60, "Pipeline"),
    Stage("Perception Analysis", 70, "Pipeline"),
    Stage("Proposal/Price Quote", 75, "Pipeline"),
    Stage("Negotiation/Review", 90, "Pipeline"),
    Stage("Closed Won", 100, "Closed", closed=True, won=True),
    Stage("Closed Lost", 0, "Omitted", closed=True),
)
FORECAST_NAMES = {
    "Omitted": "Omitted", "Pipeline": "Pipeline", "BestCase": "Best Case", "MostLikely": "Most Likely",
    "Forecast": "Commit", "Closed": "Closed",
}  # fmt: skip
_OFFERED_FORECASTS = ("Omitted", "Pipeline", "Best Case", "Commit", "Closed")
_TYPES = (
    "Existing Customer - Upgrade", "Existing Customer - Replacement", "Existing Customer - Downgrade", "New Customer",
)  # fmt: skip
_ROLES = (
    "Business User", "Decision Maker", "Economic Buyer", "Economic Decision Maker", "Evaluator", "Executive Sponsor",
    "Influencer", "Technical Buyer", "Other",
)  # fmt: skip

OPPORTUNITY = SObject(
    "Opportunity", "Opportunity", "Opportunities", "006",
    (
        RECORD_ID,
        IS_DELETED,
        lookup("AccountId", "NCU-FGS", "Account ID", "Account", up="Account", down="Opportunities",
               on_delete="cascade"),
        field("IsPrivate", "boolean", "-CUDFGS", "Private"),
        field("Name", "string(120)", "-CU-FGS", "Name", "name", "id_lookup"),
        field("Description", "textarea(32000)", "NCU----", "Description"),
        picklist("StageName", "picklist(255)", "-CU-FGS", "Stage", [stage.name for stage in STAGES]),
        field("Amount", "currency(18,2)", "NCU-F-S", "Amount", "indexed"),
        field("Probability", "percent(3,0)", "NCUDF-S", "Probability (%)"),
        field("ExpectedRevenue", "currency(18,2)", "N---F-S", "Expected Amount"),
        field("TotalOpportunityQuantity", "double(18,2)", "NCU-F-S", "Quantity"),
        field("CloseDate", "date", "-CU-FGS", "Close Date", "indexed"),
        picklist("Type", "picklist(255)", "NCU-FGS", "Opportunity Type", _TYPES),
        field("NextStep", "string(255)", "NCU-FGS", "Next Step"),
        picklist("LeadSource", "picklist(255)", "NCU-FGS", "Lead Source", SOURCES),
        field("IsClosed", "boolean", "---DFGS", "Closed"),
        field("IsWon", "boolean", "---DFGS", "Won"),
        picklist("ForecastCategory", "picklist(40)", "----FGS", "Forecast Category", FORECAST_NAMES, restricted=True),
        picklist("ForecastCategoryName", "picklist(255)", "NCUDFGS", "Forecast Category", _OFFERED_FORECASTS,
                 restricted=True),
        lookup("CampaignId", "NCU-FGS", "Campaign ID", "Campaign", up="Campaign", down="Opportunities"),
        field("HasOpportunityLineItem", "boolean", "---DFGS", "Has Line Item"),
        lookup("Pricebook2Id", "NCUDFGS", "Price Book ID", "Pricebook2", up="Pricebook2",
               down="Opportunities"),
        owner(),
        *AUDIT,
        LAST_ACTIVITY,
        field("LastStageChangeDate", "datetime", "N---F-S", "Last Stage Change Date"),
        field("FiscalQuarter", "int(8)", "N---FGS", "Fiscal Quarter", part_of="Fiscal"),
        field("FiscalYear", "int(8)", "N---FGS", "Fiscal Year", part_of="Fiscal"),
        field("Fiscal", "string(6)", "N---FGS", "Fiscal Period"),
        lookup("ContactId", "NC--FGS", "Contact ID", "Contact", down="Opportunities"),
        *VIEWED,
        computed("HasOpenActivity", "boolean", "---D-G-", "Has Open Activity", "open_activity"),
        computed("HasOverdueTask", "boolean", "---D-G-", "Has Overdue Task", "overdue_task"),
    ),
)  # fmt: skip

OPPORTUNITY_CONTACT_ROLE = SObject(
    "OpportunityContactRole", "Opportunity Contact Role", "Opportunity Contact Role", "00K",
    (
        RECORD_ID,
        IS_DELETED,
        lookup("OpportunityId", "-C--FGS", "Opportunity ID", "Opportunity", up="Opportunity",
               down="OpportunityContactRoles", on_delete="cascade"),
        lookup("ContactId", "-CU-FGS", "Contact ID", "Contact", up="Contact",
               down="OpportunityContactRoles", on_delete="cascade"),
        picklist("Role", "picklist(255)", "NCU-FGS", "Role", _ROLES),
        field("IsPrimary", "boolean", "-CUDFGS", "Primary"),
        *AUDIT,
    ),
    searchable=False,
)  # fmt: skip
