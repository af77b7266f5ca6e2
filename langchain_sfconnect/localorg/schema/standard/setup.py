"""The org itself and who its people are, as declared data: read-only objects that administrators set up."""

from __future__ import annotations

from langchain_sfconnect.localorg.schema.build import address, field, lookup, picklist
from langchain_sfconnect.localorg.schema.model import Field, SObject
from langchain_sfconnect.localorg.schema.standard.common import AUDIT, RECORD_ID

_EDITIONS = ("Team Edition", "Professional Edition", "Enterprise Edition", "Developer Edition", "Unlimited Edition")


def _read_only(name: str, plural: str, prefix: str, *fields: Field) -> SObject:
    label = "".join(f" {char}" if char.isupper() else char for char in name).strip()
    return SObject(
        name, label, plural, prefix, (RECORD_ID, *fields, *AUDIT),
        createable=False, updateable=False, deletable=False, searchable=False,
    )  # fmt: skip


ORGANIZATION = _read_only(
    "Organization", "Organizations", "00D",
    field("Name", "string(80)", "----FGS", "Name", "name"),
    field("Division", "string(80)", "N---FGS", "Division"),
    *address("", ""),
    field("Phone", "phone(40)", "N---FGS", "Phone"),
    field("PrimaryContact", "string(80)", "N---FGS", "Primary Contact"),
    picklist("DefaultLocaleSidKey", "picklist(40)", "----FGS", "Locale", ("en_US",), default="en_US"),
    picklist("TimeZoneSidKey", "picklist(40)", "----FGS", "Time Zone", ("GMT",), default="GMT"),
    picklist("LanguageLocaleKey", "picklist(40)", "----FGS", "Language", ("en_US",), default="en_US"),
    field("FiscalYearStartMonth", "int(2)", "N---FGS", "Fiscal Year Starts In"),
    field("UsesStartDateAsFiscalYearName", "boolean", "---DFGS", "Fiscal Year Name by Start"),
    picklist("OrganizationType", "picklist(40)", "N---FGS", "Edition", _EDITIONS),
    field("InstanceName", "string(5)", "N---FGS", "Instance Name"),
    field("NamespacePrefix", "string(15)", "N---FGS", "Namespace Prefix"),
    field("IsSandbox", "boolean", "---DFGS", "Is Sandbox"),
    field("TrialExpirationDate", "datetime", "N---F-S", "Trial Expiration Date"),
)  # fmt: skip

PROFILE = _read_only(
    "Profile", "Profile", "00e",
    field("Name", "string(255)", "----FGS", "Name", "name"),
    picklist("UserType", "picklist(40)", "N---FGS", "User Type", ("Standard", "Guest"), default="Standard",
             restricted=True),
    field("Description", "string(255)", "N---FGS", "Description"),
    field("PermissionsModifyAllData", "boolean", "---DFGS", "Modify All Data"),
    field("PermissionsViewAllData", "boolean", "---DFGS", "View All Data"),
    field("PermissionsApiEnabled", "boolean", "---DFGS", "API Enabled"),
)  # fmt: skip

USER_ROLE = _read_only(
    "UserRole", "Role", "00E",
    field("Name", "string(80)", "----FGS", "Name", "name"),
    field("DeveloperName", "string(80)", "N---FGS", "Developer Name"),
    lookup("ParentRoleId", "N---FGS", "Parent Role ID", "UserRole"),
)  # fmt: skip

GROUP = _read_only(
    "Group", "Group", "00G",
    field("Name", "string(40)", "----FGS", "Name", "name"),
    field("DeveloperName", "string(80)", "N---FGS", "Developer Name"),
    picklist("Type", "picklist(40)", "N---FGS", "Type", ("Regular", "Queue", "Organization"), restricted=True),
    field("Email", "email(255)", "N---FGS", "Email"),
)  # fmt: skip

RECORD_TYPE = _read_only(
    "RecordType", "Record Types", "012",
    field("Name", "string(80)", "----FGS", "Name", "name"),
    field("DeveloperName", "string(80)", "----FGS", "Record Type Name"),
    field("Description", "string(255)", "N---FGS", "Description"),
    picklist("SobjectType", "picklist(40)", "----FGS", "SObject Type Name", (), restricted=True),
    field("IsActive", "boolean", "---DFGS", "Active"),
)  # fmt: skip
