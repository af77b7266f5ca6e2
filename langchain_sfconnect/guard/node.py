"""SalesforceGuard: the graph node that lets writes pass only when all their accounts are authorized.

Everything before the question is memoized in the checkpoint, so a resumed node takes the same way again and every
answer meets the question it was given to. It knows no HTTP, no OAuth and no token.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import ToolCall
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda
from langgraph.config import get_config
from langgraph.constants import END
from langgraph.func import task
from langgraph.runtime import get_runtime
from langgraph.types import Send, interrupt

from langchain_sfconnect import _portal
from langchain_sfconnect.connection import Connectable
from langchain_sfconnect.errors import AccountNotResolved, ConfigurationError
from langchain_sfconnect.guard.answers import Answer, carries_secret, understand
from langchain_sfconnect.guard.check import Findings, look_at
from langchain_sfconnect.guard.kept import await_until_kept, wait_until_kept
from langchain_sfconnect.guard.payloads import reauthorization_payload
from langchain_sfconnect.guard.verdict import (
    as_reviewed,
    judge,
    messages_of,
    newest_turn,
    pending_calls,
    refuse,
)
from langchain_sfconnect.tools import KINDS, calls_write
from langchain_sfconnect.tools.identity import AccountFor, resolve_identifier

Update = dict[str, Any]

# Memoized results are found by this name and their position. Sync and async share it, so that a graph paused in one
# can be resumed in the other; renaming it would make paused graphs forget what they found.
_CHECK = "salesforce_guard_check"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Turn:
    """The calls of the newest model message that must wait for the guard, and whose account each one uses."""

    calls: list[ToolCall]
    owners: list[str]


class SalesforceGuard:
    """A barrier before the tools: no write of a turn runs before every account it touches is active.

    Wire it between the model and the tools, one task per call:

        graph.add_node("guard", guard.as_node())
        graph.add_conditional_edges("guard", SalesforceGuard.route, ["tools", "model", END])

    Compile the graph with a checkpointer, and a subgraph that holds the guard not with `checkpointer=False`: what
    the guard found before it asked must still be there when the answer comes.

    Args:
        connect: The accounts; a SalesforceConnect.
        identifier: Whose account every call uses; by default the run says so, in its context or its config.
        account_for: From a tool call, the run's config and runtime to an identifier, for graphs where one message
            touches several accounts. The tools need the same resolution.
        max_rounds: How often one turn's question is asked at most.
        guard_reads: Whether reads wait as well.
        write_tools: Names of further tools that write to Salesforce; this package's own are known.

    Raises:
        ConfigurationError: `max_rounds` is below 1.
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
    ) -> None:
        if max_rounds < 1:
            raise ConfigurationError(
                "max_rounds must be at least 1.", hint="The guard asks that often before it gives up."
            )
        self._identifier, self._account_for = identifier, account_for
        self._max_rounds, self._guard_reads = max_rounds, guard_reads
        self._write_tools = frozenset(write_tools or ())
        connection = connect.as_connection()

        # Closures, because the arguments of a task show in traces.
        async def look(owners: list[str], links: bool) -> Findings:
            return await look_at(connection, owners, links=links)

        def look_sync(owners: list[str], links: bool) -> Findings:
            return _portal.run(look, owners, links)

        look.__name__ = look_sync.__name__ = _CHECK
        self._look, self._alook = task(look_sync), task(look)

    def __call__(self, state: Any) -> Update:
        """Guard the newest turn; the update holds an error message for each refused call.

        Raises:
            AccountNotResolved: The run does not say whose account to use, or names another one than before it paused.
            ConfigurationError: The user must be asked, and the graph has no checkpointer.
        """
        turn = self._turn(state)
        for questions_left in self._rounds(turn):
            update = self._settle(turn, self._look(turn.owners, questions_left > 0).result(), questions_left)
            if update == {}:
                wait_until_kept(get_config())
            if update is not None:
                return update
        return {}

    async def acall(self, state: Any) -> Update:
        """As calling it, without blocking the event loop."""
        turn = self._turn(state)
        for questions_left in self._rounds(turn):
            update = self._settle(turn, await self._alook(turn.owners, questions_left > 0), questions_left)
            if update == {}:
                await await_until_kept(get_config())
            if update is not None:
                return update
        return {}

    def as_node(self) -> Runnable[Any, Update]:
        """The node, for `invoke` and `ainvoke` alike."""
        return RunnableLambda(self.__call__, afunc=self.acall, name="salesforce_guard")

    @staticmethod
    def route(state: Any, tools: str = "tools", model: str = "model") -> list[Send] | str:
        """Where to go after the guard: one task per open call, else back to the model, or to the end after its answer.

        One task per call, because a task's result is kept on its own: when one call pauses or fails, the others' are
        not run again.
        """
        messages = messages_of(state)
        if calls := pending_calls(messages):
            return [Send(tools, [call]) for call in calls]
        newest, _ = newest_turn(messages)
        return model if newest is None or newest.tool_calls else END

    def _turn(self, state: Any) -> _Turn:
        calls = [call for call in as_reviewed(pending_calls(messages_of(state)), state) if self._waits(call)]
        return _Turn(calls, [self._owner(call) for call in calls])

    def _rounds(self, turn: _Turn) -> range:
        """How many questions are left, at each check; the last check asks none."""
        return range(self._max_rounds, -1, -1) if turn.calls else range(0)

    def _settle(self, turn: _Turn, findings: Findings, questions_left: int) -> Update | None:
        """The update this check leads to, after asking if need be; None to check again."""
        if findings["owners"] != turn.owners:
            raise AccountNotResolved(
                "The run was resumed for another Salesforce account than it was paused for; nothing was written.",
                hint="Resume it with the context or config it was started with.",
            )
        verdict = judge(findings)
        if verdict == "go":
            return {}
        if verdict == "block" or questions_left == 0:
            return {"messages": refuse(turn.calls, findings)}
        if self._ask(turn, findings) == "decline":
            return {"messages": refuse(turn.calls, findings, declined=True)}
        return None

    def _ask(self, turn: _Turn, findings: Findings) -> Answer:
        _require_checkpointer(get_config())
        answer = interrupt(reauthorization_payload(findings, [call["id"] or "" for call in turn.calls]))
        if carries_secret(answer):
            _log.warning(
                "An answer to the guard's question carried an OAuth code or token. It was not used, but the graph's"
                " checkpointer has stored it; send such things to complete_authorization() only."
            )
        return understand(answer)

    def _waits(self, call: ToolCall) -> bool:
        name = call["name"]
        if name in self._write_tools or (self._guard_reads and name in KINDS):
            return True
        return calls_write(name, call["args"])

    def _owner(self, call: ToolCall) -> str:
        return resolve_identifier(
            self._identifier, get_runtime(), get_config(), account_for=self._account_for, tool_call=call
        )


def _require_checkpointer(config: RunnableConfig) -> None:
    # LangGraph has no public way to ask, and this key is its own: where it is missing, nothing is known.
    if config.get("configurable", {}).get("__pregel_checkpointer", ...) is None:
        raise ConfigurationError(
            "The Salesforce guard must ask the user, but the graph cannot pause: it has no checkpointer.",
            hint="Compile the graph with a checkpointer, such as SqliteSaver.",
        )
