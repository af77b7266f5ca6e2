"""A process that takes one step of a conversation and says what came of it.

It reads a task from its standard input as one line of JSON, prints a report as one line, and exits, or waits to be
killed where the task says so.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from typing import Any

from conversation import Conversation, refuse_unanswered
from langchain_core.messages import ToolMessage
from langgraph.types import Command

from langchain_sfconnect import SalesforceApp, SalesforceConnect
from langchain_sfconnect.guard import ReauthorizationRequest


def main(task: dict[str, Any]) -> None:
    with connected(task) as connect:
        print(json.dumps(stepped(task, connect)), flush=True)
        if task["then"] == "wait":
            threading.Event().wait()


def connected(task: dict[str, Any]) -> SalesforceConnect:
    return SalesforceConnect(SalesforceApp(**task["app"]), task["store"], [task["key"]])


def stepped(task: dict[str, Any], connect: SalesforceConnect) -> dict[str, Any]:
    """Take the task's step and report what came of it."""
    how = {name: task[name] for name in ("wiring", "mode", "durability") if name in task}
    talk = Conversation(connect, task["checkpoints"], **how)
    for turn in task["turns"]:
        talk.calls(*turn)
    return report(asyncio.run(take(task["step"], talk)))


async def take(step: str, talk: Conversation) -> Any:
    if step == "say":
        return await talk.say()
    return await talk.step(Command(resume="done") if step == "answer" else None)


def report(result: Any) -> dict[str, Any]:
    refuse_unanswered(result["messages"] if "__interrupt__" not in result else [])
    request = ReauthorizationRequest.find(result)
    messages = [message for message in result["messages"] if isinstance(message, ToolMessage)]
    return {
        "urls": list(request.urls) if request else [],
        "calls": {message.tool_call_id: message.status for message in messages},
        "answers": {message.tool_call_id: message.text for message in messages},
    }


if __name__ == "__main__":
    main(json.loads(sys.stdin.readline()))
