"""An org in memory that answers every endpoint behind the tools with the shapes Salesforce uses.

To run the same tests against another org, override the fixture `org`: it needs a `connection` and `ids`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import pytest
from langchain_core.tools import BaseTool

from langchain_sfconnect.connection import Operation, Result
from langchain_sfconnect.toolkit import SalesforceToolkit
from langchain_sfconnect.tools.policy import AccessPolicy

ACCOUNT, CONTACT, OPPORTUNITY = "001000000000001AAA", "003000000000001AAA", "006000000000001AAA"
REPORT, DASHBOARD = "00O000000000001EAA", "01Z000000000001EAA"

Ids = Mapping[str, str]
IDS: Ids = {
    "account": ACCOUNT,
    "contact": CONTACT,
    "opportunity": OPPORTUNITY,
    "report": REPORT,
    "dashboard": DASHBOARD,
}

EXAMPLES: dict[str, Callable[[Ids], dict[str, Any]]] = {
    "salesforce_account_create": lambda ids: {"Name": "Acme", "Industry": "Energy", "Region__c": "North"},
    "salesforce_account_get": lambda ids: {"account_id": ids["account"], "fields": "Name, Owner.Name"},
    "salesforce_account_update": lambda ids: {"account_id": ids["account"], "Phone": None, "Rating": "Hot"},
    "salesforce_account_delete": lambda ids: {"account_id": ids["account"]},
    "salesforce_accounts_list": lambda ids: {"limit": 5},
    "salesforce_opportunity_create": lambda ids: {
        "Name": "Renewal",
        "StageName": "Prospecting",
        "CloseDate": "2026-12-24",
        "AccountId": ids["account"],
    },
    "salesforce_opportunity_get": lambda ids: {"opportunity_id": ids["opportunity"]},
    "salesforce_opportunity_update": lambda ids: {"opportunity_id": ids["opportunity"], "StageName": "Closed Won"},
    "salesforce_opportunities_list": lambda ids: {},
    "salesforce_contact_create": lambda ids: {"LastName": "Ito", "AccountId": ids["account"]},
    "salesforce_contact_get": lambda ids: {"contact_id": ids["contact"]},
    "salesforce_query_soql": lambda ids: {"query": "SELECT Id, Name FROM Account LIMIT 5"},
    "salesforce_soql_execute": lambda ids: {"soql_query": "SELECT Id FROM Contact LIMIT 5", "include_deleted": True},
    "salesforce_search_sosl": lambda ids: {"search_query": "FIND {Acme*} IN NAME FIELDS RETURNING Account(Id, Name)"},
    "salesforce_search_parameterized": lambda ids: {"search_text": "Acme", "sobject": "Account"},
    "salesforce_sobject_create": lambda ids: {"sobject_type": "Lead", "fields": {"LastName": "Ito", "Company": "Acme"}},
    "salesforce_sobject_get": lambda ids: {"sobject_type": "Contact", "record_id": ids["contact"]},
    "salesforce_sobject_update": lambda ids: {
        "sobject_type": "Contact",
        "record_id": ids["contact"],
        "fields": {"Title": "CFO"},
    },
    "salesforce_sobject_delete": lambda ids: {"sobject_type": "Contact", "record_id": ids["contact"]},
    "salesforce_composite": lambda ids: {
        "composite_request": {
            "allOrNone": True,
            "compositeRequest": [
                {"method": "GET", "url": f"/sobjects/Account/{ids['account']}?fields=Name", "referenceId": "acc"}
            ],
        }
    },
    "salesforce_global_describe": lambda ids: {"search": "acc"},
    "salesforce_object_describe": lambda ids: {"sobject": "Account"},
    "salesforce_limits_get": lambda ids: {},
    "salesforce_dashboard_metadata_get": lambda ids: {"dashboard_id": ids["dashboard"]},
    "salesforce_report_metadata_get": lambda ids: {"report_id": ids["report"]},
}


def a_record(sobject: str = "Account", record_id: str = ACCOUNT, **fields: Any) -> dict[str, Any]:
    url = f"/services/data/v66.0/sobjects/{sobject}/{record_id}"
    return {"attributes": {"type": sobject, "url": url}, "Id": record_id, **fields}


def rows(*records: dict[str, Any], **head: Any) -> dict[str, Any]:
    return {"totalSize": len(records), "done": True, **head, "records": list(records)}


DESCRIBE: dict[str, Any] = {
    "name": "Account",
    "label": "Account",
    "keyPrefix": "001",
    "fields": [
        {"name": "Id", "label": "Account ID", "type": "id", "nillable": False, "defaultedOnCreate": True},
        {
            "name": "Name",
            "label": "Account Name",
            "type": "string",
            "length": 255,
            "createable": True,
            "updateable": True,
        },
        {
            "name": "Rating",
            "label": "Account Rating",
            "type": "picklist",
            "createable": True,
            "updateable": True,
            "nillable": True,
            "picklistValues": [{"value": v, "label": v, "active": v != "Tepid"} for v in ("Hot", "Warm", "Tepid")],
        },
        {
            "name": "OwnerId",
            "label": "Owner ID",
            "type": "reference",
            "createable": True,
            "updateable": True,
            "defaultedOnCreate": True,
            "referenceTo": ["User"],
            "relationshipName": "Owner",
        },
    ],
    "childRelationships": [
        {"childSObject": "Contact", "field": "AccountId", "relationshipName": "Contacts"},
        {"childSObject": "AccountHistory", "field": "AccountId", "relationshipName": None},
    ],
}


ANSWERS: dict[str, tuple[int, Any]] = {
    "GET /(?:query|queryAll)(?:/.*)?": (200, rows(a_record(Name="Acme", CreatedDate="2026-11-01T10:00:00.000+0000"))),
    "GET /(?:search|parameterizedSearch)": (200, {"searchRecords": [a_record(Name="Acme")]}),
    "GET /limits": (200, {"DailyApiRequests": {"Max": 15000, "Remaining": 14998}}),
    "GET /sobjects": (200, {"sobjects": [{"name": n, "label": n} for n in ("Account", "Contact", "Opportunity")]}),
    "GET /sobjects/[^/]+/describe": (200, DESCRIBE),
    "POST /sobjects/[^/]+": (201, {"id": ACCOUNT, "success": True, "errors": []}),
    "GET /sobjects/([^/]+)/([^/]+)": (200, lambda sobject, record_id: a_record(sobject, record_id, Name="Acme")),
    "(?:PATCH|DELETE) /sobjects/[^/]+/[^/]+": (204, None),
    "GET /analytics/reports/[^/]+/describe": (200, {"reportMetadata": {"id": REPORT, "detailColumns": ["AMOUNT"]}}),
    "GET /analytics/dashboards/[^/]+/describe": (200, {"id": DASHBOARD, "components": [{"header": "By stage"}]}),
}


@dataclass(repr=False)
class FakeOrg:
    """A Connection that remembers what was sent, and answers; `answers` holds other answers by path."""

    api_version: str = "66.0"
    ids: Ids = field(default_factory=lambda: IDS)
    sent: list[Operation] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)

    @property
    def connection(self) -> FakeOrg:
        return self

    def as_connection(self) -> FakeOrg:
        return self

    def permits(self, identifier: str, user: Any) -> bool:
        return True

    async def send(self, operation: Operation, *, identifier: str, **_: Any) -> Result:
        self.sent.append(operation)
        self.senders.append(identifier)
        if operation.path in self.answers:
            answer = self.answers[operation.path]
            if isinstance(answer, Exception):
                raise answer
            return Result(200, answer)
        if operation.path == "/composite":
            return Result(
                200, {"compositeResponse": [self._inner(each) for each in operation.json["compositeRequest"]]}
            )
        status, body = self._answer(operation.method, operation.path)
        return Result(status, body)

    def _inner(self, subrequest: dict[str, Any]) -> dict[str, Any]:
        path = unquote(subrequest["url"].partition("?")[0]).removeprefix(f"/services/data/v{self.api_version}")
        status, body = self._answer(subrequest["method"], path)
        return {"httpStatusCode": status, "body": body, "httpHeaders": {}, "referenceId": subrequest["referenceId"]}

    def _answer(self, method: str, path: str) -> tuple[int, Any]:
        for pattern, answer in ANSWERS.items():
            if found := re.fullmatch(pattern, f"{method} {path}"):
                status, body = answer
                return status, body(*found.groups()) if callable(body) else body
        return 404, [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]

    async def check(self, identifier: str) -> Any:
        raise NotImplementedError

    async def link(self, identifier: str) -> Any:
        raise NotImplementedError


@pytest.fixture
def org() -> FakeOrg:
    return FakeOrg()


@pytest.fixture
def examples() -> dict[str, Callable[[Ids], dict[str, Any]]]:
    """By tool, arguments of a call that succeeds, given the ids of records that exist."""
    return EXAMPLES


@dataclass(repr=False)
class Caller:
    """Calls one tool after the other as a model would, and hands back what came of it."""

    org: FakeOrg
    policy: AccessPolicy | None = None

    def tool(self, name: str) -> BaseTool:
        toolkit = SalesforceToolkit(self.org, "rep-42", self.policy)
        return next(tool for tool in toolkit.get_tools() if tool.name == name)

    def message(self, name: str, **arguments: Any) -> Any:
        return self.tool(name).invoke({"type": "tool_call", "id": "call_1", "name": name, "args": arguments})

    def content(self, name: str, **arguments: Any) -> Any:
        message = self.message(name, **arguments)
        assert message.status == "success", message.content
        return json.loads(message.content)

    def error(self, name: str, **arguments: Any) -> dict[str, Any]:
        message = self.message(name, **arguments)
        assert message.status == "error", message.content
        error: dict[str, Any] = json.loads(message.content)["error"]
        return error

    def sent(self, name: str, **arguments: Any) -> Operation:
        self.content(name, **arguments)
        return self.org.sent[-1]


@pytest.fixture
def caller(org: FakeOrg) -> Caller:
    return Caller(org)


@pytest.fixture
def restricted(org: FakeOrg) -> Callable[..., Caller]:
    return lambda **policy: Caller(org, AccessPolicy(**policy))


@pytest.fixture
def records() -> Callable[..., dict[str, Any]]:
    return a_record


@pytest.fixture
def answer_rows() -> Callable[..., dict[str, Any]]:
    return rows
