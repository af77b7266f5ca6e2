"""Folder, Report and Dashboard rows, as declared data; definitions are kept beside them, not in them."""

from __future__ import annotations

from langchain_sfconnect.localorg.schema.build import field, lookup, picklist
from langchain_sfconnect.localorg.schema.model import SObject
from langchain_sfconnect.localorg.schema.standard.common import AUDIT, IS_DELETED, RECORD_ID, VIEWED

FOLDER = SObject(
    "Folder", "Folder", "Folders", "00l",
    (
        RECORD_ID,
        lookup("ParentId", "N---FGS", "Parent ID", "Folder", up="Parent", down="SubFolders"),
        field("Name", "string(256)", "----FGS", "Name", "name"),
        field("DeveloperName", "string(80)", "N---FGS", "Folder Unique Name"),
        picklist("AccessType", "picklist(40)", "----FGS", "Access Type",
                 ("Shared", "Public", "Hidden", "PublicInternal"), restricted=True),
        field("IsReadonly", "boolean", "---DFGS", "Read Only"),
        picklist("Type", "picklist(40)", "----FGS", "Type", ("Report", "Dashboard", "Document", "Email"),
                 restricted=True),
        field("NamespacePrefix", "string(15)", "N---FGS", "Namespace Prefix"),
        *AUDIT,
    ),
    createable=False, updateable=False, deletable=False, searchable=False,
)  # fmt: skip

REPORT = SObject(
    "Report", "Report", "Reports", "00O",
    (
        RECORD_ID,
        lookup("OwnerId", "----FGS", "Owner ID", "Folder", "Organization", "User", up="Owner"),
        field("FolderName", "string(256)", "N---FGS", "Folder Name"),
        *AUDIT,
        IS_DELETED,
        field("Name", "string(40)", "----FGS", "Report Name", "name"),
        field("Description", "string(255)", "N---FGS", "Description"),
        field("DeveloperName", "string(80)", "----FGS", "Report Unique Name"),
        field("LastRunDate", "datetime", "N---F-S", "Last Run"),
        picklist("Format", "picklist(40)", "----F--", "Format", ("Tabular", "Summary", "Matrix", "MultiBlock"),
                 restricted=True),
        *VIEWED,
    ),
    createable=False, updateable=False,
)  # fmt: skip

DASHBOARD = SObject(
    "Dashboard", "Dashboard", "Dashboards", "01Z",
    (
        RECORD_ID,
        IS_DELETED,
        lookup("FolderId", "----FGS", "Folder ID", "Folder", "User", up="Folder"),
        field("FolderName", "string(256)", "N---FGS", "Folder Name"),
        field("Title", "string(80)", "----FGS", "Title", "name"),
        field("DeveloperName", "string(80)", "----FGS", "Dashboard Unique Name"),
        field("Description", "string(255)", "N---FGS", "Description"),
        picklist("Type", "picklist(40)", "----FGS", "Dashboard Running User Type",
                 ("SpecifiedUser", "LoggedInUser", "MyTeamUser"), restricted=True),
        lookup("RunningUserId", "----FGS", "Running User ID", "User", up="RunningUser"),
        *AUDIT,
        *VIEWED,
    ),
    createable=False, updateable=False,
)  # fmt: skip
