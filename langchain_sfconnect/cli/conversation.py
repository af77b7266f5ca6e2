"""The demo's conversation: what the rep says, and what the scripted model makes of it. Knows no Salesforce client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from langchain_sfconnect.cli.scripted import Line, calls

PIPELINE = "What is open in the pipeline this quarter? The five biggest, please."
CONTACT = (
    "Dana Whitfield joined as their CFO (dana.whitfield@example.com). Add her to the biggest one as decision maker."
)
STAGE = "Good call with Dana. Move that deal to the next stage."
TASK = "Remind me to send the revised proposal: a task on that deal, due in three days."
PROOF = "Is the task there, and only once?"

TASK_SUBJECT = "Send the revised proposal"

STAGES = (
    "Prospecting",
    "Qualification",
    "Needs Analysis",
    "Value Proposition",
    "Id. Decision Makers",
    "Perception Analysis",
    "Proposal/Price Quote",
    "Negotiation/Review",
    "Closed Won",
)

OPEN_THIS_QUARTER = (
    "SELECT Id, Name, StageName, Amount, CloseDate, AccountId, Account.Name FROM Opportunity"
    " WHERE IsClosed = false AND CloseDate = THIS_QUARTER ORDER BY Amount DESC NULLS LAST LIMIT 5"
)


def results(messages: Sequence[BaseMessage], tool: str) -> list[dict[str, Any]]:
    """The full results of a tool's calls, oldest first."""
    return [m.artifact for m in messages if isinstance(m, ToolMessage) and m.name == tool and m.artifact]


def deal(messages: Sequence[BaseMessage]) -> dict[str, Any]:
    """The biggest deal of the first query."""
    record: dict[str, Any] = results(messages, "salesforce_query_soql")[0]["records"][0]
    return record


def next_stage(stage: str) -> str:
    """The stage behind the given one."""
    return STAGES[STAGES.index(stage) + 1]


def _failed(messages: Sequence[BaseMessage]) -> AIMessage | None:
    last = messages[-1]
    if isinstance(last, ToolMessage) and last.status == "error":
        return AIMessage(f"That did not work: {last.content}")
    return None


def _ask_pipeline(_: Sequence[BaseMessage]) -> AIMessage:
    return calls("salesforce_query_soql", query=OPEN_THIS_QUARTER)


def _tell_pipeline(messages: Sequence[BaseMessage]) -> AIMessage:
    records = results(messages, "salesforce_query_soql")[-1]["records"]
    lines = [f"{r['Name']}: ${r['Amount'] or 0:,.0f}, {r['StageName']}, closing {r['CloseDate']}" for r in records]
    return AIMessage("The biggest open deals this quarter:\n" + "\n".join(f"- {line}" for line in lines))


def _ask_contact(messages: Sequence[BaseMessage]) -> AIMessage:
    opportunity = deal(messages)
    contact = {
        "FirstName": "Dana",
        "LastName": "Whitfield",
        "Title": "CFO",
        "Email": "dana.whitfield@example.com",
        "AccountId": opportunity["AccountId"],
    }
    role = {"OpportunityId": opportunity["Id"], "ContactId": "@{dana.id}", "Role": "Decision Maker"}
    request = {
        "allOrNone": True,
        "compositeRequest": [
            {"method": "POST", "url": "/sobjects/Contact", "referenceId": "dana", "body": contact},
            {"method": "POST", "url": "/sobjects/OpportunityContactRole", "referenceId": "role", "body": role},
        ],
    }
    return calls("salesforce_composite", composite_request=request)


def _tell_contact(messages: Sequence[BaseMessage]) -> AIMessage:
    return AIMessage(f"Dana Whitfield is now a contact, and decision maker on {deal(messages)['Name']}.")


def _ask_stage(messages: Sequence[BaseMessage]) -> AIMessage:
    opportunity = deal(messages)
    return calls(
        "salesforce_opportunity_update",
        opportunity_id=opportunity["Id"],
        StageName=next_stage(opportunity["StageName"]),
    )


def _tell_stage(messages: Sequence[BaseMessage]) -> AIMessage:
    opportunity = deal(messages)
    return AIMessage(f"{opportunity['Name']} is now in {next_stage(opportunity['StageName'])}.")


def ask_task(due: str) -> Line:
    """The line that asks for the task, due on a day (ISO 8601)."""

    def line(messages: Sequence[BaseMessage]) -> AIMessage:
        fields = {"Subject": TASK_SUBJECT, "WhatId": deal(messages)["Id"], "ActivityDate": due, "Priority": "High"}
        return calls("salesforce_sobject_create", sobject_type="Task", fields=fields)

    return line


def _tell_task(_: Sequence[BaseMessage]) -> AIMessage:
    return AIMessage(f"The task “{TASK_SUBJECT}” is on the deal.")


def _ask_proof(messages: Sequence[BaseMessage]) -> AIMessage:
    query = f"SELECT Id, Subject, ActivityDate FROM Task WHERE WhatId = '{deal(messages)['Id']}' AND Subject = '{TASK_SUBJECT}'"  # noqa: E501, S608 - one SOQL statement of our own values
    return calls("salesforce_query_soql", query=query)


def _tell_proof(messages: Sequence[BaseMessage]) -> AIMessage:
    found = results(messages, "salesforce_query_soql")[-1]["totalSize"]
    return AIMessage(f"It is there, {'exactly once' if found == 1 else f'{found} times'}.")


def _unless_failed(line: Line) -> Line:
    return lambda messages: _failed(messages) or line(messages)


def script(due: str) -> dict[str, tuple[Line, Line]]:
    """What the scripted model says to each message of the rep, before and after its tool call."""
    lines: dict[str, tuple[Line, Line]] = {
        PIPELINE: (_ask_pipeline, _tell_pipeline),
        CONTACT: (_ask_contact, _tell_contact),
        STAGE: (_ask_stage, _tell_stage),
        TASK: (ask_task(due), _tell_task),
        PROOF: (_ask_proof, _tell_proof),
    }
    return {said: (before, _unless_failed(after)) for said, (before, after) in lines.items()}
