"""What follows from the fields of cases, leads, tasks and events."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest


def test_a_case_needs_nothing_and_gets_a_number_and_defaults(rep):
    first, second = rep.create("Case", {}), rep.create("Case", {"Comments": "secret"})
    record = rep.retrieve("Case", first)
    assert (record["CaseNumber"], record["Status"], record["Priority"]) == ("00001001", "New", "Medium")
    other = rep.retrieve("Case", second)
    assert (other["CaseNumber"], other["Comments"]) == ("00001002", None)


def test_a_case_mirrors_its_contact_and_takes_the_contacts_account(rep):
    account_id = rep.create("Account", {"Name": "Acme"})
    contact_id = rep.create("Contact", {"LastName": "Wong", "AccountId": account_id, "Email": "w@acme.example"})
    case_id = rep.create("Case", {"ContactId": contact_id})
    rep.update("Contact", contact_id, {"Phone": "555"})

    record = rep.retrieve("Case", case_id, ["AccountId", "ContactEmail", "ContactPhone", "ContactFax"])

    assert record["AccountId"] == account_id
    assert (record["ContactEmail"], record["ContactPhone"], record["ContactFax"]) == ("w@acme.example", "555", None)


def test_closing_and_reopening_a_case_sets_and_clears_the_closed_date(rep):
    case_id = rep.create("Case", {})
    rep.update("Case", case_id, {"Status": "Closed"})
    record = rep.retrieve("Case", case_id, ["IsClosed", "ClosedDate"])
    assert (record["IsClosed"], record["ClosedDate"]) == (True, "2026-11-23T10:30:15.000+0000")
    rep.update("Case", case_id, {"Status": "Working"})
    record = rep.retrieve("Case", case_id, ["IsClosed", "ClosedDate"])
    assert (record["IsClosed"], record["ClosedDate"]) == (False, None)


def test_a_lead_gets_its_name_and_default_status(rep):
    lead_id = rep.create("Lead", {"LastName": "Wong", "FirstName": "Ada", "Company": "Acme", "Status": None})
    record = rep.retrieve("Lead", lead_id)
    assert (record["Name"], record["Status"], record["IsConverted"]) == ("Ada Wong", "Open - Not Contacted", False)


def test_a_converted_lead_stays_as_it_is(rep, refusal):
    lead_id = rep.create("Lead", {"LastName": "Wong", "Company": "Acme", "IsConverted": True})
    assert refusal(rep.update, "Lead", lead_id, {"Title": "x"})["errorCode"] == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_a_task_is_closed_by_its_status_and_dates_its_completion(rep):
    task_id = rep.create("Task", {"Subject": "Call", "Priority": "High"})
    record = rep.retrieve("Task", task_id)
    assert (record["Status"], record["IsClosed"], record["IsHighPriority"]) == ("Not Started", False, True)
    assert (record["TaskSubtype"], record["CompletedDateTime"]) == ("Task", None)

    rep.update("Task", task_id, {"Status": "Completed"})
    record = rep.retrieve("Task", task_id, ["IsClosed", "CompletedDateTime"])
    assert (record["IsClosed"], record["CompletedDateTime"]) == (True, "2026-11-23T10:30:15.000+0000")


def test_an_activity_knows_the_account_it_is_about(rep, refusal):
    account_id = rep.create("Account", {"Name": "Acme"})
    deal = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-11-30", "AccountId": account_id}
    deal_id, lead_id = rep.create("Opportunity", deal), rep.create("Lead", {"LastName": "x", "Company": "y"})

    task_id = rep.create("Task", {"WhatId": deal_id})

    assert rep.retrieve("Task", task_id, ["AccountId"])["AccountId"] == account_id
    error = refusal(rep.create, "Task", {"WhoId": lead_id, "WhatId": deal_id})
    assert error["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"
    assert refusal(rep.create, "Task", {"WhoId": deal_id})["errorCode"] == "MALFORMED_ID"


def test_activities_show_on_the_records_they_are_about(rep, clock):
    deal_id = rep.create("Opportunity", {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-11-30"})
    fields = ["LastActivityDate", "HasOpenActivity", "HasOverdueTask"]

    def shown():
        record = rep.retrieve("Opportunity", deal_id, fields)
        return tuple(record[field] for field in fields)

    task_id = rep.create("Task", {"WhatId": deal_id, "ActivityDate": "2026-11-24"})
    assert shown() == (None, True, False)
    clock.advance(timedelta(days=2))
    assert shown() == (None, True, True)
    rep.update("Task", task_id, {"Status": "Completed"})
    assert shown() == ("2026-11-24", False, False)
    rep.delete("Task", task_id)
    assert shown() == (None, False, False)


def test_an_event_takes_its_end_from_its_duration_and_the_other_way_round(rep):
    start = "2026-11-24T09:00:00Z"
    by_duration = rep.create("Event", {"StartDateTime": start, "DurationInMinutes": 45})
    by_end = rep.create("Event", {"ActivityDateTime": start, "EndDateTime": "2026-11-24T09:45:00Z"})
    for event_id in (by_duration, by_end):
        record = rep.retrieve("Event", event_id)
        assert record["StartDateTime"] == record["ActivityDateTime"] == "2026-11-24T09:00:00.000+0000"
        assert record["EndDateTime"] == "2026-11-24T09:45:00.000+0000"
        assert (record["DurationInMinutes"], record["ActivityDate"], record["ShowAs"]) == (45, "2026-11-24", "Busy")

    rep.update("Event", by_duration, {"StartDateTime": "2026-11-25T10:00:00Z"})
    moved = rep.retrieve("Event", by_duration, ["EndDateTime", "DurationInMinutes"])
    assert (moved["EndDateTime"], moved["DurationInMinutes"]) == ("2026-11-25T10:45:00.000+0000", 45)


def test_an_all_day_event_needs_only_its_day(rep):
    event_id = rep.create("Event", {"IsAllDayEvent": True, "ActivityDate": "2026-11-24"})
    record = rep.retrieve("Event", event_id, ["StartDateTime", "DurationInMinutes"])
    assert (record["StartDateTime"], record["DurationInMinutes"]) == ("2026-11-24T00:00:00.000+0000", 1440)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "REQUIRED_FIELD_MISSING"),
        ({"StartDateTime": "2026-11-24T09:00:00Z"}, "REQUIRED_FIELD_MISSING"),
        ({"StartDateTime": "2026-11-24T09:00:00Z", "EndDateTime": "2026-11-24T08:00:00Z"}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"StartDateTime": "2026-11-24T09:00:00Z", "EndDateTime": "2026-12-24T08:00:00Z"}, "FIELD_INTEGRITY_EXCEPTION"),
        (
            {"StartDateTime": "2026-11-24T09:00:00Z", "EndDateTime": "2026-11-24T10:00:00Z", "DurationInMinutes": 5},
            "FIELD_INTEGRITY_EXCEPTION",
        ),
        (
            {"StartDateTime": "2026-11-24T09:00:00Z", "DurationInMinutes": 5, "ShowAs": "Away"},
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
    ],
)
def test_an_event_whose_times_do_not_agree_is_refused(rep, refusal, fields, code):
    assert refusal(rep.create, "Event", fields)["errorCode"] == code


def test_a_note_tells_what_is_in_it(rep, refusal):
    content = base64.b64encode(b"<p>Call&nbsp;<b>Ada</b></p>").decode()
    note_id = rep.create("ContentNote", {"Title": "Plan", "Content": content})
    fields = ["FileType", "ContentSize", "TextPreview", "ContentModifiedDate"]
    record = rep.retrieve("ContentNote", note_id, fields)
    assert [record[name] for name in fields] == ["SNOTE", 27, "Call Ada", "2026-11-23T10:30:15.000+0000"]
    error = refusal(rep.create, "ContentNote", {"Title": "Plan", "Content": "no base64"})
    assert error["errorCode"] == "JSON_PARSER_ERROR"
