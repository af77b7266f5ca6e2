"""What the guard asks a Connection about the accounts and the writes of a turn, written down as plain data.

The answer is stored in checkpoints, so it holds plain JSON only. It knows no LangGraph and no messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC
from typing import Any, NotRequired, TypedDict

from langchain_core.messages import ToolCall

from langchain_sfconnect.connection import Connection, Link
from langchain_sfconnect.errors import SFConnectError
from langchain_sfconnect.guard.preview import Actor, Approval, preview

ACTIVE = "ACTIVE"


class Finding(TypedDict):
    """One account as it was found.

    `status` is None and `error` an error envelope where it could not be told. `auth_url` and `expires_at` (ISO 8601,
    UTC, ending in Z) are given for an account that its user must authorize again, if a link was wanted. The last three
    say who acts, and where.
    """

    identifier: str
    status: str | None
    status_reason: str | None
    auth_url: str | None
    expires_at: str | None
    error: dict[str, Any] | None
    username: NotRequired[str | None]
    org_name: NotRequired[str | None]
    environment: NotRequired[str | None]


class Findings(TypedDict):
    """What one check found.

    `owners` pins whose accounts were asked for, one identifier per held call and in the order of the calls: an answer
    that arrives in a run of somebody else is recognized by it. `accounts` is sorted by identifier. `approvals` has one
    entry per held call too: what a person must approve, or None. A paused graph of an older version lacks it.
    """

    owners: list[str]
    accounts: list[Finding]
    approvals: NotRequired[list[Approval | None]]


async def look_at(
    connection: Connection, owners: Sequence[str], to_approve: Sequence[ToolCall | None], *, asking: bool
) -> Findings:
    """Probe every distinct account once; for a question, fetch links and what people must see to decide.

    Args:
        connection: Who to ask.
        owners: One identifier per held call.
        to_approve: The held calls that a person must approve, each at its place; None at the others'.
        asking: Whether somebody can still be asked.
    """
    identifiers = sorted(set(owners))
    accounts = await asyncio.gather(*(_look_at_one(connection, name, links=asking) for name in identifiers))
    found = {account["identifier"]: account for account in accounts}
    asking = asking and not any(account["error"] for account in accounts)
    approvals = await asyncio.gather(
        *(
            _approval(connection, call, found[owner], asking=asking)
            for call, owner in zip(to_approve, owners, strict=True)
        )
    )
    return Findings(owners=list(owners), accounts=list(accounts), approvals=list(approvals))


async def _approval(
    connection: Connection, call: ToolCall | None, finding: Finding, *, asking: bool
) -> Approval | None:
    if call is None:
        return None
    actor: Actor = {
        "identifier": finding["identifier"],
        "username": finding.get("username"),
        "org_name": finding.get("org_name"),
        "environment": finding.get("environment"),
    }
    return await preview(connection, call, actor, readable=asking and finding["status"] == ACTIVE)


async def _look_at_one(connection: Connection, identifier: str, *, links: bool) -> Finding:
    finding = Finding(
        identifier=identifier, status=None, status_reason=None, auth_url=None, expires_at=None, error=None
    )
    try:
        account = await connection.check(identifier)
        # str(): a StrEnum would reach the checkpoint as a class of ours.
        finding["status"] = str(account.status)
        finding["status_reason"] = account.status_reason and str(account.status_reason)
        finding["username"], finding["org_name"] = account.username, account.org_name
        finding["environment"] = account.environment and str(account.environment)
        if links and finding["status"] != ACTIVE:
            _note_link(finding, await connection.link(identifier))
    except SFConnectError as error:
        finding["error"] = error.envelope()
    return finding


def _note_link(finding: Finding, link: Link) -> None:
    finding["auth_url"] = link.url
    expires_at = link.expires_at.astimezone(UTC).replace(tzinfo=None)
    finding["expires_at"] = expires_at.isoformat(timespec="seconds") + "Z"
