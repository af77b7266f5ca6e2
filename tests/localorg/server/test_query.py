"""Queries and searches over REST: pages, deleted rows, plans, both forms of parameterized search."""

from __future__ import annotations

from urllib.parse import quote

import pytest


def found(rest, soql: str, **headers: str):
    return rest.get("/query", params={"q": soql}, headers=headers).json()


def test_a_query_answers_its_rows(rest):
    body = found(rest, "SELECT Id, name FROM Account ORDER BY Name LIMIT 3")
    assert (body["totalSize"], body["done"], len(body["records"])) == (3, True, 3)
    assert "nextRecordsUrl" not in body
    assert list(body["records"][0]) == ["attributes", "Id", "Name"]


def test_further_pages_follow_the_batch_size_and_lose_no_row(org, rest):
    whole = found(rest, "SELECT Id FROM Opportunity ORDER BY Id")
    session = org.engine.session(org.users[0]["Id"])
    for number in range(max(0, 450 - whole["totalSize"])):
        session.create("Opportunity", {"Name": f"Page {number}", "StageName": "Prospecting", "CloseDate": "2030-01-01"})
    whole = [row["Id"] for row in found(rest, "SELECT Id FROM Opportunity ORDER BY Id")["records"]]
    page = found(rest, "SELECT Id FROM Opportunity ORDER BY Id", **{"Sforce-Query-Options": "batchSize=200"})
    seen = [row["Id"] for row in page["records"]]
    assert (len(seen), page["done"], page["totalSize"]) == (200, False, len(whole))
    while not page["done"]:
        assert page["nextRecordsUrl"].startswith("/services/data/v66.0/query/")
        page = rest.get(org.instance_url + page["nextRecordsUrl"]).json()
        seen += [row["Id"] for row in page["records"]]
    assert seen == whole
    assert "nextRecordsUrl" not in page


def test_a_batch_size_outside_the_range_is_brought_into_it(rest):
    page = found(rest, "SELECT Id FROM Opportunity", **{"Sforce-Query-Options": "batchSize=1"})
    assert len(page["records"]) == 200


def test_query_all_sees_deleted_rows(rest):
    account_id = rest.post("/sobjects/Account", json={"Name": "Soon gone"}).json()["id"]
    rest.delete(f"/sobjects/Account/{account_id}")
    soql = f"SELECT Id, IsDeleted FROM Account WHERE Id = '{account_id}'"
    assert found(rest, soql)["totalSize"] == 0
    rows = rest.get("/queryAll", params={"q": soql}).json()["records"]
    assert [row["IsDeleted"] for row in rows] == [True]


def test_explain_answers_plans(rest):
    body = rest.get("/query", params={"explain": "SELECT Id FROM Account"}).json()
    assert body["plans"]
    assert body["sourceQuery"] == "SELECT Id FROM Account"


def test_columns_are_told_instead_of_rows_when_asked(rest):
    soql = {"q": "SELECT Id, Name, Owner.Name FROM Account LIMIT 1", "columns": "true"}
    body = rest.get("/query", params=soql).json()
    assert [column["columnName"] for column in body["columnMetadata"]][:2] == ["Id", "Name"]
    assert "records" not in body
    assert "records" in rest.get("/query", params={**soql, "columns": "false"}).json()


def test_a_search_answers_one_flat_list(rest):
    rest.post("/sobjects/Account", json={"Name": "Zephyrine Works"})
    sosl = "FIND {Zephyrine} IN ALL FIELDS RETURNING Account(Id, Name)"
    rows = rest.get("/search", params={"q": sosl}).json()["searchRecords"]
    assert [row["Name"] for row in rows] == ["Zephyrine Works"]
    assert rows[0]["attributes"]["type"] == "Account"


def test_an_old_version_answers_a_bare_list(org, rest):
    sosl = "FIND {Zephyrine} IN ALL FIELDS RETURNING Account(Id)"
    assert isinstance(rest.get(f"{org.instance_url}/services/data/v36.0/search", params={"q": sosl}).json(), list)


def test_both_forms_of_parameterized_search_find_the_same(rest):
    for name in ("Quillon East", "Quillon West"):
        rest.post("/sobjects/Account", json={"Name": name})
    by_get = rest.get(
        "/parameterizedSearch",
        params={"q": "Quillon", "sobject": "Account", "Account.fields": "id,name", "Account.limit": "5", "in": "ALL"},
    )
    request = {"q": "Quillon", "in": "ALL", "sobjects": [{"name": "Account", "fields": ["id", "name"], "limit": 5}]}
    by_post = rest.post("/parameterizedSearch", json=request)
    assert by_get.status_code == 200, by_get.text
    assert by_get.json() == by_post.json()
    assert {row["Name"] for row in by_get.json()["searchRecords"]} == {"Quillon East", "Quillon West"}


def test_a_parameterized_search_needs_words_and_whole_numbers(rest):
    assert rest.get("/parameterizedSearch").json()[0]["errorCode"] == "INVALID_PARAMETER"
    assert rest.post("/parameterizedSearch", json={"sobjects": []}).status_code == 400
    assert rest.get("/parameterizedSearch", params={"q": "a b", "overallLimit": "many"}).status_code == 400


@pytest.mark.parametrize("clause", ["WITH SECURITY_ENFORCED", "WITH USER_MODE", "FOR UPDATE", "ALL ROWS"])
def test_clauses_that_only_apex_needs_are_taken_unless_the_org_is_strict(org, rest, clause):
    soql = f"SELECT Id FROM Account {clause}"
    nested = {"method": "GET", "url": f"/services/data/v60.0/query?q={quote(soql)}", "referenceId": "q"}
    assert "records" in found(rest, soql)
    org.policy.strict_soql = True
    inner = rest.post("/composite", json={"compositeRequest": [nested]}).json()["compositeResponse"][0]["body"]
    for refused in (found(rest, soql), inner):
        assert refused == [{"message": f"{clause} is not allowed in this context", "errorCode": "MALFORMED_QUERY"}]
    assert "records" in found(rest, "SELECT Id FROM Account FOR VIEW")
