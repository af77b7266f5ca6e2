"""Which writes people must approve, told from the call itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from langchain_core.messages import ToolCall

from langchain_sfconnect.errors import InvalidArgument
from langchain_sfconnect.guard.rules import destroys, require_callable, rule_of

ID = "001000000000001AAA"


def call(name: str, **args: Any) -> ToolCall:
    return ToolCall(name=name, args=args, id="c", type="tool_call")


def composite(*requests: Any) -> ToolCall:
    return call("salesforce_composite", composite_request={"compositeRequest": list(requests)})


def sub(method: str, url: str, **more: Any) -> dict[str, Any]:
    return {"method": method, "url": url, "referenceId": "r", **more}


@pytest.mark.parametrize(
    "deleting",
    [
        call("salesforce_account_delete", account_id=ID),
        call("salesforce_sobject_delete", sobject_type="Case", record_id=ID),
        composite(sub("DELETE", f"/sobjects/Account/{ID}")),
        composite(sub("delete", "/composite/sobjects?ids=1,2")),
        composite(sub("POST", f"/sobjects/Account/{ID}?_HttpMethod=DELETE", body={})),
        composite(sub("POST", "/composite/batch", body={"batchRequests": [{"method": "Delete", "url": "x"}]})),
        call("salesforce_composite", composite_request=json.dumps({"compositeRequest": [sub("DELETE", "/x/y")]})),
    ],
)
def test_what_deletes_is_destructive(deleting: ToolCall) -> None:
    assert destroys(deleting)
    assert rule_of("destructive")(deleting)


@pytest.mark.parametrize(
    "keeping",
    [
        call("salesforce_account_update", account_id=ID, Name="DELETE"),
        call("salesforce_account_create", Name="A"),
        call("salesforce_account_delete", account_id="nonsense"),
        composite(sub("PATCH", f"/sobjects/Account/{ID}", body={"Name": "DELETE"})),
        call("salesforce_composite", composite_request="nonsense"),
        call("their_own_delete", id=ID),
    ],
)
def test_what_deletes_nothing_is_not(keeping: ToolCall) -> None:
    assert not destroys(keeping)


@pytest.mark.parametrize("value", [{1, 2}, object(), float("nan"), b"x"])
def test_arguments_that_no_checkpoint_can_keep_are_no_edit(value: Any) -> None:
    with pytest.raises(InvalidArgument, match="not plain JSON"):
        require_callable(call("upsert", text=value), ["upsert"])


def test_arguments_as_deep_as_they_like_are_no_edit() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InvalidArgument, match="not plain JSON"):
        require_callable(call("upsert", text=deep), ["upsert"])


def test_a_tool_of_the_product_takes_any_arguments() -> None:
    require_callable(call("upsert", text="x"), ["upsert"])
    with pytest.raises(InvalidArgument, match="knows no tool"):
        require_callable(call("upsert", text="x"), [])
