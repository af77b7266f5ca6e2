"""A sales assistant that works in Salesforce for whoever it talks to, and asks before it writes without permission.

Run it against your own org: set SFCONNECT_CLIENT_ID, SFCONNECT_CLIENT_SECRET and SFCONNECT_REDIRECT_URI, connect the
account once, then

    python examples/sales_assistant.py rep-42 anthropic:claude-sonnet-4-5
"""

import sys
from dataclasses import dataclass
from typing import Any

from langchain.agents import create_agent
from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite import SqliteSaver

from langchain_sfconnect import SalesforceConnect
from langchain_sfconnect.guard import ReauthorizationRequest, SalesforceGuardMiddleware

PROMPT = """You are a sales assistant. You work in the user's Salesforce org with the tools you have.
Look records up before you change them, change only what you were asked to, and say what you did in one or two
sentences. To add a contact to an opportunity, create the Contact on the opportunity's account and an
OpportunityContactRole in one salesforce_composite call with allOrNone. The stages, in order: Prospecting,
Qualification, Needs Analysis, Value Proposition, Id. Decision Makers, Perception Analysis, Proposal/Price Quote,
Negotiation/Review, Closed Won."""


@dataclass(frozen=True)
class Rep:
    """Who is talking: given to each run, never kept in a checkpoint."""

    salesforce_identifier: str


def build_agent(connect: SalesforceConnect, model: BaseChatModel, checkpointer: BaseCheckpointSaver[Any]) -> Any:
    """One agent for every rep: which account it uses is told by each run's context."""
    return create_agent(
        model,
        connect.toolkit().get_tools(),
        system_prompt=PROMPT,
        middleware=[SalesforceGuardMiddleware(connect)],
        context_schema=Rep,
        checkpointer=checkpointer,
    )


def main(identifier: str, model_name: str) -> None:
    """Talk to the assistant in a terminal."""
    connect = SalesforceConnect.from_env()
    connect.get_or_create_account(identifier)
    config: RunnableConfig = {"configurable": {"thread_id": f"sales-{identifier}"}}
    with SqliteSaver.from_conn_string("sales_assistant.sqlite") as checkpointer:
        agent = build_agent(connect, init_chat_model(model_name), checkpointer)
        while question := input("\nYou: ").strip():
            said: Any = {"messages": [{"role": "user", "content": question}]}
            result = agent.invoke(said, config, context=Rep(identifier))
            while (request := ReauthorizationRequest.find(result)) is not None:
                print(request)
                input("Press Enter when you have authorized.")
                result = agent.invoke(request.resume_command(), config, context=Rep(identifier))
            print(f"\nAssistant: {result['messages'][-1].text}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
