"""Any text is answered or refused in Salesforce's words, and no text reaches SQL."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_sfconnect.localorg.errors import OrgError

PIECES = st.sampled_from(
    [
        "SELECT",
        "FROM",
        "WHERE",
        "AND",
        "OR",
        "NOT",
        "IN",
        "LIKE",
        "ORDER",
        "BY",
        "GROUP",
        "HAVING",
        "LIMIT",
        "OFFSET",
        "COUNT()",
        "COUNT(Id)",
        "SUM(Amount)",
        "MAX(Name)",
        "FIELDS(ALL)",
        "Id",
        "Name",
        "Account",
        "Contact",
        "Opportunity",
        "Task",
        "Account.Name",
        "Who.Name",
        "What.Type",
        "Contacts",
        "(",
        ")",
        ",",
        "=",
        "!=",
        "<",
        ">",
        "<=",
        ">=",
        "'x'",
        "'it\\'s'",
        "'%'",
        "'\\_'",
        "5",
        "-1.5",
        "1e999",
        "null",
        "TRUE",
        "TODAY",
        "LAST_N_DAYS:5",
        "NEXT_N_YEARS:999999999",
        "2026-11-23",
        "2026-11-23T00:00:00Z",
        "ASC",
        "DESC",
        "NULLS",
        "FIRST",
        "LAST",
        ":",
        ";",
        "--",
        "/*",
        "*/",
        '"',
        "`",
        "\\",
        "*",
        "@",
        "#",
        "$",
        "{",
        "}",
        "[",
        "]",
        "USING",
        "SCOPE",
        "mine",
        "WITH",
        "FOR",
        "VIEW",
        "ALL",
        "ROWS",
        "INCLUDES",
        "CALENDAR_YEAR(CloseDate)",
        "toLabel(Rating)",
        "USD500",
        "BillingAddress",
        "CreatedDate",
        "IsWon",
        "HasOpenActivity",
        "LastViewedDate",
        "FISCAL_YEAR(CloseDate)",
        "Owner.Profile.Name",
        "StageName",
        "Description",
        "TYPEOF",
        "WHEN",
        "THEN",
        "ELSE",
        "END",
        "Who",
        "TYPEOF What WHEN Account THEN Phone ELSE Name END",
        "ROLLUP(LeadSource, StageName)",
        "CUBE(IsWon)",
        "GROUPING(LeadSource)",
        "FORMAT(Amount)",
        "FORMAT(MAX(CloseDate))",
        "convertCurrency(Amount)",
        "HOUR_IN_DAY(convertTimezone(CreatedDate))",
        "DISTANCE(BillingAddress, GEOLOCATION(1e9,-122), 'mi')",
        "DISTANCE(Account.BillingAddress, GEOLOCATION(37.7,-122), 'km')",
        "10:00:00Z",
        "25:61:00.5Z",
        "EUR5",
        "'éß'",
        "(SELECT Id FROM OpportunityContactRoles)",
        "FOR UPDATE",
        "UPDATE TRACKING",
        "WITH DATA CATEGORY a__c AT b__c",
        ":x",
    ]
)
ANY_TEXT = st.text(st.characters(codec=None), max_size=60)
fuzzed = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def outcome(call, text):
    try:
        return call(text)
    except OrgError as error:
        return error


def answered_or_refused(call, text):
    result = outcome(call, text)
    if isinstance(result, OrgError):
        assert 400 <= result.status < 500
        result = result.body()
    assert json.dumps(result)


@given(ANY_TEXT)
@fuzzed
def test_any_text_at_all(session, text):
    answered_or_refused(session.query, text)


@given(st.lists(PIECES | ANY_TEXT, max_size=25))
@fuzzed
def test_any_row_of_words(session, words):
    answered_or_refused(session.query, " ".join(words))


@given(st.sampled_from(["Account", "Contact", "Opportunity", "Task", "Case", "User"]), st.lists(PIECES, max_size=14))
@fuzzed
def test_any_end_of_a_query_that_begins_well(session, sobject, words):
    answered_or_refused(session.query, f"SELECT Id FROM {sobject} WHERE {' '.join(words)}")
    answered_or_refused(session.explain, f"SELECT Id FROM {sobject} {' '.join(words)}")


@given(st.lists(PIECES, min_size=1, max_size=6))
@fuzzed
def test_any_select_list(session, words):
    answered_or_refused(session.query, f"SELECT {', '.join(words)} FROM Opportunity LIMIT 5")


@given(st.text(st.characters(codec="utf-8"), max_size=40))
@fuzzed
def test_a_quoted_text_is_only_ever_a_value(session, text):
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    found = session.query(f"SELECT Name FROM Account WHERE Name = '{quoted}' OR Name LIKE '{quoted}'")
    names = {record["Name"].lower() for record in found["records"]}
    assert all(name == text.lower() or "%" in text or "_" in text for name in names)


@pytest.mark.parametrize(
    "text",
    [
        "x' OR '1'='1", "x'; DROP TABLE Account; --", 'x" OR 1=1 --', "x\\' OR Name LIKE \\'%", "%' UNION SELECT 1 --",
        "\x00", "'; ATTACH DATABASE ':memory:' AS x; --",
    ],
)  # fmt: skip
def test_classical_injections_find_nothing_and_break_nothing(session, text):
    for query in (
        f"SELECT Id FROM Account WHERE Name = '{text}'",
        f"SELECT Id FROM {text}",
        f"SELECT {text} FROM Account",
    ):
        answered_or_refused(session.query, query)
    assert session.query("SELECT COUNT() FROM Account")["totalSize"] == 5


@pytest.mark.parametrize(
    "query",
    [
        "SELECT Id FROM Account WHERE " + "(" * 5000 + "Name = 'x'" + ")" * 5000,
        "SELECT Id FROM Account WHERE " + "NOT " * 5000 + "Name = 'x'",
        "SELECT Id FROM Account WHERE " + "(Name = 'x' AND (" * 90 + "Name = 'y'" + "))" * 90,
        "SELECT Id, " + "(SELECT Id, " * 50 + "(SELECT Id FROM Contacts)" + " FROM Contacts)" * 50 + " FROM Account",
        "SELECT " + "COUNT(" * 500 + "Id" + ")" * 500 + " FROM Account",
        "SELECT Id FROM Account WHERE Name = '" + "x" * 120_000 + "'",
        "SELECT Id FROM Account WHERE " + "Id IN (SELECT AccountId FROM Contact WHERE " * 30 + "Name='x'" + ")" * 30,
        "SELECT Id FROM Account LIMIT 99999999999999999999",
        "SELECT " + "Parent." * 300 + "Name FROM Account",
    ],
    ids=lambda query: query[29:60],
)
def test_queries_made_to_exhaust_are_refused(session, query):
    answered_or_refused(session.query, query)


def test_long_but_honest_queries_are_answered(session):
    ids = ",".join(f"'001gL{number:010d}'" for number in range(3000))
    assert session.query(f"SELECT COUNT() FROM Account WHERE Id IN ({ids})")["totalSize"] == 5
    names = " OR ".join(f"Name = 'n{number}'" for number in range(1500))
    assert session.query(f"SELECT COUNT() FROM Account WHERE {names}")["totalSize"] == 0
    numbers = ",".join(["1e999", *map(str, range(1000))])
    assert session.query(f"SELECT COUNT() FROM Account WHERE NumberOfEmployees IN ({numbers})")["totalSize"] == 4
