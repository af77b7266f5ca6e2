"""Which writes a person must approve, and which edits of them are calls at all. Pure; knows no graph and no account."""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Literal

from langchain_core.messages import ToolCall

from langchain_sfconnect.errors import ConfigurationError, InvalidArgument
from langchain_sfconnect.tools import SPECS
from langchain_sfconnect.tools.policy import UNRESTRICTED
from langchain_sfconnect.tools.spec import CallContext

Approve = Literal["never", "destructive", "all"] | Callable[[ToolCall], bool]
"""Which writes a person approves before they run; a callable decides by the call (`name`, `args`, `id`)."""

Rule = Callable[[ToolCall], bool]

_CONTEXT = CallContext("0.0", UNRESTRICTED)


def rule_of(approve: Approve) -> Rule:
    """Whether a person must approve a write, as a function.

    Raises:
        ConfigurationError: It is no such rule.
    """
    rules: dict[Any, Rule] = {"never": lambda _: False, "destructive": destroys, "all": lambda _: True}
    if isinstance(approve, str) and approve in rules:
        return rules[approve]
    if not callable(approve) or inspect.iscoroutinefunction(approve):
        raise ConfigurationError(
            "approve does not say which writes a person must approve.",
            hint='Give "never", "destructive", "all", or a plain function from a tool call to True or False.',
        )
    # A copy, because a rule that changes what it looks at would change what runs.
    return lambda call: bool(approve(copy.deepcopy(call)))


def destroys(call: ToolCall) -> bool:
    """Whether a call deletes records. One whose arguments do not fit is not sent, and deletes nothing."""
    spec = SPECS.get(call["name"])
    if spec is None or spec.action not in ("delete", "mixed"):
        return False
    try:
        operation = spec.build(spec.parse(call["args"]), _CONTEXT)
    except InvalidArgument:
        return False
    return operation.method == "DELETE" or any(_deletes(part) for part in _objects_in(operation.json))


def require_callable(call: ToolCall, write_tools: Collection[str]) -> None:
    """Check that an edited call is one that this guard knows and that its tool can read.

    Raises:
        InvalidArgument: It is not; the message repeats no value.
    """
    spec = SPECS.get(call["name"])
    if spec is None and call["name"] not in write_tools:
        raise InvalidArgument("The edit was not taken: this guard knows no tool of that name.")
    try:
        # What is not plain JSON cannot be kept in a checkpoint.
        json.dumps(call["args"], allow_nan=False)
        if spec:
            spec.build(spec.parse(call["args"]), _CONTEXT)
        return
    except InvalidArgument as error:
        problem = f"The edit was not taken: its arguments do not fit ({', '.join(error.fields) or 'as a whole'})."
    except (TypeError, ValueError, RecursionError):
        problem = "The edit was not taken: its arguments are not plain JSON."
    raise InvalidArgument(problem)


def _deletes(part: Mapping[str, Any]) -> bool:
    """Whether an object in a composite is a subrequest that deletes, said by its method or by its URL."""
    method, url = part.get("method"), part.get("url")
    by_url = isinstance(url, str) and "_httpmethod=delete" in url.lower()
    return by_url or (isinstance(method, str) and method.upper() == "DELETE")


def _objects_in(value: Any) -> Iterator[Mapping[str, Any]]:
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping):
            yield part
            waiting.extend(part.values())
        elif isinstance(part, list | tuple):
            waiting.extend(part)
