"""A write to approve in words: for Markdown, for HTML and for a terminal alike. Pure; knows no payload and no graph."""

from __future__ import annotations

from typing import Any

from langchain_sfconnect.guard.preview import Approval, Change
from langchain_sfconnect.guard.shown import Mark, in_markdown, one_line

MOST_LINES = 40

_VERBS = {"create": "Create", "update": "Update", "delete": "Delete", "read": "Read"}


def headline(approval: Approval, mark: Mark) -> str:
    """What is done, to which record."""
    if approval["object"] is None:
        many = f" with {len(approval['changes'])} requests" if approval["action"] == "mixed" else ""
        return f"Call {_value(approval['tool'], mark)}{many}"
    verb = _VERBS.get(approval["action"], "Change")
    named = f" {_value(approval['record_name'], mark)}" if approval["record_name"] else ""
    known = f" ({_value(approval['record_id'], mark)})" if approval["record_id"] else ""
    return f"{verb} {_value(approval['object'], mark)}{named}{known}"


def change_lines(approval: Approval, mark: Mark) -> list[str]:
    """One line for each field or subrequest; what is too much is counted and named."""
    changes = approval["changes"]
    shown, rest = changes[:MOST_LINES], changes[MOST_LINES:]
    lines = [_change(approval, change, mark) for change in shown]
    if rest:
        names = ", ".join(_value(change["field"], mark) for change in rest[:MOST_LINES])
        more = f" and {len(rest) - MOST_LINES} more" if len(rest) > MOST_LINES else ""
        lines.append(f"… cut: {len(rest)} more, not shown with their values: {names}{more}")
    return lines


def acting(approval: Approval, mark: Mark) -> str:
    """Who acts, in which org."""
    who = _value(approval["username"] or "an unknown user", mark)
    where = _value(approval["org_name"] or "an unknown org", mark)
    kind = _value(approval["environment"], mark) if approval["environment"] else "production or sandbox is not known"
    return f"As {who} in {where} ({kind}), account {_value(approval['identifier'], mark)}."


def as_markdown(approval: Approval) -> str:
    """The whole preview as a person reads it in a human-in-the-loop interface."""
    head = f"**{headline(approval, in_markdown)}**"
    lines = "\n".join(f"- {line}" for line in change_lines(approval, in_markdown))
    note = f"Note: {in_markdown(one_line(approval['note']))}" if approval["note"] else ""
    return "\n\n".join(filter(None, (head, lines, acting(approval, in_markdown), note)))


def _change(approval: Approval, change: Change, mark: Mark) -> str:
    name, before, after = _value(change["field"], mark), change["before"], change["after"]
    if approval["action"] == "create" or approval["object"] is None:
        return name + (
            f": {_value(before, mark)} → {_value(after, mark)}" if before is not None else _given(after, mark)
        )
    if approval["action"] == "delete":
        return f"{name}: {_value(before, mark)}"
    unread = before is None and approval["note"]
    return f"{name}: {'(not read)' if unread else _value(before, mark)} → {_value(after, mark)}"


def _given(after: Any, mark: Mark) -> str:
    return "" if after is None else f": {_value(after, mark)}"


def _value(value: Any, mark: Mark) -> str:
    text = one_line(value) if value is not None else ""
    return mark(text) if text else "(empty)"
