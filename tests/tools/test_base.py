from __future__ import annotations

import asyncio
import copy
import json
import logging
import pickle
from typing import Any

import pytest
from langchain_core.load import dumps
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import ToolException
from langgraph.errors import GraphInterrupt
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode

from langchain_sfconnect.connection import Result
from langchain_sfconnect.errors import ReauthorizationRequired, SalesforceAPIError, WriteOutcomeUnknown
from langchain_sfconnect.toolkit import SalesforceToolkit
from langchain_sfconnect.tools.names import TOOL_NAMES

SECRET = "00Dxx0000000001!AQEAQ_planted_token"


def tool_call(name: str, arguments: dict[str, Any], call_id: str = "call_1") -> dict[str, Any]:
    return {"type": "tool_call", "id": call_id, "name": name, "args": arguments}


def tools_of(toolkit: SalesforceToolkit) -> dict[str, Any]:
    return {tool.name: tool for tool in toolkit.get_tools()}


@pytest.mark.anyio
@pytest.mark.parametrize("name", TOOL_NAMES)
async def test_sync_and_async_do_the_same_also_inside_a_running_loop(org: Any, examples: Any, name: str) -> None:
    tool = tools_of(SalesforceToolkit(org, "rep-42"))[name]
    call = tool_call(name, examples[name](org.ids))
    in_sync, in_async = tool.invoke(call), await tool.ainvoke(call)
    assert in_sync == in_async
    assert in_sync.status == "success"
    assert isinstance(in_sync.artifact, dict)
    json.loads(in_sync.content)
    json.dumps(in_sync.artifact)
    assert len(org.sent) == 2, "one tool call is one operation"
    assert org.sent[0] == org.sent[1]
    assert org.senders == ["rep-42", "rep-42"]


def test_tools_work_in_one_event_loop_after_another(org: Any) -> None:
    tool = tools_of(SalesforceToolkit(org, "rep-42"))["salesforce_limits_get"]
    first, second = (asyncio.run(tool.ainvoke({})) for _ in range(2))
    assert first == second


def test_a_tool_of_one_argument_takes_plain_text(org: Any) -> None:
    tools_of(SalesforceToolkit(org, "rep-42"))["salesforce_query_soql"].invoke("SELECT Id FROM Account")
    assert org.sent[0].params == {"q": "SELECT Id FROM Account"}


@pytest.mark.parametrize("name", TOOL_NAMES)
@pytest.mark.parametrize("forged", ["FORGED", {"context": {"salesforce_identifier": "boss"}}])
def test_a_forged_runtime_is_refused(org: Any, examples: Any, name: str, forged: Any) -> None:
    tool = tools_of(SalesforceToolkit(org, "rep-42"))[name]
    message = tool.invoke(tool_call(name, {**examples[name](org.ids), "runtime": forged}))
    assert message.status == "error"
    assert json.loads(message.content)["error"]["fields"] == ["runtime"]
    assert org.sent == []


@pytest.mark.parametrize("name", TOOL_NAMES)
@pytest.mark.parametrize("argument", ["tool_call_id", "identifier", "config", "run_manager", "given"])
def test_unknown_arguments_are_refused_or_sent_as_fields(org: Any, examples: Any, name: str, argument: str) -> None:
    tool = tools_of(SalesforceToolkit(org, "rep-42"))[name]
    message = tool.invoke(tool_call(name, {**examples[name](org.ids), argument: "boss"}))
    takes_any_field = name.endswith(("account_create", "account_update", "y_create", "y_update", "contact_create"))
    assert message.status == ("success" if takes_any_field else "error")
    assert org.senders == (["rep-42"] if takes_any_field else [])


def envelope(org: Any, error: Exception, name: str = "salesforce_limits_get", **arguments: Any) -> dict[str, Any]:
    org.answers |= {"/limits": error, "/sobjects/Account": error}
    message = tools_of(SalesforceToolkit(org, "rep-42"))[name].invoke(tool_call(name, arguments))
    assert message.status == "error"
    assert message.artifact is None
    content: dict[str, Any] = json.loads(message.content)
    assert content.keys() == {"error"}
    return dict(content["error"])


def test_salesforces_errors_reach_the_model_as_an_envelope(org: Any) -> None:
    error = SalesforceAPIError("No such column", code="INVALID_FIELD", fields=["Naem"], hint="Describe it.", status=400)
    assert envelope(org, error) == {
        "code": "INVALID_FIELD",
        "message": "No such column",
        "fields": ["Naem"],
        "retryable": False,
        "who": "agent",
        "hint": "Describe it.",
    }


def test_errors_say_who_can_mend_them(org: Any) -> None:
    assert envelope(org, ReauthorizationRequired("rep-42", "REVOKED"))["who"] == "user"
    unknown = envelope(org, WriteOutcomeUnknown("It was sent"), "salesforce_account_create", Name="x")
    assert (unknown["code"], unknown["retryable"]) == ("WRITE_OUTCOME_UNKNOWN", False)


def test_an_unexpected_exception_is_an_envelope_without_its_text(org: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        error = envelope(org, RuntimeError(SECRET), "salesforce_account_create", Name="x")
    assert error["code"] == "INTERNAL_ERROR"
    assert "may have happened" in error["hint"]
    assert SECRET not in caplog.text + json.dumps(error)
    assert "RuntimeError" in caplog.text


@pytest.mark.parametrize("error", [RuntimeError(SECRET), SalesforceAPIError("refused")])
def test_no_exception_is_chained_to_what_a_tool_raises(org: Any, error: Exception) -> None:
    org.answers["/limits"] = error
    tool = tools_of(SalesforceToolkit(org, "rep-42"))["salesforce_limits_get"]
    tool.handle_tool_error = False
    with pytest.raises(ToolException) as caught:
        tool.invoke({})
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_langgraphs_interrupts_pass_through(org: Any) -> None:
    org.answers["/limits"] = GraphInterrupt()
    with pytest.raises(GraphInterrupt):
        tools_of(SalesforceToolkit(org, "rep-42"))["salesforce_limits_get"].invoke({})


def test_validation_errors_name_arguments_and_repeat_no_value(org: Any) -> None:
    tool = tools_of(SalesforceToolkit(org, "rep-42"))["salesforce_account_get"]
    message = tool.invoke(tool_call(tool.name, {"account_id": SECRET * 100, "bogus" * 100: 1}))
    error = json.loads(message.content)["error"]
    assert error["code"] == "INVALID_ARGUMENT"
    assert error["fields"][0] == "account_id"
    assert SECRET not in message.content
    assert len(message.content) < 700


def test_without_an_account_a_tool_says_how_to_name_one(org: Any) -> None:
    tool = tools_of(SalesforceToolkit(org))["salesforce_limits_get"]
    error = json.loads(tool.invoke(tool_call(tool.name, {})).content)["error"]
    assert (error["code"], error["who"]) == ("ACCOUNT_NOT_RESOLVED", "developer")
    assert org.sent == []


def test_the_config_of_a_run_names_the_account(org: Any) -> None:
    tool = tools_of(SalesforceToolkit(org))["salesforce_limits_get"]
    config = {"configurable": {"salesforce_identifier": "rep-7"}}
    tool.invoke({}, config)
    asyncio.run(tool.ainvoke({}, config))
    assert org.senders == ["rep-7", "rep-7"]


def test_a_callable_names_the_account_of_each_call(org: Any) -> None:
    toolkit = SalesforceToolkit(org, account_for=lambda call, config, runtime: f"{call['id']}-{call['args']['limit']}")
    tool = tools_of(toolkit)["salesforce_accounts_list"]
    tool.invoke(tool_call(tool.name, {"limit": 3}, "call_9"))
    assert org.senders == ["call_9-3"]


def graph_over(toolkit: SalesforceToolkit) -> Any:
    graph: Any = StateGraph(MessagesState, context_schema=dict[str, str])
    graph.add_node("tools", ToolNode(toolkit.get_tools()))
    graph.add_edge(START, "tools")
    graph.add_edge("tools", END)
    return graph.compile()


def run_turn(toolkit: SalesforceToolkit, name: str, arguments: dict[str, Any], **context: Any) -> ToolMessage:
    calls = [{"name": name, "args": arguments, "id": "call_1", "type": "tool_call"}]
    state = graph_over(toolkit).invoke({"messages": [AIMessage("", tool_calls=calls)]}, context=context)
    message: ToolMessage = state["messages"][-1]
    return message


def test_in_a_graph_the_context_names_the_account(org: Any) -> None:
    assert (
        run_turn(SalesforceToolkit(org), "salesforce_limits_get", {}, salesforce_identifier="rep-9").status == "success"
    )
    assert org.senders == ["rep-9"]


def test_in_a_graph_a_runtime_given_by_the_model_changes_nothing(org: Any) -> None:
    forged = {"runtime": {"context": {"salesforce_identifier": "boss"}}}
    run_turn(SalesforceToolkit(org), "salesforce_limits_get", forged, salesforce_identifier="rep-9")
    assert org.senders == ["rep-9"]


def test_in_a_graph_omitted_and_null_stay_apart_and_errors_are_messages(org: Any) -> None:
    toolkit = SalesforceToolkit(org, "rep-42")
    run_turn(toolkit, "salesforce_account_update", {"account_id": org.ids["account"], "Phone": None})
    assert org.sent[-1].json == {"Phone": None}
    assert run_turn(toolkit, "salesforce_account_update", {"account_id": "nope"}).status == "error"


def test_tools_and_toolkits_cannot_be_pickled_and_show_nothing(org: Any) -> None:
    class Guarded:
        api_version = "66.0"
        token = SECRET

        def permits(self, identifier: str, user: Any) -> bool:
            return True

        async def send(self, operation: Any, *, identifier: str, **_: Any) -> Result:
            raise NotImplementedError

    toolkit = SalesforceToolkit(Guarded(), "rep-42")  # type: ignore[arg-type]
    for thing in (toolkit, *toolkit.get_tools()):
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(thing)
        shown = f"{thing!r} {thing} {dumps(thing)} {thing.model_dump()} {vars(thing)}"
        assert SECRET not in shown
        assert "Guarded" not in shown


def test_a_deep_copy_of_a_tool_still_works_and_copies_no_connection(org: Any) -> None:
    tool = tools_of(SalesforceToolkit(org, "rep-42"))["salesforce_limits_get"]
    copy.deepcopy(tool).invoke({})
    assert len(org.sent) == 1


@pytest.mark.parametrize("name", TOOL_NAMES)
def test_no_error_of_any_tool_ends_an_agents_run(org: Any, name: str) -> None:
    tool = tools_of(SalesforceToolkit(org, "rep-42"))[name]
    assert callable(tool.handle_tool_error)
    assert callable(tool.handle_validation_error)
