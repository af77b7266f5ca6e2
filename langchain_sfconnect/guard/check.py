"""What the guard asks a Connection about the accounts of a turn, written down as plain data.

The answer is stored in checkpoints, so it holds strings, dicts and lists only. It knows no LangGraph and no messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC
from typing import Any, TypedDict

from langchain_sfconnect.connection import Connection, Link
from langchain_sfconnect.errors import SFConnectError

ACTIVE = "ACTIVE"


class Finding(TypedDict):
    """One account as it was found.

    `status` is None and `error` an error envelope where it could not be told. `auth_url` and `expires_at` (ISO 8601,
    UTC, ending in Z) are given for an account that its user must authorize again, if a link was wanted.
    """

    identifier: str
    status: str | None
    status_reason: str | None
    auth_url: str | None
    expires_at: str | None
    error: dict[str, Any] | None


class Findings(TypedDict):
    """What one check found.

    `owners` pins whose accounts were asked for, one identifier per held call and in the order of the calls: an answer
    that arrives in a run of somebody else is recognized by it. `accounts` is sorted by identifier.
    """

    owners: list[str]
    accounts: list[Finding]


async def look_at(connection: Connection, owners: Sequence[str], *, links: bool) -> Findings:
    """Probe every distinct account once, and fetch a link for each that needs its user.

    Args:
        connection: Who to ask.
        owners: One identifier per held call.
        links: Whether links are wanted; not where nobody will be asked any more.
    """
    identifiers = sorted(set(owners))
    accounts = await asyncio.gather(*(_look_at_one(connection, name, links=links) for name in identifiers))
    return Findings(owners=list(owners), accounts=list(accounts))


async def _look_at_one(connection: Connection, identifier: str, *, links: bool) -> Finding:
    finding = Finding(
        identifier=identifier, status=None, status_reason=None, auth_url=None, expires_at=None, error=None
    )
    try:
        account = await connection.check(identifier)
        # str(): a StrEnum would reach the checkpoint as a class of ours.
        finding["status"] = str(account.status)
        finding["status_reason"] = account.status_reason and str(account.status_reason)
        if links and finding["status"] != ACTIVE:
            _note_link(finding, await connection.link(identifier))
    except SFConnectError as error:
        finding["error"] = error.envelope()
    return finding


def _note_link(finding: Finding, link: Link) -> None:
    finding["auth_url"] = link.url
    expires_at = link.expires_at.astimezone(UTC).replace(tzinfo=None)
    finding["expires_at"] = expires_at.isoformat(timespec="seconds") + "Z"
