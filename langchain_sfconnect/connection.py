"""The seam between agents and Salesforce: what is sent, what comes back, and who can send it.

Tools and the guard see this module and nothing behind it: no store, no OAuth, no HTTP library, no token.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, get_args
from urllib.parse import unquote

from langchain_sfconnect.errors import InvalidArgument

Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]
Kind = Literal["read", "write"]

_VERSIONED = re.compile(r"^/services/data/v\d+\.\d+(?=/|$)")
_PLAIN_PATH = re.compile(r"/[A-Za-z0-9_\-./%~@:!$&'()*+,;=]*")


@dataclass(frozen=True, slots=True)
class Operation:
    """One REST request to Salesforce, described and not yet sent.

    Attributes:
        method: HTTP method.
        path: Path below `/services/data/vNN.0`, beginning with `/`, percent-encoded.
        kind: Whether it changes anything. The guard, read-only mode and the retry rules all ask here.
        idempotent: Whether repeating it after an unknown outcome is harmless. Reads always are.
        params: Query parameters, not yet encoded.
        json: Request body; sent as JSON when not None.
        headers: Extra request headers, such as `Sforce-Query-Options`.

    Raises:
        InvalidArgument: The path could leave `/services/data/vNN.0`.
    """

    method: Method
    path: str
    kind: Kind = "read"
    idempotent: bool = True
    params: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        segments = [unquote(segment) for segment in self.path.split("/")]
        escapes = any(s in (".", "..") or "/" in s or "\\" in s for s in segments)
        if not _PLAIN_PATH.fullmatch(self.path) or "//" in self.path or escapes:
            raise InvalidArgument(
                f"{self.path!r} is not a path below /services/data.",
                hint="Give a path such as /sobjects/Account/describe; put a query string into params.",
                fields=["path"],
            )


def rest_call(method: Method, path: str, *, params: Mapping[str, str] | None = None, json: Any = None) -> Operation:
    """The operation of any REST call; everything but GET counts as a write, and POST as one not to be repeated.

    Args:
        method: GET, POST, PATCH, PUT or DELETE.
        path: Relative to `/services/data/vNN.0`; one that begins with that, such as a `nextRecordsUrl`, works too.
        params: Query parameters.
        json: The body.

    Raises:
        InvalidArgument: There is no such method, or the path leads elsewhere.
    """
    if method not in get_args(Method):
        raise InvalidArgument(f"{method!r} is no method of Salesforce's REST API.", fields=["method"])
    return Operation(
        method,
        _VERSIONED.sub("", path, count=1),
        kind="read" if method == "GET" else "write",
        idempotent=method != "POST",
        params=params or {},
        json=json,
    )


@dataclass(frozen=True, slots=True)
class Result:
    """What Salesforce answered to an Operation it carried out.

    Attributes:
        status: HTTP status, 200 to 399.
        data: Parsed JSON body; None when the body was empty.
        limit_info: The `Sforce-Limit-Info` header, such as `api-usage=18/15000`.
    """

    status: int
    data: Any = None
    limit_info: str | None = None


class Account(Protocol):
    """What the guard reads of a connected account."""

    @property
    def identifier(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def status_reason(self) -> str | None: ...
    @property
    def username(self) -> str | None: ...
    @property
    def org_name(self) -> str | None: ...
    @property
    def environment(self) -> str | None: ...


class Link(Protocol):
    """What the guard reads of an authorization link."""

    @property
    def url(self) -> str: ...
    @property
    def expires_at(self) -> datetime: ...


class Connection(Protocol):
    """Sends operations as a connected account and tells the account's state."""

    @property
    def api_version(self) -> str:
        """The REST API version, such as `66.0`."""
        ...

    def permits(self, identifier: str, user: Any) -> bool:
        """Whether a run of this user may use the account.

        Args:
            identifier: Whose account the run names.
            user: Whom the server has authenticated; None where there is no server.
        """
        ...

    async def send(self, operation: Operation, *, identifier: str, write_key: str | None = None) -> Result:
        """Carry out one operation as the account named `identifier`.

        A write with a key is carried out once, however often it is sent with that key, and has one outcome.
        """
        ...

    async def reserve(self, write_keys: Sequence[str], *, identifier: str) -> None:
        """Let the writes with these keys be carried out as this account and as no other.

        Raises:
            AccountNotResolved: One of them is another account's already.
        """
        ...

    async def check(self, identifier: str) -> Account:
        """Probe Salesforce live and return the account as it then stands; a dead grant is a status, not an error."""
        ...

    async def link(self, identifier: str) -> Link:
        """The account's pending authorization link; the same one while it is unexpired."""
        ...


class Connectable(Protocol):
    """Whatever can hand out a Connection; SalesforceConnect is one."""

    def as_connection(self) -> Connection: ...
