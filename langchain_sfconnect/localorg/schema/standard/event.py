"""Event, as declared data."""

from __future__ import annotations

from langchain_sfconnect.localorg.schema.build import field, lookup, picklist
from langchain_sfconnect.localorg.schema.model import SObject
from langchain_sfconnect.localorg.schema.standard.common import (
    ACTIVITY_TARGETS,
    AUDIT,
    IS_DELETED,
    RECORD_ID,
    owner,
    subject,
)

_SUBJECTS = ("Call", "Email", "Meeting", "Send Letter/Quote", "Other")

EVENT = SObject(
    "Event", "Event", "Events", "00U",
    (
        RECORD_ID,
        lookup("WhoId", "NCU-FGS", "Name ID", "Contact", "Lead", up="Who", down="Events", on_delete="cascade"),
        lookup("WhatId", "NCU-FGS", "Related To ID", *ACTIVITY_TARGETS, up="What", down="Events",
               on_delete="cascade"),
        subject(*_SUBJECTS),
        field("Location", "string(255)", "NCU-FGS", "Location"),
        field("IsAllDayEvent", "boolean", "-CUDFGS", "All-Day Event"),
        field("ActivityDateTime", "datetime", "NCU-F-S", "Due Date Time"),
        field("ActivityDate", "date", "NCU-FGS", "Due Date Only", "indexed"),
        field("DurationInMinutes", "int(8)", "NCU-FGS", "Duration"),
        field("StartDateTime", "datetime", "NCU-F-S", "Start Date Time", "indexed"),
        field("EndDateTime", "datetime", "NCU-F-S", "End Date Time"),
        field("EndDate", "date", "N---FGS", "End Date"),
        field("Description", "textarea(32000)", "NCU----", "Description"),
        lookup("AccountId", "N---FGS", "Account ID", "Account", up="Account"),
        owner("Calendar", "User", label="Assigned To ID"),
        field("IsPrivate", "boolean", "-CUDFGS", "Private"),
        picklist("ShowAs", "picklist(40)", "NCUDFGS", "Show Time As", ("Busy", "OutOfOffice", "Free"),
                 default="Busy", restricted=True),
        IS_DELETED,
        field("IsChild", "boolean", "---DFGS", "Is Child"),
        field("IsGroupEvent", "boolean", "---DFGS", "Is Group Event"),
        picklist("GroupEventType", "picklist(40)", "N--DFGS", "Group Event Type", ("0", "1", "2", "3"), default="0",
                 restricted=True),
        *AUDIT,
        field("IsArchived", "boolean", "---DFGS", "Archived"),
        field("IsRecurrence", "boolean", "-C-DFGS", "Create Recurring Series of Events"),
        field("ReminderDateTime", "datetime", "NCU-F-S", "Reminder Date/Time"),
        field("IsReminderSet", "boolean", "-CUDFGS", "Reminder Set"),
        picklist("EventSubtype", "picklist(40)", "NC--FGS", "Event Subtype", ("Event",), default="Event",
                 restricted=True),
    ),
)  # fmt: skip
