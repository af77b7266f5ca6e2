"""Judges a write storm: what the conversations tell must be what the org holds. Uses nothing of the ledger."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conversation import refuse_unanswered
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from langchain_sfconnect.localorg.oauth.grants import GrantBook

if TYPE_CHECKING:
    import pytest

    from langchain_sfconnect.localorg import LocalOrg

UNKNOWN = "WRITE_OUTCOME_UNKNOWN"


@dataclass(frozen=True)
class Told:
    """One write, as the agent was told of it.

    Attributes:
        tool: What it asked for.
        args: With which arguments.
        record_id: The new record's, of a create that succeeded.
        code: Of the error, or empty.
        message: Of the error, or empty.
    """

    tool: str
    args: dict[str, Any]
    record_id: str | None
    code: str
    message: str

    @classmethod
    def of(cls, call: Any, answer: ToolMessage) -> Told:
        content = json.loads(answer.text)
        error = content["error"] if answer.status == "error" else {"code": "", "message": ""}
        return cls(call["name"], call["args"], content.get("id"), error["code"], error["message"])

    @property
    def kind(self) -> str:
        return self.tool.rpartition("_")[2]

    @property
    def name(self) -> str:
        """What is unique in it: the new record's name, or the id of the record changed."""
        return str(self.args.get("Name") or self.args.get("LastName") or self.args["account_id"])


def told_in(messages: Sequence[BaseMessage], turns: int) -> list[Told]:
    """Every write of a conversation that is at its end, and was answered exactly once, before anybody else spoke."""
    refuse_unanswered(messages)
    asked = [message for message in messages if isinstance(message, AIMessage) and message.tool_calls]
    assert len(asked) == turns, [(m.type, m.text[:60], m.id, getattr(m, "tool_calls", None)) for m in messages]
    told: list[Told] = []
    waiting: dict[str, Any] = {}
    for message in messages:
        if isinstance(message, AIMessage):
            waiting = {call["id"] or "": call for call in message.tool_calls}
        if isinstance(message, ToolMessage):
            told.append(Told.of(waiting.pop(message.tool_call_id), message))
    return told


@dataclass(frozen=True)
class Truth:
    """What the org holds in the end.

    Attributes:
        made: Name and id of every record that agents created.
        accounts: All accounts by id, deleted ones too.
    """

    made: list[tuple[str, str]]
    accounts: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, org: LocalOrg) -> Truth:
        accounts = _rows(org, "SELECT Id, Name, Description, IsDeleted FROM Account")
        contacts = _rows(org, "SELECT Id, LastName FROM Contact")
        named = [(row["Name"], row["Id"]) for row in accounts] + [(row["LastName"], row["Id"]) for row in contacts]
        made = [(name, record_id) for name, record_id in named if name.startswith("Made ")]
        return cls(made, {row["Id"]: row for row in accounts})

    def holds(self, write: Told) -> bool:
        """Whether a write has been carried out."""
        if write.kind == "create":
            return any(name == write.name for name, _ in self.made)
        account = self.accounts[write.name]
        return bool(account["IsDeleted"] if write.kind == "delete" else account["Description"] == "changed")


def _rows(org: LocalOrg, soql: str) -> list[dict[str, Any]]:
    session = org.engine.session(org.users[0]["Id"])
    page = session.query(soql, include_deleted=True)
    rows: list[dict[str, Any]] = page["records"]
    while not page["done"]:
        page = session.query_more(page["nextRecordsUrl"].rpartition("/")[2])
        rows += page["records"]
    return rows


def check_writes(truth: Truth, told: Sequence[Told]) -> None:
    """Each record is reported once, under its own id; what is said to have failed did not happen; all else did."""
    twice = {name: count for name, count in Counter(name for name, _ in truth.made).items() if count > 1}
    assert not twice, f"written twice: {twice}"
    doubts = {write.name for write in told if write.code == UNKNOWN}
    reported = sorted((write.name, write.record_id) for write in told if write.kind == "create" and not write.code)
    assert reported == sorted(made for made in truth.made if made[0] not in doubts)
    for write in told:
        if write.code != UNKNOWN:
            assert truth.holds(write) is (not write.code), write


def watch_replays(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The grants that the org ended because a refresh token of theirs was shown again."""
    ended: list[int] = []
    usable = GrantBook._usable

    def watched(self: GrantBook, refresh_token: str, client_id: str) -> Any:
        if (found := self._family(refresh_token)) and not found[1]:
            ended.append(found[0].id)
        return usable(self, refresh_token, client_id)

    monkeypatch.setattr(GrantBook, "_usable", watched)
    return ended
