"""Trees of records saved as one, and batches of independent calls."""

from __future__ import annotations

import pytest


def node(sobject: str, reference_id: str, **fields):
    return {"attributes": {"type": sobject, "referenceId": reference_id}, **fields}


def test_a_tree_saves_children_under_their_parents(org, rest):
    children = {"records": [node("Contact", "c1", LastName="Branch"), node("Contact", "c2", LastName="Twig")]}
    answer = rest.post(
        "/composite/tree/Account", json={"records": [node("Account", "a", Name="Tree", Contacts=children)]}
    )
    body = answer.json()
    assert answer.status_code == 201
    assert body["hasErrors"] is False
    assert [result["referenceId"] for result in body["results"]] == ["a", "c1", "c2"]
    rows = org.query(f"SELECT LastName FROM Contact WHERE AccountId = '{body['results'][0]['id']}' ORDER BY LastName")
    assert [row["LastName"] for row in rows] == ["Branch", "Twig"]


def test_one_refused_record_takes_the_whole_tree_back(org, rest):
    children = {"records": [node("Contact", "c1", LastName="Fine"), node("Contact", "c2", FirstName="No last name")]}
    answer = rest.post(
        "/composite/tree/Account", json={"records": [node("Account", "a", Name="Felled", Contacts=children)]}
    )
    assert answer.status_code == 400
    (refused,) = answer.json()["results"]
    assert refused["referenceId"] == "c2"
    assert refused["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert org.query("SELECT Id FROM Account WHERE Name = 'Felled'") == []


@pytest.mark.parametrize(
    "record",
    [
        {"Name": "No attributes"},
        node("Contact", "a", LastName="Another type"),
        node("Account", "a", Name="x", Nothing={"records": []}),
    ],
)
def test_a_malformed_tree_is_refused_and_leaves_nothing(org, rest, record):
    before = len(org.query("SELECT Id FROM Account"))
    assert rest.post("/composite/tree/Account", json={"records": [record]}).status_code == 400
    assert len(org.query("SELECT Id FROM Account")) == before


def test_a_batch_answers_each_call_on_its_own(rest):
    requests = [
        {"method": "POST", "url": "v66.0/sobjects/Account", "richInput": {"Name": "Batched"}},
        {"method": "POST", "url": "v66.0/sobjects/Account", "richInput": {}},
        {"method": "GET", "url": "v66.0/query?q=SELECT+Id+FROM+Account+LIMIT+1"},
    ]
    body = rest.post("/composite/batch", json={"batchRequests": requests}).json()
    assert body["hasErrors"] is True
    assert [result["statusCode"] for result in body["results"]] == [201, 400, 200]


def test_a_batch_can_halt_at_the_first_error(org, rest):
    requests = [
        {"method": "GET", "url": "v66.0/nowhere"},
        {"method": "POST", "url": "v66.0/sobjects/Account", "richInput": {"Name": "Never batched"}},
    ]
    body = rest.post("/composite/batch", json={"batchRequests": requests, "haltOnError": True}).json()
    assert [result["statusCode"] for result in body["results"]] == [404, 412]
    assert org.query("SELECT Id FROM Account WHERE Name = 'Never batched'") == []


def test_a_reference_id_given_twice_fails_the_tree(org, rest):
    records = [node("Account", "same", Name="Twin"), node("Account", "same", Name="Twin")]
    answer = rest.post("/composite/tree/Account", json={"records": records})
    (refused,) = answer.json()["results"]
    assert (answer.status_code, refused["errors"][0]["message"]) == (
        400,
        "Duplicate ReferenceId provided in the request.",
    )
    assert org.query("SELECT Id FROM Account WHERE Name = 'Twin'") == []


def test_a_tree_has_at_most_200_records_and_5_levels(org, rest):
    many = [node("Account", f"r{n}", Name="Forest") for n in range(201)]
    deep = node("Account", "l6", Name="Forest")
    for level in range(5, 0, -1):
        deep = node("Account", f"l{level}", Name="Forest", ChildAccounts={"records": [deep]})
    for records in (many, [deep]):
        assert rest.post("/composite/tree/Account", json={"records": records}).status_code == 400
    assert org.query("SELECT Id FROM Account WHERE Name = 'Forest'") == []
    assert rest.post("/composite/tree/Account", json={"records": deep["ChildAccounts"]["records"]}).status_code == 201


def test_a_batch_refuses_a_newer_version_and_more_than_25(rest):
    newer = {"batchRequests": [{"method": "GET", "url": "v68.0/limits"}, {"method": "GET", "url": "v58.0/limits"}]}
    results = rest.post("/composite/batch", json=newer).json()["results"]
    assert [result["statusCode"] for result in results] == [400, 200]
    many = {"batchRequests": [{"method": "GET", "url": "v66.0/limits"}] * 26}
    assert rest.post("/composite/batch", json=many).json()[0]["errorCode"] == "LIMIT_EXCEEDED"
    assert rest.post("/composite/batch", json={**newer, "haltOnError": 1}).status_code == 400


def test_a_batch_goes_on_after_an_error_unless_told_to_halt(org, rest):
    requests = [
        {"method": "GET", "url": "/services/data/v66.0/nowhere"},
        {"method": "POST", "url": "v66.0/sobjects/Account", "richInput": {"Name": "Went on"}},
    ]
    rest.post("/composite/batch", json={"batchRequests": requests})
    assert len(org.query("SELECT Id FROM Account WHERE Name = 'Went on'")) == 1
