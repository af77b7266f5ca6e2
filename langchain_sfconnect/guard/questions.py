"""The guard's question: what accounts and writes of a turn a person must see to, as the interrupt's value. Pure.

The shape is a promise to user interfaces: our own keys, the ones of LangChain's human-in-the-loop middleware, and,
where writes are to be approved, the ones of older Agent Inboxes.
"""

from __future__ import annotations

from typing import Any

from langchain_core.messages import ToolCall

from langchain_sfconnect.guard.check import Findings
from langchain_sfconnect.guard.payloads import APPROVAL_TYPE, reauthorization_payload
from langchain_sfconnect.guard.preview import Approval
from langchain_sfconnect.guard.turn import Held, Turn, approvals_of, needs_user
from langchain_sfconnect.guard.wording import as_markdown

ALL = "salesforce_approve"
DECISIONS = ["approve", "edit", "reject"]


def question(turn: Turn, findings: Findings) -> dict[str, Any]:
    """The interrupt's value; plain JSON."""
    payload: dict[str, Any] = dict(reauthorization_payload(findings, [call["id"] or "" for call in turn.calls]))
    asked = [
        (each.call, _noted(each, approval))
        for each, approval in zip(turn.held, approvals_of(turn, findings), strict=True)
        if each.approval == "missing" and approval
    ]
    if not asked:
        return payload
    if not needs_user(findings):
        payload |= {"type": APPROVAL_TYPE, "action_requests": [], "review_configs": []}
    payload["approvals"] = [approval for _, approval in asked]
    payload["action_requests"] += [_request(call, approval) for call, approval in asked]
    payload["review_configs"] += [{"action_name": call["name"], "allowed_decisions": DECISIONS} for call, _ in asked]
    _tell_of_all(payload["action_requests"])
    return payload | _for_agent_inbox(payload)


def _request(call: ToolCall, approval: Approval) -> dict[str, Any]:
    return {"name": call["name"], "args": call["args"], "description": as_markdown(approval)}


def _noted(held: Held, approval: Approval) -> Approval:
    """The preview, with what was wrong with the last answer about it."""
    note = " ".join(filter(None, (held.note, approval["note"])))
    return {**approval, "note": note or None}


def _tell_of_all(requests: list[dict[str, Any]]) -> None:
    """Let the first request tell of the others: some interfaces show one only, and its answer decides all."""
    if len(requests) > 1:
        head = f"A single answer to this question decides all {len(requests)} requests. These are the others:"
        others = (request["description"] for request in requests[1:])
        requests[0]["description"] = "\n\n---\n\n".join([requests[0]["description"], head, *others])


def _for_agent_inbox(payload: dict[str, Any]) -> dict[str, Any]:
    """The older form, of one action: it is edited only where it is the only one."""
    first, *others = payload["action_requests"]
    alone = not others
    return {
        "action_request": {"action": first["name"] if alone else ALL, "args": first["args"] if alone else {}},
        "config": {"allow_accept": True, "allow_edit": alone, "allow_respond": True, "allow_ignore": True},
        "description": first["description"],
    }
