"""Parameterized searches: the same searches, described by a request body."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_sfconnect.localorg.errors import OrgError


def found(session, **body):
    return session.parameterized_search(body)["searchRecords"]


def outcome(session, body):
    try:
        return session.parameterized_search(body)
    except OrgError as error:
        return error


def refused(session, **body):
    with pytest.raises(OrgError) as caught:
        session.parameterized_search(body)
    (item,) = caught.value.body()
    return item["errorCode"], item["message"]


def test_it_is_the_same_search(session):
    by_request = session.parameterized_search({
        "q": "rockets", "in": "ALL", "fields": ["name"],
        "sobjects": [
            {"name": "account", "where": "Industry = 'Retail'", "orderBy": [{"field": "Name", "direction": "DESC"}]},
            {"name": "Case", "fields": ["id", "Subject"], "limit": 1},
        ],
    })  # fmt: skip
    by_statement = "FIND {rockets} RETURNING Account(Name WHERE Industry = 'Retail' ORDER BY Name DESC), "
    assert by_request == session.search(by_statement + "Case(Id, Subject LIMIT 1)")
    assert list(by_request["searchRecords"][1]) == ["attributes", "Id", "Subject"]


def test_without_objects_it_answers_ids_of_all(session):
    records = found(session, q="acme", overallLimit=2)
    assert [list(record) for record in records] == [["attributes", "Id"]] * 2


def test_settings_of_an_object_win_over_those_of_the_whole(session):
    account, contact = {"name": "Account", "fields": ["Name"], "limit": 2}, {"name": "Contact"}
    records = found(session, q="acme OR rockets", fields=["Id"], defaultLimit=1, sobjects=[account, contact])
    assert [list(record) for record in records] == [["attributes", "Name"]] * 2 + [["attributes", "Id"]]


def test_groups_orders_offsets_and_nulls_are_as_in_a_statement(session):
    account = {"name": "Account", "fields": ["Name"], "orderBy": [{"field": "Industry", "nulls": "NULLS LAST"}]}
    assert [item["Name"] for item in found(session, q="rockets", sobjects=[account])] == [
        "Acorn Supplies",
        "Acme Rockets",
    ]
    assert [item["Name"] for item in found(session, q="rockets", offset=1, sobjects=[account])] == ["Acme Rockets"]
    assert found(session, **{"q": "0100", "in": "name fields"}) == []
    assert len(found(session, **{"q": "0100", "in": "Phone"})) == 1


def test_the_term_needs_no_backslashes(session):
    account = {"name": "Account", "fields": ["Name"]}
    for term in ("O'Brien & Sons", "nord-süd", "https://acme.example", "[acme] {rockets}"):
        assert len(found(session, q=term, sobjects=[account])) == 1, term


def test_fields_may_be_functions_with_aliases(session):
    fields = ["Name", "toLabel(StageName) Stage"]
    (record,) = found(session, q="renewal", sobjects=[{"name": "Opportunity", "fields": fields}])
    assert (record["Name"], record["Stage"]) == ("Acme Renewal", "Prospecting")


def test_what_with_clauses_say_are_parameters(session):
    body = {"q": "acorn", "sobjects": [{"name": "Account", "fields": ["Name"]}], "metadata": "LABELS",
            "highlight": True, "spellCorrection": False, "snippet": 100, "updateTracking": True}  # fmt: skip
    answer = session.parameterized_search(body)
    assert answer["searchRecords"][0]["highlight.Name"] == "<mark>Acorn</mark> Supplies"
    assert answer["metadata"]["entityetadata"][0]["entityName"] == "Account"
    assert refused(session, q="acme", division="Global")[0] == "MALFORMED_SEARCH"
    assert refused(session, q="acme", dataCategories=[{"groupName": "Geo__c"}])[0] == "MALFORMED_SEARCH"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "q: Field required"),
        ({"q": 5}, "q: Input should be a valid string"),
        ({"q": "acme", "in": "SOME"}, "in: SOME is not one of"),
        ({"q": "acme", "fields": ["id"]}, "fields: needs at least one sobject"),
        ({"q": "acme", "offset": 1}, "offset: needs exactly one sobject"),
        ({"q": "acme", "overallLimit": 9999}, "overallLimit: Input should be less than or equal to 2000"),
        ({"q": "acme", "sobjects": [{"name": "Account", "limit": 0}]}, "sobjects.0.limit: Input should be greater"),
    ],
)
def test_the_parameter_that_is_wrong_is_named(session, body, text):
    code, message = refused(session, **body)
    assert code == "INVALID_PARAMETER"
    assert text in message


@pytest.mark.parametrize(
    "field",
    ["Name) FROM User", "Id; DROP TABLE Account", "(SELECT Id FROM Contacts)", "COUNT(Id)", "toLabel(Id", "",
     "format(format(format(Id)))", "toLabel()", "toLabel(Name) a b", "Name alias"],
)  # fmt: skip
def test_a_field_is_only_ever_a_field(session, field):
    code, _ = refused(session, q="acme", sobjects=[{"name": "Account", "fields": [field]}])
    assert code == "INVALID_FIELD"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PARAMETERS = st.sampled_from(
    ["q", "fields", "in", "overallLimit", "defaultLimit", "offset", "sobjects", "metadata", "snippet", "highlight",
     "spellCorrection", "pricebookId", "division", "dataCategory", "dataCategories", "netWorkIds"]
)  # fmt: skip
WISHES = st.fixed_dictionaries(
    {"name": st.sampled_from(["Account", "Contact", "x"])},
    optional={
        "fields": st.lists(st.sampled_from(["Name", "toLabel(Industry)", "x("]) | st.text(max_size=8), max_size=3),
        "where": st.sampled_from(["Name = 'x'", "Name ="]) | st.text(max_size=12),
        "orderBy": st.lists(st.fixed_dictionaries({"field": st.text(max_size=8)}), max_size=2),
    },
)


@given(st.dictionaries(PARAMETERS, json_values, max_size=5), st.none() | st.lists(WISHES, max_size=2))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_body_is_answered_or_refused(session, body, sobjects):
    body = {"q": "acme", **body} | ({} if sobjects is None else {"sobjects": sobjects})
    result = outcome(session, body)
    assert isinstance(result, dict) or 400 <= result.status < 500
    assert json.dumps(result if isinstance(result, dict) else result.body())
