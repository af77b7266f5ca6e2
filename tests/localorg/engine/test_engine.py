"""The org as a whole: its seed, its file, its users, its threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.engine import Engine
from langchain_sfconnect.localorg.errors import OrgError


@pytest.fixture
def seeded():
    engine = Engine()
    yield engine
    engine.close()


def rows(engine, soql):
    return engine.session(engine.users()[0]["Id"]).query(soql)["records"]


def at(moment):
    clock = Clock()
    clock.freeze(moment)
    return clock


def test_a_new_org_reads_like_a_companys_pipeline(seeded):
    counts = {
        item["name"]: item["count"] for item in seeded.session(seeded.users()[0]["Id"]).record_counts(None)["sObjects"]
    }
    assert counts["Account"] >= 60
    assert counts["Contact"] >= 150
    assert counts["Opportunity"] >= 200
    assert min(counts[name] for name in ("Lead", "Case", "Task", "Event")) >= 40
    assert (counts["Report"], counts["Dashboard"]) == (3, 1)
    stages = rows(seeded, "SELECT StageName, COUNT(Id) n FROM Opportunity GROUP BY StageName")
    assert len(stages) == 10
    assert min(stage["n"] for stage in stages) >= 10
    assert len(rows(seeded, "SELECT OwnerId, COUNT(Id) FROM Opportunity GROUP BY OwnerId")) >= 4
    assert len(rows(seeded, "SELECT Id FROM Account WHERE ParentId != null")) >= 5


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 3, 31), date(2026, 11, 23), date(2028, 2, 29)])
def test_whatever_today_is_open_deals_close_this_quarter_and_closed_ones_have_closed(day):
    engine = Engine(clock=at(datetime(day.year, day.month, day.day, 12, tzinfo=UTC)))
    this_quarter = rows(engine, "SELECT Id FROM Opportunity WHERE IsClosed = false AND CloseDate = THIS_QUARTER")
    later = rows(engine, "SELECT Id FROM Opportunity WHERE IsClosed = false AND CloseDate > THIS_QUARTER")
    assert len(this_quarter) >= 40
    assert len(later) >= 40
    assert rows(engine, "SELECT Id FROM Opportunity WHERE IsClosed = true AND CloseDate >= TODAY") == []
    assert rows(engine, "SELECT Id FROM Opportunity WHERE CreatedDate > TODAY OR LastModifiedDate > TODAY") == []
    engine.close()


def test_ids_and_names_are_the_same_every_time_and_every_day():
    soql = "SELECT Id, Name, Amount, StageName, Owner.Name FROM Opportunity ORDER BY Id"
    first, second = (
        Engine(clock=at(datetime(2026, 2, 1, tzinfo=UTC))),
        Engine(clock=at(datetime(2027, 9, 30, tzinfo=UTC))),
    )
    assert rows(first, soql) == rows(second, soql)
    first.close()
    second.close()


def test_seeded_values_follow_the_same_rules_as_written_ones(seeded):
    session = seeded.session(seeded.users()[0]["Id"])
    before = session.query("SELECT FIELDS(ALL) FROM Opportunity LIMIT 200")["records"]
    for record in before[::20]:
        session.update("Opportunity", record["Id"], {"Name": record["Name"]})
        after = session.retrieve("Opportunity", record["Id"])
        changing = {"LastModifiedDate", "LastModifiedById", "SystemModstamp", "LastViewedDate", "LastReferencedDate"}
        assert {key: after[key] for key in after if key not in changing} == {
            key: record[key] for key in record if key not in changing
        }


def test_the_first_user_is_the_representative_and_one_has_left(seeded):
    users = seeded.users()
    assert (users[0]["Username"], users[0]["Name"]) == ("rep@localorg.example", "Riley Park")
    assert [user["Username"] for user in users if not user["IsActive"]] == ["tom@localorg.example"]
    assert seeded.user_by_username("REP@localorg.example") == users[0]
    assert seeded.user_by_username("nobody@localorg.example") is None
    (profile,) = rows(seeded, "SELECT Profile.Name FROM User WHERE Username = 'rep@localorg.example'")
    assert profile["Profile"]["Name"] == "Standard User"


def test_the_organization_is_one_row_and_a_property(seeded):
    (row,) = rows(seeded, "SELECT Id, Name, InstanceName, IsSandbox, OrganizationType FROM Organization")
    assert {key: seeded.organization[key] for key in row if key != "attributes"} == {
        key: row[key] for key in row if key != "attributes"
    }


def test_reports_and_the_dashboard_have_definitions(seeded):
    matrix, summary, listing = rows(seeded, "SELECT Id, Name, Format FROM Report ORDER BY Name DESC")
    assert seeded.report_definition(matrix["Id"])["format"] == "MATRIX"
    definition = seeded.report_definition(summary["Id"][:15])
    assert (definition["name"], definition["format"], definition["groupings"]) == (
        summary["Name"],
        "SUMMARY",
        ["StageName"],
    )
    assert seeded.report_definition(listing["Id"])["format"] == "TABULAR"
    (board,) = rows(seeded, "SELECT Id, Title FROM Dashboard")
    assert {part["reportId"] for part in seeded.dashboard_definition(board["Id"])["components"]} == {summary["Id"]}
    assert seeded.report_definition("00O000000000000") is None


def test_a_file_keeps_the_org_and_is_not_seeded_again(tmp_path):
    path = str(tmp_path / "org.db")
    first = Engine(path)
    account_id = first.session(first.users()[0]["Id"]).create("Account", {"Name": "Kept"})
    case_number = rows(first, "SELECT MAX(CaseNumber) FROM Case")[0]["expr0"]
    first.close()

    again = Engine(path)
    session = again.session(again.users()[0]["Id"])
    assert session.retrieve("Account", account_id, ["Name"])["Name"] == "Kept"
    assert session.create("Account", {"Name": "Next"}) > account_id
    case = session.retrieve("Case", session.create("Case", {}))
    assert int(case["CaseNumber"]) == int(case_number) + 1
    again.close()


def test_a_session_needs_a_user_of_the_org(seeded):
    with pytest.raises(OrgError) as caught:
        seeded.session("005000000000000")
    assert caught.value.code == "INVALID_SESSION_ID"


def test_threads_write_at_once_and_nothing_is_lost(seeded):
    session = seeded.session(seeded.users()[0]["Id"])
    with ThreadPoolExecutor(16) as pool:
        made = list(
            pool.map(lambda number: session.create("Lead", {"LastName": f"n{number}", "Company": "c"}), range(200))
        )
    assert len(set(made)) == 200
    assert session.query("SELECT COUNT() FROM Lead WHERE Company = 'c'")["totalSize"] == 200


def test_the_present_is_the_clocks(seeded):
    session = seeded.session(seeded.users()[0]["Id"])
    before = session.query("SELECT COUNT() FROM Opportunity WHERE IsClosed = false AND CloseDate < TODAY")["totalSize"]
    seeded.clock.advance(timedelta(days=200))
    after = session.query("SELECT COUNT() FROM Opportunity WHERE IsClosed = false AND CloseDate < TODAY")["totalSize"]
    assert before == 0
    assert after > 80
