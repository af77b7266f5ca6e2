from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_sfconnect import SalesforceApp, SalesforceConnect
from langchain_sfconnect.errors import InvalidArgument, PolicyDenied, SFConnectError
from langchain_sfconnect.stores import KeyRing
from langchain_sfconnect.tools import SPECS
from langchain_sfconnect.tools.execute import execute
from langchain_sfconnect.tools.names import TOOL_NAMES
from langchain_sfconnect.tools.policy import AccessPolicy

FREE_FORM = {
    "salesforce_query_soql",
    "salesforce_soql_execute",
    "salesforce_search_sosl",
    "salesforce_composite",
}
WRITES = {name for name, spec in SPECS.items() if spec.kind == "write"}


def listed(**policy: Any) -> set[str]:
    return {name for name, spec in SPECS.items() if AccessPolicy(**policy).lists(spec)}


def run(org: Any, name: str, arguments: Any, **policy: Any) -> dict[str, Any]:
    call = execute(org, name, identifier="rep-42", tool_input=arguments, policy=AccessPolicy(**policy))
    return asyncio.run(call)


def test_by_default_everything_is_listed() -> None:
    assert listed() == set(TOOL_NAMES)


def test_read_only_lists_reads_only() -> None:
    assert listed(read_only=True) == set(TOOL_NAMES) - WRITES
    assert len(WRITES) == 10


def test_tools_can_be_named() -> None:
    assert listed(tools=["salesforce_query_soql"]) == {"salesforce_query_soql"}


def test_without_deleting_no_delete_tool_is_listed() -> None:
    assert set(TOOL_NAMES) - listed(allow_delete=False) == {"salesforce_account_delete", "salesforce_sobject_delete"}


def test_tools_of_other_objects_reports_and_dashboards_are_not_listed_where_objects_are_named() -> None:
    left_out = set(TOOL_NAMES) - listed(objects=["contact"])
    assert {"salesforce_account_get", "salesforce_opportunities_list", "salesforce_report_metadata_get"} <= left_out
    assert "salesforce_contact_get" not in left_out
    assert "salesforce_dashboard_metadata_get" not in listed(deny_fields=["Email"])


def test_free_form_tools_are_not_listed_where_objects_are_named_unless_they_are_named_too() -> None:
    every_object = ["Account", "Contact", "Opportunity"]
    assert {name for name, spec in SPECS.items() if spec.free_form} == FREE_FORM
    assert set(TOOL_NAMES) - listed(objects=every_object) - FREE_FORM == {
        "salesforce_report_metadata_get",
        "salesforce_dashboard_metadata_get",
    }
    assert not FREE_FORM & listed(objects=every_object)
    assert not FREE_FORM & listed(objects=every_object, tools=["salesforce_account_get"])
    named = ["salesforce_query_soql", "salesforce_account_get"]
    assert listed(objects=every_object, tools=named) == set(named)
    assert listed(objects=every_object, tools=TOOL_NAMES) >= FREE_FORM
    assert "salesforce_composite" not in listed(objects=every_object, tools=TOOL_NAMES, read_only=True)


def test_denied_fields_alone_leave_the_free_form_tools_on_the_list() -> None:
    assert listed(deny_fields=["Email"]) >= FREE_FORM


@pytest.mark.parametrize("name", sorted(FREE_FORM))
@pytest.mark.parametrize("tools", [None, ["salesforce_account_get"]], ids=["all", "others"])
def test_a_free_form_tool_is_refused_where_only_objects_are_named_and_the_refusal_says_what_to_name(
    org: Any, examples: Any, name: str, tools: Any
) -> None:
    with pytest.raises(PolicyDenied) as caught:
        run(org, name, examples[name](org.ids), objects=["Account", "Contact"], tools=tools)
    assert org.sent == []
    assert name in caught.value.message
    if tools is None:
        assert f"AccessPolicy(tools=['{name}', …])" in caught.value.hint
    run(org, name, examples[name](org.ids), objects=["Account", "Contact"], tools=[name])
    assert len(org.sent) == 1
    run(org, name, examples[name](org.ids), deny_fields=["Email"])
    assert len(org.sent) == 2


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_execute_tool_refuses_a_free_form_tool_before_it_looks_for_the_account(mode: str) -> None:
    policy, arguments = AccessPolicy(objects=["Account"]), {"query": "SELECT Id FROM Account"}
    app = SalesforceApp("id", redirect_uri="https://app.example/callback")
    with SalesforceConnect(app, "memory://", [KeyRing.generate_key()]) as connect:
        execute_tool = (
            connect.execute_tool if mode == "sync" else lambda *a, **k: asyncio.run(connect.aexecute_tool(*a, **k))
        )
        with pytest.raises(PolicyDenied, match="any object"):
            execute_tool("salesforce_query_soql", identifier="nobody", tool_input=arguments, policy=policy)


@pytest.mark.parametrize("name", TOOL_NAMES)
@pytest.mark.parametrize(
    "policy",
    [{"tools": []}, {"read_only": True}, {"allow_delete": False}, {"objects": ["Lead"]}, {"deny_fields": ["Email"]}],
    ids=str,
)
def test_what_is_not_listed_is_not_executed(org: Any, examples: Any, name: str, policy: dict[str, Any]) -> None:
    arguments = examples[name](org.ids)
    # A composite of GETs is the one call that may be executed without being listed.
    if name in listed(**policy) or (policy == {"read_only": True} and name == "salesforce_composite"):
        return
    with pytest.raises(PolicyDenied):
        run(org, name, arguments, **policy)
    assert org.sent == []


json_values = st.recursive(st.none() | st.booleans() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=2))


@given(st.sampled_from(TOOL_NAMES), st.data())
def test_read_only_never_lets_a_write_through(name: str, data: st.DataObject) -> None:
    class Recorder:
        api_version = "66.0"
        kinds: list[str]

        def permits(self, identifier: str, user: Any) -> bool:
            return True

        async def send(self, operation: Any, *, identifier: str, **_: Any) -> Any:
            raise SFConnectError(operation.kind)

    verbs = st.sampled_from(["GET", "get", "POST", "PATCH", "PUT", "DELETE"])
    given_arguments = {
        argument: data.draw(_plausible(argument, verbs) | json_values) for argument in SPECS[name].args.model_fields
    }
    with pytest.raises(SFConnectError) as caught:
        run(Recorder(), name, given_arguments, read_only=True)
    assert caught.value.message != "write"


def _plausible(argument: str, verbs: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    ids = {"account_id": "001", "contact_id": "003", "opportunity_id": "006", "report_id": "00O", "dashboard_id": "01Z"}
    if argument == "composite_request":
        return st.lists(verbs, min_size=1, max_size=3).map(
            lambda methods: [
                {"method": method, "url": "/sobjects/Account", "referenceId": f"r{n}"}
                for n, method in enumerate(methods)
            ]
        )
    if argument in ids or argument == "record_id":
        return st.just(ids.get(argument, "001") + "000000000001")
    return st.sampled_from(["Account", "SELECT Id FROM Account", '{"Name": "x"}', "2026-11-23"])


ALLOWED_TO_ACCOUNTS_AND_CONTACTS = [
    "SELECT Id, Name FROM account",
    "SELECT Id, Account.Name FROM Contact",
    "SELECT Name, (SELECT Id FROM Contacts) FROM Account",
    "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact)",
    "SELECT ReportsTo.ReportsTo.Account.Parent.Name FROM Contact",
    "SELECT COUNT() FROM Contact WHERE Name = 'x FROM Opportunity'",
]
FOREIGN_TO_ACCOUNTS_AND_CONTACTS = [
    "SELECT Id FROM Opportunity",
    "SELECT Owner.Name FROM Account",
    "SELECT Name, (SELECT Id FROM Opportunities) FROM Account",
    "SELECT Name, (SELECT Id FROM Deals__r) FROM Account",
    "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Opportunity)",
    "SELECT Region__r.Name FROM Account",
    "SELECT Id FROM Contact ORDER BY Account.Owner.Email",
    "SELECT Id FROM Account, Opportunity",
    "SELECT Id FROM Account WHERE Name = 'unclosed",
]


@pytest.mark.parametrize(
    ("tool", "argument"), [("salesforce_query_soql", "query"), ("salesforce_soql_execute", "soql_query")]
)
def test_queries_stay_inside_the_named_objects(restricted: Any, org: Any, tool: str, argument: str) -> None:
    caller = restricted(objects=["Account", "CONTACT"], tools=[tool])
    for statement in ALLOWED_TO_ACCOUNTS_AND_CONTACTS:
        caller.content(tool, **{argument: statement})
    sent = len(org.sent)
    for statement in FOREIGN_TO_ACCOUNTS_AND_CONTACTS:
        assert caller.error(tool, **{argument: statement})["code"] == "POLICY_DENIED", statement
    assert len(org.sent) == sent


def test_long_and_explained_queries_stay_inside_the_named_objects(restricted: Any) -> None:
    caller = restricted(objects=["Account"], tools=FREE_FORM)
    long = "SELECT Id FROM {} WHERE Name = '" + "x" * 13_000 + "'"
    caller.content("salesforce_query_soql", query="SELECT Id FROM Account")
    assert caller.error("salesforce_query_soql", query=long.format("Contact"))["code"] == "POLICY_DENIED"
    arguments = {"soql_query": "SELECT Id FROM Contact", "explain": True}
    assert caller.error("salesforce_soql_execute", **arguments)["code"] == "POLICY_DENIED"


@pytest.mark.parametrize(
    "search",
    [
        "FIND {x}",
        "FIND {x} RETURNING Opportunity(Id)",
        "FIND {x} RETURNING Account(Id), Lead",
        "FIND {x} RETURNING Account(Id, Owner.Name)",
    ],
)
def test_searches_stay_inside_the_named_objects(restricted: Any, search: str) -> None:
    caller = restricted(objects=["Account"], tools=TOOL_NAMES)
    caller.content("salesforce_search_sosl", search_query="FIND {x RETURNING Lead} RETURNING Account(Id)")
    assert caller.error("salesforce_search_sosl", search_query=search)["code"] == "POLICY_DENIED"
    assert caller.error("salesforce_search_parameterized", search_text="xx", sobject="Lead")["code"] == "POLICY_DENIED"


def test_records_and_describes_stay_inside_the_named_objects(restricted: Any, org: Any) -> None:
    caller = restricted(objects=["Account"])
    foreign: list[tuple[str, dict[str, Any]]] = [
        ("salesforce_sobject_create", {"sobject_type": "Lead", "fields": {"LastName": "x"}}),
        ("salesforce_sobject_get", {"sobject_type": "Contact", "record_id": org.ids["contact"]}),
        ("salesforce_sobject_delete", {"sobject_type": "Contact", "record_id": org.ids["contact"]}),
        ("salesforce_object_describe", {"sobject": "Contact"}),
        (
            "salesforce_sobject_get",
            {"sobject_type": "Account", "record_id": org.ids["account"], "fields": "Owner.Name"},
        ),
        ("salesforce_account_create", {"Name": "x", "Owner": {"Ext__c": "1"}}),
    ]
    for tool, arguments in foreign:
        assert caller.error(tool, **arguments)["code"] == "POLICY_DENIED", tool
    assert org.sent == []
    names = [each["name"] for each in caller.content("salesforce_global_describe")["objects"]]
    assert names == ["Account"]
    described = caller.message("salesforce_object_describe", sobject="Account").artifact
    assert described["childRelationships"] == []


def sub(method: str, url: str, ref: str = "a", **more: Any) -> dict[str, Any]:
    return {"method": method, "url": url, "referenceId": ref, **more}


@pytest.mark.parametrize(
    "subrequest",
    [
        sub("GET", "/sobjects/Contact"),
        sub("GET", "/query?q=SELECT Id FROM Contact"),
        sub("GET", "/query?q=SELECT+Id+FROM+Account&q=SELECT+Id+FROM+Contact"),
        sub("GET", "/query?Q=SELECT+Id+FROM+Contact"),
        sub("GET", "/query?q=SELECT+Id+FROM+Account+WHERE+Name='@{b.Name}'"),
        sub("GET", "/query?q=SELECT+Id+FROM+Account+WHERE+Name='%40%7Bb.Name%7D'"),
        sub("GET", "/search?q=FIND {x}"),
        sub("GET", "/sobjects/Account/001000000000001AAA/Contacts"),
        sub("GET", "/sobjects/Account/@{b.id}/Contacts"),
        sub("GET", "/sobjects/@{b.type}/001000000000001AAA"),
        sub("GET", "/sobjects/Account/@{b.Name}"),
        sub("GET", "/sobjects/Account/Ext__c/@{b.Name}"),
        sub("GET", "/sobjects/Account/deleted?start=x"),
        sub("GET", "/parameterizedSearch?q=x&sobject=Contact"),
        sub("GET", "/ui-api/records/001000000000001AAA"),
        sub("GET", "/analytics/reports/00O000000000001EAA"),
        sub("GET", "/tooling/query?q=SELECT+Id+FROM+ApexClass"),
        sub("POST", "/composite/sobjects", body={"records": [{"attributes": {"type": "Account"}, "Name": "x"}]}),
        sub("POST", "/composite/tree/Account", body={}),
        sub("POST", "/sobjects/Account", body={"attributes": {"type": "Contact"}, "Name": "x"}),
        sub("POST", "/sobjects/Account", body={"Owner": {"Ext__c": "x"}}),
        sub("POST", "/sobjects/Account", body=["x"]),
    ],
)
def test_composites_stay_inside_the_named_objects(restricted: Any, org: Any, subrequest: dict[str, Any]) -> None:
    caller = restricted(objects=["Account"], tools=["salesforce_composite"])
    assert caller.error("salesforce_composite", composite_request=[subrequest])["code"] == "POLICY_DENIED"
    assert org.sent == []


def test_a_composite_inside_the_named_objects_is_sent(restricted: Any, org: Any) -> None:
    subrequests = [
        sub("POST", "/sobjects/Account", "a", body={"Name": "x"}),
        sub("PATCH", "/sobjects/account/@{a.id}", "b", body={"Parent": {"Ext__c": "1"}, "Site": "@{a.id}"}),
        sub("GET", "/query?q=SELECT Name FROM Account WHERE Id = '@{a.id}'", "c"),
        sub("GET", "/services/data/v66.0/sobjects/Account/Ext__c/A-1", "d"),
        sub("GET", "/sobjects/Account/describe", "e"),
    ]
    caller = restricted(objects=["Account"], tools=["salesforce_composite"])
    caller.content("salesforce_composite", composite_request=subrequests)
    assert len(org.sent) == 1


@pytest.mark.parametrize("denied", ["Salary__c", "salary__C", "Contact.Salary__c"])
def test_denied_fields_are_neither_asked_for_nor_written(restricted: Any, org: Any, denied: str) -> None:
    caller = restricted(deny_fields=[denied])
    contact = org.ids["contact"]
    refused: list[tuple[str, dict[str, Any]]] = [
        ("salesforce_query_soql", {"query": "SELECT Salary__c FROM Contact"}),
        ("salesforce_query_soql", {"query": "SELECT MAX(Salary__c) Name FROM Contact"}),
        ("salesforce_query_soql", {"query": "SELECT Id FROM Contact WHERE Salary__c > 1"}),
        ("salesforce_query_soql", {"query": "SELECT Id FROM Contact ORDER BY SALARY__C"}),
        ("salesforce_query_soql", {"query": "SELECT c . Salary__c FROM Contact c"}),
        ("salesforce_query_soql", {"query": "SELECT Id, (SELECT Salary__c FROM Contacts) FROM Account"}),
        ("salesforce_query_soql", {"query": "SELECT Id, (SELECT Salary__c FROM People__r) FROM Account"}),
        ("salesforce_query_soql", {"query": "SELECT Contact.Salary__c FROM Case"}),
        ("salesforce_query_soql", {"query": "SELECT Boss__r.Salary__c FROM Account"}),
        ("salesforce_query_soql", {"query": "SELECT FIELDS(ALL) FROM Contact LIMIT 1"}),
        ("salesforce_search_sosl", {"search_query": "FIND {x} RETURNING Contact(Id, Salary__c)"}),
        ("salesforce_search_parameterized", {"search_text": "xx", "sobject": "Contact", "fields": "Salary__c"}),
        ("salesforce_contact_get", {"contact_id": contact, "fields": ["Salary__c"]}),
        ("salesforce_sobject_get", {"sobject_type": "Case", "record_id": contact, "fields": "Contact.Salary__c"}),
        ("salesforce_contact_create", {"LastName": "x", "salary__c": 1}),
        ("salesforce_sobject_update", {"sobject_type": "Contact", "record_id": contact, "fields": {"Salary__c": None}}),
        ("salesforce_composite", {"composite_request": [sub("POST", "/sobjects/Contact", body={"Salary__c": 1})]}),
        (
            "salesforce_composite",
            {"composite_request": [sub("POST", "/sobjects/Contact", body={"Title": "is @{c.Salary__c}"})]},
        ),
    ]
    for tool, arguments in refused:
        assert caller.error(tool, **arguments)["code"] == "POLICY_DENIED", (tool, arguments)
    assert org.sent == []


def test_a_field_denied_on_one_object_is_free_on_others(restricted: Any) -> None:
    caller = restricted(deny_fields=["Account.Phone"])
    caller.content("salesforce_query_soql", query="SELECT Phone, Owner.Phone FROM Contact")
    assert caller.error("salesforce_query_soql", query="SELECT Account.Phone FROM Contact")["code"] == "POLICY_DENIED"
    assert caller.error("salesforce_query_soql", query="SELECT Phone FROM Account")["code"] == "POLICY_DENIED"


@pytest.mark.parametrize(
    ("denied", "statement"),
    [
        ("MailingCity", "SELECT MailingAddress FROM Contact"),
        ("MailingAddress", "SELECT MailingStreet FROM Contact"),
        ("FirstName", "SELECT Name FROM Contact"),
        ("Place__c", "SELECT Place__Latitude__s FROM Account"),
        ("Place__Longitude__s", "SELECT Place__c FROM Account"),
        ("OwnerId", "SELECT Owner.Name FROM Account"),
        ("Boss__c", "SELECT Boss__r.Id FROM Account"),
    ],
)
def test_other_ways_to_the_same_data_are_denied_too(restricted: Any, denied: str, statement: str) -> None:
    assert restricted(deny_fields=[denied]).error("salesforce_query_soql", query=statement)["code"] == "POLICY_DENIED"


def test_list_tools_leave_out_columns_that_may_not_be_read(restricted: Any) -> None:
    soql = restricted(objects=["Opportunity"], deny_fields=["Amount"]).sent("salesforce_opportunities_list").params["q"]
    assert "StageName" in soql
    assert not any(name in soql for name in ("Amount", "Account.Name", "Owner.Name"))


def test_deleting_is_refused_inside_a_composite_too(restricted: Any, org: Any) -> None:
    url = f"/sobjects/Account/{org.ids['account']}"
    caller = restricted(allow_delete=False)
    assert caller.error("salesforce_composite", composite_request=[sub("DELETE", url)])["code"] == "POLICY_DENIED"
    caller.content("salesforce_composite", composite_request=[sub("PATCH", url, body={"Name": "x"})])


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"tools": ["salesforce_query_sql"]}, "Did you mean salesforce_query_soql"),
        ({"tools": "salesforce_query_soql"}, "a list, tuple or set"),
        ({"objects": "Account"}, "a list, tuple or set"),
        ({"objects": [1]}, "a list, tuple or set"),
        ({"objects": ["Acc ount"]}, "not an API name"),
        ({"deny_fields": "Email"}, "a list, tuple or set"),
        ({"deny_fields": ["A.B.C"]}, "Object.Field"),
        ({"max_rows": 0}, "above 0"),
        ({"max_rows": True}, "above 0"),
        ({"read_only": "yes"}, "True or False"),
        ({"allow_delete": None}, "True or False"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(values: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidArgument, match=complaint):
        AccessPolicy(**values)


def test_policies_are_values() -> None:
    one = AccessPolicy(objects=["Account", "Contact"], tools=TOOL_NAMES)
    assert one == AccessPolicy(objects=("Contact", "Account"), tools=set(TOOL_NAMES))
    assert len({one, AccessPolicy()}) == 2


def test_every_tool_is_checked_against_every_restriction(org: Any, examples: dict[str, Callable[..., Any]]) -> None:
    """Whatever its arguments, a tool sends nothing of an object that is not allowed."""
    policies: list[dict[str, Any]] = [
        {"objects": []},
        {"objects": ["Lead"], "deny_fields": ["LastName"]},
        {"objects": [], "tools": TOOL_NAMES},
        {"objects": ["Lead"], "deny_fields": ["LastName"], "tools": TOOL_NAMES},
    ]
    for name, policy in itertools.product(TOOL_NAMES, policies):
        org.sent.clear()
        try:
            run(org, name, examples[name](org.ids), **policy)
        except PolicyDenied:
            assert org.sent == []
        else:
            assert name in ("salesforce_global_describe", "salesforce_limits_get")
