"""Searching by words: SOSL statements and parameterized searches."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.engine import Engine
from langchain_sfconnect.localorg.errors import OrgError


@pytest.fixture(scope="module")
def session():
    clock = Clock()
    clock.freeze(datetime(2026, 11, 23, tzinfo=UTC))
    engine = Engine(clock=clock, seed=False)
    session = engine.session(engine.users()[0]["Id"])
    acme = session.create(
        "Account", {"Name": "Acme Rockets", "Website": "https://acme.example", "Phone": "(212) 555-0100"}
    )
    session.create("Account", {"Name": "Acorn Supplies", "Industry": "Retail", "Description": "They sell rockets too"})
    session.create("Account", {"Name": "Ärzte GmbH", "Industry": "Healthcare"})
    session.create(
        "Contact", {"FirstName": "Ada", "LastName": "Wong", "AccountId": acme, "Email": "ada.wong@acme.example"}
    )
    session.create("Contact", {"FirstName": "Rocco", "LastName": "Marsh", "Title": "Acme liaison"})
    session.create("Opportunity", {"Name": "Acme Renewal", "StageName": "Prospecting", "CloseDate": "2026-12-01"})
    session.create("Case", {"Subject": "Rockets misfire", "ContactId": None})
    session.delete("Account", session.create("Account", {"Name": "Acme Gone"}))
    yield session
    engine.close()


def found(session, sosl):
    return [record.get("Name") or record["Id"][:3] for record in session.search(sosl)["searchRecords"]]


def refused(call, argument):
    with pytest.raises(OrgError) as caught:
        call(argument)
    (item,) = caught.value.body()
    return item["errorCode"], item["message"]


@pytest.mark.parametrize(
    ("sosl", "names"),
    [
        ("FIND {acme} RETURNING Account(Name)", ["Acme Rockets"]),
        ("find {ACME} in all fields returning account(name), contact(name ORDER BY Name)",
         ["Acme Rockets", "Ada Wong", "Rocco Marsh"]),
        ("FIND {acme} IN NAME FIELDS RETURNING Account(Name), Contact(Name)", ["Acme Rockets"]),
        ("FIND {acme} IN EMAIL FIELDS RETURNING Account(Name), Contact(Name)", ["Ada Wong"]),
        ("FIND {0100} IN PHONE FIELDS RETURNING Account(Name), Contact(Name)", ["Acme Rockets"]),
        ("FIND {ada.wong@acme.example} RETURNING Contact(Name)", ["Ada Wong"]),
        ("FIND {ac*} RETURNING Account(Name ORDER BY Name)", ["Acme Rockets", "Acorn Supplies"]),
        ("FIND {ac*e} RETURNING Account(Name)", ["Acme Rockets"]),
        ("FIND {ac?e} RETURNING Account(Name)", ["Acme Rockets"]),
        ("FIND {arzte} RETURNING Account(Name)", ["Ärzte GmbH"]),
        ("FIND {acme rockets} RETURNING Account(Name)", ["Acme Rockets"]),
        ("FIND {rockets acme} RETURNING Account(Name)", ["Acme Rockets"]),
        ('FIND {"rockets acme"} RETURNING Account(Name)', []),
        ('FIND {"acme rockets"} RETURNING Account(Name)', ["Acme Rockets"]),
        ("FIND {acme OR acorn} RETURNING Account(Name ORDER BY Name DESC)", ["Acorn Supplies", "Acme Rockets"]),
        ("FIND {rockets AND NOT acme} RETURNING Account(Name)", ["Acorn Supplies"]),
        ("FIND {(acme OR acorn) AND supplies} RETURNING Account(Name)", ["Acorn Supplies"]),
        ("FIND {rock\\*ts} RETURNING Account(Name)", []),
        ("FIND {rockets} RETURNING Account(Name WHERE Industry = 'Retail')", ["Acorn Supplies"]),
        ("FIND {rockets} RETURNING Account(Name ORDER BY Name LIMIT 1)", ["Acme Rockets"]),
        ("FIND {rockets} RETURNING Account(Name ORDER BY Name OFFSET 1)", ["Acorn Supplies"]),
        ("FIND {acme} RETURNING Account(Name), Opportunity(Name) LIMIT 1", ["Acme Rockets"]),
        ("FIND {gone} RETURNING Account(Name)", []),
        ("FIND {acme}", ["001", "003", "003", "006"]),
        ("FIND {acme} RETURNING Contact(Name, Account.Name WHERE Account.Name LIKE 'Acme%') WITH METADATA='LABELS'",
         ["Ada Wong"]),
    ],
)  # fmt: skip
def test_a_search_finds(session, sosl, names):
    assert found(session, sosl) == names


def test_records_carry_their_attributes_and_fields_in_the_order_asked_for(session):
    (record,) = session.search("FIND {wong} RETURNING Contact(email, lastname, Account.Name)")["searchRecords"]
    assert list(record) == ["attributes", "Email", "LastName", "Account"]
    assert record["attributes"]["type"] == "Contact"
    assert record["Account"]["Name"] == "Acme Rockets"


def test_a_new_a_changed_and_a_deleted_record_are_found_at_once_or_no_more(session):
    with session.transaction() as transaction:
        lead_id = session.create("Lead", {"LastName": "Zephyr", "Company": "Windworks"})
        assert len(found(session, "FIND {zephyr}")) == 1
        session.update("Lead", lead_id, {"LastName": "Mistral"})
        assert found(session, "FIND {zephyr}") == []
        assert found(session, "FIND {mistral} RETURNING Lead(Name)") == ["Mistral"]
        session.delete("Lead", lead_id)
        assert found(session, "FIND {mistral}") == []
        transaction.rollback()
    assert found(session, "FIND {windworks}") == []


@pytest.mark.parametrize(
    ("sosl", "code", "text"),
    [
        ("FIND Acme", "MALFORMED_SEARCH", "No search term found. The search term must be enclosed in braces."),
        ("", "MALFORMED_SEARCH", "No search term found. The search term must be enclosed in braces."),
        ("FIND {a}", "MALFORMED_SEARCH", "search term must be longer than one character: a"),
        ("FIND {}", "MALFORMED_SEARCH", "search term must be longer than one character: "),
        ("FIND {acme", "MALFORMED_SEARCH", "unexpected token: '{'"),
        ("FIND {acme} RETURNING", "MALFORMED_SEARCH", "unexpected token: '<EOF>'"),
        ("FIND {acme} RETURNING Foo(Id)", "INVALID_TYPE", "sObject type 'Foo' is not supported."),
        ("FIND {acme} RETURNING Account(Naem)", "INVALID_FIELD", "No such column 'Naem' on entity 'Account'."),
        (
            "FIND {acme} RETURNING Account(Id WHERE Naem = 1)",
            "INVALID_FIELD",
            "No such column 'Naem' on entity 'Account'.",
        ),
        (
            "FIND {acme} RETURNING Account(Id), Account(Name)",
            "MALFORMED_SEARCH",
            "duplicate sobject in RETURNING: Account",
        ),
        ("FIND {(acme} RETURNING Account(Id)", "MALFORMED_SEARCH", "parenthesis is not closed"),
        ("FIND {acme} IN SOME FIELDS", "MALFORMED_SEARCH", "unexpected token: 'SOME'"),
        ("FIND {acme} RETURNING Organization(Id)", "INVALID_TYPE", "does not support search"),
    ],
)
def test_a_search_is_refused_in_salesforces_words(session, sosl, code, text):
    error = refused(session.search, sosl)
    assert error[0] == code
    assert text in error[1]


def test_a_parameterized_search_is_the_same_search(session):
    request = {
        "q": "rockets", "in": "ALL", "fields": ["name"],
        "sobjects": [
            {"name": "account", "where": "Industry = 'Retail'", "orderBy": [{"field": "Name", "direction": "DESC"}]},
            {"name": "Case", "fields": ["id", "Subject"], "limit": 1},
        ],
    }  # fmt: skip
    records = session.parameterized_search(request)["searchRecords"]
    assert [record.get("Name") or record["Subject"] for record in records] == ["Acorn Supplies", "Rockets misfire"]
    assert list(records[1]) == ["attributes", "Id", "Subject"]


def test_without_objects_a_parameterized_search_answers_ids_of_all(session):
    records = session.parameterized_search({"q": "acme", "overallLimit": 2})["searchRecords"]
    assert [list(record) for record in records] == [["attributes", "Id"]] * 2


@pytest.mark.parametrize(
    ("request_body", "text"),
    [
        ({}, "q: Field required"),
        ({"q": 5}, "q: Input should be a valid string"),
        ({"q": "acme", "in": "SOME"}, "in: SOME is not one of"),
        ({"q": "acme", "fields": ["id"]}, "fields: needs at least one sobject"),
        ({"q": "acme", "offset": 1}, "offset: needs exactly one sobject"),
        ({"q": "acme", "overallLimit": 9999}, "overallLimit: Input should be less than or equal to 2000"),
    ],
)
def test_a_parameterized_search_names_the_parameter_that_is_wrong(session, request_body, text):
    code, message = refused(session.parameterized_search, request_body)
    assert code == "INVALID_PARAMETER"
    assert text in message


def test_a_field_of_a_parameterized_search_is_only_ever_a_field(session):
    for field in ("Name) FROM User", "Id; DROP TABLE Account", "(SELECT Id FROM Contacts)", "COUNT(Id)"):
        code, _ = refused(
            session.parameterized_search, {"q": "acme", "sobjects": [{"name": "Account", "fields": [field]}]}
        )
        assert code == "INVALID_FIELD"


PIECES = st.sampled_from(
    [
        "FIND",
        "{",
        "}",
        "{acme}",
        "{ac*}",
        "{a?me}",
        '{"acme',
        'rockets"}',
        "{acme",
        "AND",
        "(x",
        "OR",
        "y)}",
        "IN",
        "NAME",
        "EMAIL",
        "ALL",
        "FIELDS",
        "RETURNING",
        "Account",
        "Account(Name)",
        "Contact(Id,",
        "Email",
        "WHERE",
        "Name",
        "LIKE",
        "'x%'",
        "ORDER",
        "BY",
        "Name",
        "LIMIT",
        "5)",
        "(",
        ")",
        ",",
        "LIMIT",
        "OFFSET",
        "5",
        "0",
        "WITH",
        "METADATA='LABELS'",
        "HIGHLIGHT",
        "SNIPPET(target_length=5)",
        "*",
        "?",
        '"',
        "'",
        "\\",
        "AND",
        "OR",
        "NOT",
        "ORDER",
        "BY",
        "WHERE",
        "USING",
        "ListView=x",
    ]
)
ANY_TEXT = st.text(st.characters(codec=None), max_size=40)
fuzzed = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def outcome(call, argument):
    try:
        return call(argument)
    except OrgError as error:
        return error


def answered_or_refused(call, argument):
    result = outcome(call, argument)
    if isinstance(result, OrgError):
        assert 400 <= result.status < 500
        result = result.body()
    assert json.dumps(result)


@given(st.lists(PIECES | ANY_TEXT, max_size=15))
@fuzzed
def test_any_row_of_words_is_answered_or_refused(session, words):
    answered_or_refused(session.search, " ".join(words))


@given(ANY_TEXT | st.lists(PIECES, max_size=10).map(" ".join))
@fuzzed
def test_any_search_term_is_answered_or_refused(session, term):
    answered_or_refused(session.search, f"FIND {{{term}}} RETURNING Account(Name), Contact")
    answered_or_refused(session.parameterized_search, {"q": term, "sobjects": [{"name": "Account"}]})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["q", "fields", "in", "overallLimit", "defaultLimit", "offset", "sobjects", "name", "where", "orderBy"]
)


@given(st.dictionaries(NAMES, json_values, max_size=5))
@fuzzed
def test_any_request_body_is_answered_or_refused(session, body):
    answered_or_refused(session.parameterized_search, {"q": "acme", **body})


@pytest.mark.parametrize(
    "term",
    [
        "x" * 12_000,
        "acme " * 1000,
        "(" * 500 + "acme" + ")" * 500,
        "acme NOT " * 300,
        "*" * 50 + "ab",
        "a*" * 400,
        "acme OR " * 480 + "x",
    ],
)
def test_terms_made_to_exhaust_are_answered_or_refused(session, term):
    answered_or_refused(session.search, f"FIND {{{term}}} RETURNING Account(Name)")
