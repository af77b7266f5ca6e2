"""Rules of opportunities: what follows from the stage, the money, the date and the first contact."""

from __future__ import annotations

from datetime import date

from langchain_sfconnect.localorg import sqltext
from langchain_sfconnect.localorg.records.change import Change
from langchain_sfconnect.localorg.schema.standard.opportunity import FORECAST_NAMES, STAGES, Stage
from langchain_sfconnect.localorg.sqltext import Sql

_STAGES = {stage.name.lower(): stage for stage in STAGES}
_FORECAST_OF_NAME = {name: value for value, name in FORECAST_NAMES.items()}


def complete_opportunity(change: Change) -> None:
    """Derive everything that follows from what was given."""
    row = change.row
    if change.before is not None and change.before["HasOpportunityLineItem"]:
        row |= {name: change.before[name] for name in ("Amount", "TotalOpportunityQuantity")}
    if row["StageName"] is not None and change.changed("StageName"):
        _enter_stage(change)
    if row["ForecastCategoryName"] is not None:
        row["ForecastCategory"] = _FORECAST_OF_NAME[row["ForecastCategoryName"]]
    known = row["Amount"] is not None and row["Probability"] is not None
    row["ExpectedRevenue"] = round(row["Amount"] * row["Probability"] / 100, 2) if known else None
    if row["CloseDate"] is not None:
        _place_in_fiscal_year(change)


def _enter_stage(change: Change) -> None:
    row = change.row
    stage = _STAGES.get(row["StageName"].lower(), Stage(row["StageName"], 0, "Pipeline"))
    if "Probability" not in change.given or row["Probability"] is None:
        row["Probability"] = float(stage.probability)
    if "ForecastCategoryName" not in change.given or row["ForecastCategoryName"] is None:
        row["ForecastCategoryName"] = FORECAST_NAMES[stage.forecast]
    row |= {"StageName": stage.name, "IsClosed": int(stage.closed), "IsWon": int(stage.won)}
    if not change.creates:
        row["LastStageChangeDate"] = change.writing.stamp


def _place_in_fiscal_year(change: Change) -> None:
    day, calendar = date.fromisoformat(change.row["CloseDate"]), change.writing.calendar
    year, quarter = calendar.year(day), calendar.quarter(day)
    change.row |= {"FiscalYear": year, "FiscalQuarter": quarter, "Fiscal": f"{year} {quarter}"}


def make_primary_role(change: Change) -> None:
    """Turn the contact given at creation into the primary contact role."""
    if change.creates and change.row["ContactId"]:
        role = {"OpportunityId": change.row["Id"], "ContactId": change.row["ContactId"], "IsPrimary": True}
        change.others.append(("OpportunityContactRole", role))


def keep_one_primary_role(change: Change) -> None:
    """Make a new primary role the only one of its opportunity."""
    if not change.row["IsPrimary"]:
        return
    database, row = change.writing.database, change.row
    others = Sql('WHERE "OpportunityId" = ? AND "Id" <> ? AND "IsPrimary" = 1', (row["OpportunityId"], row["Id"]))
    database.run(Sql("UPDATE") + sqltext.name("OpportunityContactRole") + Sql('SET "IsPrimary" = 0') + others)


def show_primary_contact(change: Change) -> None:
    """Keep the contact of an opportunity the one of its primary role."""
    writing = change.writing
    deal = writing.find(change.row["OpportunityId"])
    if deal is None or deal["IsDeleted"]:
        return
    query = Sql('SELECT "ContactId" FROM "OpportunityContactRole" WHERE "IsPrimary" = 1 AND "IsDeleted" = 0')
    primary = writing.database.row(query + Sql('AND "OpportunityId" = ?', (deal["Id"],)))
    contact_id = primary[0] if primary else None
    if contact_id != deal["ContactId"]:
        writing.change("Opportunity", deal["Id"], {"ContactId": contact_id})
