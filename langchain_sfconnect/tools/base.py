"""LangChain tools made of the specs: one generic class, of which every tool of every account is an instance.

Knows whose calls it makes and through which connection; what a tool takes and returns is in its spec.
"""

import functools
import json
import logging
import sys
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NoReturn

import pydantic_core
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, InjectedToolArg, ToolException
from pydantic import BaseModel, Field, PrivateAttr, ValidationError, create_model

from langchain_sfconnect import _portal
from langchain_sfconnect.connection import Connection
from langchain_sfconnect.errors import SFConnectError
from langchain_sfconnect.tools.arguments import as_invalid_argument
from langchain_sfconnect.tools.execute import call
from langchain_sfconnect.tools.identity import AccountFor, require_permission, resolve_identifier, trusted_runtime
from langchain_sfconnect.tools.kept import await_until_kept, wait_until_kept
from langchain_sfconnect.tools.once import require_unanswered, write_key
from langchain_sfconnect.tools.policy import UNRESTRICTED, AccessPolicy
from langchain_sfconnect.tools.spec import ToolSpec

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Binding:
    """What all tools of one toolkit share: how to send, for whom, and within which bounds."""

    connection: Connection = field(repr=False)
    identifier: str | None = None
    policy: AccessPolicy = UNRESTRICTED
    account_for: AccountFor | None = None


@dataclass(frozen=True, slots=True)
class _Given:
    """A call's arguments as they were given: which were left out, and which were null, is still known."""

    arguments: dict[str, Any]
    call_id: str | None


def _error_content(error: ToolException) -> str:
    text = str(error)
    return text if text.startswith('{"error":') else _envelope(SFConnectError(text, code="TOOL_ERROR"))


def _validation_content(error: Any) -> str:
    if isinstance(error, ValidationError):
        return _envelope(as_invalid_argument(error))
    return _envelope(SFConnectError("The arguments do not fit.", code="INVALID_ARGUMENT"))


class SalesforceTool(BaseTool):
    """One Salesforce tool, bound to an account or resolving it at each run.

    Args:
        spec: Which tool.
        binding: Connection, account and policy.
    """

    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"
    handle_tool_error: Any = _error_content
    handle_validation_error: Any = _validation_content

    _spec: ToolSpec[Any] = PrivateAttr()
    _binding: Binding = PrivateAttr()

    def __init__(self, spec: ToolSpec[Any], binding: Binding) -> None:
        super().__init__(
            name=spec.name,
            description=spec.description,
            args_schema=_args_with_runtime(spec),
            metadata=spec.annotations,
        )
        self._spec = spec
        self._binding = binding

    @property
    def tool_call_schema(self) -> type[BaseModel]:
        """What a model is shown. One class per tool, not per instance: making it costs more than a call."""
        return _args_for_model(self._spec, self.name, self.description)

    def _parse_input(self, tool_input: str | dict[str, Any], tool_call_id: str | None) -> dict[str, Any]:
        # BaseTool would pass defaults as if they had been given. The spec checks the arguments, for every caller
        # alike; here they only change hands. Should BaseTool ever stop asking, `_run` lacks `given` and sends nothing.
        arguments = self._only_argument(tool_input) if isinstance(tool_input, str) else dict(tool_input)
        return {"runtime": arguments.pop("runtime", None), "given": _Given(arguments, tool_call_id)}

    def _filter_injected_args(self, tool_input: dict[str, Any]) -> dict[str, Any]:
        # For traces: all but LangGraph's runtime. BaseTool inspects the argument model anew at each call to tell that.
        return {name: value for name, value in tool_input.items() if name != "runtime"}

    def _run(self, *, given: _Given, config: RunnableConfig, runtime: Any = None) -> Any:
        if self._spec.kind == "write":
            wait_until_kept(config)  # here, because the checkpointer may belong to the caller's thread
        return _portal.run(self._answer, given, config, runtime)

    async def _arun(self, *, given: _Given, config: RunnableConfig, runtime: Any = None) -> Any:
        if self._spec.kind == "write":
            await await_until_kept(config)
        return await self._answer(given, config, runtime)

    async def _answer(self, given: _Given, config: RunnableConfig, runtime: Any) -> tuple[str, dict[str, Any]]:
        try:
            trusted = trusted_runtime(runtime)
            owner = self._owner(given, config, trusted)
            if self._spec.kind == "write":
                require_unanswered(trusted, given.call_id)
            shaped = await call(
                self._binding.connection,
                self._spec,
                identifier=owner,
                tool_input=given.arguments,
                policy=self._binding.policy,
                write_key=self._write_key(given, trusted),
            )
            return pydantic_core.to_json(shaped.content).decode(), shaped.artifact
        except SFConnectError as error:
            failure = error
        except Exception as error:
            if _belongs_to_langgraph(error):
                raise
            failure = self._unexpected(error)
        # Outside the handlers: an exception raised in one carries the other along, into traces.
        raise ToolException(_envelope(failure))

    def _owner(self, given: _Given, config: RunnableConfig, runtime: Any) -> str:
        bound = self._binding
        tool_call = {"name": self.name, "args": given.arguments, "id": given.call_id, "type": "tool_call"}
        identifier = resolve_identifier(bound.identifier, runtime, config, bound.account_for, tool_call)
        return require_permission(bound.connection, identifier, runtime)

    def _write_key(self, given: _Given, runtime: Any) -> str | None:
        if self._spec.kind == "read":
            return None
        return write_key(runtime, tool=self.name, call_id=given.call_id, arguments=given.arguments)

    def _unexpected(self, error: Exception) -> SFConnectError:
        # The text of a foreign exception may hold anything, a URL with a token included.
        _log.error("%s failed unexpectedly with %s", self.name, type(error).__name__)
        return SFConnectError(
            f"The tool failed unexpectedly ({type(error).__name__}).",
            code="INTERNAL_ERROR",
            hint="A write may have happened: look with a query before repeating it."
            if self._spec.kind == "write"
            else "",
        )

    def _only_argument(self, text: str) -> dict[str, Any]:
        return {next(iter(self._spec.args.model_fields), "input"): text}

    def __repr__(self) -> str:
        return f"SalesforceTool(name={self.name!r})"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("A Salesforce tool holds a live connection and cannot be pickled; make a new toolkit instead.")

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> "SalesforceTool":
        return self.__copy__()


@functools.cache
def _args_with_runtime(spec: ToolSpec[Any]) -> type[BaseModel]:
    """The arguments, and the place for LangGraph's runtime; excluded, so that nothing ever dumps a graph's state."""
    runtime: Any = (Annotated[Any, InjectedToolArg], Field(default=None, exclude=True))
    return create_model(spec.args.__name__, __base__=spec.args, __doc__=spec.description, runtime=runtime)


@functools.lru_cache(maxsize=256)
def _args_for_model(spec: ToolSpec[Any], name: str, description: str) -> type[BaseModel]:
    return create_model(name, __base__=spec.args, __doc__=description)


def _belongs_to_langgraph(error: Exception) -> bool:
    """Whether an exception is LangGraph's way to pause or steer a graph. Not imported: it need not be installed."""
    errors = sys.modules.get("langgraph.errors")
    return errors is not None and isinstance(error, errors.GraphBubbleUp)


def _envelope(error: SFConnectError) -> str:
    return json.dumps(error.envelope(), ensure_ascii=False, separators=(",", ":"))
