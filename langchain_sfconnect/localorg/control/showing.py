"""What can be seen of the orgs from outside, as JSON: no token, no secret, no body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from langchain_sfconnect.localorg.administration import Administration
from langchain_sfconnect.localorg.clock import Clock
from langchain_sfconnect.localorg.faults import Fault
from langchain_sfconnect.localorg.journal import RecordedRequest

# Of other query parameters only the name is shown: they may be tokens, codes or secrets.
_HARMLESS = {"q", "fields", "columns", "explain", "batchSize", "ids", "start", "end", "sObjects", "sobject", "limit"}


def addresses(org: Administration) -> dict[str, str]:
    """Where everything is."""
    return {
        "instance_url": org.instance_url,
        "login_url": org.login_url,
        "sandbox_instance_url": org.sandbox_instance_url,
        "sandbox_login_url": org.sandbox_login_url,
        "client_id": org.client_id,
        "username": org.username,
    }


def clock(now: Clock) -> dict[str, Any]:
    """The time, and whether it stands still."""
    return {"now": now.now().isoformat(), "frozen": now.frozen}


def fault(planned: Fault) -> dict[str, Any]:
    """A planned fault and how often it has struck."""
    return asdict(planned)


def request(entry: RecordedRequest) -> dict[str, Any]:
    """One line of the journal."""
    query = {name: value if name in _HARMLESS else "…" for name, value in entry.query.items()}
    return {
        "realm": entry.realm,
        "method": entry.method,
        "path": entry.path,
        "query": query,
        "status": entry.status,
        "user": entry.user,
        "bytes": len(entry.body),
    }


def user(row: Mapping[str, Any]) -> dict[str, Any]:
    """A user, in short."""
    return {name: row[name] for name in ("Id", "Username", "Name", "IsActive", "TimeZoneSidKey")}
