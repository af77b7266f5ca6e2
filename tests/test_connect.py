"""The entry point as a product uses it: requests, tools by name, sync and async, many loops and threads."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from langchain_sfconnect import AccessPolicy, AccountStatus, SalesforceConnect
from langchain_sfconnect.errors import (
    AccountNotFound,
    InvalidArgument,
    PolicyDenied,
    ReauthorizationRequired,
    SalesforceAPIError,
    UnknownTool,
)

if TYPE_CHECKING:
    from langchain_sfconnect.localorg import LocalOrg


def test_any_rest_call_can_be_made(connect: SalesforceConnect, org: LocalOrg, rep: str) -> None:
    made = connect.request("POST", "/sobjects/Lead", identifier=rep, json={"LastName": "Wong", "Company": "Acme"})
    lead = connect.request("GET", f"/sobjects/Lead/{made['id']}", identifier=rep, params={"fields": "Company"})
    assert lead["Company"] == "Acme"
    changed = connect.request("PATCH", f"/sobjects/Lead/{made['id']}", identifier=rep, json={"Company": "Apex"})
    assert changed is None
    assert connect.request("DELETE", f"/sobjects/Lead/{made['id']}", identifier=rep) is None
    with pytest.raises(SalesforceAPIError) as caught:
        connect.request("GET", f"/sobjects/Lead/{made['id']}", identifier=rep)
    assert caught.value.status == 404


def test_a_next_records_url_works_as_it_is(connect: SalesforceConnect, rep: str) -> None:
    query = {"query": "SELECT Id FROM Opportunity ORDER BY Id"}
    page = connect.execute_tool("salesforce_query_soql", identifier=rep, tool_input=query)
    rest = connect.request("GET", page["nextRecordsUrl"], identifier=rep)
    assert len(page["records"]) + len(rest["records"]) == page["totalSize"]


@pytest.mark.parametrize(
    "path", ["limits", "https://evil.example/x", "/../../oauth2/token", "/services/oauth2/revoke", "/query?q=x", "//x"]
)
def test_a_request_stays_below_the_data_api(connect: SalesforceConnect, org: LocalOrg, rep: str, path: str) -> None:
    before = len(org.requests)
    if path == "/services/oauth2/revoke":  # a path like any other, and so one below /services/data
        with pytest.raises(SalesforceAPIError):
            connect.request("GET", path, identifier=rep)
        assert org.requests[-1].path == "/services/data/v66.0/services/oauth2/revoke"
        return
    with pytest.raises(InvalidArgument):
        connect.request("GET", path, identifier=rep)
    assert len(org.requests) == before


def test_a_method_that_is_none_is_refused(connect: SalesforceConnect, rep: str) -> None:
    with pytest.raises(InvalidArgument, match="TRACE"):
        connect.request("TRACE", "/limits", identifier=rep)  # type: ignore[arg-type]


def test_a_tool_is_called_by_name_without_langchain(connect: SalesforceConnect, rep: str) -> None:
    query = {"query": "SELECT COUNT() FROM Opportunity"}
    assert connect.execute_tool("salesforce_query_soql", identifier=rep, tool_input=query)["totalSize"] >= 200
    with pytest.raises(UnknownTool, match="salesforce_query_soql"):
        connect.execute_tool("salesforce_query_sql", identifier=rep, tool_input=query)
    with pytest.raises(InvalidArgument) as caught:
        connect.execute_tool("salesforce_query_soql", identifier=rep, tool_input={"soql": "x"})
    assert set(caught.value.fields) == {"query", "soql"}
    with pytest.raises(PolicyDenied):
        connect.execute_tool(
            "salesforce_account_create",
            identifier=rep,
            tool_input={"Name": "Acme"},
            policy=AccessPolicy(read_only=True),
        )


def test_accounts_that_are_not_there_or_not_active_are_told_apart(connect: SalesforceConnect) -> None:
    with pytest.raises(AccountNotFound):
        connect.request("GET", "/limits", identifier="nobody")
    connect.get_or_create_account("new")
    with pytest.raises(ReauthorizationRequired) as caught:
        connect.request("GET", "/limits", identifier="new")
    assert (caught.value.identifier, caught.value.status, caught.value.who) == ("new", "PENDING_AUTH", "user")


@pytest.mark.anyio
async def test_sync_and_async_do_the_same_under_a_running_loop(connect: SalesforceConnect, org: LocalOrg) -> None:
    connect.get_or_create_account("rep-42")
    link = await connect.aauthorization_link("rep-42")
    assert link == connect.authorization_link("rep-42")
    callback = await asyncio.to_thread(org.approve, link.url)
    account = await connect.acomplete_authorization(callback, "rep-42")
    assert account == connect.get_account("rep-42") == await connect.aget_account("rep-42")
    assert await connect.alist_accounts("ACTIVE") == connect.list_accounts("ACTIVE") == [account]
    checked = await connect.acheck_account("rep-42")
    assert checked.status is connect.check_account("rep-42").status is AccountStatus.ACTIVE
    limits: Any = await connect.arequest("GET", "/limits", identifier="rep-42")
    assert set(limits) == set(connect.request("GET", "/limits", identifier="rep-42"))
    assert (await connect.arefresh_account("rep-42")).status is AccountStatus.ACTIVE
    assert (await connect.adisconnect_account("rep-42")).status is AccountStatus.DISCONNECTED
    await connect.adelete_account("rep-42")
    assert await connect.alist_accounts() == []
    await connect.aclose()


def test_one_connection_serves_many_loops_and_threads(connect: SalesforceConnect, rep: str) -> None:
    async def call() -> Any:
        return await connect.arequest("GET", "/limits", identifier=rep)

    for _ in range(3):
        assert asyncio.run(call())
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(connect.request, "GET", "/limits", identifier=rep) for _ in range(40)]
        assert all(future.result(timeout=60) for future in futures)


def test_a_connection_can_be_closed_and_used_again(connect: SalesforceConnect, rep: str) -> None:
    connect.close()
    assert connect.request("GET", "/limits", identifier=rep)
    connect.close()
    connect.close()


def test_accounts_are_listed_in_pages(connect: SalesforceConnect) -> None:
    for number in range(5):
        connect.get_or_create_account(f"rep-{number}")
    first = connect.list_accounts(limit=2)
    assert [account.identifier for account in first] == ["rep-0", "rep-1"]
    rest = connect.list_accounts(after="rep-1")
    assert [account.identifier for account in rest] == ["rep-2", "rep-3", "rep-4"]
    assert connect.list_accounts("ACTIVE") == []
