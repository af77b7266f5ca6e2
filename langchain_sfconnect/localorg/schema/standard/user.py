"""User, as declared data."""

from __future__ import annotations

from langchain_sfconnect.localorg.schema.build import address, field, lookup, picklist
from langchain_sfconnect.localorg.schema.model import SObject
from langchain_sfconnect.localorg.schema.standard.common import AUDIT, RECORD_ID, VIEWED, person_name

_TYPES = (
    "Standard", "PowerPartner", "CSPLitePortal", "CustomerSuccess", "PowerCustomerSuccess", "CsnOnly", "Guest",
    "AutomatedProcess",
)  # fmt: skip
_TIME_ZONES = (
    "GMT", "Europe/London", "Europe/Paris", "Europe/Berlin", "America/New_York", "America/Chicago", "America/Denver",
    "America/Los_Angeles", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Tokyo", "Asia/Singapore", "Australia/Sydney",
)  # fmt: skip
_LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "ja_JP", "pt_BR")
_LANGUAGES = ("en_US", "de", "fr", "es", "ja", "pt_BR")
_PREFERENCES = ("UserPreferencesActivityRemindersPopup", "UserPreferencesLightningExperiencePreferred")
_PERMISSIONS = ("UserPermissionsMarketingUser", "UserPermissionsInteractionUser", "UserPermissionsSupportUser")

USER = SObject(
    "User", "User", "Users", "005",
    (
        RECORD_ID,
        field("Username", "string(80)", "-CU-FGS", "Username", "id_lookup", "unique"),
        *person_name(),
        field("CompanyName", "string(80)", "NCU-FGS", "Company Name"),
        field("Division", "string(80)", "NCU-FGS", "Division"),
        field("Department", "string(80)", "NCU-FGS", "Department"),
        field("Title", "string(80)", "NCU-FGS", "Title"),
        *address("", ""),
        field("Email", "email(128)", "-CU-FGS", "Email", "indexed"),
        field("Phone", "phone(40)", "NCU-FGS", "Phone"),
        field("Fax", "phone(40)", "NCU-FGS", "Fax"),
        field("MobilePhone", "phone(40)", "NCU-FGS", "Mobile"),
        field("Extension", "phone(40)", "NCU-FGS", "Extension"),
        field("Alias", "string(8)", "-CU-FGS", "Alias"),
        field("CommunityNickname", "string(40)", "-CUDFGS", "Nickname", "unique"),
        field("IsActive", "boolean", "-CUDFGS", "Active"),
        picklist("TimeZoneSidKey", "picklist(40)", "-CU-FGS", "Time Zone", _TIME_ZONES),
        lookup("UserRoleId", "NCU-FGS", "Role ID", "UserRole", up="UserRole"),
        picklist("LocaleSidKey", "picklist(40)", "-CU-FGS", "Locale", _LOCALES),
        picklist("EmailEncodingKey", "picklist(40)", "-CU-FGS", "Email Encoding", ("UTF-8", "ISO-8859-1")),
        lookup("ProfileId", "-CU-FGS", "Profile ID", "Profile", up="Profile", down="Users"),
        picklist("UserType", "picklist(40)", "N---FGS", "User Type", _TYPES, default="Standard", restricted=True),
        picklist("LanguageLocaleKey", "picklist(40)", "-CU-FGS", "Language", _LANGUAGES),
        field("EmployeeNumber", "string(20)", "NCU-FGS", "Employee Number"),
        lookup("DelegatedApproverId", "NCU-FGS", "Delegated Approver ID", "Group", "User", polymorphic=False),
        lookup("ManagerId", "NCU-FGS", "Manager ID", "User", up="Manager", down="ManagedUsers"),
        field("LastLoginDate", "datetime", "N---F-S", "Last Login"),
        field("LastPasswordChangeDate", "datetime", "N---F-S", "Last Password Change or Reset"),
        *AUDIT,
        *(field(name, "boolean", "-CUDFGS", name) for name in _PERMISSIONS),
        *(field(name, "boolean", "-CUD---", name) for name in _PREFERENCES),
        lookup("ContactId", "N---FGS", "Contact ID", "Contact", up="Contact", down="Users"),
        lookup("AccountId", "N---FGS", "Account ID", "Account", up="Account", down="Users"),
        lookup("CallCenterId", "NCU-FGS", "Call Center ID", "CallCenter"),
        field("FederationIdentifier", "string(512)", "NCU-FGS", "SAML Federation ID"),
        field("AboutMe", "textarea(1000)", "NCU-F--", "About Me"),
        field("Signature", "textarea(1333)", "NCU-F--", "Email Signature"),
        field("FullPhotoUrl", "url(1024)", "N---F-S", "Url for full-sized Photo"),
        field("SmallPhotoUrl", "url(1024)", "N---F-S", "Url for Android-sized Photo"),
        *VIEWED,
    ),
    deletable=False,
    search_names=("CommunityNickname",),
)  # fmt: skip
