"""SalesforceGuard: the node that lets writes pass when their accounts are authorized and a person approved them.

What led to a question is memoized in the checkpoint, so a resumed node takes the same way again and every answer meets
the question it was given to. It knows no HTTP, no OAuth and no token.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
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
from langchain_sfconnect.guard.answers import carries_secret
from langchain_sfconnect.guard.check import Findings, look_at
from langchain_sfconnect.guard.edits import update_after
from langchain_sfconnect.guard.questions import question
from langchain_sfconnect.guard.rules import Approve, require_callable, rule_of
from langchain_sfconnect.guard.turn import Held, Turn, heard, informed, settled
from langchain_sfconnect.guard.verdict import as_reviewed, messages_of, newest_turn, pending_calls
from langchain_sfconnect.tools import KINDS, calls_write
from langchain_sfconnect.tools.identity import AccountFor, require_permission, resolve_identifier
from langchain_sfconnect.tools.kept import await_until_kept, wait_until_kept
from langchain_sfconnect.tools.once import key_of

Update = dict[str, Any]

# Memoized results are found by this name and their position. Sync and async share it, so that a graph paused in one
# can be resumed in the other; renaming it would make paused graphs forget what they found.
_CHECK = "salesforce_guard_check"

_log = logging.getLogger(__name__)


class SalesforceGuard:
    """A barrier before the tools: no write of a turn runs before all accounts are active and people have approved it.

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
        approve: Which writes a person approves before they run: `"never"`, `"destructive"` for deletes and composites
            that hold one, `"all"`, or a function from a tool call to whether it must be approved.

    Raises:
        ConfigurationError: `max_rounds` is below 1, or `approve` is none of these.
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
        if max_rounds < 1:
            raise ConfigurationError(
                "max_rounds must be at least 1.", hint="The guard asks that often before it gives up."
            )
        self._identifier, self._account_for = identifier, account_for
        self._max_rounds, self._guard_reads = max_rounds, guard_reads
        self._write_tools = frozenset(write_tools or ())
        self._rule = rule_of(approve)
        self._connection = connect.as_connection()

        # Closures, because the arguments of a task show in traces.
        def memo(turn: Turn, found: Findings | None) -> Findings:
            return found or self._look(turn)

        async def amemo(turn: Turn, found: Findings | None) -> Findings:
            return found or await self._alook(turn)

        memo.__name__ = amemo.__name__ = _CHECK
        self._memo, self._amemo = task(memo), task(amemo)

    def __call__(self, state: Any, *, unasked: bool = False) -> Update:
        """Guard the newest turn; the update holds an error message for each refused call, and the edited ones.

        Args:
            state: The graph's.
            unasked: Surely nobody was asked about this turn before, so that there is nothing to go on with: then what
                is found is memoized only if somebody must be asked now.

        Raises:
            AccountNotResolved: The run does not say whose account to use, or names another one than before it paused.
            AccountNotPermitted: The application does not let the run's user use it.
            ConfigurationError: The user must be asked, and the graph has no checkpointer.
        """
        turn = self._turn(state)
        found = self._look(turn) if unasked and turn.held else None
        turn = _over_at_once(turn, found) or turn
        while turn.held:
            turn, found = self._next(turn, self._memo(turn, found).result()), None
        if _holds_foreign(turn):
            wait_until_kept(get_config())
        if keys := self._reservable(turn, state):
            _portal.run(self._reserve, keys)
        return update_after(turn.edited, turn.refused, state)

    async def acall(self, state: Any, *, unasked: bool = False) -> Update:
        """As calling it, without blocking the event loop."""
        turn = self._turn(state)
        found = await self._alook(turn) if unasked and turn.held else None
        turn = _over_at_once(turn, found) or turn
        while turn.held:
            turn, found = self._next(turn, await self._amemo(turn, found)), None
        if _holds_foreign(turn):
            await await_until_kept(get_config())
        await self._reserve(self._reservable(turn, state))
        return update_after(turn.edited, turn.refused, state)

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

    def _turn(self, state: Any) -> Turn:
        calls = as_reviewed(pending_calls(messages_of(state)), state)
        return Turn(tuple(Held(call, self._owner(call)) for call in calls if self._waits(call)), self._max_rounds)

    def _look(self, turn: Turn) -> Findings:
        to_approve = self._to_approve(turn)  # the product's rule runs here, and not on the loop that all threads share
        return _portal.run(look_at, self._connection, turn.owners, to_approve, asking=turn.questions_left > 0)

    async def _alook(self, turn: Turn) -> Findings:
        return await look_at(self._connection, turn.owners, self._to_approve(turn), asking=turn.questions_left > 0)

    def _next(self, turn: Turn, findings: Findings) -> Turn:
        """The turn after one more look, and after asking if need be."""
        if findings["owners"] != turn.owners:
            raise AccountNotResolved(
                "The run was resumed for another Salesforce account than it was paused for; nothing was written.",
                hint="Resume it with the context or config it was started with.",
            )
        turn = informed(turn, findings)
        return settled(turn, findings) or heard(turn, findings, _ask(question(turn, findings)), self._admit)

    def _reservable(self, turn: Turn, state: Any) -> dict[str, list[str]]:
        """The keys of the writes that may run now, by whose they are, where it is the run that says so.

        If it pauses once more before they have begun, whoever resumes it could say something else.
        """
        newest, _ = newest_turn(messages_of(state))
        info = get_runtime().execution_info
        keys: dict[str, list[str]] = {}
        if self._identifier is not None or newest is None or info is None:
            return keys
        for each in turn.passed:
            call = each.call
            key = key_of(info.thread_id, newest.id, tool=call["name"], call_id=call["id"], arguments=call["args"])
            if key is not None and self._writes(call):
                keys.setdefault(each.owner, []).append(key)
        return keys

    async def _reserve(self, keys: Mapping[str, Sequence[str]]) -> None:
        for owner, of_owner in keys.items():
            await self._connection.reserve(of_owner, identifier=owner)

    def _to_approve(self, turn: Turn) -> list[ToolCall | None]:
        return [each.call if self._needs_approval(each) else None for each in turn.held]

    def _needs_approval(self, held: Held) -> bool:
        if held.approval == "unknown":
            return self._writes(held.call) and self._rule(held.call)
        return held.approval == "missing"

    def _admit(self, edited: ToolCall) -> Held | None:
        """A reviewer's edit as it is held from now on: approved, but its account is still to be checked."""
        require_callable(edited, self._write_tools)
        return Held(edited, self._owner(edited), approval="settled") if self._waits(edited) else None

    def _waits(self, call: ToolCall) -> bool:
        return self._writes(call) or (self._guard_reads and call["name"] in KINDS)

    def _writes(self, call: ToolCall) -> bool:
        return call["name"] in self._write_tools or calls_write(call["name"], call["args"])

    def _owner(self, call: ToolCall) -> str:
        runtime = get_runtime()
        identifier = resolve_identifier(self._identifier, runtime, get_config(), self._account_for, call)
        return require_permission(self._connection, identifier, runtime)


def _over_at_once(turn: Turn, found: Findings | None) -> Turn | None:
    return settled(informed(turn, found), found) if found else None


def _holds_foreign(turn: Turn) -> bool:
    # This package's tools wait themselves until they may write; the product's own may count on their call's id.
    return any(each.call["name"] not in KINDS for each in turn.passed)


def _ask(payload: dict[str, Any]) -> Any:
    _require_checkpointer(get_config())
    answer = interrupt(payload)
    if carries_secret(answer):
        _log.warning(
            "An answer to the guard's question carried an OAuth code or token. It was not used, but the graph's"
            " checkpointer has stored it; send such things to complete_authorization() only."
        )
    return answer


def _require_checkpointer(config: RunnableConfig) -> None:
    # LangGraph has no public way to ask, and this key is its own: where it is missing, nothing is known.
    if config.get("configurable", {}).get("__pregel_checkpointer", ...) is None:
        raise ConfigurationError(
            "The Salesforce guard must ask the user, but the graph cannot pause: it has no checkpointer.",
            hint="Compile the graph with a checkpointer, such as SqliteSaver.",
        )
