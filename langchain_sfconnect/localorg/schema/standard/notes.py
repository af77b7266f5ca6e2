"""Notes of both generations, as declared data."""

from __future__ import annotations

from langchain_sfconnect.localorg.schema.build import field, lookup, picklist
from langchain_sfconnect.localorg.schema.model import SObject
from langchain_sfconnect.localorg.schema.standard.common import AUDIT, IS_DELETED, RECORD_ID, owner

NOTE = SObject(
    "Note", "Note", "Notes", "002",
    (
        RECORD_ID,
        IS_DELETED,
        lookup("ParentId", "-C--FGS", "Parent ID", "Account", "Contact", "Lead", "Opportunity", up="Parent",
               down="Notes", on_delete="cascade"),
        field("Title", "string(80)", "-CU-FGS", "Title", "name"),
        field("IsPrivate", "boolean", "-CUDFGS", "Private"),
        field("Body", "textarea(32000)", "NCU----", "Body"),
        owner(),
        *AUDIT,
    ),
)  # fmt: skip

CONTENT_NOTE = SObject(
    "ContentNote", "Note", "Notes", "069",
    (
        RECORD_ID,
        field("Title", "string(255)", "-CU-FGS", "Title", "name"),
        field("FileType", "string(20)", "N---FGS", "File Type"),
        field("FileExtension", "string(40)", "N---FGS", "File Extension"),
        field("Content", "base64", "NCU----", "Note Content"),
        field("ContentSize", "int(9)", "N---FGS", "Content Size"),
        field("TextPreview", "string(255)", "N---FGS", "Text Preview"),
        lookup("LatestPublishedVersionId", "N---FGS", "Latest Published Version ID", "ContentVersion"),
        field("IsReadOnly", "boolean", "---D-GS", "Is Read Only"),
        picklist("SharingPrivacy", "picklist(40)", "-CUD---", "File Privacy on Records", ("N", "P"), default="N",
                 restricted=True),
        field("ContentModifiedDate", "datetime", "N---F-S", "Content Modified Date"),
        owner(),
        IS_DELETED,
        *AUDIT,
    ),
)  # fmt: skip
