"""Which rules complete, check and hold the records of which object.

`BEFORE` rules see a record before it is stored and may change or refuse it; `AFTER` rules see it stored and change
others; `RECOUNT` rules keep sums over records, and run whenever one is written, deleted or brought back; `HOLD` rules
refuse a deletion.
"""

from __future__ import annotations

from collections.abc import Mapping

from langchain_sfconnect.localorg.records.change import Rule
from langchain_sfconnect.localorg.records.rules.account import hold_won_accounts
from langchain_sfconnect.localorg.records.rules.activity import roll_up_activity
from langchain_sfconnect.localorg.records.rules.campaign import complete_member
from langchain_sfconnect.localorg.records.rules.case import complete_case
from langchain_sfconnect.localorg.records.rules.event import complete_event
from langchain_sfconnect.localorg.records.rules.note import complete_note
from langchain_sfconnect.localorg.records.rules.opportunity import (
    complete_opportunity,
    keep_one_primary_role,
    make_primary_role,
    show_primary_contact,
)
from langchain_sfconnect.localorg.records.rules.people import add_photo, complete_lead, complete_person, guard_users
from langchain_sfconnect.localorg.records.rules.products import complete_line_item, complete_price, roll_up_line_items
from langchain_sfconnect.localorg.records.rules.task import complete_task

Rules = Mapping[str, tuple[Rule, ...]]

BEFORE: Rules = {
    "Account": (add_photo,),
    "CampaignMember": (complete_member,),
    "Case": (complete_case,),
    "Contact": (complete_person, add_photo),
    "ContentNote": (complete_note,),
    "Event": (complete_event,),
    "Lead": (complete_lead, complete_person, add_photo),
    "Opportunity": (complete_opportunity,),
    "OpportunityLineItem": (complete_line_item,),
    "PricebookEntry": (complete_price,),
    "Task": (complete_task,),
    "User": (guard_users, complete_person),
}
AFTER: Rules = {
    "Opportunity": (make_primary_role,),
    "OpportunityContactRole": (keep_one_primary_role,),
}
RECOUNT: Rules = {
    "Event": (roll_up_activity,),
    "OpportunityContactRole": (show_primary_contact,),
    "OpportunityLineItem": (roll_up_line_items,),
    "Task": (roll_up_activity,),
}
HOLD: Rules = {
    "Account": (hold_won_accounts,),
}
