"""`sfconnect demo`: the whole road once, on an embedded local org, and every step checked.

Real HTTP on loopback, real OAuth with PKCE, sealed tokens in SQLite, real LangGraph interrupts with a checkpointer.
Only the model is scripted, unless one is named.
"""

from __future__ import annotations

import importlib.util
import logging
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.sqlite import SqliteSaver

from langchain_sfconnect import AccountStatus, SalesforceConnect
from langchain_sfconnect.cli import conversation
from langchain_sfconnect.cli.scripted import ScriptedChatModel
from langchain_sfconnect.cli.stage import Stage
from langchain_sfconnect.errors import ConfigurationError
from langchain_sfconnect.guard import ReauthorizationRequest
from langchain_sfconnect.localorg import LocalOrg
from langchain_sfconnect.stores import KeyRing

REP = "rep-42"
CONFIG: RunnableConfig = {"configurable": {"thread_id": "demo"}}


def run_demo(model_name: str | None, stage: Stage) -> bool:
    """Play the demo.

    Args:
        model_name: `provider:name` of a chat model; None for the script.
        stage: Where to show it.

    Returns:
        Whether every step held.
    """
    _introduce(stage, model_name)
    logging.getLogger("langchain_sfconnect").addHandler(logging.NullHandler())  # the demo tells it in its own words
    with tempfile.TemporaryDirectory(prefix="sfconnect-demo-") as home, LocalOrg() as org:
        key = KeyRing.generate_key()
        with SalesforceConnect(org.app, f"sqlite:///{home}/accounts.sqlite", [key]) as connect:
            demo = Demo(org, connect, stage)
            demo.connect_rep()
            demo.converse(Path(home), _model(model_name))
        demo.look_for_secrets(Path(home))
    held = all(demo.checks)
    verdict = f"{sum(demo.checks)} of {len(demo.checks)} steps held."
    stage.end(verdict if held else f"{verdict} This is a fault: please report it with the output above.", held)
    return held


def _introduce(stage: Stage, model_name: str | None) -> None:
    driver = (
        f"The model is {model_name}."
        if model_name
        else "A scripted chat model speaks, so no key is needed; --model provider:name uses a real one."
    )
    stage.title(
        "sfconnect demo",
        "A sales assistant works in Salesforce in a rep's name, loses its authorization, asks for it, and goes on.",
        "Salesforce is the embedded local org: real HTTP, real OAuth, no account anywhere.",
        driver,
    )


def _model(model_name: str | None) -> BaseChatModel:
    if model_name is not None:
        return init_chat_model(model_name)
    due = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    return ScriptedChatModel(script=conversation.script(due))


def load_example() -> ModuleType:
    """The example agent: from the checkout, or the copy that comes with an installed package.

    Raises:
        ConfigurationError: Neither is there.
    """
    here = Path(__file__).resolve().parent
    for path in (here.parents[1] / "examples" / "sales_assistant.py", here / "sales_assistant.py"):
        spec = importlib.util.spec_from_file_location("sales_assistant", path) if path.exists() else None
        if spec is not None and spec.loader is not None:
            module = importlib.util.module_from_spec(spec)
            sys.modules[spec.name] = module  # dataclasses look their module up
            spec.loader.exec_module(module)
            return module
    raise ConfigurationError("examples/sales_assistant.py is missing.", hint="Install the package anew.")


@dataclass(slots=True)
class Demo:
    """One performance."""

    org: LocalOrg
    connect: SalesforceConnect
    stage: Stage
    agent: Any = None
    context: Any = None
    checks: list[bool] = field(default_factory=list)
    deal_id: str = ""
    tokens: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)

    def check(self, text: str, held: bool) -> None:
        self.checks.append(held)
        self.stage.check(text, held)

    def connect_rep(self) -> None:
        self.stage.scene(f"Connect the rep {REP}")
        account = self.connect.get_or_create_account(REP)
        self.stage.say(f"The account of {REP} is {account.status}. The rep opens this link and allows access:")
        self._authorize(self.connect.authorization_link(REP).url)

    def _authorize(self, url: str) -> None:
        self.stage.link("Authorization link", url)
        callback = self.org.approve(url)
        self.stage.say("The rep presses Allow. Salesforce sends them back with a code, and the code becomes tokens.")
        account = self.connect.complete_authorization(callback, REP)
        self.stage.facts(
            {
                "identifier": account.identifier,
                "status": account.status,
                "user": account.username,
                "org": f"{account.org_name} ({account.environment})",
                "scopes": " ".join(account.scopes),
                "token expires": f"{account.token_expires_at:%Y-%m-%d %H:%M} UTC",
            }
        )
        self.check(f"{REP} is ACTIVE", account.status == AccountStatus.ACTIVE)

    def converse(self, home: Path, model: BaseChatModel) -> None:
        example = load_example()
        self.context = example.Rep(REP)
        with SqliteSaver.from_conn_string(f"{home}/checkpoints.sqlite") as checkpointer:
            self.agent = example.build_agent(self.connect, model, checkpointer)
            self.work()
            self.lose_and_regain_access()
            self.prove()

    def work(self) -> None:
        self.stage.scene("The assistant works")
        self._say(conversation.PIPELINE)
        deals = self._records(conversation.OPEN_THIS_QUARTER)
        self.check("open opportunities of this quarter were found", bool(deals))
        self.deal_id = deals[0]["Id"]
        self._say(conversation.CONTACT)
        roles = f"SELECT Contact.Name FROM OpportunityContactRole WHERE OpportunityId = '{self.deal_id}' AND Contact.LastName = 'Whitfield'"  # noqa: E501, S608 - our own id
        self.check("the contact is on the deal, once", len(self._records(roles)) == 1)
        self._say(conversation.STAGE)
        stage = self._records(f"SELECT StageName FROM Opportunity WHERE Id = '{self.deal_id}'")[0]["StageName"]  # noqa: S608 - our own id
        self.check("the deal is in the next stage", stage == conversation.next_stage(deals[0]["StageName"]))

    def lose_and_regain_access(self) -> None:
        self.stage.scene("The rep revokes access in Salesforce")
        self.tokens |= self._tokens_seen()
        self.org.revoke(self.org.username)
        self.stage.say("Nobody tells the assistant. Its next write meets the guard.")
        result = self._say(conversation.TASK)
        request = ReauthorizationRequest.find(result)
        self.check("the write paused before anything was sent", request is not None and self._tasks() == 0)
        if request is None:
            return
        account = self.connect.get_account(REP)
        self.stage.pause(f"{REP} is {account.status}: {account.status_reason}. The graph waits in its checkpoint.")
        self._authorize(request.urls[0])
        self.stage.say("The graph resumes where it stood.")
        self._show(self.agent.invoke(request.resume_command(), CONFIG, context=self.context))
        self.check("the write happened exactly once", self._tasks() == 1)

    def prove(self) -> None:
        self.stage.scene("A last question proves it")
        self._say(conversation.PROOF)
        posts = [r for r in self.org.requests if r.method == "POST" and r.path.endswith("/sobjects/Task")]
        self.check("Salesforce saw one request that created a task", len(posts) == 1)

    def look_for_secrets(self, home: Path) -> None:
        self.tokens |= self._tokens_seen()
        stored = b"".join(path.read_bytes() for path in home.iterdir())
        found = [token for token in self.tokens if token.encode() in stored]
        self.check(
            f"none of the {len(self.tokens)} tokens used lies readable in a file", not found and bool(self.tokens)
        )

    def _tokens_seen(self) -> set[str]:
        return {request.token for request in self.org.requests if request.token}

    def _tasks(self) -> int:
        tasks = self._records(f"SELECT Subject FROM Task WHERE WhatId = '{self.deal_id}'")  # noqa: S608 - our own id
        return sum("revised proposal" in task["Subject"].lower() for task in tasks)

    def _records(self, soql: str) -> list[dict[str, Any]]:
        return self.org.query(soql)

    def _say(self, text: str) -> Any:
        return self._show(self.agent.invoke({"messages": [HumanMessage(text)]}, CONFIG, context=self.context))

    def _show(self, result: Any) -> Any:
        messages: list[BaseMessage] = result["messages"]
        self.stage.messages([message for message in messages if message.id not in self.shown])
        self.shown.update(str(message.id) for message in messages)
        return result
