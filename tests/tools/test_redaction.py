from __future__ import annotations

import json
from typing import Any

GET = {"method": "GET", "url": "/limits", "referenceId": "a"}


def test_denied_fields_are_taken_out_of_what_comes_back(restricted: Any, org: Any, records: Any) -> None:
    owner = {"attributes": {"type": "User"}, "Name": "Ada", "Email": "ada@example.com"}
    contact = records("Contact", Name="Ito", Email="i@example.com", Phone="1", Owner=owner)
    org.answers[f"/sobjects/Contact/{org.ids['contact']}"] = contact
    message = restricted(deny_fields=["Email", "Contact.Phone"]).message(
        "salesforce_contact_get", contact_id=org.ids["contact"]
    )
    for told in (message.content, json.dumps(message.artifact)):
        assert "example.com" not in told
        assert "Phone" not in told
        assert "Ada" in told


def test_denied_fields_and_other_objects_are_taken_out_of_pages_and_composites(
    restricted: Any, org: Any, records: Any, answer_rows: Any
) -> None:
    page = answer_rows(
        records("Contact", Email="i@example.com", Account=records(Phone="1", Secret="s")),
        records("Lead", Name="hidden"),
    )
    org.answers["/query/01gRO0000016PIAYA2-200"] = page
    tools = ["salesforce_query_soql", "salesforce_composite"]
    caller = restricted(objects=["Contact"], deny_fields=["Email"], tools=tools)
    arguments = {"query": "SELECT Id FROM Contact", "cursor": "01gRO0000016PIAYA2-200"}
    told = caller.message("salesforce_query_soql", **arguments).content
    assert not any(hidden in told for hidden in ("example.com", "Secret", "hidden"))
    org.answers["/composite"] = {
        "compositeResponse": [{"httpStatusCode": 200, "referenceId": "a", "body": page["records"][0]}]
    }
    told = json.dumps(caller.message("salesforce_composite", composite_request=[GET]).artifact)
    assert "example.com" not in told


def test_denied_fields_are_not_described(restricted: Any) -> None:
    message = restricted(deny_fields=["Account.Rating"]).message("salesforce_object_describe", sobject="Account")
    assert "Rating" not in message.content
    assert "Rating" not in json.dumps(message.artifact)


def test_rows_are_limited(restricted: Any, org: Any, records: Any, answer_rows: Any) -> None:
    caller = restricted(max_rows=2)
    contacts = answer_rows(*[records("Contact")] * 4)
    rows = [records(Contacts=contacts, CreatedDate="2026-11-01T10:00:00.000+0000")] * 5
    org.answers["/query"] = answer_rows(*rows, nextRecordsUrl="/services/data/v66.0/query/01gRO0000016PIAYA2-5")
    org.answers["/search"] = {"searchRecords": rows}
    content = caller.content("salesforce_query_soql", query="SELECT Id FROM Account")
    assert len(content["records"]) == 2
    assert len(content["records"][0]["Contacts"]) == 2
    assert "cursor" not in content
    assert "Cut to the 2 rows" in content["note"]
    assert len(caller.content("salesforce_search_sosl", search_query="FIND {x}")["records"]) == 2
    arguments = {"soql_query": "SELECT Id FROM Account", "all_pages": True}
    assert len(caller.message("salesforce_soql_execute", **arguments).artifact["records"]) == 2


def test_a_list_limited_in_rows_can_still_be_paged_through(
    restricted: Any, org: Any, records: Any, answer_rows: Any
) -> None:
    org.answers["/query"] = answer_rows(*[records(CreatedDate="2026-11-01T10:00:00.000+0000")] * 3)
    content = restricted(max_rows=2).content("salesforce_accounts_list", limit=50)
    assert org.sent[-1].params["q"].endswith("LIMIT 3")
    assert len(content["records"]) == 2
    assert content["cursor"]
    restricted(max_rows=2).content("salesforce_search_parameterized", search_text="xx", sobject="Account", limit=9)
    assert org.sent[-1].params["Account.limit"] == "2"
