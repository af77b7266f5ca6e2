from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

LOCATOR = "01gRO0000016PIAYA2-200"
NEXT = f"/services/data/v66.0/query/{LOCATOR}"


def test_a_query_is_one_get_that_asks_for_small_pages(caller: Any, org: Any) -> None:
    sent = caller.sent("salesforce_query_soql", query="  SELECT Id FROM Account  ")
    assert (sent.method, sent.path, sent.params) == ("GET", "/query", {"q": "SELECT Id FROM Account"})
    assert sent.headers == {"Sforce-Query-Options": "batchSize=200"}
    assert len(org.sent) == 1


def test_rows_are_flat_keep_nulls_and_lose_their_attributes(
    caller: Any, org: Any, records: Any, answer_rows: Any
) -> None:
    org.answers["/query"] = answer_rows(
        records(
            "Contact",
            Email=None,
            Account={"attributes": {"type": "Account"}, "Owner": {"attributes": {"type": "User"}, "Name": "Ada"}},
            Cases=answer_rows(records("Case", CaseNumber="00001026")),
        )
    )
    row = caller.content("salesforce_query_soql", query="SELECT Id FROM Contact")["records"][0]
    assert row["Email"] is None
    assert row["Account.Owner.Name"] == "Ada"
    assert [case["CaseNumber"] for case in row["Cases"]] == ["00001026"]
    assert "attributes" not in row


def test_the_cursor_fetches_the_next_page_without_sending_the_query_again(
    caller: Any, org: Any, records: Any, answer_rows: Any
) -> None:
    org.answers["/query"] = answer_rows(records(), totalSize=201, done=False, nextRecordsUrl=NEXT)
    message = caller.message("salesforce_query_soql", query="SELECT Id FROM Account")
    assert message.artifact["cursor"] == LOCATOR
    sent = caller.sent("salesforce_query_soql", query="SELECT Id FROM Account", cursor=LOCATOR)
    assert (sent.path, sent.params) == (f"/query/{LOCATOR}", {})


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/services/data/v66.0/query/01gRO0000016PIAYA2-200", "/services/apexrest/x", "/a/../b", 7],
)
def test_a_next_page_that_leads_elsewhere_is_not_handed_on(caller: Any, org: Any, answer_rows: Any, url: Any) -> None:
    org.answers["/query"] = answer_rows(done=False, nextRecordsUrl=url)
    assert "cursor" not in caller.content("salesforce_query_soql", query="SELECT Id FROM Account")


@pytest.mark.parametrize(
    "cursor", ["../../sobjects/Account", "01gRO0000016PIAYA2", "01gRO0000016PIAYA2-2?x=1", " ", "é" * 20]
)
def test_a_cursor_that_is_no_locator_is_refused(caller: Any, org: Any, cursor: str) -> None:
    assert caller.error("salesforce_query_soql", query="SELECT Id FROM Account", cursor=cursor)["fields"] == ["cursor"]
    assert org.sent == []


def test_a_count_comes_back_as_the_total(caller: Any, org: Any, answer_rows: Any) -> None:
    org.answers["/query"] = answer_rows(totalSize=17)
    content = caller.content("salesforce_query_soql", query="SELECT COUNT() FROM Account")
    assert content == {"total_size": 17, "records": []}


def test_deleted_records_are_asked_of_query_all(caller: Any) -> None:
    assert (
        caller.sent("salesforce_soql_execute", soql_query="SELECT Id FROM Account", include_deleted=True).path
        == "/queryAll"
    )


def test_all_pages_are_fetched_until_there_are_no_more(caller: Any, org: Any, records: Any, answer_rows: Any) -> None:
    org.answers["/query"] = answer_rows(*[records()] * 2, totalSize=3, done=False, nextRecordsUrl=NEXT)
    org.answers[f"/query/{LOCATOR}"] = answer_rows(records(), totalSize=3)
    message = caller.message("salesforce_soql_execute", soql_query="SELECT Id FROM Account", all_pages=True)
    assert [operation.path for operation in org.sent] == ["/query", f"/query/{LOCATOR}"]
    assert len(message.artifact["records"]) == 3
    assert message.artifact["done"] is True
    assert "nextRecordsUrl" not in message.artifact


def test_pages_stop_at_the_budget_and_say_so(caller: Any, org: Any, records: Any, answer_rows: Any) -> None:
    org.answers["/query"] = answer_rows(*[records()] * 5, totalSize=50, done=False, nextRecordsUrl=NEXT)
    message = caller.message("salesforce_soql_execute", soql_query="SELECT Id FROM Account", all_pages=True, max_rows=3)
    assert len(org.sent) == 1
    assert (len(message.artifact["records"]), message.artifact["truncated"]) == (3, True)
    assert "Cut to the 3 rows" in message.content


def test_the_model_is_shown_the_first_rows_of_a_large_result(
    caller: Any, org: Any, records: Any, answer_rows: Any
) -> None:
    org.answers["/query"] = answer_rows(*[records()] * 450)
    message = caller.message("salesforce_soql_execute", soql_query="SELECT Id FROM Account")
    assert message.content.count('"Id"') == 200
    assert "450 rows were read; the first 200 are shown" in message.content
    assert len(message.artifact["records"]) == 450


def test_a_plan_is_explained_and_no_row_read(caller: Any, org: Any) -> None:
    plan = {"leadingOperationType": "Index", "relativeCost": 0.1, "notes": [{"description": "Not indexed"}], "x": 1}
    org.answers["/query"] = {"plans": [plan]}
    content = caller.content("salesforce_soql_execute", soql_query="SELECT Id FROM Account", explain=True)
    assert org.sent[-1].params == {"explain": "SELECT Id FROM Account"}
    assert content == {"plans": [{"leadingOperationType": "Index", "relativeCost": 0.1, "notes": ["Not indexed"]}]}


def test_a_plan_and_options_about_rows_do_not_go_together(caller: Any) -> None:
    error = caller.error("salesforce_soql_execute", soql_query="SELECT Id FROM Account", explain=True, all_pages=True)
    assert "combines explain" in error["message"]


@pytest.mark.parametrize(
    ("tool", "argument", "resource"),
    [
        ("salesforce_query_soql", "query", "query"),
        ("salesforce_soql_execute", "soql_query", "query"),
        ("salesforce_search_sosl", "search_query", "search"),
    ],
)
def test_a_statement_too_long_for_a_url_travels_in_a_composite(
    caller: Any, org: Any, tool: str, argument: str, resource: str
) -> None:
    statement = "SELECT Id FROM Account WHERE Name IN (" + ",".join(f"'Größe {n}&+%'" for n in range(600)) + ")"
    sent = caller.sent(tool, **{argument: statement})
    assert (sent.method, sent.path, sent.kind, sent.idempotent) == ("POST", "/composite", "read", True)
    url = urlsplit(sent.json["compositeRequest"][0]["url"])
    assert url.path == f"/services/data/v66.0/{resource}"
    assert parse_qs(url.query) == {"q": [statement]}


def test_the_error_of_a_long_statement_is_the_statements_own(caller: Any, org: Any) -> None:
    error = {"errorCode": "INVALID_FIELD", "message": "No such column 'x'"}
    org.answers["/composite"] = {
        "compositeResponse": [{"httpStatusCode": 400, "body": [error], "referenceId": "statement"}]
    }
    refused = caller.error("salesforce_query_soql", query="SELECT x FROM Account WHERE Name = '" + "y" * 13_000 + "'")
    assert (refused["code"], refused["message"]) == ("INVALID_FIELD", "No such column 'x'")


@pytest.mark.parametrize("query", ["", "   ", "x" * 100_001, None, ["SELECT"]])
def test_a_statement_must_be_text_of_a_sane_length(caller: Any, org: Any, query: Any) -> None:
    error = caller.error("salesforce_query_soql", query=query)
    assert error["fields"] == ["query"]
    assert len(error["message"]) < 300
    assert org.sent == []


def test_found_records_say_of_which_object_they_are(caller: Any, org: Any, records: Any) -> None:
    org.answers["/search"] = {"searchRecords": [records(Name="Acme"), records("Contact", Email=None)]}
    content = caller.content("salesforce_search_sosl", search_query="FIND {Acme}")
    assert [record["type"] for record in content["records"]] == ["Account", "Contact"]


def test_words_are_searched_in_one_object(caller: Any) -> None:
    sent = caller.sent("salesforce_search_parameterized", search_text="O'Neill & {Sons}", sobject="Account", limit=7)
    assert (sent.method, sent.path) == ("GET", "/parameterizedSearch")
    assert sent.params == {
        "q": "O'Neill & {Sons}",
        "sobject": "Account",
        "Account.fields": "Id,Name",
        "Account.limit": "7",
    }


def test_objects_without_a_name_show_what_they_are_known_by(caller: Any) -> None:
    sent = caller.sent("salesforce_search_parameterized", search_text="leak", sobject="case")
    assert sent.params["case.fields"] == "Id,CaseNumber,Subject"
