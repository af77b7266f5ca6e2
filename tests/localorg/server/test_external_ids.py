"""Records named by an external id: upsert, retrieve and delete, on an object that this org declares itself."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from langchain_sfconnect.localorg import LocalOrg

SCHEMA = {
    "objects": {
        "Invoice__c": {
            "label": "Invoice",
            "fields": {
                "Key__c": {"type": "text", "length": 40, "external_id": True, "unique": True},
                "Batch__c": {"type": "text", "length": 40, "external_id": True},
                "Amount__c": {"type": "currency", "precision": 18, "scale": 2},
                "Parent__c": {"type": "lookup", "to": "Invoice__c", "children": "Corrections"},
            },
        }
    }
}
PATH = "/sobjects/Invoice__c"


@pytest.fixture(scope="module")
def declared() -> Iterator[LocalOrg]:
    with LocalOrg(schema=SCHEMA) as org:
        yield org


@pytest.fixture
def rest(declared: LocalOrg) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {declared.session_token()}"}
    with httpx.Client(base_url=f"{declared.instance_url}/services/data/v66.0", headers=headers, verify=False) as client:
        yield client


def amount(org: LocalOrg, key: str) -> list[float]:
    return [row["Amount__c"] for row in org.query(f"SELECT Amount__c FROM Invoice__c WHERE Key__c = '{key}'")]


def test_an_upsert_creates_then_updates(declared, rest):
    made = rest.patch(f"{PATH}/Key__c/A-1", json={"Amount__c": 5})
    assert made.status_code == 201
    assert made.json() == {"id": made.json()["id"], "success": True, "errors": [], "created": True}
    assert made.headers["location"].endswith(f"/sobjects/Invoice__c/{made.json()['id']}")
    changed = rest.patch(f"{PATH}/key__C/A-1", json={"Amount__c": 7})
    assert (changed.status_code, changed.json()) == (200, {**made.json(), "created": False})
    assert amount(declared, "A-1") == [7.0]


def test_an_upsert_in_an_old_version_answers_204(declared, rest):
    rest.patch(f"{PATH}/Key__c/old", json={})
    url = f"{declared.instance_url}/services/data/v45.0{PATH}/Key__c/old"
    assert (rest.patch(url, json={"Amount__c": 1}).status_code, amount(declared, "old")) == (204, [1.0])


def test_a_record_is_read_and_deleted_by_its_key(declared, rest):
    rest.patch(f"{PATH}/Key__c/B%2F1.json", json={"Amount__c": 3})
    found = rest.get(f"{PATH}/Key__c/B%2F1.json", params={"fields": "Amount__c,Key__c"})
    assert (found.json()["Amount__c"], found.json()["Key__c"]) == (3.0, "B/1.json")
    assert rest.delete(f"{PATH}/Key__c/B%2F1.json").status_code == 204
    assert amount(declared, "B/1.json") == []
    assert rest.get(f"{PATH}/Key__c/B%2F1.json").status_code == 404


def test_a_key_of_several_records_answers_their_urls(rest):
    made = [rest.post(PATH, json={"Batch__c": "same"}).json()["id"] for _ in range(2)]
    urls = {f"/services/data/v66.0/sobjects/Invoice__c/{record_id}" for record_id in made}
    for answer in (rest.get(f"{PATH}/Batch__c/same"), rest.patch(f"{PATH}/Batch__c/same", json={"Amount__c": 1})):
        assert (answer.status_code, set(answer.json())) == (300, urls)
    record = {"attributes": {"type": "Invoice__c"}, "Batch__c": "same"}
    (outcome,) = rest.patch(f"/composite{PATH}/Batch__c", json={"records": [record]}).json()
    assert outcome["errors"][0]["statusCode"] == "DUPLICATE_EXTERNAL_ID"


def test_the_body_must_not_name_the_key(rest):
    for name in ("Key__c", "key__c"):
        answer = rest.patch(f"{PATH}/Key__c/C-1", json={name: "C-1", "Amount__c": 1})
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_FIELD")


def test_a_field_that_is_no_key_is_not_found(rest):
    answer = rest.patch(f"{PATH}/Amount__c/5", json={})
    text = "Provided external ID field does not exist or is not accessible: Amount__c"
    assert (answer.status_code, answer.json()[0]["message"]) == (404, text)


def test_a_lookup_is_set_by_the_other_records_key(declared, rest):
    parent = rest.patch(f"{PATH}/Key__c/parent", json={}).json()["id"]
    assert rest.patch(f"{PATH}/Key__c/child", json={"Parent__r": {"Key__c": "parent"}}).status_code == 201
    assert declared.query("SELECT Parent__c FROM Invoice__c WHERE Key__c = 'child'")[0]["Parent__c"] == parent
    nobody = rest.patch(f"{PATH}/Key__c/orphan", json={"Parent__r": {"Key__c": "nobody"}})
    assert (nobody.status_code, nobody.json()[0]["errorCode"]) == (400, "INVALID_FIELD")


def test_many_are_upserted_and_a_key_given_twice_is_refused_the_second_time(declared, rest):
    records = [
        {"attributes": {"type": "Invoice__c"}, "Key__c": key, "Amount__c": value}
        for key, value in (("many-1", 1), ("many-2", 2), ("many-1", 3))
    ]
    first, second, twice = rest.patch(f"/composite{PATH}/Key__c", json={"records": records}).json()
    assert [outcome["created"] for outcome in (first, second)] == [True, True]
    assert twice["errors"][0]["message"] == "Duplicate external id specified: many-1"
    assert amount(declared, "many-1") == [1.0]


def test_an_all_or_none_upsert_takes_everything_back(declared, rest):
    records = [
        {"attributes": {"type": "Invoice__c"}, "Key__c": "undone"},
        {"attributes": {"type": "Account"}, "Name": "x"},
    ]
    body = {"allOrNone": True, "records": records}
    codes = [item["errors"][0]["statusCode"] for item in rest.patch(f"/composite{PATH}/Key__c", json=body).json()]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_INPUT"]
    assert amount(declared, "undone") == []
