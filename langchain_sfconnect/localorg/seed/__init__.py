"""The records a new org starts with: one company's people, customers, pipeline, service cases and reports."""

from __future__ import annotations

from langchain_sfconnect.localorg.seed.activities import plant_activities
from langchain_sfconnect.localorg.seed.customers import plant_customers
from langchain_sfconnect.localorg.seed.declared import plant_declared, plant_user
from langchain_sfconnect.localorg.seed.marketing import plant_campaigns, plant_leads, plant_members
from langchain_sfconnect.localorg.seed.notes import plant_notes
from langchain_sfconnect.localorg.seed.pipeline import plant_pipeline
from langchain_sfconnect.localorg.seed.planter import Planter
from langchain_sfconnect.localorg.seed.products import plant_line_items, plant_products
from langchain_sfconnect.localorg.seed.reports import plant_reports
from langchain_sfconnect.localorg.seed.service import plant_cases
from langchain_sfconnect.localorg.seed.setup import plant_setup

__all__ = ["plant_business", "plant_declared", "plant_setup", "plant_user"]


def plant_business(planter: Planter) -> None:
    """Plant everything but the people: the same ids and names every time, dates relative to today."""
    customers = plant_customers(planter)
    campaigns = plant_campaigns(planter)
    prices = plant_products(planter)
    deals = plant_pipeline(planter, customers, campaigns)
    plant_line_items(planter, prices, deals)
    leads = plant_leads(planter)
    cases = plant_cases(planter, customers)
    plant_members(planter, campaigns[0], leads, customers)
    plant_activities(planter, customers, deals, leads, cases)
    plant_notes(planter, customers)
    plant_reports(planter)
