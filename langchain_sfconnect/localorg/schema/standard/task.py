"""Task, as declared data."""

from __future__ import annotations

from langchain_sfconnect.localorg.schema.build import field, lookup, picklist
from langchain_sfconnect.localorg.schema.model import SObject
from langchain_sfconnect.localorg.schema.standard.common import (
    ACTIVITY_TARGETS,
    AUDIT,
    IS_DELETED,
    RECORD_ID,
    SUBJECTS,
    owner,
    subject,
)

CLOSED_STATUS = "Completed"
HIGH_PRIORITY = "High"
_STATUSES = ("Not Started", "In Progress", CLOSED_STATUS, "Waiting on someone else", "Deferred")
_SUBTYPES = ("Task", "Email", "ListEmail", "Cadence", "Call", "LinkedIn")

TASK = SObject(
    "Task", "Task", "Tasks", "00T",
    (
        RECORD_ID,
        lookup("WhoId", "NCU-FGS", "Name ID", "Contact", "Lead", up="Who", down="Tasks", on_delete="cascade"),
        lookup("WhatId", "NCU-FGS", "Related To ID", *ACTIVITY_TARGETS, up="What", down="Tasks", on_delete="cascade"),
        subject(*SUBJECTS),
        field("ActivityDate", "date", "NCU-FGS", "Due Date Only", "indexed"),
        picklist("Status", "picklist(255)", "-CUDFGS", "Status", _STATUSES, default="Not Started"),
        picklist("Priority", "picklist(20)", "-CUDFGS", "Priority", (HIGH_PRIORITY, "Normal", "Low"),
                 default="Normal"),
        field("IsHighPriority", "boolean", "---DFGS", "High Priority"),
        owner("Group", "User", label="Assigned To ID"),
        field("Description", "textarea(32000)", "NCU----", "Description"),
        IS_DELETED,
        lookup("AccountId", "N---FGS", "Account ID", "Account", up="Account"),
        field("IsClosed", "boolean", "---DFGS", "Closed"),
        *AUDIT,
        field("IsArchived", "boolean", "---DFGS", "Archived"),
        field("CallDurationInSeconds", "int(8)", "NCU-FGS", "Call Duration"),
        picklist("CallType", "picklist(40)", "NCU-FGS", "Call Type", ("Internal", "Inbound", "Outbound")),
        field("CallDisposition", "string(255)", "NCU-FGS", "Call Result"),
        field("CallObject", "string(255)", "NCU-FGS", "Call Object Identifier"),
        field("ReminderDateTime", "datetime", "NCU-F-S", "Reminder Date/Time"),
        field("IsReminderSet", "boolean", "-CUDFGS", "Reminder Set"),
        field("IsRecurrence", "boolean", "-C-DFGS", "Create Recurring Series of Tasks"),
        picklist("TaskSubtype", "picklist(40)", "NC--FGS", "Task Subtype", _SUBTYPES, default="Task",
                 restricted=True),
        field("CompletedDateTime", "datetime", "N---F-S", "Completed Date"),
    ),
)  # fmt: skip
