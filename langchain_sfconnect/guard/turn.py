"""What is known of a turn's held calls, round by round, and what follows from it: go, refuse, or ask a person.

Pure functions over frozen values; it knows no graph, no connection and no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from langchain_core.messages import ToolCall, ToolMessage

from langchain_sfconnect.errors import SFConnectError
from langchain_sfconnect.guard.answers import Decision, decide
from langchain_sfconnect.guard.check import ACTIVE, Findings
from langchain_sfconnect.guard.preview import Approval
from langchain_sfconnect.guard.verdict import error_message, judge, refuse

_STOP = "Nothing was written. Do not repeat the call unless the user asks for it."


@dataclass(frozen=True)
class Held:
    """A call that waits for the guard.

    Attributes:
        call: As it will run.
        owner: Whose account it uses.
        approval: Whether a person must approve it: `unknown` before the first check; then `missing`, or `settled`
            where nobody must, or somebody did.
        note: What was wrong with the last answer about it.
    """

    call: ToolCall
    owner: str
    approval: Literal["unknown", "missing", "settled"] = "unknown"
    note: str = ""


@dataclass(frozen=True)
class Turn:
    """A turn after some rounds; over when nothing is held any more.

    Attributes:
        held: The calls that still wait.
        questions_left: How often somebody can be asked yet.
        edited: The calls that a reviewer replaced.
        refused: The answers to calls that will not run.
        passed: The calls that may run now.
    """

    held: tuple[Held, ...]
    questions_left: int
    edited: tuple[ToolCall, ...] = ()
    refused: tuple[ToolMessage, ...] = ()
    passed: tuple[Held, ...] = ()

    @property
    def calls(self) -> list[ToolCall]:
        return [each.call for each in self.held]

    @property
    def owners(self) -> list[str]:
        return [each.owner for each in self.held]

    @property
    def undecided(self) -> list[Held]:
        """The calls that a person must still approve."""
        return [each for each in self.held if each.approval == "missing"]


Admit = Callable[[ToolCall], Held | None]
"""Judges a reviewer's edit: the call as it is held from then on, or None if it need not wait.

Raises an SFConnectError whose message says what is wrong with it.
"""


def informed(turn: Turn, findings: Findings) -> Turn:
    """The turn, when the first check has told which calls a person must approve."""
    if "approvals" not in findings:
        return turn  # found by an older version: the next check tells
    held = (
        replace(each, approval="missing" if approval else "settled")
        for each, approval in zip(turn.held, findings["approvals"], strict=True)
    )
    return replace(turn, held=tuple(held))


def settled(turn: Turn, findings: Findings) -> Turn | None:
    """How the turn ends, if nobody need be asked or can be asked any more; None where it is time to ask."""
    verdict = judge(findings)
    if verdict == "go" and not turn.undecided:
        return replace(_over(turn), passed=turn.held)
    if verdict != "block" and turn.questions_left:
        return None
    if verdict != "go":
        return _over(turn, refuse(turn.calls, findings))
    passed = tuple(each for each in turn.held if each.approval != "missing")
    return replace(_over(turn, _unapproved(turn)), passed=passed)


def heard(turn: Turn, findings: Findings, answer: Any, admit: Admit) -> Turn:
    """The turn after an answer; what was decided stays decided in the rounds to come."""
    undecided = turn.undecided
    decisions = decide(answer, len(undecided), reauthorize=needs_user(findings))
    if decisions == "decline":
        return _over(turn, _declined(turn, findings))
    after = replace(turn, held=(), questions_left=turn.questions_left - 1)
    by_call = zip(undecided, decisions, strict=True)
    for each in turn.held:
        decision = next(by_call)[1] if each.approval == "missing" else None
        after = _after(after, each, decision, admit)
    return after


def needs_user(findings: Findings) -> bool:
    """Whether an account must be authorized again."""
    return any(account["status"] != ACTIVE for account in findings["accounts"])


def approvals_of(turn: Turn, findings: Findings) -> Sequence[Approval | None]:
    """What a check found for each held call that a person must approve."""
    return findings.get("approvals") or [None] * len(turn.held)


def _after(turn: Turn, each: Held, decision: Decision | None, admit: Admit) -> Turn:
    """The turn with one more of its calls, as decided."""
    if decision is None:
        return replace(turn, held=(*turn.held, each))
    if decision.kind == "approve":
        return replace(turn, held=(*turn.held, replace(each, approval="settled", note="")))
    if decision.kind == "reject":
        return replace(turn, refused=(*turn.refused, _rejected(each.call, decision.message)))
    if decision.kind == "unclear":
        return replace(turn, held=(*turn.held, replace(each, note=decision.message)))
    call = ToolCall(name=decision.name, args=decision.args, id=each.call["id"], type="tool_call")
    try:
        admitted = admit(call)
    except SFConnectError as error:
        return replace(turn, held=(*turn.held, replace(each, note=error.message)))
    return replace(turn, held=(*turn.held, *([admitted] if admitted else [])), edited=(*turn.edited, call))


def _over(turn: Turn, refused: Iterable[ToolMessage] = ()) -> Turn:
    return replace(turn, held=(), refused=(*turn.refused, *refused))


def _declined(turn: Turn, findings: Findings) -> list[ToolMessage]:
    if needs_user(findings):
        return refuse(turn.calls, findings, declined=True)
    return [_rejected(call) for call in turn.calls]


def _rejected(call: ToolCall, reason: str = "") -> ToolMessage:
    said = f" The reason given: {reason}" if reason else ""
    return _refusal(call, "WRITE_REJECTED", f"The reviewer rejected this write.{said}")


def _unapproved(turn: Turn) -> Iterator[ToolMessage]:
    text = "Nobody approved this write, so it was not made."
    return (_refusal(each.call, "APPROVAL_MISSING", text) for each in turn.undecided)


def _refusal(call: ToolCall, code: str, text: str) -> ToolMessage:
    error = SFConnectError(text, code=code, hint=_STOP)
    error.who = "user"
    return error_message(call, error.envelope())
