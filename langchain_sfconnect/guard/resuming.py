"""Helpers for whoever shows the guard's questions: to answer them, and to mend a history in which nobody did.

Pure functions over interrupts and messages; they know no graph and no connection.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from langchain_core.messages import BaseMessage
from langgraph.types import Command

from langchain_sfconnect.errors import InvalidArgument
from langchain_sfconnect.guard.answers import carries_secret
from langchain_sfconnect.guard.payloads import TYPE
from langchain_sfconnect.guard.repair import answered

Decision = Literal["done", "decline", "approve"]

_WORDS = ("done", "decline", "approve")
_QUESTIONS = (TYPE, "salesforce_approval_required")

# What LangGraph takes for the id of an interrupt; a map with any other key it takes for the answer itself.
_ID = re.compile(r"[0-9a-f]{32}")


def resume_command(interrupts: Any, decision: Decision | Mapping[str, Any] = "done") -> Command[Any]:
    """The `Command` that answers every question of the guard that is pending, and nothing else.

    Each is answered by the id of its interrupt, so that a parallel branch's question is not left out, the questions of
    other tools stay pending, and an answer that comes too late meets no later question.

    Args:
        interrupts: What holds the questions: a graph's result, with `version="v2"` too, a state snapshot, an
            `Interrupt`, or a sequence of those; or their JSON form (`{"value", "id"}`).
        decision: `done` looks again whether the accounts are authorized, `decline` gives the held calls up, `approve`
            lets calls go that wait for an approval. Or an answer for each interrupt id, in any dialect the guard
            understands; questions that are left out stay pending.

    Raises:
        InvalidArgument: Nothing of the guard's is pending, or the decision is none; the error says what to do.
    """
    pending = pending_interrupts(interrupts)
    ours = [each for each in pending if is_question(each)]
    if not ours:
        raise InvalidArgument(
            "No question of the Salesforce guard is pending here.",
            hint="Pass the result of the run that paused, or graph.get_state(config).",
        )
    ids = {id_: each for each in ours if (id_ := id_of(each))}
    if isinstance(decision, Mapping):
        return Command(resume=_checked(decision, ids))
    if decision not in _WORDS:
        raise InvalidArgument(
            "This is not a decision.",
            hint="Decide 'done', 'decline' or 'approve', or map interrupt ids to answers: {interrupt.id: answer}.",
        )
    if len(ids) == len(ours):
        return Command(resume=dict.fromkeys(ids, decision))
    if len(pending) > 1:
        raise InvalidArgument(
            "One of several interrupts has no id, so it cannot be said which one is answered.",
            hint="Pass the interrupts with their ids, as graph.get_state(config) has them.",
        )
    return Command(resume=decision)


def repair_history(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """The messages, with an error message for each tool call that was never answered.

    For graphs whose user typed instead of answering the guard's question: model providers refuse a history with open
    calls. Give the model the repaired history; agents with `SalesforceGuardMiddleware` do it by themselves.
    """
    return answered(messages)


def pending_interrupts(source: Any) -> list[Any]:
    """All interrupts of whatever `resume_command` takes, each once, those of subgraphs too."""
    found = {id_of(each) or f"at {index}": each for index, each in enumerate(_found_in(source))}
    return list(found.values())


def is_question(interrupt: Any) -> bool:
    """Whether an interrupt is a question of the guard, about accounts or for an approval."""
    value = _part(interrupt, "value")
    return isinstance(value, Mapping) and value.get("type") in _QUESTIONS


def id_of(interrupt: Any) -> str | None:
    """The id of an interrupt; None where LangGraph would not know it by it."""
    id_ = _part(interrupt, "id")
    return id_ if isinstance(id_, str) and _ID.fullmatch(id_) else None


def _found_in(source: Any) -> Iterator[Any]:
    if isinstance(source, Mapping):
        yield from _found_in_mapping(source)
    elif hasattr(source, "interrupts"):
        yield from source.interrupts
        for task in getattr(source, "tasks", ()):
            yield from _found_in(getattr(task, "state", None))
    elif hasattr(source, "value") and hasattr(source, "id"):
        yield source
    elif isinstance(source, list | tuple):
        for each in source:
            yield from _found_in(each)


def _found_in_mapping(source: Mapping[str, Any]) -> Iterator[Any]:
    if "__interrupt__" in source:
        yield from source["__interrupt__"]
    elif "value" in source:
        yield source
    elif source.get("type") in _QUESTIONS:
        yield {"value": source}


def _part(interrupt: Any, name: str) -> Any:
    return interrupt.get(name) if isinstance(interrupt, Mapping) else getattr(interrupt, name, None)


def _checked(answers: Mapping[str, Any], pending: Mapping[str, Any]) -> dict[str, Any]:
    # Never echoed: an answer may be anything, and a key of a dialect's answer too.
    if not answers or any(id_ not in pending for id_ in answers):
        raise InvalidArgument(
            "The answers do not belong to the pending questions of the guard.",
            hint="Map the ids of pending interrupts to answers: {interrupt.id: answer}. Pending are: "
            f"{', '.join(pending) or 'none with an id'}.",
        )
    if any(answer is None or carries_secret(answer) for answer in answers.values()):
        raise InvalidArgument(
            "An answer is missing, or carries an OAuth code or token.",
            hint="Answer 'done' or 'decline'. Codes go to complete_authorization() only.",
        )
    return dict(answers)
