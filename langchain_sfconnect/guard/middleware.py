"""SalesforceGuardMiddleware: the guard for agents made with `create_agent`. It decides nothing itself."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ExtendedModelResponse
from langgraph.types import Command

from langchain_sfconnect.connection import Connectable
from langchain_sfconnect.guard.node import SalesforceGuard
from langchain_sfconnect.guard.repair import is_same, mended, with_mended_past
from langchain_sfconnect.guard.rules import Approve
from langchain_sfconnect.guard.unasked import Unasked
from langchain_sfconnect.guard.verdict import EDITS, edits_in, messages_of, newest_turn
from langchain_sfconnect.tools.identity import AccountFor


class SalesforceGuardMiddleware(AgentMiddleware[Any, Any, Any]):
    """Lets the writes of a turn run only when every account they touch is active; otherwise asks the user.

    Beside HumanInTheLoopMiddleware, list the guard first (`middleware=[guard, hitl]`): then a call is approved before
    its account is asked for, and a rejected call asks for nothing. Give the agent a checkpointer.

    When the user goes on talking instead of answering the question, the calls that waited are answered with an error
    before the next model call, because model providers refuse a history with unanswered calls.

    Args:
        connect: The accounts; a SalesforceConnect.
        identifier: Whose account every call uses; by default the run says so, in its context or its config.
        account_for: From a tool call, the run's config and runtime to an identifier.
        max_rounds: How often one turn's question is asked at most.
        guard_reads: Whether reads wait as well.
        write_tools: Names of further tools that write to Salesforce; this package's own are known.
        approve: Which writes a person approves before they run: `"never"`, `"destructive"` for deletes and composites
            that hold one, `"all"`, or a function from a tool call to whether it must be approved.
    """

    def __init__(
        self,
        connect: Connectable,
        *,
        identifier: str | None = None,
        account_for: AccountFor | None = None,
        max_rounds: int = 3,
        guard_reads: bool = False,
        write_tools: Collection[str] | None = None,
        approve: Approve = "never",
    ) -> None:
        super().__init__()
        self.guard = SalesforceGuard(
            connect,
            identifier=identifier,
            account_for=account_for,
            max_rounds=max_rounds,
            guard_reads=guard_reads,
            write_tools=write_tools,
            approve=approve,
        )
        self._unasked = Unasked()

    def wrap_model_call(self, request: Any, handler: Any) -> Any:
        """Let the model read one answer to every call, and begin its turn without the edits of the last one."""
        return self._noted(handler(_mended(request)), request)

    async def awrap_model_call(self, request: Any, handler: Any) -> Any:
        """Let the model read one answer to every call, and begin its turn without the edits of the last one."""
        return self._noted(await handler(_mended(request)), request)

    def after_model(self, state: Any, runtime: Any) -> dict[str, Any] | None:
        """Guard the newest turn, and keep a mended history. A hook of its own for that would cost every run a step."""
        return with_mended_past(state, self.guard(state, unasked=self._is_unasked(state, runtime))) or None

    async def aafter_model(self, state: Any, runtime: Any) -> dict[str, Any] | None:
        """Guard the newest turn, and keep a mended history."""
        unasked = self._is_unasked(state, runtime)
        return with_mended_past(state, await self.guard.acall(state, unasked=unasked)) or None

    def _noted(self, response: Any, request: Any) -> Any:
        self._unasked.note(response.result, request.runtime)
        return _unedited(response, request)

    def _is_unasked(self, state: Any, runtime: Any) -> bool:
        newest, _ = newest_turn(messages_of(state))
        return self._unasked.take(newest, runtime)


def _mended(request: Any) -> Any:
    # The user may have gone on talking instead of answering, and another reviewer may have refused what the guard had
    # refused before.
    messages = mended(request.messages)
    return request if is_same(messages, request.messages) else request.override(messages=messages)


def _unedited(response: Any, request: Any) -> Any:
    # Call ids come again, and the guard would take an old edit of HumanInTheLoopMiddleware for one of the new call.
    if not edits_in(request.state):
        return response
    return ExtendedModelResponse(model_response=response, command=Command(update={EDITS: {}}))
