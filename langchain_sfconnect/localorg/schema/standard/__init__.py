"""The standard objects, declared as data: one module per large object, small ones together."""

from __future__ import annotations

from langchain_sfconnect.localorg.schema.model import SObject
from langchain_sfconnect.localorg.schema.standard.account import ACCOUNT
from langchain_sfconnect.localorg.schema.standard.analytics import DASHBOARD, FOLDER, REPORT
from langchain_sfconnect.localorg.schema.standard.campaign import CAMPAIGN, CAMPAIGN_MEMBER
from langchain_sfconnect.localorg.schema.standard.case import CASE
from langchain_sfconnect.localorg.schema.standard.contact import CONTACT
from langchain_sfconnect.localorg.schema.standard.event import EVENT
from langchain_sfconnect.localorg.schema.standard.lead import LEAD
from langchain_sfconnect.localorg.schema.standard.notes import CONTENT_NOTE, NOTE
from langchain_sfconnect.localorg.schema.standard.opportunity import OPPORTUNITY, OPPORTUNITY_CONTACT_ROLE
from langchain_sfconnect.localorg.schema.standard.products import (
    OPPORTUNITY_LINE_ITEM,
    PRICEBOOK,
    PRICEBOOK_ENTRY,
    PRODUCT,
)
from langchain_sfconnect.localorg.schema.standard.setup import GROUP, ORGANIZATION, PROFILE, RECORD_TYPE, USER_ROLE
from langchain_sfconnect.localorg.schema.standard.task import TASK
from langchain_sfconnect.localorg.schema.standard.user import USER

STANDARD_OBJECTS: tuple[SObject, ...] = (
    ACCOUNT, CAMPAIGN, CAMPAIGN_MEMBER, CASE, CONTACT, CONTENT_NOTE, DASHBOARD, EVENT, FOLDER, GROUP, LEAD, NOTE,
    OPPORTUNITY, OPPORTUNITY_CONTACT_ROLE, OPPORTUNITY_LINE_ITEM, ORGANIZATION, PRICEBOOK, PRICEBOOK_ENTRY, PRODUCT,
    PROFILE, RECORD_TYPE, REPORT, TASK, USER, USER_ROLE,
)  # fmt: skip
