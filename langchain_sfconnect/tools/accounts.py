"""The tools for accounts: the companies a seller deals with."""

from typing import ClassVar

from langchain_sfconnect.tools import listing, records
from langchain_sfconnect.tools.arguments import FieldList, OptionalInteger, OptionalNumber, OptionalText, Text, ToolArgs
from langchain_sfconnect.tools.ids import AccountId, OptionalAccountId, OptionalRecordId
from langchain_sfconnect.tools.spec import ToolSpec

ACCOUNT = "Account"
COLUMNS = (
    "Name",
    "Type",
    "Industry",
    "Phone",
    "Website",
    "AnnualRevenue",
    "BillingCity",
    "BillingCountry",
    "Owner.Name",
)


class AccountFields(records.FlatFields):
    """Account fields by API name."""

    Name: OptionalText = None
    Type: OptionalText = None
    Industry: OptionalText = None
    Phone: OptionalText = None
    Website: OptionalText = None
    AnnualRevenue: OptionalNumber = None
    NumberOfEmployees: OptionalInteger = None
    BillingCity: OptionalText = None
    BillingCountry: OptionalText = None
    Description: OptionalText = None
    ParentId: OptionalAccountId = None
    OwnerId: OptionalRecordId = None


class AccountRef(ToolArgs):
    """One account."""

    account_id: AccountId


class AccountCreateArgs(AccountFields):
    """A new account."""

    Name: Text


class AccountGetArgs(AccountRef):
    """One account, whole or some fields of it."""

    fields: FieldList = None


class AccountUpdateArgs(records.FlatChange, AccountFields, AccountRef, extra="allow"):
    """Changes to an account."""

    id_argument: ClassVar[str] = "account_id"


CREATE = ToolSpec(
    name="salesforce_account_create",
    description=(
        "Create a Salesforce account (a company). Any other Account field, custom ones (…__c) too, may be given by its "
        "API name. Returns the new id."
    ),
    action="create",
    sobject=ACCOUNT,
    args=AccountCreateArgs,
    build=lambda args, _: records.create(ACCOUNT, args.given()),
    shape=lambda result, *_: records.created(result),
)

GET = ToolSpec(
    name="salesforce_account_get",
    description="Read one account by id: all its fields, or only those named in fields.",
    sobject=ACCOUNT,
    args=AccountGetArgs,
    build=lambda args, _: records.get(ACCOUNT, args.account_id, args.fields),
    shape=lambda result, args, _: records.found(result, args.fields),
)

UPDATE = ToolSpec(
    name="salesforce_account_update",
    description=(
        "Change fields of an account. Only the fields given change; null clears a field. Any other Account field, "
        "custom ones (…__c) too, may be given by its API name."
    ),
    action="update",
    sobject=ACCOUNT,
    args=AccountUpdateArgs,
    build=lambda args, _: records.update(ACCOUNT, args.account_id, args.given()),
    shape=lambda result, args, _: records.changed(args.account_id),
)

DELETE = ToolSpec(
    name="salesforce_account_delete",
    description="Move an account to the recycle bin, with what belongs to it. Only when the user clearly asked for it.",
    action="delete",
    sobject=ACCOUNT,
    args=AccountRef,
    build=lambda args, _: records.delete(ACCOUNT, args.account_id),
    shape=lambda result, args, _: records.changed(args.account_id),
)

LIST = ToolSpec(
    name="salesforce_accounts_list",
    description="List accounts, newest first, a page at a time. To filter or sort, use salesforce_query_soql.",
    sobject=ACCOUNT,
    args=listing.ListArgs,
    build=lambda args, context: listing.list_operation(ACCOUNT, COLUMNS, args, context),
    shape=listing.shape_list,
)

SPECS = (CREATE, GET, UPDATE, DELETE, LIST)
