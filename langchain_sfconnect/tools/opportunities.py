"""The tools for opportunities: the deals of a pipeline."""

from typing import Annotated, ClassVar

from pydantic import Field

from langchain_sfconnect.tools import listing, records
from langchain_sfconnect.tools.arguments import (
    FieldList,
    IsoDate,
    OptionalIsoDate,
    OptionalNumber,
    OptionalText,
    Text,
    ToolArgs,
)
from langchain_sfconnect.tools.ids import OpportunityId, OptionalAccountId, OptionalRecordId
from langchain_sfconnect.tools.spec import ToolSpec

OPPORTUNITY = "Opportunity"
COLUMNS = ("Name", "StageName", "Amount", "CloseDate", "Probability", "AccountId", "Account.Name", "Owner.Name")


class OpportunityFields(records.FlatFields):
    """Opportunity fields by API name."""

    Name: OptionalText = None
    StageName: Annotated[OptionalText, Field(description="Stage, such as Prospecting or Closed Won")] = None
    CloseDate: OptionalIsoDate = None
    AccountId: OptionalAccountId = None
    Amount: OptionalNumber = None
    Probability: Annotated[OptionalNumber, Field(description="Percent; follows from the stage if left out")] = None
    Type: OptionalText = None
    LeadSource: OptionalText = None
    NextStep: OptionalText = None
    Description: OptionalText = None
    OwnerId: OptionalRecordId = None


class OpportunityRef(ToolArgs):
    """One opportunity."""

    opportunity_id: OpportunityId


class OpportunityCreateArgs(OpportunityFields):
    """A new opportunity."""

    Name: Text
    StageName: Annotated[Text, Field(description="Stage, such as Prospecting or Closed Won")]
    CloseDate: IsoDate


class OpportunityGetArgs(OpportunityRef):
    """One opportunity, whole or some fields of it."""

    fields: FieldList = None


class OpportunityUpdateArgs(records.FlatChange, OpportunityFields, OpportunityRef, extra="allow"):
    """Changes to an opportunity."""

    id_argument: ClassVar[str] = "opportunity_id"


CREATE = ToolSpec(
    name="salesforce_opportunity_create",
    description=(
        "Create an opportunity (a deal). Any other Opportunity field, custom ones (…__c) too, may be given by its API "
        "name. Returns the new id."
    ),
    action="create",
    sobject=OPPORTUNITY,
    args=OpportunityCreateArgs,
    build=lambda args, _: records.create(OPPORTUNITY, args.given()),
    shape=lambda result, *_: records.created(result),
)

GET = ToolSpec(
    name="salesforce_opportunity_get",
    description="Read one opportunity by id: all its fields, or only those named in fields.",
    sobject=OPPORTUNITY,
    args=OpportunityGetArgs,
    build=lambda args, _: records.get(OPPORTUNITY, args.opportunity_id, args.fields),
    shape=lambda result, args, _: records.found(result, args.fields),
)

UPDATE = ToolSpec(
    name="salesforce_opportunity_update",
    description=(
        "Change fields of an opportunity, such as its stage or amount. Only the fields given change; null clears a "
        "field. Any other Opportunity field, custom ones (…__c) too, may be given by its API name."
    ),
    action="update",
    sobject=OPPORTUNITY,
    args=OpportunityUpdateArgs,
    build=lambda args, _: records.update(OPPORTUNITY, args.opportunity_id, args.given()),
    shape=lambda result, args, _: records.changed(args.opportunity_id),
)

LIST = ToolSpec(
    name="salesforce_opportunities_list",
    description="List opportunities, newest first, a page at a time. To filter or sort, use salesforce_query_soql.",
    sobject=OPPORTUNITY,
    args=listing.ListArgs,
    build=lambda args, context: listing.list_operation(OPPORTUNITY, COLUMNS, args, context),
    shape=listing.shape_list,
)

SPECS = (CREATE, GET, UPDATE, LIST)
