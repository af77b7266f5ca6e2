"""Which rules complete and check the records of which object.

`BEFORE` rules see a record before it is stored and may change or refuse it; `AFTER` rules then write others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from langchain_sfconnect.localorg.records.change import Change, Rule
from langchain_sfconnect.localorg.records.rules.activity import roll_up_activity
from langchain_sfconnect.localorg.records.rules.case import complete_case
from langchain_sfconnect.localorg.records.rules.event import complete_event
from langchain_sfconnect.localorg.records.rules.opportunity import (
    complete_opportunity,
    keep_one_primary_role,
    make_primary_role,
)
from langchain_sfconnect.localorg.records.rules.people import add_photo, complete_lead, complete_person, guard_users
from langchain_sfconnect.localorg.records.rules.task import complete_task

if TYPE_CHECKING:
    from langchain_sfconnect.localorg.records.writer import Writer

FollowUp = Callable[["Writer", Change], None]

BEFORE: Mapping[str, tuple[Rule, ...]] = {
    "Account": (add_photo,),
    "Case": (complete_case,),
    "Contact": (complete_person, add_photo),
    "Event": (complete_event,),
    "Lead": (complete_lead, complete_person, add_photo),
    "Opportunity": (complete_opportunity,),
    "Task": (complete_task,),
    "User": (guard_users, complete_person),
}
AFTER: Mapping[str, tuple[FollowUp, ...]] = {
    "Event": (roll_up_activity,),
    "Opportunity": (make_primary_role,),
    "OpportunityContactRole": (keep_one_primary_role,),
    "Task": (roll_up_activity,),
}
