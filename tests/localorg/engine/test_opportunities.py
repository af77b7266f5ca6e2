"""What follows from an opportunity's stage, money, date and contact."""

from __future__ import annotations

from datetime import timedelta

import pytest

DEAL = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-11-30", "Amount": 1000}


def read(session, record_id, *fields):
    record = session.retrieve("Opportunity", record_id, list(fields))
    return tuple(record[field] for field in fields)


@pytest.mark.parametrize(
    ("stage", "probability", "category", "name", "closed", "won"),
    [
        ("Prospecting", 10, "Pipeline", "Pipeline", False, False),
        ("Needs Analysis", 20, "Pipeline", "Pipeline", False, False),
        ("Proposal/Price Quote", 75, "Pipeline", "Pipeline", False, False),
        ("Negotiation/Review", 90, "Pipeline", "Pipeline", False, False),
        ("Closed Won", 100, "Closed", "Closed", True, True),
        ("Closed Lost", 0, "Omitted", "Omitted", True, False),
        ("Something Else", 0, "Pipeline", "Pipeline", False, False),
    ],
)
def test_the_stage_decides_probability_forecast_and_outcome(rep, stage, probability, category, name, closed, won):
    record_id = rep.create("Opportunity", DEAL | {"StageName": stage})
    fields = ("Probability", "ForecastCategory", "ForecastCategoryName", "IsClosed", "IsWon", "ExpectedRevenue")
    assert read(rep, record_id, *fields) == (probability, category, name, closed, won, 10.0 * probability)


def test_a_given_probability_or_forecast_wins_over_the_stage(rep):
    record_id = rep.create("Opportunity", DEAL | {"Probability": 33, "ForecastCategoryName": "Commit"})
    assert read(rep, record_id, "Probability", "ForecastCategory", "ExpectedRevenue") == (33.0, "Forecast", 330.0)

    rep.update("Opportunity", record_id, {"StageName": "Qualification"})
    assert read(rep, record_id, "Probability", "ForecastCategoryName") == (10.0, "Pipeline")

    rep.update("Opportunity", record_id, {"StageName": "Closed Won", "Probability": 90})
    assert read(rep, record_id, "Probability", "IsWon") == (90.0, True)


def test_a_stage_change_is_dated_and_other_changes_are_not(rep, clock):
    record_id = rep.create("Opportunity", DEAL)
    assert read(rep, record_id, "LastStageChangeDate") == (None,)

    clock.advance(timedelta(days=1))
    rep.update("Opportunity", record_id, {"StageName": "Qualification"})
    clock.advance(timedelta(days=1))
    rep.update("Opportunity", record_id, {"Amount": 5})

    assert read(rep, record_id, "LastStageChangeDate") == ("2026-11-24T10:30:15.000+0000",)


def test_the_close_date_places_it_in_the_fiscal_year(rep):
    record_id = rep.create("Opportunity", DEAL)
    assert read(rep, record_id, "Fiscal", "FiscalQuarter", "FiscalYear") == ("2026 4", 4, 2026)
    rep.update("Opportunity", record_id, {"CloseDate": "2027-02-01"})
    assert read(rep, record_id, "Fiscal") == ("2027 1",)


def test_without_an_amount_nothing_is_expected(rep):
    record_id = rep.create("Opportunity", DEAL | {"Amount": None})
    assert read(rep, record_id, "Amount", "ExpectedRevenue") == (None, None)


def test_amounts_are_rounded_to_the_cent(rep):
    record_id = rep.create("Opportunity", DEAL | {"Amount": 10.005})
    assert read(rep, record_id, "Amount") == (10.01,)


def test_a_contact_given_at_creation_becomes_the_primary_role_and_cannot_be_given_later(rep, refusal):
    contact_id = rep.create("Contact", {"LastName": "Wong"})
    record_id = rep.create("Opportunity", DEAL | {"ContactId": contact_id})

    (role,) = rep.query(f"SELECT ContactId, IsPrimary FROM OpportunityContactRole WHERE OpportunityId = '{record_id}'")[
        "records"
    ]
    assert (role["ContactId"], role["IsPrimary"]) == (contact_id, True)
    error = refusal(rep.update, "Opportunity", record_id, {"ContactId": contact_id})
    assert (error["errorCode"], error["fields"]) == ("INVALID_FIELD_FOR_INSERT_UPDATE", ["ContactId"])


def test_an_opportunity_has_one_primary_role(rep):
    first, second = (rep.create("Contact", {"LastName": name}) for name in ("One", "Two"))
    record_id = rep.create("Opportunity", DEAL | {"ContactId": first})

    rep.create("OpportunityContactRole", {"OpportunityId": record_id, "ContactId": second, "IsPrimary": True})

    roles = rep.query("SELECT ContactId FROM OpportunityContactRole WHERE IsPrimary = true")["records"]
    assert [role["ContactId"] for role in roles] == [second]
    assert read(rep, record_id, "ContactId") == (second,)

    rep.delete("Contact", second)
    assert read(rep, record_id, "ContactId") == (None,)
    rep.undelete(second)
    assert read(rep, record_id, "ContactId") == (second,)


def test_a_role_needs_both_sides(rep, refusal):
    error = refusal(rep.create, "OpportunityContactRole", {"Role": "Evaluator"})
    assert error["message"] == "Required fields are missing: [OpportunityId, ContactId]"
