"""simple-salesforce, unmodified: it logs in at Salesforce's hosts, which a session's adapter resolves to the org."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar
from urllib.parse import urlsplit

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from requests.adapters import HTTPAdapter
from simple_salesforce import (
    Salesforce,
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceLogin,
    SalesforceMalformedRequest,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from langchain_sfconnect.localorg.policy import Policy

PEM = serialization.Encoding.PEM
MY_DOMAIN = "northlight.my"  # any will do: what is below my.salesforce.com is the production org here


class Resolver(HTTPAdapter):
    """Stands in for DNS: sends what is meant for Salesforce's hosts to a local org's."""

    def __init__(self, org) -> None:
        super().__init__()
        self._hosts = {"login.salesforce.com": org.login_url, "test.salesforce.com": org.sandbox_login_url}
        self._instance_url = org.instance_url

    def send(self, request, *args, **kwargs):
        parts = urlsplit(request.url)
        target = urlsplit(self._hosts.get(parts.hostname, self._instance_url))
        request.headers["Host"] = parts.netloc
        request.url = parts._replace(netloc=target.netloc).geturl()
        return super().send(request, *args, **kwargs)


@pytest.fixture(scope="module")
def web(org) -> Iterator[requests.Session]:
    """Trusts the org's authority, and finds it under Salesforce's names."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(org.ca_certificate)
        for name in ("login", "test", MY_DOMAIN):
            session.mount(f"https://{name}.salesforce.com", Resolver(org))
        yield session


@pytest.fixture
def app(org) -> dict[str, str]:
    return {"consumer_key": org.client_id, "consumer_secret": org.client_secret}


@pytest.fixture
def salesforce(org, web, app) -> Salesforce:
    return Salesforce(username=org.username, password=org.password, session=web, version="66.0", **app)


def pem(key) -> str:
    return key.public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def private_pem(key) -> str:
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


class TestLogin:
    def test_with_a_username_and_a_password_it_gets_a_session_of_that_user(self, org, salesforce):
        assert salesforce.sf_instance == urlsplit(org.instance_url).netloc
        assert salesforce.oauth2("userinfo")["preferred_username"] == org.username

    def test_with_client_credentials_it_gets_a_session_of_the_user_they_run_as(self, org, web, app):
        org.run_as(org.username)
        connected = Salesforce(domain=MY_DOMAIN, session=web, version="66.0", **app)
        assert connected.oauth2("userinfo")["preferred_username"] == org.username

    def test_with_client_credentials_it_gets_none_at_the_common_login_host(self, web, app):
        credentials = (app["consumer_key"], app["consumer_secret"])
        url, form = "https://login.salesforce.com/services/oauth2/token", {"grant_type": "client_credentials"}
        assert web.post(url, form, auth=credentials).status_code == 400

    def test_with_a_key_it_gets_a_session_once_an_administrator_has_approved(self, org, web):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        signing = org.add_app("Signing Sync")
        signing.register_certificate(pem(key.public_key()))
        login = {"username": org.username, "consumer_key": signing.key, "privatekey": private_pem(key), "session": web}
        with pytest.warns(UserWarning, match="self-authorize"), pytest.raises(SalesforceAuthenticationFailed) as caught:
            Salesforce(**login)
        assert caught.value.auth_message == "user hasn't approved this consumer"
        signing.policy = Policy(admin_approved_profiles=("Standard User",))
        assert Salesforce(**login).oauth2("userinfo")["preferred_username"] == org.username

    def test_at_the_sandbox_s_login_host_it_gets_the_sandbox(self, org, web, app):
        username = org.sandbox_engine.users()[0]["Username"]
        sandbox = Salesforce(
            username=username, password=org.password, domain="test", session=web, version="66.0", **app
        )
        assert sandbox.is_sandbox() is True

    @pytest.mark.parametrize("changes", [{"password": "wrong"}, {"username": "nobody@nowhere.example"}])
    def test_with_wrong_credentials_it_says_why_it_failed(self, org, web, app, changes):
        credentials = {"username": org.username, "password": org.password, **changes}
        with pytest.raises(SalesforceAuthenticationFailed, match="authentication failure") as caught:
            SalesforceLogin(session=web, **credentials, **app)
        assert caught.value.code == "invalid_grant"

    def test_a_session_that_expired_is_replaced_by_logging_in_again(self, org, salesforce):
        before = salesforce.session_id
        org.expire_sessions()
        assert salesforce.query("SELECT Id FROM User LIMIT 1")["totalSize"] == 1
        assert salesforce.session_id != before


class TestRecords:
    def test_are_created_read_updated_and_deleted(self, salesforce):
        made = salesforce.Account.create({"Name": "By another client"})
        assert (made["success"], made["errors"]) == (True, [])
        assert salesforce.Account.get(made["id"])["Name"] == "By another client"
        assert salesforce.Account.update(made["id"], {"Industry": "Energy"}) == 204
        assert salesforce.Account.get(made["id"])["Industry"] == "Energy"
        assert salesforce.Account.delete(made["id"]) == 204
        with pytest.raises(SalesforceResourceNotFound):
            salesforce.Account.get(made["id"])

    def test_are_upserted_and_read_by_an_external_id(self, salesforce):
        assert salesforce.Account.upsert("Key__c/K 1", {"Name": "First"}) == 201
        assert salesforce.Account.upsert("Key__c/K 1", {"Name": "Second"}) == 200
        assert salesforce.Account.upsert("Key__c/k2", {"Name": "Other"}) == 201
        assert salesforce.Account.get_by_custom_id("Key__c", "k2")["Name"] == "Other"
        assert salesforce.query("SELECT Name FROM Account WHERE Key__c = 'K 1'")["records"][0]["Name"] == "Second"

    def test_of_a_span_of_time_are_told_as_updated_or_deleted(self, org, salesforce):
        kept = salesforce.Account.create({"Name": "Kept"})["id"]
        gone = salesforce.Account.create({"Name": "Gone"})["id"]
        salesforce.Account.delete(gone)
        start, end = org.clock.now() - timedelta(hours=1), org.clock.now() + timedelta(minutes=1)
        deleted = salesforce.Account.deleted(start, end)
        assert gone in [item["id"] for item in deleted["deletedRecords"]]
        updated = salesforce.Account.updated(start, end)["ids"]
        assert kept in updated
        assert gone not in updated


class TestQueries:
    SOQL = "SELECT Id, Name, Account.Name FROM Opportunity ORDER BY Id"

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def three_pages(cls, org) -> None:
        session = org.engine.session(org.users[0]["Id"])
        with session.transaction():
            for number in range(401 - len(org.query(cls.SOQL))):
                deal = {"Name": f"Page filler {number}", "StageName": "Prospecting", "CloseDate": "2027-01-31"}
                session.create("Opportunity", deal)

    PAGES: ClassVar = {"Sforce-Query-Options": "batchSize=200"}

    def test_answer_one_page_and_the_way_to_the_next(self, salesforce):
        first = salesforce.query(self.SOQL, headers=self.PAGES)
        assert (first["done"], len(first["records"])) == (False, 200)
        second = salesforce.query_more(first["nextRecordsUrl"], identifier_is_url=True, headers=self.PAGES)
        assert second["totalSize"] == first["totalSize"]
        assert second["records"][0]["Id"] > first["records"][-1]["Id"]

    def test_answer_all_pages_at_once_or_row_by_row(self, org, salesforce):
        ids = [row["Id"] for row in org.query(self.SOQL)]
        assert len(ids) > 2 * 200
        everything = salesforce.query_all(self.SOQL, headers=self.PAGES)
        assert [row["Id"] for row in everything["records"]] == ids
        assert [row["Id"] for row in salesforce.query_all_iter(self.SOQL, headers=self.PAGES)] == ids

    def test_answer_deleted_rows_when_asked_to(self, salesforce):
        gone = salesforce.Account.create({"Name": "Deleted and asked for"})["id"]
        salesforce.Account.delete(gone)
        soql = f"SELECT Id, IsDeleted FROM Account WHERE Id = '{gone}'"
        assert salesforce.query(soql)["totalSize"] == 0
        assert salesforce.query(soql, include_deleted=True)["records"][0]["IsDeleted"] is True

    def test_search_by_words_at_once(self, salesforce):
        salesforce.Account.create({"Name": "Parapluie Partners"})
        rows = salesforce.search("FIND {parapluie} RETURNING Account(Name)")["searchRecords"]
        assert [row["Name"] for row in rows] == ["Parapluie Partners"]
        assert len(salesforce.quick_search("parapluie partners")["searchRecords"]) == 1


class TestTheOrg:
    def test_describes_itself(self, salesforce):
        assert salesforce.describe()["maxBatchSize"] == 200
        assert salesforce.Contact.describe()["name"] == "Contact"
        assert salesforce.Contact.metadata()["objectDescribe"]["name"] == "Contact"
        fields = {item["name"]: item for item in salesforce.Account.describe()["fields"]}
        assert (fields["Key__c"]["externalId"], fields["Key__c"]["custom"]) == (True, True)
        assert salesforce.is_sandbox() is False

    def test_counts_the_calls(self, salesforce):
        assert salesforce.limits()["DailyApiRequests"]["Max"] == 15000
        assert salesforce.api_usage["api-usage"].total == 15000

    def test_takes_composite_requests_through_the_restful_door(self, salesforce):
        account = {"method": "POST", "url": "/services/data/v66.0/sobjects/Account", "referenceId": "a",
                   "body": {"Name": "Composite by another client"}}  # fmt: skip
        contact = {"method": "POST", "url": "/services/data/v66.0/sobjects/Contact", "referenceId": "c",
                   "body": {"LastName": "Wong", "AccountId": "@{a.id}"}}  # fmt: skip
        body = json.dumps({"allOrNone": True, "compositeRequest": [account, contact]})
        answer = salesforce.restful("composite", method="POST", data=body)
        assert [item["httpStatusCode"] for item in answer["compositeResponse"]] == [201, 201]


class TestRefusals:
    def test_are_the_exceptions_that_the_client_has_for_them(self, org, web, salesforce):
        with pytest.raises(SalesforceMalformedRequest, match="MALFORMED_QUERY"):
            salesforce.query("SELECT FROM Account")
        with pytest.raises(SalesforceMalformedRequest, match="REQUIRED_FIELD_MISSING"):
            salesforce.Contact.create({"FirstName": "No"})
        with pytest.raises(SalesforceResourceNotFound):
            salesforce.Acount.describe()
        with pytest.raises(SalesforceExpiredSession):
            Salesforce(instance_url=org.instance_url, session_id="nonsense", session=web).limits()

    def test_of_too_many_calls_are_refused_requests(self, org, salesforce):
        org.policy.daily_api_requests = 0
        try:
            with pytest.raises(SalesforceRefusedRequest, match="REQUEST_LIMIT_EXCEEDED"):
                salesforce.limits()
        finally:
            org.policy.daily_api_requests = 15_000
