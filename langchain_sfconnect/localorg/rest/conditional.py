"""Conditional requests: answering 304 to who already has it, 412 to who knows an older one; knows no resource."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from pydantic_core import to_json

from langchain_sfconnect.localorg.rest import refusals
from langchain_sfconnect.localorg.rest.call import Call, Reply

CONDITIONS = ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since")


@dataclass(frozen=True, slots=True)
class State:
    """What a resource is like now: since when, and the tag of its content if it carries one."""

    modified: datetime
    tag: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        tagged = {} if self.tag is None else {"ETag": self.tag}
        return {"Last-Modified": format_datetime(self.modified.astimezone(UTC), usegmt=True), **tagged}


def is_conditional(call: Call) -> bool:
    """Whether the client made any condition."""
    return any(name in call.headers for name in CONDITIONS)


def tag_of(record: Mapping[str, Any]) -> str:
    """The entity tag of a record's whole content."""
    content = to_json({name: value for name, value in record.items() if name != "attributes"})
    return f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'


def require(call: Call, state: State) -> None:
    """Let a request go on if what it supposes still holds.

    Raises:
        OrgError: 412: it does not.
    """
    wanted, since = call.headers.get("if-match"), _moment(call.headers.get("if-unmodified-since"))
    if wanted is not None and state.tag is not None:
        if not _names(wanted, state.tag):
            raise refusals.precondition_failed()
    elif since is not None and state.modified.replace(microsecond=0) > since:
        raise refusals.precondition_failed()
    unwanted = call.headers.get("if-none-match")
    if call.method != "GET" and unwanted is not None and state.tag is not None and _names(unwanted, state.tag):
        raise refusals.precondition_failed()


def answered(call: Call, body: Any, state: State) -> Reply:
    """The reply to a read: 304 and nothing when the client already has what there is.

    Raises:
        OrgError: 412: what the client supposes does not hold.
    """
    require(call, state)
    known, since = call.headers.get("if-none-match"), _moment(call.headers.get("if-modified-since"))
    if known is not None and state.tag is not None:
        has_it = _names(known, state.tag)
    else:
        has_it = since is not None and state.modified.replace(microsecond=0) <= since
    return Reply(status=304, headers=state.headers) if has_it else Reply(body=body, headers=state.headers)


def _names(header: str, tag: str) -> bool:
    """Whether a list of tags names this one; `W/` and the `--gzip` that servers append do not matter."""
    listed = [part.strip().removeprefix("W/").replace("--gzip", "") for part in header.split(",")]
    return "*" in listed or tag in listed


def _moment(text: str | None) -> datetime | None:
    """An HTTP date; one that cannot be read is no condition."""
    try:
        moment = parsedate_to_datetime(text) if text else None
        return None if moment is None else moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
