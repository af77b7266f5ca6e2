"""The records a new org starts with: one company's people, customers, pipeline, service cases and reports."""

from __future__ import annotations

from langchain_sfconnect.localorg.seed.activities import plant_activities
from langchain_sfconnect.localorg.seed.customers import plant_customers
from langchain_sfconnect.localorg.seed.marketing import plant_campaigns, plant_leads
from langchain_sfconnect.localorg.seed.pipeline import plant_pipeline
from langchain_sfconnect.localorg.seed.planter import Planter
from langchain_sfconnect.localorg.seed.reports import plant_reports
from langchain_sfconnect.localorg.seed.service import plant_cases
from langchain_sfconnect.localorg.seed.setup import plant_setup

__all__ = ["plant_business", "plant_setup"]


def plant_business(planter: Planter) -> None:
    """Plant everything but the people: the same ids and names every time, dates relative to today."""
    customers = plant_customers(planter)
    campaigns = plant_campaigns(planter)
    deals = plant_pipeline(planter, customers, campaigns)
    leads = plant_leads(planter)
    cases = plant_cases(planter, customers)
    plant_activities(planter, customers, deals, leads, cases)
    plant_reports(planter)
