"""The standard objects, declared as data: one module per large object, small ones together."""

from __future__ import annotations

from langchain_sfconnect.localorg.schema.model import SObject
from langchain_sfconnect.localorg.schema.standard.account import ACCOUNT
from langchain_sfconnect.localorg.schema.standard.analytics import DASHBOARD, REPORT
from langchain_sfconnect.localorg.schema.standard.campaign import CAMPAIGN
from langchain_sfconnect.localorg.schema.standard.case import CASE
from langchain_sfconnect.localorg.schema.standard.contact import CONTACT
from langchain_sfconnect.localorg.schema.standard.event import EVENT
from langchain_sfconnect.localorg.schema.standard.lead import LEAD
from langchain_sfconnect.localorg.schema.standard.opportunity import OPPORTUNITY, OPPORTUNITY_CONTACT_ROLE
from langchain_sfconnect.localorg.schema.standard.setup import GROUP, ORGANIZATION, PROFILE, RECORD_TYPE, USER_ROLE
from langchain_sfconnect.localorg.schema.standard.task import TASK
from langchain_sfconnect.localorg.schema.standard.user import USER

STANDARD_OBJECTS: tuple[SObject, ...] = (
    ACCOUNT, CAMPAIGN, CASE, CONTACT, DASHBOARD, EVENT, GROUP, LEAD, OPPORTUNITY, OPPORTUNITY_CONTACT_ROLE,
    ORGANIZATION, PROFILE, RECORD_TYPE, REPORT, TASK, USER, USER_ROLE,
)  # fmt: skip
