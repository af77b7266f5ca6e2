"""Records and descriptions over REST: shapes, statuses and headers."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from langchain_sfconnect.localorg.rest.call import Call

ID = re.compile(r"001[A-Za-z0-9]{15}")


@pytest.fixture
def account_id(rest):
    return rest.post("/sobjects/Account", json={"Name": "Acme", "Industry": "Energy"}).json()["id"]


def test_creating_answers_201_with_the_id(rest):
    answer = rest.post("/sobjects/Account", json={"Name": "Acme"})
    body = answer.json()
    assert answer.status_code == 201
    assert ID.fullmatch(body["id"])
    assert body == {"id": body["id"], "success": True, "errors": []}
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"
    assert answer.headers["location"] == f"/services/data/v66.0/sobjects/Account/{body['id']}"


def test_retrieving_gives_attributes_first_and_all_fields(rest, account_id):
    body = rest.get(f"/sobjects/Account/{account_id}").json()
    assert next(iter(body)) == "attributes"
    url = f"/services/data/v66.0/sobjects/Account/{account_id}"
    assert body["attributes"] == {"type": "Account", "url": url}
    assert (body["Name"], body["Industry"], body["Description"]) == ("Acme", "Energy", None)


def test_retrieving_named_fields_gives_only_those_and_the_id(rest, account_id):
    body = rest.get(f"/sobjects/Account/{account_id}", params={"fields": "Name,Industry"}).json()
    assert set(body) == {"attributes", "Id", "Name", "Industry"}


def test_urls_follow_the_version_asked_in(org, rest, account_id):
    url = f"{org.instance_url}/services/data/v58.0/sobjects/Account/{account_id}"
    assert rest.get(url).json()["attributes"]["url"].startswith("/services/data/v58.0/")


def test_updating_answers_204_and_nothing(rest, account_id):
    answer = rest.patch(f"/sobjects/Account/{account_id}", json={"Industry": None})
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-type" not in answer.headers
    body = rest.get(f"/sobjects/Account/{account_id}").json()
    assert (body["Name"], body["Industry"]) == ("Acme", None)


def test_a_post_can_stand_for_a_patch(rest, account_id):
    answer = rest.post(f"/sobjects/Account/{account_id}", params={"_HttpMethod": "PATCH"}, json={"Name": "Renamed"})
    assert answer.status_code == 204
    assert rest.get(f"/sobjects/Account/{account_id}").json()["Name"] == "Renamed"


def test_deleting_answers_204_and_then_the_record_is_deleted(rest, account_id):
    assert rest.delete(f"/sobjects/Account/{account_id}").status_code == 204
    again = rest.delete(f"/sobjects/Account/{account_id}")
    assert again.status_code == 404
    assert again.json() == [{"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}]


def test_attributes_sent_back_by_a_client_are_no_fields(rest, account_id):
    body = {"attributes": {"type": "Account"}, "Name": "Round trip"}
    assert rest.patch(f"/sobjects/Account/{account_id}", json=body).status_code == 204


def test_upserting_by_id_updates(rest, account_id):
    answer = rest.patch(f"/sobjects/Account/Id/{account_id}", json={"Name": "Upserted"})
    assert answer.status_code == 200
    assert answer.json() == {"id": account_id, "success": True, "errors": [], "created": False}


def test_upserting_in_an_old_version_answers_204(org, rest, account_id):
    url = f"{org.instance_url}/services/data/v45.0/sobjects/Account/Id/{account_id}"
    assert rest.patch(url, json={"Name": "Upserted"}).status_code == 204


def test_the_external_id_must_not_be_in_the_body(rest, account_id):
    answer = rest.patch(f"/sobjects/Account/Id/{account_id}", json={"Id": account_id, "Name": "x"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_FIELD")


def test_object_names_take_any_case_and_doubled_slashes_do_not_matter(org, rest, account_id):
    token = {"Authorization": rest.headers["authorization"]}
    url = f"{org.instance_url}//services/data/v66.0//sobjects/aCCount/{account_id}/"
    assert rest.get(url, headers=token).json()["attributes"]["type"] == "Account"


def test_global_describe_lists_the_objects(rest):
    body = rest.get("/sobjects").json()
    assert (body["encoding"], body["maxBatchSize"]) == ("UTF-8", 200)
    named = {item["name"]: item for item in body["sobjects"]}
    assert {"Account", "Contact", "Opportunity", "Lead", "Case", "Task", "Event", "User"} <= set(named)
    assert named["Account"]["keyPrefix"] == "001"
    assert named["Account"]["urls"]["describe"] == "/services/data/v66.0/sobjects/Account/describe"


def test_describe_and_basic_info_name_the_same_object(rest):
    described = rest.get("/sobjects/opportunity/describe").json()
    basic = rest.get("/sobjects/Opportunity").json()
    assert described["name"] == basic["objectDescribe"]["name"] == "Opportunity"
    assert {"Name", "StageName", "CloseDate"} <= {field["name"] for field in described["fields"]}
    assert set(basic) == {"objectDescribe", "recentItems"}


def test_the_head_of_a_record_has_no_body(rest, account_id):
    answer = rest.head(f"/sobjects/Account/{account_id}")
    assert (answer.status_code, answer.content) == (200, b"")


def test_bodies_are_indented_when_asked(rest, account_id):
    answer = rest.get(f"/sobjects/Account/{account_id}", headers={"X-PrettyPrint": "1"})
    assert b"\n  " in answer.content
    assert answer.json()["Id"] == account_id


def period(org):
    start, end = org.clock.now() - timedelta(days=1), org.clock.now() + timedelta(minutes=1)
    return {"start": start.isoformat(timespec="seconds"), "end": end.isoformat(timespec="seconds")}


def test_deleted_and_updated_records_are_listed_for_a_period(org, rest, account_id):
    gone = rest.post("/sobjects/Account", json={"Name": "Gone"}).json()["id"]
    rest.delete(f"/sobjects/Account/{gone}")
    deleted = rest.get("/sobjects/Account/deleted/", params=period(org)).json()
    assert set(deleted) == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}
    assert gone in [record["id"] for record in deleted["deletedRecords"]]
    updated = rest.get("/sobjects/Account/updated", params=period(org)).json()
    assert set(updated) == {"ids", "latestDateCovered"}
    assert account_id in updated["ids"]
    assert gone not in updated["ids"]


@pytest.mark.parametrize("zone", ["Z", "+00:00", "+0000", "%2B00:00", ".000%2B0000"])
def test_a_period_may_be_written_in_any_way_clients_do(org, rest, account_id, zone):
    start, end = (org.clock.now() + timedelta(minutes=minutes) for minutes in (-60, 1))
    written = "&".join(f"{name}={at:%Y-%m-%dT%H:%M:%S}{zone}" for name, at in (("start", start), ("end", end)))
    assert account_id in rest.get(f"/sobjects/Account/updated?{written}").json()["ids"]


@pytest.mark.parametrize("query", [{}, {"start": "2026-01-01T00:00:00Z"}, {"start": "soon", "end": "later"}])
def test_a_period_without_an_end_or_that_is_none_is_refused(rest, query):
    answer = rest.get("/sobjects/Account/deleted", params=query)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_PARAMETER")


def test_recent_lists_what_was_viewed_last_first(rest, account_id):
    rest.get(f"/sobjects/Account/{account_id}")
    (last,) = rest.get("/recent", params={"limit": "1"}).json()
    assert (last["Id"], last["Name"], last["attributes"]["type"]) == (account_id, "Acme", "Account")
    assert rest.get("/recent", params={"limit": "few"}).status_code == 400


def test_a_warning_of_duplicates_can_be_overruled_by_a_header():
    call = Call("POST", "", "66.0", None, None, headers={"sforce-duplicate-rule-header": "allowSave = TRUE; x=1"})
    assert call.write_options.allow_duplicates
    assert not replace(call, headers={"sforce-duplicate-rule-header": "allowSave=false"}).write_options.allow_duplicates


def test_layouts_show_the_fields_that_describe_knows(rest):
    names = {field["name"] for field in rest.get("/sobjects/Account/describe").json()["fields"]}
    body = rest.get("/sobjects/Account/describe/layouts").json()
    rows = body["layouts"][0]["detailLayoutSections"][0]["layoutRows"]
    shown = [part["value"] for row in rows for item in row["layoutItems"] for part in item["layoutComponents"]]
    assert "Name" in shown
    assert set(shown) <= names
    assert body["recordTypeMappings"]
    compact = rest.get("/sobjects/Account/describe/compactLayouts").json()["compactLayouts"][0]
    assert compact["fieldItems"][0]["layoutComponents"][0]["value"] == "Name"
    assert rest.get("/compactLayouts", params={"q": "Account"}).json()["Account"] == compact
    (search,) = rest.get("/search/layout", params={"q": "Account"}).json()
    assert search["searchColumns"][0]["name"] == "Name"
    assert rest.get("/sobjects/Account/listviews").json()["listviews"] == []
    assert rest.get("/sobjects/Nothing/describe/layouts").status_code == 404


@pytest.mark.parametrize("part", ["layouts", "compactLayouts", "approvalLayouts", "quickActions", "listviews"])
def test_every_url_that_describe_gives_is_there(org, rest, part):
    url = rest.get("/sobjects/Account/describe").json()["urls"].get(part)
    assert url is None or rest.get(org.instance_url + url).status_code == 200
