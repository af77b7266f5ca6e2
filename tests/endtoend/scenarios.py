"""What can happen to an agent that writes: who is asked what, what happens meanwhile, and what is written in the end.

One table. How a scenario is acted out is in playing.py; knows neither pytest nor a database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from langchain.agents.middleware import HumanInTheLoopMiddleware, ToolRetryMiddleware
from langgraph.types import RetryPolicy

from langchain_sfconnect.localorg.faults import Latency, Reset

Act = Callable[[Any], None]
"""Something that happens; it is given the stage of playing.py."""
Call = tuple[str, dict[str, Any]]

CREATE, UPDATE = "salesforce_account_create", "salesforce_account_update"
REP = "rep-42"
DOCUMENTED = ("graph", "create_agent")
FLAT = (*DOCUMENTED, "classic")
ALL = (*FLAT, "subgraph")


# --- what happens -----------------------------------------------------------------------------------------------------


def revoked(*identifiers: str) -> Act:
    """Users take their access back, in Salesforce."""
    return lambda stage: stage.revoke(*(identifiers or [REP]))


def authorized(*identifiers: str) -> Act:
    """Users open the links of the question."""
    return lambda stage: stage.authorize_as_asked(*(identifiers or [REP]))


def recovered(stage: Any) -> None:
    """The user authorizes in the product's settings, and not through the question."""
    stage.authorize(REP)


def slow(stage: Any) -> None:
    """Writes take a moment, so that other things happen during them."""
    stage.org.faults.add(action=Latency(0.2), method="POST", path="/sobjects/*", times=None)


def loses_its_answer(stage: Any) -> None:
    stage.org.faults.add(action=Reset(after="handled"), method="POST", path="/sobjects/*", times=None)


@dataclass(frozen=True)
class Question:
    """The run must have stopped with this one question.

    Attributes:
        about: The accounts that the guard asks for, in order; or the name of somebody else's question.
        meanwhile: What happens before it is answered.
        answer: A word for the guard, or anything for others.
        written: What had been written when it was asked.
    """

    about: tuple[str, ...] | str = (REP,)
    meanwhile: tuple[Act, ...] = ()
    answer: Any = "done"
    written: tuple[str, ...] = ()


@dataclass(frozen=True)
class Crash:
    """The run must have failed because a tool of the product stumbled; it is told to go on."""


@dataclass(frozen=True)
class Scenario:
    """One row of the table.

    Attributes:
        name: A few words.
        turns: What the model calls, turn by turn; an update's id is filled in.
        writes: The names that are written in the end, each by its account's own user.
        before: What happens before the conversation begins; by default the rep revokes access.
        steps: Where the run stops, and how it goes on; by default the guard asks, and the rep authorizes.
        errors: The code of each call that must fail, by its id; all others succeed.
        refused: How many writes Salesforce answered with 401 on the way.
        ids: The ids of every turn's calls, for models that use the same ones again.
        accounts: Whose accounts; a write's is told by the first word of its name where there are several.
        settings: Of the conversation.
        wirings: Where it means something.
    """

    name: str
    turns: tuple[tuple[Call, ...], ...]
    writes: tuple[str, ...] = ()
    before: tuple[Act, ...] = (revoked(),)
    steps: tuple[Question | Crash, ...] = (Question(meanwhile=(authorized(),)),)
    errors: Mapping[str, str] = field(default_factory=dict)
    refused: int = 0
    ids: Sequence[str] = ()
    accounts: tuple[str, ...] = (REP,)
    settings: Callable[[Any], dict[str, Any]] = lambda stage: {}
    wirings: tuple[str, ...] = DOCUMENTED


def creates(*names: str) -> tuple[Call, ...]:
    return tuple((CREATE, {"Name": name}) for name in names)


# --- who else is there ------------------------------------------------------------------------------------------------

READ: Call = ("salesforce_query_soql", {"query": "SELECT Id FROM Account LIMIT 1"})
ASKING: tuple[Call, ...] = (("ask_somebody", {"text": "Sure?"}),)
STUMBLING: tuple[Call, ...] = (("stumble_once", {}),)


def neighbours(stage: Any) -> dict[str, Any]:
    return {"tools": [stage.ask_somebody, stage.stumble_once]}


def retried_node(stage: Any) -> dict[str, Any]:
    return {**neighbours(stage), "retry_policy": RetryPolicy(initial_interval=0.001, jitter=False)}


def retried_calls(stage: Any) -> dict[str, Any]:
    return {**neighbours(stage), "middleware": [ToolRetryMiddleware(initial_delay=0, jitter=False)]}


def meddled_with(stage: Any) -> dict[str, Any]:
    return {"meddler": stage.revoke_once}


def reviewed(*, guard_last: bool) -> Callable[[Any], dict[str, Any]]:
    def settings(stage: Any) -> dict[str, Any]:
        return {"middleware": [HumanInTheLoopMiddleware({CREATE: True})], "guard_last": guard_last}

    return settings


# --- the table: authorization -----------------------------------------------------------------------------------------

AUTHORIZATION = [
    Scenario("one call", turns=(creates("One"),), writes=("One",), wirings=ALL),
    Scenario(
        "two accounts, both revoked",
        accounts=("alice", "bob"),
        turns=(creates("alice writes", "bob writes"),),
        before=(revoked("alice", "bob"),),
        steps=(Question(("alice", "bob"), meanwhile=(authorized("alice", "bob"),)),),
        writes=("alice writes", "bob writes"),
        wirings=ALL,
    ),
    Scenario(
        "two accounts, one of them revoked",
        accounts=("alice", "bob"),
        turns=(creates("alice waits", "bob writes"),),
        before=(revoked("bob"),),
        steps=(Question(("bob",), meanwhile=(authorized("bob"),)),),
        writes=("alice waits", "bob writes"),
    ),
    Scenario(
        "two accounts, authorized one after the other",
        accounts=("alice", "bob"),
        turns=(creates("alice writes", "bob writes"),),
        before=(revoked("alice", "bob"),),
        steps=(
            Question(("alice", "bob"), meanwhile=(authorized("alice"),)),
            Question(("bob",), meanwhile=(authorized("bob"),)),
        ),
        writes=("alice writes", "bob writes"),
    ),
    Scenario(
        "two accounts, one of them declined",
        accounts=("alice", "bob"),
        turns=(creates("alice waits", "bob writes"),),
        before=(revoked("bob"),),
        steps=(Question(("bob",), answer="decline"),),
        errors={"call_0_0": "AUTHORIZATION_DECLINED", "call_0_1": "AUTHORIZATION_DECLINED"},
    ),
    Scenario(
        "reads and writes",
        turns=((READ, *creates("Mixed"), (UPDATE, {"Phone": "1"})),),
        writes=("Mixed", "PATCH"),
        wirings=FLAT,
    ),
    Scenario(
        "reads and writes, declined after the account recovered",
        turns=((READ, *creates("Mixed"), (UPDATE, {"Phone": "1"})),),
        steps=(Question(meanwhile=(recovered,), answer="decline"),),
        errors={"call_0_1": "AUTHORIZATION_DECLINED", "call_0_2": "AUTHORIZATION_DECLINED"},
    ),
    Scenario(
        "declined",
        turns=(creates("No"),),
        steps=(Question(answer="decline"),),
        errors={"call_0_0": "AUTHORIZATION_DECLINED"},
        wirings=ALL,
    ),
    Scenario(
        "declined, although the account recovered",
        turns=(creates("No"),),
        steps=(Question(meanwhile=(authorized(),), answer="decline"),),
        errors={"call_0_0": "AUTHORIZATION_DECLINED"},
        wirings=FLAT,
    ),
    Scenario(
        "recovered elsewhere while it was asked",
        turns=(creates("Yes"),),
        steps=(Question(meanwhile=(recovered,)),),
        writes=("Yes",),
    ),
    Scenario(
        "revoked again between question and answer",
        turns=(creates("At last"),),
        steps=(Question(meanwhile=(authorized(), revoked())), Question(meanwhile=(authorized(),))),
        writes=("At last",),
        wirings=("graph", "create_agent", "subgraph"),
    ),
    Scenario(
        "revoked between the check and the write",
        turns=(creates("Slipped"), creates("Again")),
        before=(),
        settings=meddled_with,
        errors={"call_0_0": "REAUTHORIZATION_REQUIRED"},
        refused=1,
        writes=("Again",),
        wirings=FLAT,
    ),
    Scenario(
        "the same call ids in every turn",
        turns=(creates("First"), creates("Second"), creates("First")),
        ids=["call_0"],
        writes=("First", "Second", "First"),
    ),
    Scenario("the same values twice in one turn", turns=(creates("Twin", "Twin"),), writes=("Twin", "Twin")),
]

# --- the table: others at work in the same step -----------------------------------------------------------------------

COMPANY = [
    Scenario(
        "a neighbour interrupts",
        turns=((*creates("Kept"), (UPDATE, {"Phone": "2"}), *ASKING),),
        settings=neighbours,
        steps=(
            Question(meanwhile=(authorized(),)),
            Question("ask_somebody", answer="yes", written=("Kept", "PATCH")),
        ),
        writes=("Kept", "PATCH"),
        wirings=ALL,
    ),
    Scenario(
        "a neighbour interrupts a turn of two accounts",
        accounts=("alice", "bob"),
        turns=((*creates("alice writes", "bob writes"), *ASKING),),
        before=(revoked("bob"),),
        settings=neighbours,
        steps=(
            Question(("bob",), meanwhile=(authorized("bob"),)),
            Question("ask_somebody", answer="yes", written=("alice writes", "bob writes")),
        ),
        writes=("alice writes", "bob writes"),
        wirings=("graph", "classic"),
    ),
    Scenario(
        "a neighbour interrupts, and access is revoked meanwhile",
        turns=((*creates("Kept"), *ASKING),),
        before=(),
        settings=neighbours,
        steps=(Question("ask_somebody", meanwhile=(revoked(),), answer="yes", written=("Kept",)),),
        writes=("Kept",),
        wirings=FLAT,
    ),
    Scenario(
        "a neighbour fails during the write",
        turns=((*creates("In flight"), *STUMBLING),),
        before=(revoked(), slow),
        settings=neighbours,
        steps=(Question(meanwhile=(authorized(),)), Crash()),
        writes=("In flight",),
        wirings=ALL,
    ),
    Scenario(
        "a neighbour fails, under a RetryPolicy",
        turns=((*creates("Retried"), (UPDATE, {"Phone": "3"}), *STUMBLING),),
        before=(revoked(), slow),
        settings=retried_node,
        writes=("Retried", "PATCH"),
        wirings=("graph", "classic"),
    ),
    Scenario(
        "a neighbour fails, under ToolRetryMiddleware",
        turns=((*creates("Retried"), *STUMBLING),),
        before=(revoked(), slow),
        settings=retried_calls,
        writes=("Retried",),
        wirings=("create_agent",),
    ),
    Scenario(
        "an answer is lost, under a RetryPolicy",
        turns=(creates("Lost {test}"),),
        before=(revoked(), loses_its_answer),
        settings=retried_node,
        writes=("Lost {test}",),
        wirings=("graph", "classic"),
    ),
    Scenario(
        "an answer is lost, under ToolRetryMiddleware",
        turns=(creates("Lost {test}"),),
        before=(revoked(), loses_its_answer),
        settings=retried_calls,
        writes=("Lost {test}",),
        wirings=("create_agent",),
    ),
]

# --- the table: a reviewer --------------------------------------------------------------------------------------------


def _edit(name: str) -> dict[str, Any]:
    return {"decisions": [{"type": "edit", "edited_action": {"name": CREATE, "args": {"Name": name}}}]}


ANSWERS = {
    "approve": ({"decisions": [{"type": "approve"}]}, "Planned"),
    "edit": (_edit("Edited"), "Edited"),
    "reject": ({"decisions": [{"type": "reject"}]}, None),
}


def _review(verdict: str, *, guard_last: bool) -> Scenario:
    answer, written = ANSWERS[verdict]
    asked = Question(meanwhile=(authorized(),))
    reviewed_ = Question("review", answer=answer)
    both = (asked, reviewed_) if guard_last else (reviewed_, asked)
    return Scenario(
        f"a reviewer's {verdict}, {'after' if guard_last else 'before'} the guard",
        turns=(creates("Planned"),),
        settings=reviewed(guard_last=guard_last),
        # Nobody is asked to authorize what was rejected already.
        steps=both if written or guard_last else (reviewed_,),
        writes=(written,) if written else (),
        errors={} if written else {"call_0_0": "rejected"},
        wirings=("create_agent",),
    )


REVIEW = [
    *(_review(verdict, guard_last=last) for verdict, last in product(ANSWERS, (False, True))),
    Scenario(
        "a reviewer moves a write to an account that the guard has not seen",
        accounts=("alice", "bob"),
        turns=(creates("alice writes"),),
        before=(revoked("bob"),),
        settings=reviewed(guard_last=True),
        steps=(Question("review", answer=_edit("bob writes")),),
        errors={"call_0_0": "REAUTHORIZATION_REQUIRED"},
        refused=1,
        wirings=("create_agent",),
    ),
    Scenario(
        "a reviewer moves a write to an account that the guard then sees",
        accounts=("alice", "bob"),
        turns=(creates("alice writes"),),
        before=(revoked("bob"),),
        settings=reviewed(guard_last=False),
        steps=(
            Question("review", answer=_edit("bob writes")),
            Question(("bob",), meanwhile=(authorized("bob"),)),
        ),
        writes=("bob writes",),
        wirings=("create_agent",),
    ),
]
