"""What follows from a message list and a check: which calls are open, go, ask or block, and what the model is told.

Pure functions over plain values; it knows no graph, no connection and no clock.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from langchain_core.messages import AIMessage, BaseMessage, ToolCall, ToolMessage

from langchain_sfconnect.errors import ReauthorizationRequired
from langchain_sfconnect.guard.check import ACTIVE, Finding, Findings

Verdict = Literal["go", "ask", "block"]
Envelope = dict[str, Any]

EDITS = "hitl_edited_tool_calls"

_DECLINED = {
    "code": "AUTHORIZATION_DECLINED",
    "hint": "Nothing was written. Do not repeat the call unless the user asks for it.",
}


def messages_of(state: Any) -> Sequence[BaseMessage]:
    """The messages of a graph state, be it a mapping or an object."""
    messages: Sequence[BaseMessage] = state["messages"] if isinstance(state, Mapping) else state.messages
    return messages


def newest_turn(messages: Sequence[BaseMessage]) -> tuple[AIMessage | None, Sequence[BaseMessage]]:
    """The newest message of the model, and all that came after it."""
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        if isinstance(message, AIMessage):
            return message, messages[index + 1 :]
    return None, ()


def pending_calls(messages: Sequence[BaseMessage]) -> list[ToolCall]:
    """The newest model message's tool calls that have no ToolMessage yet.

    Only what follows that message counts as an answer: some models use the same call ids in every turn.
    """
    newest, later = newest_turn(messages)
    answered = {message.tool_call_id for message in later if isinstance(message, ToolMessage)}
    return [call for call in newest.tool_calls if call["id"] not in answered] if newest else []


def as_reviewed(calls: Sequence[ToolCall], state: Any) -> list[ToolCall]:
    """The calls as they will run: LangChain's human-in-the-loop middleware keeps a reviewer's edits in the state."""
    edits = edits_in(state)
    return [_reviewed(call, edits.get(call["id"])) for call in calls]


def edits_in(state: Any) -> Mapping[str | None, Any]:
    """The edits that LangChain's human-in-the-loop middleware keeps, by the id of their call."""
    return (state.get(EDITS) if isinstance(state, Mapping) else None) or {}


def judge(findings: Findings) -> Verdict:
    """`go` if every account is active; `block` if one could not be checked; `ask` if the user can mend it."""
    accounts = findings["accounts"]
    if any(account["error"] for account in accounts):
        return "block"
    return "go" if all(account["status"] == ACTIVE for account in accounts) else "ask"


def refuse(calls: Sequence[ToolCall], findings: Findings, *, declined: bool = False) -> list[ToolMessage]:
    """One error message per held call, so that the history stays valid and the model knows why.

    A call whose own account is fine is told what it waited for: a turn's writes go together or not at all.
    """
    troubles = {
        account["identifier"]: _envelope(account, declined=declined)
        for account in findings["accounts"]
        if account["error"] or account["status"] != ACTIVE
    }
    first = next(iter(troubles.values()))
    owners = zip(calls, findings["owners"], strict=True)
    return [error_message(call, troubles.get(owner) or _held_back(first)) for call, owner in owners]


def error_message(call: ToolCall, envelope: Envelope) -> ToolMessage:
    """A failed call's answer, in the form in which the tools give theirs."""
    content = json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
    return ToolMessage(content=content, name=call["name"], tool_call_id=call["id"] or "", status="error")


def _reviewed(call: ToolCall, edit: Mapping[str, Any] | None) -> ToolCall:
    return ToolCall(name=edit["name"], args=edit["args"], id=call["id"], type="tool_call") if edit else call


def _envelope(account: Finding, *, declined: bool) -> Envelope:
    if account["error"]:
        return account["error"]
    identifier, status = account["identifier"], account["status"] or ""
    envelope = ReauthorizationRequired(identifier, status, account["status_reason"]).envelope()
    if declined:
        message = f"The user declined to authorize the Salesforce account {identifier!r} again."
        return {"error": {**envelope["error"], **_DECLINED, "message": message}}
    return envelope


def _held_back(trouble: Envelope) -> Envelope:
    error = trouble["error"]
    message = f"Not written, because another write of the same turn could not go ahead: {error['message']}"
    return {"error": {**error, "message": message}}
