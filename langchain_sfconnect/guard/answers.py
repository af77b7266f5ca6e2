"""What a human's answer to the guard's question means: look again, or decline. Knows no account and no graph.

No answer means "authorized": that is Salesforce's to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

Answer = Literal["recheck", "decline"]

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
# The reviewer's own words, in the dialects that let them type.
_TYPED = ("respond", "response")

_SECRET_KEYS = frozenset({"code", "access_token", "refresh_token", "id_token", "client_secret", "assertion", "sid"})
_SECRET_TEXT = re.compile(
    r"[?&#](code|access_token|refresh_token)="  # a callback URL
    r"|\b00D[0-9A-Za-z]{12,15}![0-9A-Za-z._]{8,}"  # a Salesforce session
    r"|\b5Aep[0-9A-Za-z._=]{12,}"  # a Salesforce refresh token
    r"|\baPrx[0-9A-Za-z._=%]{12,}"  # a Salesforce authorization code
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # a JWT
)


def understand(answer: Any) -> Answer:
    """Read any known dialect of an answer; whatever is not a refusal means looking again.

    Known are HumanInTheLoopMiddleware (`{"decisions": [{"type": "reject"}]}`), Agent Inbox
    (`[{"type": "ignore"}]`), a single decision (`{"action" | "decision" | "type": ...}`), and bare words and booleans.
    Of several decisions one refusal is enough.
    """
    return "decline" if any(_declines(decision) for decision in _decisions(answer)) else "recheck"


def carries_secret(answer: Any) -> bool:
    """Whether an answer looks like an OAuth code, a token or a callback URL: things that do not belong there."""
    return any(_SECRET_TEXT.search(text) for text in _texts(answer)) or any(
        key in _SECRET_KEYS for key in _keys(answer)
    )


def _decisions(answer: Any) -> list[Any]:
    if isinstance(answer, Mapping) and "decisions" in answer:
        answer = answer["decisions"]
    return list(answer) if isinstance(answer, list | tuple) else [answer]


def _declines(decision: Any) -> bool:
    if not isinstance(decision, Mapping):
        return decision is False or _refuses(decision)
    if any(decision.get(key) is False or _refuses(decision.get(key)) for key in ("decision", "action", "type")):
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
