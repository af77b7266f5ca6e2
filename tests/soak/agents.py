"""The worker processes of the write storms: agents that go on with conversations wherever these were left.

Which conversations there are, and who works on one, is kept in files, so that a kill at any moment leaves everything
to the next worker. Judges nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from conversation import Conversation, Tenant, asks, opened, refuse_unanswered
from crew import Orders, settle_in
from dying import FORKS, LOADED, hasten
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from langchain_sfconnect.guard import ReauthorizationRequest

FORKS.set_forkserver_preload(LOADED)

Call = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Plan:
    """What shall be done: in each conversation so many turns, of one or two writes each.

    Attributes:
        orders: As for every worker of a storm.
        checkpoints: Where LangGraph's are: a file or the URL of a Postgres.
        turns: Of each conversation, in order, its turns; each is what the user asks for.
        quiet: After how many seconds a create of which nothing is to be seen is sent again.
        suicides: How likely a worker dies at a step of a write.
    """

    orders: Orders
    checkpoints: str
    turns: dict[str, list[list[Call]]]
    quiet: float
    suicides: float

    def folder(self, name: str) -> Path:
        return self.orders.folder / name

    def identifier(self, thread: str) -> str:
        """Whose conversation it is."""
        return thread.partition("/")[0]

    def wiring(self, thread: str) -> str:
        """One way per conversation: the graphs differ in their nodes."""
        return "graph" if int(thread.rpartition("/")[2]) % 2 else "create_agent"

    def run(self, thread: str) -> dict[str, Any]:
        return {"config": {"configurable": {"thread_id": thread}}, "context": Tenant(self.identifier(thread))}


def file_of(thread: str) -> str:
    return thread.replace("/", ".")


class ObedientModel(BaseChatModel):
    """Asks for the calls that the user's last message spells out, under the same ids in every turn, then is done."""

    @property
    def _llm_type(self) -> str:
        return "obedient"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> ObedientModel:
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        refuse_unanswered(messages)
        last = messages[-1]
        reply = asks(*json.loads(last.text)) if isinstance(last, HumanMessage) else AIMessage("Done.")
        return ChatResult(generations=[ChatGeneration(message=reply)])


def work(plan: Plan, name: str, seed: float) -> None:
    """A worker: takes one conversation after the other a step further, until all are at their end or it is killed."""
    settle_in(plan.orders)
    hasten(plan.quiet)
    dice = Random(seed)
    _Suicide(plan, dice)
    asyncio.run(_Worker(plan, name, dice).run())


class _Suicide(logging.Handler):
    """Kills its process, now and then, at a step of a write; writes down at which, and which looks have failed."""

    def __init__(self, plan: Plan, dice: Random) -> None:
        super().__init__(logging.DEBUG)
        self._plan, self._dice = plan, dice
        logger = logging.getLogger("langchain_sfconnect.accounts.ledger")
        logger.setLevel(logging.DEBUG)
        logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        step = record.getMessage().rpartition(": ")[2].partition(",")[0]
        if "looked up" in record.getMessage():
            with self._plan.folder("looks").open("a") as file:
                file.write(step + "\n")
        elif self._dice.random() < self._plan.suicides:
            (self._plan.folder("died") / f"{os.getpid()} {step}").touch()
            os.kill(os.getpid(), signal.SIGKILL)


class _Worker:
    def __init__(self, plan: Plan, name: str, dice: Random) -> None:
        self._plan, self._name, self._dice = plan, name, dice
        self._mode = dice.choice(["sync", "async"])
        self._agents: dict[str, Any] = {}

    async def run(self) -> None:
        async with self._plan.orders.connect() as connect, opened(self._plan.checkpoints, self._mode) as saver:
            for wiring in ("create_agent", "graph"):
                talk = Conversation(connect, self._plan.checkpoints, wiring=wiring, model=ObedientModel())
                self._agents[wiring] = talk.build(saver)
            await asyncio.gather(*(self._go_on() for _ in range(self._plan.orders.tasks)))

    async def _go_on(self) -> None:
        while not self._plan.orders.stop_file.exists():
            thread = self._claimed()
            if thread is None:
                await asyncio.sleep(0.02)
                continue
            try:
                await self._step(thread)
            except Exception as error:  # as good as a crash: the next one resumes
                (self._plan.folder("crashed") / f"{os.getpid()} {type(error).__name__}").write_text(repr(error))
            (self._plan.folder("claims") / file_of(thread)).unlink()

    def _claimed(self) -> str | None:
        """A conversation with something to do, claimed for this worker."""
        threads = list(self._plan.turns)
        self._dice.shuffle(threads)
        for thread in threads:
            with suppress(FileExistsError):
                if not self._is_idle(thread):
                    (self._plan.folder("claims") / file_of(thread)).symlink_to(self._name)
                    return thread
        return None

    def _is_idle(self, thread: str) -> bool:
        question = self._plan.folder("waiting") / file_of(thread)
        waits = question.is_symlink() and not (self._plan.folder("answers") / question.readlink()).exists()
        return waits or (self._plan.folder("done") / file_of(thread)).exists()

    async def _step(self, thread: str) -> None:
        snapshot = await self._do(thread, "get_state", self._plan.run(thread)["config"])
        question = ReauthorizationRequest.find(snapshot)
        messages = snapshot.values.get("messages", [])
        turn = sum(isinstance(message, HumanMessage) for message in messages)
        if question is not None:
            await self._answer(thread, question, messages)
        elif snapshot.tasks:  # not `next`: that leaves out a task whose result is stored and not yet in a checkpoint
            await self._invoke(thread, None)
        elif turn < len(self._plan.turns[thread]):
            await self._invoke(thread, {"messages": [HumanMessage(json.dumps(self._plan.turns[thread][turn]))]})
        else:
            (self._plan.folder("done") / file_of(thread)).touch()

    async def _answer(self, thread: str, question: ReauthorizationRequest, messages: list[BaseMessage]) -> None:
        """Hand on the user's answer, or put the question where the user sees it."""
        name = question.interrupt_id or ""
        answer = self._plan.folder("answers") / name
        if answer.exists():
            await self._invoke(thread, question.resume_command(answer.read_text()))
            return
        asked = next(message for message in reversed(messages) if isinstance(message, AIMessage))
        held = [call["args"] for call in asked.tool_calls if call["id"] in question.blocked_tool_call_ids]
        _write(self._plan.folder("questions") / name, json.dumps({"thread": thread, "held": held}))
        waiting = self._plan.folder("waiting") / file_of(thread)
        waiting.unlink(missing_ok=True)
        waiting.symlink_to(name)

    async def _invoke(self, thread: str, given: Any) -> None:
        durability = self._dice.choice(["sync", "async"])
        await self._do(thread, "invoke", given, **self._plan.run(thread), durability=durability)

    async def _do(self, thread: str, method: str, *args: Any, **options: Any) -> Any:
        agent = self._agents[self._plan.wiring(thread)]
        if self._mode == "async":
            return await getattr(agent, f"a{method}")(*args, **options)
        return await asyncio.to_thread(getattr(agent, method), *args, **options)


def _write(path: Path, text: str) -> None:
    """Whole, or not at all."""
    new = path.with_suffix(f".{os.getpid()}")
    new.write_text(text)
    new.rename(path)
