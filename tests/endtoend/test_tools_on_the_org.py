"""Every tool does in the org what it says, through LangChain's tool interface, sync and async."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from langchain_sfconnect.errors import InvalidArgument
from langchain_sfconnect.localorg import LocalOrg

pytestmark = pytest.mark.anyio

NO_CONTACT = "003gL0000009999QAA"


def plain(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "attributes"}


# --- reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "sobject", "argument", "fields"),
    [
        ("salesforce_account_get", "Account", "account_id", "Name, Industry, AnnualRevenue, BillingCity, OwnerId"),
        ("salesforce_contact_get", "Contact", "contact_id", "LastName, Email, AccountId, CreatedDate"),
        ("salesforce_opportunity_get", "Opportunity", "opportunity_id", "Name, StageName, Amount, CloseDate, IsWon"),
        ("salesforce_sobject_get", "Lead", "record_id", "LastName, Company, Status, IsConverted"),
    ],
)
async def test_a_record_is_read_as_it_is_in_the_org(
    caller: Any, one: Any, tool: str, sobject: str, argument: str, fields: str
) -> None:
    row = one(f"SELECT Id, {fields} FROM {sobject} LIMIT 1")
    whose = {argument: row["Id"], **({"sobject_type": sobject} if argument == "record_id" else {})}
    whole = await caller.result(tool, **whose)
    assert row.items() <= whole.items()
    assert len(whole) > len(row) + 10
    narrow = await caller.result(tool, **whose, fields=fields)
    assert plain(narrow) == row
    assert await caller.content(tool, **whose, fields=fields.split(", ")) == row


async def test_fifteen_characters_of_an_id_are_enough(caller: Any, one: Any) -> None:
    row = one("SELECT Id, Name FROM Account LIMIT 1")
    assert (await caller.result("salesforce_account_get", account_id=row["Id"][:15]))["Name"] == row["Name"]


async def test_a_query_returns_the_rows_with_their_parents(caller: Any, org: LocalOrg) -> None:
    soql = "SELECT Id, Name, Account.Name FROM Opportunity WHERE IsWon = true ORDER BY Amount DESC NULLS LAST LIMIT 3"
    content = await caller.content("salesforce_query_soql", query=soql)
    assert content["total_size"] == 3
    assert "cursor" not in content
    assert [row["Account.Name"] for row in content["records"]] == [row["Account"]["Name"] for row in org.query(soql)]


async def test_the_other_query_tool_plans_aggregates_and_takes_overlong_statements(caller: Any, org: LocalOrg) -> None:
    plans = await caller.result("salesforce_soql_execute", soql_query="SELECT Id FROM Account", explain=True)
    assert plans["plans"][0]["sobjectType"] == "Account"
    by_stage = "SELECT StageName, COUNT(Id) deals FROM Opportunity GROUP BY StageName ORDER BY StageName"
    rows = (await caller.result("salesforce_soql_execute", soql_query=by_stage))["records"]
    assert list(map(plain, rows)) == list(map(plain, org.query(by_stage)))
    ids = ", ".join(f"'{row['Id']}'" for row in org.query("SELECT Id FROM Contact"))
    overlong = f"SELECT Id FROM Contact WHERE AccountId != null AND Id IN ({', '.join([ids] * 8)})"
    assert len(overlong) > 16_384
    found = await caller.result("salesforce_soql_execute", soql_query=overlong)
    assert found["totalSize"] == len(org.query("SELECT Id FROM Contact WHERE AccountId != null"))


async def test_searching_finds_words_in_names(caller: Any, one: Any) -> None:
    row = one("SELECT Id, Name FROM Account WHERE Name = 'Harborline Freight'")
    sosl = "FIND {Harborline} IN NAME FIELDS RETURNING Account(Id, Name WHERE Type != null), Contact(Id)"
    found = (await caller.result("salesforce_search_sosl", search_query=sosl))["searchRecords"]
    assert row in map(plain, found)
    # Among the names of a contact Salesforce counts that of its account.
    assert {record["attributes"]["type"] for record in found} == {"Account", "Contact"}
    words = await caller.result(
        "salesforce_search_parameterized", search_text="harborline", sobject="Account", fields="Id, Name", limit=1
    )
    (only,) = words["searchRecords"]
    assert "Harborline" in only["Name"]


async def test_what_the_org_has_is_described(caller: Any, one: Any) -> None:
    objects = await caller.content("salesforce_global_describe", search="opportunity")
    assert {"name": "Opportunity", "label": "Opportunity"} in objects["objects"]
    stage = await caller.content("salesforce_object_describe", sobject="Opportunity", fields="StageName")
    assert "Closed Won" in stage["fields"][0]["values"]
    limits = await caller.result("salesforce_limits_get")
    assert 0 < limits["DailyApiRequests"]["Remaining"] < limits["DailyApiRequests"]["Max"]
    report = one("SELECT Id, Name FROM Report LIMIT 1")
    assert (await caller.content("salesforce_report_metadata_get", report_id=report["Id"]))["name"] == report["Name"]
    board = one("SELECT Id, Title FROM Dashboard LIMIT 1")
    told = await caller.content("salesforce_dashboard_metadata_get", dashboard_id=board["Id"])
    assert told["name"] == board["Title"]
    assert told["components"]


# --- page by page -----------------------------------------------------------------------------------------------------


@pytest.fixture
def many_accounts(org: LocalOrg, make: Any) -> set[str]:
    """More accounts than fit on two pages, many of them of the same moment."""
    missing = 450 - len(org.query("SELECT Id FROM Account"))
    for number in range(missing):
        make("Account", Name=f"Page filler {number:03}")
    return {row["Id"] for row in org.query("SELECT Id FROM Account")}


async def test_list_cursors_give_every_account_exactly_once_and_newest_first(caller: Any, many_accounts: Any) -> None:
    rows, cursor = [], None
    while True:
        page = await caller.result("salesforce_accounts_list", limit=120, cursor=cursor)
        rows += page["records"]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert len(rows) == len(many_accounts)
    assert {row["Id"] for row in rows} == many_accounts
    moments = [datetime.fromisoformat(row["CreatedDate"]) for row in rows]
    assert moments == sorted(moments, reverse=True)


async def test_query_cursors_give_every_account_exactly_once(caller: Any, many_accounts: Any) -> None:
    query, rows, cursor = "SELECT Id FROM Account ORDER BY Name", [], None
    pages = 0
    while True:
        page = await caller.result("salesforce_query_soql", query=query, cursor=cursor)
        rows += page["records"]
        pages += 1
        cursor = page["cursor"]
        if cursor is None:
            break
    assert pages == -(-len(many_accounts) // 200)
    assert len(rows) == len(many_accounts)
    assert {row["Id"] for row in rows} == many_accounts


async def test_all_pages_at_once_give_every_row_exactly_once(caller: Any, one: Any, sent: Any, make: Any) -> None:
    for number in range(2_100 - one("SELECT COUNT(Id) n FROM Lead")["n"]):
        make("Lead", LastName=f"Bulk {number:04}", Company="Filler")
    result = await caller.result("salesforce_soql_execute", soql_query="SELECT Id FROM Lead", all_pages=True)
    assert result["totalSize"] == len({row["Id"] for row in result["records"]}) == len(result["records"]) == 2_100
    assert len(sent("GET")) == 2


async def test_what_is_created_between_two_pages_repeats_no_row(caller: Any, many_accounts: Any, make: Any) -> None:
    first = await caller.result("salesforce_accounts_list", limit=200)
    new = make("Account", Name="Created in between")
    second = await caller.result("salesforce_accounts_list", limit=200, cursor=first["cursor"])
    ids = [row["Id"] for row in (*first["records"], *second["records"])]
    assert len(set(ids)) == 400
    assert new not in ids


# --- creating ---------------------------------------------------------------------------------------------------------


async def test_an_account_is_created_with_common_and_less_common_fields(caller: Any, one: Any, sent: Any) -> None:
    fields = {"Name": "Ölmühle & Söhne “GmbH”", "Industry": "Energy", "NumberOfEmployees": 12, "Rating": "Hot"}
    created = await caller.content("salesforce_account_create", **fields)
    assert created["success"] is True
    row = one(f"SELECT Name, Industry, NumberOfEmployees, Rating FROM Account WHERE Id = '{created['id']}'")
    assert row == fields
    assert [request.status for request in sent()] == [201]


async def test_an_opportunity_is_created_on_an_account(caller: Any, one: Any, make: Any) -> None:
    account = make("Account", Name="Buyer")
    fields = {"Name": "Renewal", "StageName": "Prospecting", "CloseDate": "2031-12-24", "Amount": 1250.5}
    created = await caller.result("salesforce_opportunity_create", **fields, AccountId=account)
    row = one(
        "SELECT Name, StageName, CloseDate, Amount, Account.Name, Probability FROM Opportunity"
        f" WHERE Id = '{created['id']}'"
    )
    assert row["Account"]["Name"] == "Buyer"
    assert fields.items() <= row.items()
    assert row["Probability"] == 10


async def test_a_contact_is_created_on_an_account(caller: Any, one: Any, make: Any) -> None:
    account = make("Account", Name="Employer")
    created = await caller.result("salesforce_contact_create", LastName="Ito", FirstName="Kei", AccountId=account)
    assert one(f"SELECT Name, AccountId FROM Contact WHERE Id = '{created['id']}'") == {
        "Name": "Kei Ito",
        "AccountId": account,
    }


async def test_a_record_of_any_object_is_created(caller: Any, one: Any) -> None:
    fields = {"Subject": "Call back", "Priority": "High", "ActivityDate": "2031-01-02"}
    created = await caller.result("salesforce_sobject_create", sobject_type="Task", fields=json.dumps(fields))
    assert one(f"SELECT Subject, Priority, ActivityDate FROM Task WHERE Id = '{created['id']}'") == fields


# --- updating ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "sobject", "argument", "before"),
    [
        ("salesforce_account_update", "Account", "account_id", {"Name": "A", "Phone": "1", "Website": "w.example"}),
        (
            "salesforce_opportunity_update",
            "Opportunity",
            "opportunity_id",
            {"Name": "O", "StageName": "Qualification", "CloseDate": "2031-01-01", "Amount": 9.0, "NextStep": "call"},
        ),
    ],
)
async def test_an_update_changes_what_is_given_clears_what_is_null_and_leaves_the_rest(
    caller: Any, one: Any, make: Any, sent: Any, tool: str, sobject: str, argument: str, before: dict[str, Any]
) -> None:
    record = make(sobject, **before)
    cleared, kept = list(before)[-1], list(before)[-2]
    assert await caller.content(tool, **{argument: record, "Name": "Renamed", cleared: None}) == {
        "id": record,
        "success": True,
    }
    row = one(f"SELECT {', '.join(before)} FROM {sobject} WHERE Id = '{record}'")
    assert row == {**before, "Name": "Renamed", cleared: None}
    assert row[kept] == before[kept]
    (request,) = sent()
    assert json.loads(request.body) == {"Name": "Renamed", cleared: None}


async def test_an_update_of_any_object_does_the_same(caller: Any, one: Any, make: Any) -> None:
    record = make("Contact", LastName="Before", Title="CFO", Email="x@y.example")
    fields = {"LastName": "After", "Email": None}
    await caller.result("salesforce_sobject_update", sobject_type="Contact", record_id=record, fields=fields)
    row = one(f"SELECT LastName, Title, Email FROM Contact WHERE Id = '{record}'")
    assert row == {"LastName": "After", "Title": "CFO", "Email": None}


async def test_a_deal_moved_to_the_next_stage_gets_its_probability(caller: Any, one: Any, make: Any) -> None:
    deal = make("Opportunity", Name="Deal", StageName="Prospecting", CloseDate="2031-01-01")
    await caller.result("salesforce_opportunity_update", opportunity_id=deal, StageName="Closed Won")
    assert one(f"SELECT IsWon, Probability FROM Opportunity WHERE Id = '{deal}'") == {"IsWon": True, "Probability": 100}


# --- deleting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", ["salesforce_account_delete", "salesforce_sobject_delete"])
async def test_a_deleted_record_is_in_the_recycle_bin_and_seen_only_when_asked_for(
    caller: Any, org: LocalOrg, make: Any, tool: str
) -> None:
    account = make("Account", Name="Leaving")
    contact = make("Contact", LastName="Leaving too", AccountId=account)
    whose = {"account_id": account} if "account" in tool else {"sobject_type": "Account", "record_id": account}
    assert (await caller.content(tool, **whose))["success"] is True
    for sobject, record in (("Account", account), ("Contact", contact)):
        soql = f"SELECT Id, IsDeleted FROM {sobject} WHERE Id = '{record}'"
        assert org.query(soql) == []
        assert (await caller.result("salesforce_soql_execute", soql_query=soql))["totalSize"] == 0
        seen = await caller.result("salesforce_soql_execute", soql_query=soql, include_deleted=True)
        assert list(map(plain, seen["records"])) == [{"Id": record, "IsDeleted": True}]
    assert (await caller.error(tool, **whose))["code"] == "ENTITY_IS_DELETED"


# --- composite --------------------------------------------------------------------------------------------------------


def contact_on_a_deal(deal: str, **contact: Any) -> list[dict[str, Any]]:
    role = {"OpportunityId": deal, "ContactId": "@{person.id}", "Role": "Decision Maker"}
    return [
        {"method": "POST", "url": "/sobjects/Contact", "referenceId": "person", "body": contact},
        {"method": "POST", "url": "/sobjects/OpportunityContactRole", "referenceId": "role", "body": role},
    ]


@pytest.fixture
def deal(make: Any) -> str:
    return str(make("Opportunity", Name="Deal", StageName="Prospecting", CloseDate="2031-01-01"))


async def test_a_composite_uses_earlier_results_in_one_request(caller: Any, one: Any, deal: str, sent: Any) -> None:
    request = {"allOrNone": True, "compositeRequest": contact_on_a_deal(deal, LastName="Whitfield")}
    content = await caller.content("salesforce_composite", composite_request=request)
    person, role = content["results"]
    row = one(f"SELECT Id, ContactId, Role FROM OpportunityContactRole WHERE OpportunityId = '{deal}'")
    assert row == {"Id": role["id"], "ContactId": person["id"], "Role": "Decision Maker"}
    assert len(sent()) == 1


async def test_a_composite_that_fails_saves_nothing(caller: Any, deal: str, state_of_the_org: Any) -> None:
    before = state_of_the_org()
    request = {"allOrNone": True, "compositeRequest": contact_on_a_deal(NO_CONTACT, LastName="Nobody")}
    error = await caller.error("salesforce_composite", composite_request=request)
    assert "nothing was saved" in error["hint"]
    assert error["message"].startswith("role: ")
    assert state_of_the_org() == before


async def test_a_composite_without_all_or_none_keeps_what_worked_and_names_what_failed(
    caller: Any, one: Any, deal: str
) -> None:
    subrequests = contact_on_a_deal(deal, FirstName="No last name")
    subrequests.insert(
        0, {"method": "PATCH", "url": f"/sobjects/Opportunity/{deal}", "referenceId": "deal", "body": {"NextStep": "x"}}
    )
    content = await caller.content(
        "salesforce_composite", composite_request=json.dumps({"allOrNone": False, "compositeRequest": subrequests})
    )
    assert content["failed"] == ["person", "role"]
    assert one(f"SELECT NextStep FROM Opportunity WHERE Id = '{deal}'") == {"NextStep": "x"}


async def test_a_composite_can_query_and_use_what_it_found(caller: Any, one: Any, make: Any) -> None:
    make("Account", Name=f"Only one {caller.mode}")
    soql = f"SELECT Id FROM Account WHERE Name = 'Only one {caller.mode}'"
    body = {"LastName": "Found", "AccountId": "@{found.records[0].Id}"}
    request = [
        {"method": "GET", "url": f"/query?q={soql.replace(' ', '+')}", "referenceId": "found"},
        {"method": "POST", "url": "/sobjects/Contact", "referenceId": "person", "body": body},
    ]
    results = (await caller.content("salesforce_composite", composite_request=request))["results"]
    row = one(f"SELECT Account.Name FROM Contact WHERE Id = '{results[1]['id']}'")
    assert row["Account"]["Name"] == f"Only one {caller.mode}"


# --- without LangChain ------------------------------------------------------------------------------------------------


async def test_a_tool_called_by_name_gives_the_whole_result(caller: Any, one: Any) -> None:
    row = one("SELECT Id, Name FROM Account LIMIT 1")
    result = await caller.execute("salesforce_account_get", account_id=row["Id"], fields="Name")
    assert plain(result) == row
    assert result == await caller.result("salesforce_account_get", account_id=row["Id"], fields="Name")


async def test_any_other_call_goes_through_request(caller: Any, one: Any, org: LocalOrg) -> None:
    connect, whose = caller.connect, {"identifier": caller.identifier}

    async def request(method: str, path: str, **more: Any) -> Any:
        if caller.mode == "sync":
            return connect.request(method, path, **whose, **more)
        return await connect.arequest(method, path, **whose, **more)

    made = await request("POST", "/sobjects/Account", json={"Name": "By request"})
    assert await request("PATCH", f"/sobjects/Account/{made['id']}", json={"Name": "Renamed"}) is None
    found = await request("GET", "/query", params={"q": f"SELECT Name FROM Account WHERE Id = '{made['id']}'"})
    assert found["records"][0]["Name"] == "Renamed"
    org.requests.clear()
    with pytest.raises(InvalidArgument):
        await request("GET", "/../oauth2/userinfo")
    assert org.requests == []


# --- sessions ---------------------------------------------------------------------------------------------------------


async def test_a_session_that_died_is_renewed_under_way_and_the_write_happens_once(
    caller: Any, org: LocalOrg, one: Any, sent: Any
) -> None:
    org.expire_sessions()
    created = await caller.result("salesforce_account_create", Name=f"Once, {caller.mode}")
    assert one(f"SELECT COUNT(Id) n FROM Account WHERE Name = 'Once, {caller.mode}'") == {"n": 1}
    assert created["success"] is True
    assert [request.status for request in sent("POST")] == [401, 201]


async def test_a_token_is_renewed_before_it_expires(caller: Any, org: LocalOrg, sent: Any) -> None:
    org.clock.advance(timedelta(minutes=116))
    await caller.result("salesforce_limits_get")
    assert [request.status for request in sent()] == [200]
    assert [each.status for each in org.requests if each.path.endswith("/token")] == [200]
