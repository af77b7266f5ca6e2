"""The one way of a call: check the arguments, build, authorize, send, shape. Knows no LangChain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langchain_sfconnect.connection import Connection, Operation, Result
from langchain_sfconnect.errors import InvalidArgument, ReauthorizationRequired
from langchain_sfconnect.tools.policy import UNRESTRICTED, AccessPolicy
from langchain_sfconnect.tools.redaction import redact
from langchain_sfconnect.tools.registry import spec_named
from langchain_sfconnect.tools.spec import CallContext, Shaped, ToolSpec


async def execute(
    connection: Connection,
    tool_name: str,
    *,
    identifier: str,
    tool_input: Mapping[str, Any],
    policy: AccessPolicy | None = None,
) -> dict[str, Any]:
    """Call a tool by name and return its full result, as plain JSON.

    Raises:
        UnknownTool: There is no such tool.
        InvalidArgument: An argument does not fit; nothing was sent.
        PolicyDenied: The policy forbids it; nothing was sent.
        SFConnectError: Whatever the connection raises.
    """
    shaped = await call(connection, spec_named(tool_name), identifier=identifier, tool_input=tool_input, policy=policy)
    return shaped.artifact


async def call(
    connection: Connection,
    spec: ToolSpec[Any],
    *,
    identifier: str,
    tool_input: Mapping[str, Any],
    policy: AccessPolicy | None = None,
    write_key: str | None = None,
) -> Shaped:
    """As `execute`, with the compact content beside the full result.

    A write with a key is carried out once, however often the call is executed.
    """
    if not isinstance(tool_input, Mapping):
        raise InvalidArgument("The input of a tool is an object of its arguments.")
    context = CallContext(connection.api_version, policy or UNRESTRICTED)
    args = spec.parse(tool_input)
    operation = spec.build(args, context)
    context.policy.authorize(spec, operation)
    result = spec.receive(await _sent(connection, operation, identifier, write_key))
    while spec.next_operation and (following := spec.next_operation(result, args, context)):
        result = _with_page(result, await connection.send(following, identifier=identifier))
    return spec.shape(_redacted(result, context.policy), args, context)


async def _sent(connection: Connection, operation: Operation, identifier: str, write_key: str | None) -> Result:
    if operation.kind == "read":
        return await connection.send(operation, identifier=identifier)
    try:
        return await connection.send(operation, identifier=identifier, write_key=write_key)
    except ReauthorizationRequired as error:
        error.hint = f"Nothing was written. {error.hint} Then call again."
        raise


def _with_page(so_far: Result, page: Result) -> Result:
    records = [*so_far.data["records"], *page.data["records"]]
    head = {name: value for name, value in so_far.data.items() if name != "nextRecordsUrl"}
    return Result(page.status, {**head, **page.data, "records": records}, page.limit_info)


def _redacted(result: Result, policy: AccessPolicy) -> Result:
    data = redact(policy, result.data)
    return result if data is result.data else Result(result.status, data, result.limit_info)
