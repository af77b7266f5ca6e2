"""Account, as declared data."""

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
    SOURCES,
    VIEWED,
    owner,
)

_TYPES = (
    "Prospect", "Customer - Direct", "Customer - Channel", "Channel Partner / Reseller", "Installation Partner",
    "Technology Partner", "Other",
)  # fmt: skip

ACCOUNT = SObject(
    "Account", "Account", "Accounts", "001",
    (
        RECORD_ID,
        IS_DELETED,
        lookup("MasterRecordId", "N---FGS", "Master Record ID", "Account", up="MasterRecord"),
        field("Name", "string(255)", "-CU-FGS", "Account Name", "name"),
        picklist("Type", "picklist(40)", "NCU-FGS", "Account Type", _TYPES),
        lookup("RecordTypeId", "NCU-FGS", "Record Type ID", "RecordType", up="RecordType"),
        lookup("ParentId", "NCU-FGS", "Parent Account ID", "Account", up="Parent", down="ChildAccounts"),
        *address("Billing", "Billing"),
        *address("Shipping", "Shipping"),
        field("Phone", "phone(40)", "NCU-FGS", "Account Phone"),
        field("Fax", "phone(40)", "NCU-FGS", "Account Fax"),
        field("AccountNumber", "string(40)", "NCU-FGS", "Account Number"),
        field("Website", "url(255)", "NCU-FGS", "Website"),
        field("PhotoUrl", "url(255)", "N---FGS", "Photo URL"),
        field("Sic", "string(20)", "NCU-FGS", "SIC Code"),
        picklist("Industry", "picklist(40)", "NCU-FGS", "Industry", INDUSTRIES),
        field("AnnualRevenue", "currency(18,0)", "NCU-F-S", "Annual Revenue"),
        field("NumberOfEmployees", "int(8)", "NCU-FGS", "Employees"),
        picklist("Ownership", "picklist(40)", "NCU-FGS", "Ownership", ("Public", "Private", "Subsidiary", "Other")),
        field("TickerSymbol", "string(20)", "NCU-FGS", "Ticker Symbol"),
        field("Description", "textarea(32000)", "NCU----", "Account Description"),
        picklist("Rating", "picklist(40)", "NCU-FGS", "Account Rating", RATINGS),
        field("Site", "string(80)", "NCU-FGS", "Account Site"),
        owner(),
        *AUDIT,
        LAST_ACTIVITY,
        *VIEWED,
        picklist("AccountSource", "picklist(40)", "NCU-FGS", "Account Source", SOURCES),
        field("SicDesc", "string(80)", "NCU-FGS", "SIC Description"),
    ),
    search_names=("Website", "Site"),
)  # fmt: skip
