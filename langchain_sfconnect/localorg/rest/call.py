"""One REST call and its reply, free of HTTP machinery, so that composite can make the same calls as a client."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.engine import Engine, Session
from langchain_sfconnect.localorg.records.options import WriteOptions

Record = dict[str, Any]
NOTHING: Any = object()
"""The payload of a call without a body; JSON's null is None."""


@dataclass(frozen=True, slots=True)
class Org:
    """What resources may know of the org around their session."""

    engine: Engine
    user_id: str
    identity_url: str
    requests_max: int
    requests_today: int


@dataclass(frozen=True, slots=True)
class Call:
    """One call by one user.

    Attributes:
        method: Upper case; HEAD arrives as GET.
        path: The path below `/services/data/vNN.0`, decoded, for messages.
        version: Such as `66.0`.
        session: The user's access to the data, in this version.
        org: The org around it.
        params: What the route's variable segments matched, decoded.
        query: Query parameters, each with all its values.
        headers: Names in lower case.
        payload: The parsed body, or `NOTHING`.
    """

    method: str
    path: str
    version: str
    session: Session
    org: Org
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    payload: Any = NOTHING

    @property
    def base(self) -> str:
        """The path that resources of this version begin with."""
        return f"/services/data/v{self.version}"

    @property
    def release(self) -> float:
        """The version as a number, to compare."""
        return float(self.version)

    @property
    def write_options(self) -> WriteOptions:
        """How the headers want records to be written."""
        wishes = self.headers.get("sforce-duplicate-rule-header", "").lower().replace(" ", "").split(";")
        return WriteOptions(allow_duplicates="allowsave=true" in wishes)

    def argument(self, name: str) -> str | None:
        """A query parameter's first value."""
        values = self.query.get(name)
        return values[0] if values else None

    def required_argument(self, name: str) -> str:
        """A query parameter that must be there.

        Raises:
            OrgError: It is missing or empty.
        """
        value = self.argument(name)
        if not value:
            raise errors.invalid_parameter(f"The parameter {name} is required")
        return value

    def number(self, name: str, default: int) -> int:
        """A query parameter that is a whole number.

        Raises:
            OrgError: It is something else.
        """
        value = self.argument(name)
        return default if value is None else whole_number(name, value)

    def names(self, name: str = "fields") -> list[str] | None:
        """A comma-separated query parameter; None when absent."""
        value = self.argument(name)
        return None if value is None else [part.strip() for part in value.split(",") if part.strip()]

    def document(self) -> dict[str, Any]:
        """The body as a JSON object.

        Raises:
            OrgError: There is no body, or it is something else.
        """
        if self.payload is NOTHING:
            raise errors.body_required()
        if not isinstance(self.payload, dict):
            raise errors.json_parser_error(f"Cannot deserialize instance of object from {_kind(self.payload)}")
        return self.payload

    def flag(self, name: str) -> bool:
        """A true-or-false property of the body; false when absent.

        Raises:
            OrgError: It is something else.
        """
        value = self.document().get(name)
        if value is not None and not isinstance(value, bool):
            raise errors.json_parser_error(f"Cannot deserialize instance of boolean from {_kind(value)} value {value}")
        return bool(value)

    def fields(self) -> dict[str, Any]:
        """The body as a record's fields: without the `attributes` that clients send back."""
        return {name: value for name, value in self.document().items() if name != "attributes"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: a JSON value, or nothing at all when `body` is None."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the call succeeded; having nothing newer to say is no failure."""
        return self.status < 300 or self.status == 304


Handler = Callable[[Call], Reply]


def whole_number(name: str, value: str) -> int:
    """A parameter's text as a number.

    Raises:
        OrgError: It is something else.
    """
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise errors.invalid_parameter(f"The parameter {name} must be a whole number")
    return int(value)


def _kind(value: object) -> str:
    kinds = {
        list: "START_ARRAY",
        dict: "START_OBJECT",
        str: "VALUE_STRING",
        bool: "VALUE_BOOLEAN",
        type(None): "VALUE_NULL",
    }
    return kinds.get(type(value), "VALUE_NUMBER")
