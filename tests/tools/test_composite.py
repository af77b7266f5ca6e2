from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_sfconnect.connection import Operation
from langchain_sfconnect.tools import calls_write
from langchain_sfconnect.tools.subrequests import complete_url

TOOL = "salesforce_composite"
HALTED = {
    "errorCode": "PROCESSING_HALTED",
    "message": "The transaction was rolled back since another operation failed.",
}
MISSING = {
    "errorCode": "REQUIRED_FIELD_MISSING",
    "message": "Required fields are missing: [LastName]",
    "fields": ["LastName"],
}
CREATED = {"id": "003000000000001AAA", "success": True, "errors": []}


def sub(method: str = "GET", url: str = "/limits", ref: str = "a", **more: Any) -> dict[str, Any]:
    return {"method": method, "url": url, "referenceId": ref, **more}


def request(*subrequests: dict[str, Any], **head: Any) -> dict[str, Any]:
    return {**head, "compositeRequest": list(subrequests)}


def answer(*outcomes: tuple[int, Any]) -> dict[str, Any]:
    return {
        "compositeResponse": [
            {"httpStatusCode": status, "body": body, "httpHeaders": {}, "referenceId": ref}
            for ref, (status, body) in zip("abcdef", outcomes, strict=False)
        ]
    }


def test_a_composite_is_sent_as_it_was_given_with_whole_urls(caller: Any) -> None:
    body = {"LastName": "Ito", "Phone": None, "AccountId": "@{a.id}"}
    sent = caller.sent(TOOL, composite_request=request(sub("post", "sobjects/Contact", body=body), allOrNone=True))
    whole = sub("POST", "/services/data/v66.0/sobjects/Contact", body=body)
    assert sent == Operation("POST", "/composite", kind="write", idempotent=False, json=request(whole, allOrNone=True))


def test_json_text_and_a_bare_list_are_taken_too(caller: Any) -> None:
    as_text = caller.sent(TOOL, composite_request=json.dumps(request(sub())))
    as_list = caller.sent(TOOL, composite_request=[sub()])
    assert as_text == as_list


def test_only_a_composite_of_gets_is_a_read(caller: Any) -> None:
    reads = {"composite_request": [sub(), sub(ref="b")]}
    writes = {"composite_request": [sub(), sub("DELETE", "/sobjects/Account/001000000000001AAA", "b")]}
    sent = caller.sent(TOOL, **reads)
    assert (sent.kind, sent.idempotent) == ("read", True)
    assert caller.sent(TOOL, **writes).kind == "write"
    assert (calls_write(TOOL, reads), calls_write(TOOL, writes), calls_write(TOOL, {})) == (False, True, True)


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("/sobjects/Account", "/services/data/v66.0/sobjects/Account"),
        ("sobjects/Account/@{a.id}", "/services/data/v66.0/sobjects/Account/@{a.id}"),
        ("/services/data/v58.0/limits", "/services/data/v58.0/limits"),
        ("/query?q=SELECT+Id+FROM+Account", "/services/data/v66.0/query?q=SELECT+Id+FROM+Account"),
        ("/query?q=SELECT%20Id%20FROM%20Account", "/services/data/v66.0/query?q=SELECT%20Id%20FROM%20Account"),
        (
            "/query?q=SELECT+Id+FROM+A+WHERE+N+LIKE+'A%'",
            "/services/data/v66.0/query?q=SELECT+Id+FROM+A+WHERE+N+LIKE+'A%25'",
        ),
        ("/query?q=WHERE+A='@{a.id}'", "/services/data/v66.0/query?q=WHERE+A='@{a.id}'"),
    ],
)
def test_urls_are_completed(url: str, sent: str) -> None:
    assert complete_url(url, "66.0") == sent


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_a_query_written_as_plain_text_arrives_as_it_was_written(condition: str) -> None:
    soql = f"SELECT Id FROM Account WHERE Name = '{condition}x'"
    query = urlsplit(complete_url(f"/query?q={soql}", "66.0")).query
    assert parse_qs(query)["q"] == [soql]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/services/data/v66.0/sobjects/Account",
        "//evil.example/x",
        "/services/apexrest/x",
        "/services/data",
        "/services/data/v66.0/../../apexrest/x",
        "/sobjects/../../../apexrest/x",
        "/sobjects/%2e%2e/%2e%2e/x",
        "/sobjects/Account#x",
        "/sobjects/Acc ount",
        "\\\\evil",
        "",
    ],
)
def test_urls_that_lead_elsewhere_are_refused(caller: Any, org: Any, url: str) -> None:
    error = caller.error(TOOL, composite_request=[sub(url=url)])
    assert error["code"] == "INVALID_ARGUMENT"
    assert org.sent == []


@pytest.mark.parametrize(
    ("composite", "complaint"),
    [
        ([], "at least 1"),
        ([sub(ref=f"r{n}") for n in range(26)], "at most 25"),
        ([sub(), sub()], "twice"),
        ([sub("TRACE")], "method"),
        ([sub(ref="a.b")], "referenceId"),
        ([sub(body={})], "has a body"),
        ([sub("POST", httpHeaders={"authorization": "Bearer x"})], "Authorization"),
        ([{"method": "GET", "url": "/limits"}], "referenceId is required"),
        ([sub(extra=1)], "extra is not an argument"),
        ("{broken", "valid JSON"),
        (7, "composite_request"),
    ],
)
def test_composites_that_do_not_fit_are_refused(caller: Any, org: Any, composite: Any, complaint: str) -> None:
    assert complaint in caller.error(TOOL, composite_request=composite)["message"]
    assert org.sent == []


def test_failures_under_all_or_none_are_the_culprits_own_error(caller: Any, org: Any) -> None:
    org.answers["/composite"] = answer((400, [HALTED]), (400, [MISSING]))
    error = caller.error(TOOL, composite_request=request(sub("POST"), sub("POST", ref="b"), allOrNone=True))
    assert (error["code"], error["fields"]) == ("REQUIRED_FIELD_MISSING", ["LastName"])
    assert error["message"].startswith("b: Required fields")
    assert "nothing was saved" in error["hint"]


def test_a_collection_that_reports_success_for_what_was_rolled_back_fails_the_whole(caller: Any, org: Any) -> None:
    refused = {
        "success": False,
        "errors": [{"statusCode": "DUPLICATE_VALUE", "message": "duplicate value", "fields": []}],
    }
    org.answers["/composite"] = answer((200, [CREATED, refused]), (400, [HALTED]))
    error = caller.error(TOOL, composite_request=request(sub("POST"), sub("POST", ref="b"), allOrNone=True))
    assert (error["code"], error["message"]) == ("DUPLICATE_VALUE", "a: duplicate value")


def test_without_all_or_none_successes_and_failures_are_both_told(caller: Any, org: Any) -> None:
    org.answers["/composite"] = answer((201, CREATED), (400, [MISSING]), (204, None))
    content = caller.content(TOOL, composite_request=[sub("POST"), sub("POST", ref="b"), sub("PATCH", ref="c")])
    assert content["failed"] == ["b"]
    assert content["results"] == [
        {"ref": "a", "status": 201, "id": CREATED["id"]},
        {
            "ref": "b",
            "status": 400,
            "errors": [{"code": "REQUIRED_FIELD_MISSING", "message": MISSING["message"], "fields": ["LastName"]}],
        },
        {"ref": "c", "status": 204},
    ]


def test_a_composite_of_which_nothing_succeeded_is_an_error(caller: Any, org: Any) -> None:
    org.answers["/composite"] = answer((404, [{"errorCode": "NOT_FOUND", "message": "gone"}]))
    assert caller.error(TOOL, composite_request=[sub()])["code"] == "NOT_FOUND"


def test_a_failure_without_a_readable_body_is_still_a_failure(caller: Any, org: Any) -> None:
    org.answers["/composite"] = answer((200, {"x": 1}), (500, "<html>"), (300, []))
    content = caller.content(TOOL, composite_request=[sub(), sub(ref="b"), sub(ref="c")])
    assert content["failed"] == ["b", "c"]


def test_rows_inside_a_composite_are_compact(caller: Any, org: Any, records: Any, answer_rows: Any) -> None:
    org.answers["/composite"] = answer((200, answer_rows(records(Name="Acme"))))
    message = caller.message(TOOL, composite_request=[sub()])
    assert "attributes" not in message.content
    assert message.artifact["compositeResponse"][0]["body"]["records"][0]["attributes"]["type"] == "Account"
