"""What a human's answer to the guard's question means, as a whole and for each write. Knows no account and no graph.

No answer means "authorized": that is Salesforce's to say. Only a plain word of consent approves a write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Decision:
    """What was decided about one action.

    Attributes:
        kind: `unclear` decides nothing: the action is asked again.
        message: The reviewer's reason; where it is unclear, what was wrong with the answer.
        name: Of an edit, the tool to call instead.
        args: Of an edit, its arguments.
    """

    kind: Literal["approve", "edit", "reject", "unclear"]
    message: str = ""
    name: str = ""
    args: Any = None


APPROVED, UNCLEAR = Decision("approve"), Decision("unclear")

_REFUSALS = frozenset(
    [
        "cancel",
        "decline",
        "declined",
        "deny",
        "denied",
        "dismiss",
        "false",
        "ignore",
        "no",
        "refuse",
        "reject",
        "rejected",
    ]
)
_CONSENTS = frozenset(["accept", "approve", "approved", "true", "yes"])
# The reviewer's own words, in the dialects that let them type.
_TYPED = ("respond", "response")
_KEYS = ("decision", "action", "type")
_LONGEST_REASON = 500

_MISCOUNTED = "The last answer held {given} decisions for {asked} requests, so none of them was taken."
_EDIT_FOR_ALL = "The last answer was one edit for {asked} requests, so it was not taken: decide each by itself."
_NO_ACTION = "The last answer was an edit without a tool name and an object of arguments, so it was not taken."
_CREDENTIAL = "The last answer was an edit that looks like it carries an OAuth code or token, so it was not taken."

_SECRET_KEYS = frozenset({"code", "access_token", "refresh_token", "id_token", "client_secret", "assertion", "sid"})
_SECRET_TEXT = re.compile(
    r"[?&#](code|access_token|refresh_token)="  # a callback URL
    r"|\b00D[0-9A-Za-z]{12,15}![0-9A-Za-z._]{8,}"  # a Salesforce session
    r"|\b5Aep[0-9A-Za-z._=]{12,}"  # a Salesforce refresh token
    r"|\baPrx[0-9A-Za-z._=%]{12,}"  # a Salesforce authorization code
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # a JWT
)


def decide(answer: Any, writes: int, *, reauthorize: bool) -> Literal["decline"] | list[Decision]:
    """What an answer decides about each write that was asked; "decline" gives up all that waits.

    A bare word decides for all, and so does one decision alone. Several go by position; if they are too many or too
    few, nobody can tell which is whose: then they approve nothing, and a refusal among them declines everything.

    Args:
        answer: As it came.
        writes: How many writes were asked.
        reauthorize: Whether accounts to authorize again were asked before them, as one action.
    """
    asked = writes + reauthorize
    if not isinstance(answer, Mapping | list | tuple):
        return "decline" if _declines(answer) else [APPROVED if _consents(answer) else UNCLEAR] * writes
    given = _decisions(answer)
    if len(given) not in (1, asked):
        unclear = Decision("unclear", _MISCOUNTED.format(given=len(given), asked=asked))
        return "decline" if any(_declines(each) for each in given) else [unclear] * writes
    if reauthorize and _declines(given[0]):
        return "decline"
    if len(given) == asked:
        return [decision_in(each) for each in given[reauthorize:]]
    decision = decision_in(given[0])
    if decision.kind == "edit":
        decision = Decision("unclear", _EDIT_FOR_ALL.format(asked=asked))
    return [decision] * writes


def decision_in(given: Any) -> Decision:
    """What one decision says about a write. Words instead of a decision (`respond`) are a refusal with that reason."""
    words = [given.get(key) for key in _KEYS] if isinstance(given, Mapping) else [given]
    typed = any(isinstance(word, str) and word in _TYPED for word in words)
    if typed or _declines(given):
        return Decision("reject", _reason(given))
    if "edit" in words:
        return _edit(given)
    return APPROVED if any(_consents(word) for word in words) else UNCLEAR


def carries_secret(answer: Any) -> bool:
    """Whether an answer looks like an OAuth code, a token or a callback URL: things that do not belong there."""
    return any(_SECRET_TEXT.search(text) for text in _texts(answer)) or any(
        key in _SECRET_KEYS for key in _keys(answer)
    )


def _decisions(answer: Any) -> list[Any]:
    if isinstance(answer, Mapping) and "decisions" in answer:
        answer = answer["decisions"]
    return list(answer) if isinstance(answer, list | tuple) else [answer]


def _edit(given: Any) -> Decision:
    """HumanInTheLoopMiddleware says `edited_action: {name, args}`, Agent Inbox `args: {action, args}`."""
    action = given.get("edited_action") or given.get("args") if isinstance(given, Mapping) else None
    action = action if isinstance(action, Mapping) else {}
    name, args = action.get("name") or action.get("action"), action.get("args")
    if not isinstance(name, str) or not isinstance(args, Mapping):
        return Decision("unclear", _NO_ACTION)
    return Decision("unclear", _CREDENTIAL) if carries_secret(args) else Decision("edit", name=name, args=dict(args))


def _reason(given: Any) -> str:
    """The reviewer's words, for the model to read: never long, and never with a credential in them."""
    said: Sequence[Any] = (given.get("message"), given.get("args")) if isinstance(given, Mapping) else ()
    text = next((" ".join(each.split()) for each in said if isinstance(each, str) and each.strip()), "")
    if carries_secret(text):
        return ""
    return text if len(text) <= _LONGEST_REASON else text[:_LONGEST_REASON] + "…"


def _consents(word: Any) -> bool:
    return word is True or (isinstance(word, str) and word.strip().rstrip(".!").casefold() in _CONSENTS)


def _declines(decision: Any) -> bool:
    if not isinstance(decision, Mapping):
        return decision is False or _refuses(decision)
    if any(decision.get(key) is False or _refuses(decision.get(key)) for key in _KEYS):
        return True
    typed = decision.get("type") in _TYPED
    return typed and (_refuses(decision.get("message")) or _refuses(decision.get("args")))


def _refuses(word: Any) -> bool:
    return isinstance(word, str) and word.strip().rstrip(".!").casefold() in _REFUSALS


def _texts(value: Any) -> Iterator[str]:
    return (text for text in _walk(value) if isinstance(text, str))


def _keys(value: Any) -> Iterator[Any]:
    return (key for part in _walk(value) if isinstance(part, Mapping) for key in part)


def _walk(value: Any) -> Iterator[Any]:
    """The value and all that is in it; without recursion, because the depth is the client's choice."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        yield part
        if isinstance(part, Mapping):
            waiting.extend(part.values())
        elif isinstance(part, list | tuple):
            waiting.extend(part)
