"""Somebody else's client, unmodified but for the scheme of its URLs, which it fixes to https."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce, SalesforceResourceNotFound


class PlainHTTP(HTTPAdapter):
    """Sends what is meant for https to the same host over http: the local org has no certificate."""

    def send(self, request, *args, **kwargs):
        request.url = request.url.replace("https://", "http://", 1)
        return super().send(request, *args, **kwargs)


@pytest.fixture
def salesforce(org) -> Iterator[Salesforce]:
    with requests.Session() as session:
        session.mount("https://", PlainHTTP())
        host = org.instance_url.removeprefix("http://")
        yield Salesforce(instance=host, session_id=org.session_token(), session=session, version="66.0")


def test_it_creates_reads_updates_and_deletes(salesforce):
    made = salesforce.Account.create({"Name": "By another client"})
    assert made["success"] is True
    assert salesforce.Account.get(made["id"])["Name"] == "By another client"
    assert salesforce.Account.update(made["id"], {"Industry": "Energy"}) == 204
    assert salesforce.Account.get(made["id"])["Industry"] == "Energy"
    assert salesforce.Account.upsert(f"Id/{made['id']}", {"Name": "Upserted"}) == 200
    assert salesforce.Account.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound):
        salesforce.Account.get(made["id"])


def test_it_queries_one_page_and_all_pages(org, salesforce):
    total = len(org.query("SELECT Id FROM Opportunity"))
    assert salesforce.query("SELECT Id FROM Opportunity LIMIT 5")["totalSize"] == 5
    rows = list(
        salesforce.query_all_iter("SELECT Id FROM Opportunity", headers={"Sforce-Query-Options": "batchSize=200"})
    )
    assert len(rows) == total
    assert salesforce.query_all("SELECT Id FROM Opportunity")["totalSize"] == total


def test_it_searches_describes_and_reads_limits(salesforce):
    salesforce.Account.create({"Name": "Ombrelle Partners"})
    rows = salesforce.search("FIND {Ombrelle} RETURNING Account(Name)")["searchRecords"]
    assert [row["Name"] for row in rows] == ["Ombrelle Partners"]
    assert salesforce.describe()["maxBatchSize"] == 200
    assert salesforce.Contact.describe()["name"] == "Contact"
    assert salesforce.Contact.metadata()["objectDescribe"]["name"] == "Contact"
    assert salesforce.limits()["DailyApiRequests"]["Max"] == 15000
    assert salesforce.api_usage["api-usage"].total == 15000


def test_it_calls_composite_through_its_restful_door(salesforce):
    body = {
        "compositeRequest": [
            {
                "method": "POST",
                "url": "/services/data/v66.0/sobjects/Account",
                "referenceId": "a",
                "body": {"Name": "Composite by another client"},
            }
        ]
    }
    answer = salesforce.restful("composite", method="POST", data=json.dumps(body))
    assert answer["compositeResponse"][0]["httpStatusCode"] == 201
