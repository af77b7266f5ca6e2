"""What a tool is: its arguments, the operation they make, and the answer's shape. Knows no LangChain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from pydantic import ValidationError

from langchain_sfconnect.connection import Kind, Operation, Result
from langchain_sfconnect.tools.arguments import ToolArgs, as_invalid_argument
from langchain_sfconnect.tools.policy import AccessPolicy

Args = TypeVar("Args", bound=ToolArgs)
Action = Literal["read", "create", "update", "delete", "mixed"]

# MCP's hints: readOnly, destructive, idempotent. All tools reach an org that others change too: openWorld.
_HINTS: dict[Action, tuple[bool, bool, bool]] = {
    "read": (True, False, True),
    "create": (False, False, False),
    "update": (False, True, True),
    "delete": (False, True, True),
    "mixed": (False, True, False),
}


@dataclass(frozen=True, slots=True)
class CallContext:
    """What a call knows besides its arguments."""

    api_version: str
    policy: AccessPolicy


@dataclass(frozen=True, slots=True)
class Shaped:
    """An answer twice: `content`, compact, for the model; `artifact`, in full, for programs. Both plain JSON."""

    content: Any
    artifact: dict[str, Any]


def _as_is(result: Result) -> Result:
    return result


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ToolSpec(Generic[Args]):
    """One tool. All its functions are pure.

    Attributes:
        name: The tool's name.
        description: For the model: when to use it and what comes back.
        args: The model of its arguments.
        build: Arguments to the operation that is sent.
        shape: Salesforce's answer to what the caller gets. May raise SalesforceAPIError where the answer holds one.
        action: What it does to records; `mixed` where only the arguments tell.
        sobject: The one object it works on, where the name says so.
        opaque: Whether nobody can tell which objects and fields an answer holds.
        free_form: Whether its argument is a statement or a list of requests that may touch any object.
        receive: Applied to each answer on arrival, before policy and shape; may raise SalesforceAPIError.
        next_operation: What to send next, given all that has come so far; None when there is enough. One tool call is
            one operation, except where this is given.
    """

    name: str
    description: str
    args: type[Args]
    build: Callable[[Args, CallContext], Operation]
    shape: Callable[[Result, Args, CallContext], Shaped]
    action: Action = "read"
    sobject: str | None = None
    opaque: bool = False
    free_form: bool = False
    receive: Callable[[Result], Result] = _as_is
    next_operation: Callable[[Result, Args, CallContext], Operation | None] | None = None

    @property
    def kind(self) -> Kind:
        """Whether its operations can write."""
        return "read" if self.action == "read" else "write"

    @property
    def annotations(self) -> dict[str, bool]:
        """MCP's annotation keys."""
        read_only, destructive, idempotent = _HINTS[self.action]
        return {
            "readOnlyHint": read_only,
            "destructiveHint": destructive,
            "idempotentHint": idempotent,
            "openWorldHint": True,
        }

    def parse(self, tool_input: Mapping[str, Any]) -> Args:
        """The input as checked arguments.

        Raises:
            InvalidArgument: It does not fit; names the arguments and repeats no value.
        """
        try:
            return self.args.model_validate(dict(tool_input))
        except ValidationError as error:
            problem = as_invalid_argument(error)
        # Outside the handler, so that nothing chains pydantic's error, which holds the input.
        raise problem
