"""The interrupt's value: how the guard's question looks to whoever shows it to a person. Knows no graph state.

The shape is a promise to user interfaces: our own keys, plus the ones of LangChain's human-in-the-loop middleware, so
that an interface made for that one shows the link too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from ipaddress import ip_address
from typing import Any, Literal, NotRequired
from urllib.parse import urlsplit

from langgraph.types import Command, Interrupt
from pydantic import BaseModel, ValidationError

# pydantic takes no other before Python 3.12
from typing_extensions import TypedDict

from langchain_sfconnect.errors import InvalidArgument
from langchain_sfconnect.guard.check import ACTIVE, Findings
from langchain_sfconnect.guard.preview import Approval
from langchain_sfconnect.guard.shown import Mark, in_html, in_text, one_line
from langchain_sfconnect.guard.wording import acting, change_lines, headline

TYPE: Literal["salesforce_reauth_required"] = "salesforce_reauth_required"
APPROVAL_TYPE: Literal["salesforce_approval_required"] = "salesforce_approval_required"
ACTION = "salesforce_reauthorize"

Decision = Literal["done", "approve", "decline"]


class AccountRequest(TypedDict):
    """One account that its user must authorize again. `expires_at` is the link's, ISO 8601 in UTC, ending in Z."""

    identifier: str
    status: str
    status_reason: NotRequired[str | None]
    auth_url: str | None
    expires_at: NotRequired[str | None]


class ActionRequest(TypedDict):
    """What human-in-the-loop interfaces list: the name of an action, its arguments, and a text in Markdown."""

    name: str
    args: dict[str, Any]
    description: str


class ReviewConfig(TypedDict):
    """Which buttons human-in-the-loop interfaces show for an action."""

    action_name: str
    allowed_decisions: list[str]


class ReauthorizationPayload(TypedDict):
    """The whole value of the guard's interrupt; plain JSON."""

    type: Literal["salesforce_reauth_required"]
    schema_version: Literal[1]
    accounts: list[AccountRequest]
    blocked_tool_call_ids: list[str]
    action_requests: list[ActionRequest]
    review_configs: list[ReviewConfig]


def reauthorization_payload(findings: Findings, blocked_tool_call_ids: Sequence[str]) -> ReauthorizationPayload:
    """The question for every account of a check that is not active."""
    accounts: list[AccountRequest] = [
        {
            "identifier": account["identifier"],
            "status": account["status"] or "",
            "status_reason": account["status_reason"],
            "auth_url": account["auth_url"],
            "expires_at": account["expires_at"],
        }
        for account in findings["accounts"]
        if account["status"] != ACTIVE
    ]
    description = "\n\n".join(_markdown(account) for account in accounts)
    return {
        "type": TYPE,
        "schema_version": 1,
        "accounts": accounts,
        "blocked_tool_call_ids": list(blocked_tool_call_ids),
        "action_requests": [{"name": ACTION, "args": {"accounts": accounts}, "description": description}],
        "review_configs": [{"action_name": ACTION, "allowed_decisions": ["approve", "reject"]}],
    }


@dataclass(frozen=True, repr=False)
class ReauthorizationRequest:
    """The guard's question as a value that prints its links and its writes, in a terminal and in a notebook.

    Attributes:
        accounts: The accounts to authorize again, as in the interrupt's value.
        blocked_tool_call_ids: The tool calls that wait for it.
        interrupt_id: Which interrupt it is; None if made from a bare payload.
        approvals: The writes to approve, as in the interrupt's value.
    """

    accounts: tuple[AccountRequest, ...]
    blocked_tool_call_ids: tuple[str, ...] = ()
    interrupt_id: str | None = None
    approvals: tuple[Approval, ...] = ()

    @staticmethod
    def from_interrupt(interrupt_or_payload: Interrupt | Mapping[str, Any]) -> ReauthorizationRequest:
        """Read an `Interrupt`, its JSON form (`{"value", "id"}`), or its value alone.

        Raises:
            InvalidArgument: It is not a question of this guard.
        """
        value, interrupt_id = _opened(interrupt_or_payload)
        try:
            question = _Question.model_validate(value)
        except ValidationError:
            raise InvalidArgument(
                "This is not a re-authorization request of the Salesforce guard.",
                hint=f"Pass an interrupt with type={TYPE!r} or {APPROVAL_TYPE!r} and schema_version=1;"
                " find(result) picks it out.",
            ) from None
        blocked, approvals = tuple(question.blocked_tool_call_ids), tuple(question.approvals)
        return ReauthorizationRequest(tuple(question.accounts), blocked, interrupt_id, approvals)

    @staticmethod
    def find(result: Any) -> ReauthorizationRequest | None:
        """The guard's first question in a graph's result or state snapshot; None if there is none."""
        if isinstance(result, Mapping):
            pending = result.get("__interrupt__") or ()
        else:
            pending = getattr(result, "interrupts", ())
        ours = (each for each in pending if _is_ours(each))
        return next((ReauthorizationRequest.from_interrupt(each) for each in ours), None)

    @property
    def urls(self) -> tuple[str, ...]:
        """The links to open, one per account; an address that is not safe to open is left out."""
        return tuple(url for account in self.accounts if (url := _openable(account["auth_url"])))

    def resume_command(self, decision: Decision = "done") -> Command[Any]:
        """The `Command` that answers this question.

        `done` looks at the accounts again and approves nothing, `approve` approves every write and looks again, and
        `decline` gives up all that waits. It names the interrupt where that is known, so it cannot answer another
        turn's question by mistake.

        Raises:
            InvalidArgument: Another word.
        """
        if decision not in ("done", "approve", "decline"):
            raise InvalidArgument(f"{decision!r} is not an answer.", hint="Answer 'done', 'approve' or 'decline'.")
        return Command(resume={self.interrupt_id: decision} if self.interrupt_id else decision)

    def __repr__(self) -> str:
        lines = [f"  {_summary(account)}: {_shown(account)}" for account in self.accounts]
        for approval in self.approvals:
            first, *more = _write(approval, in_text)
            lines += [f"  {first}", *(f"    {line}" for line in more)]
        return "\n".join([self._headline(), *lines])

    def _repr_html_(self) -> str:
        items = [f"<li>{escape(_summary(account))}: {_anchor(account)}</li>" for account in self.accounts]
        for approval in self.approvals:
            first, *more = _write(approval, in_html)
            items.append(f"<li>{first}<ul>{''.join(f'<li>{line}</li>' for line in more)}</ul></li>")
        return f"<p>{self._headline()}</p><ul>{''.join(items)}</ul>"

    def _headline(self) -> str:
        needs = ["authorization"] if self.accounts or not self.approvals else []
        needs += ["your approval"] if self.approvals else []
        return f"Salesforce needs {' and '.join(needs)} before the agent can go on:"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._repr_html_()}


class _Question(BaseModel):
    """What is read of a payload; the rest is for other readers."""

    type: Literal["salesforce_reauth_required", "salesforce_approval_required"]
    schema_version: Literal[1]
    accounts: list[AccountRequest]
    blocked_tool_call_ids: list[str] = []
    approvals: list[Approval] = []


def _opened(interrupt: Interrupt | Mapping[str, Any]) -> tuple[Any, str | None]:
    if isinstance(interrupt, Mapping):
        return (interrupt["value"], interrupt.get("id")) if "value" in interrupt else (interrupt, None)
    return getattr(interrupt, "value", None), getattr(interrupt, "id", None)


def _is_ours(interrupt: Any) -> bool:
    value, _ = _opened(interrupt)
    return isinstance(value, Mapping) and value.get("type") in (TYPE, APPROVAL_TYPE)


def _write(approval: Approval, mark: Mark) -> list[str]:
    note = [f"Note: {mark(one_line(approval['note']))}"] if approval["note"] else []
    return [headline(approval, mark), *change_lines(approval, mark), acting(approval, mark), *note]


def _summary(account: AccountRequest) -> str:
    reason = account.get("status_reason")
    return f"{account['identifier']} is {account['status']}" + (f" ({reason})" if reason else "")


def _shown(account: AccountRequest) -> str:
    until = account.get("expires_at")
    return f"{account['auth_url']}" + (f" (until {until})" if until else "")


def _anchor(account: AccountRequest) -> str:
    url = _openable(account["auth_url"])
    if url is None:
        return "its link was refused, because it is not an https address"
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">Authorize again</a>'


def _markdown(account: AccountRequest) -> str:
    text = re.sub(r"([\\`*_{}\[\]()<>#!|~])", r"\\\1", _summary(account)).replace("\n", " ")
    url = _openable(account["auth_url"])
    target = re.sub(r"[()<>]", lambda found: f"%{ord(found[0]):02X}", url) if url else None
    return f"{text}. [Authorize again]({target})" if target else f"{text}."


def _openable(url: str | None) -> str | None:
    """The address if a person may be sent there: https, or http on this machine."""
    if url is None or re.search(r"[\s\x00-\x1f\\]", url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if not host or parts.username is not None:
        return None
    return url if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)) else None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
