"""The question in known interfaces: what each of them looks for before it shows one, and what each of them answers.

The predicates say in our words what the interfaces' public sources check, as they stood in 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

pytestmark = pytest.mark.anyio

ID = "001000000000001AAA"
UPDATE = ("salesforce_account_update", {"account_id": ID, "Industry": "Retail"})


def agent_chat_ui_shows(interrupt: Any) -> bool:
    """agent-chat-ui: both lists are there and not empty, and every entry has its fields."""
    value = interrupt.value
    requests, configs = value.get("action_requests"), value.get("review_configs")
    return (
        bool(requests and configs)
        and all(isinstance(each["name"], str) and isinstance(each["args"], Mapping) for each in requests)
        and all(isinstance(c["action_name"], str) and isinstance(c["allowed_decisions"], list) for c in configs)
    )


def agent_chat_ui_offers(value: Any, place: int) -> list[str]:
    """It takes the first review config of the same name, else the one at the same place."""
    name, configs = value["action_requests"][place]["name"], value["review_configs"]
    offered: list[str] = next((c for c in configs if c["action_name"] == name), configs[place])["allowed_decisions"]
    return offered


def agent_inbox_shows(value: Any) -> dict[str, Any] | None:
    """Agent Inbox: of the newer form it shows the first request only; else it wants `action_request` and `config`."""
    if value.get("action_requests"):
        first, allowed = value["action_requests"][0], value["review_configs"][0]["allowed_decisions"]
        return {"action": first["name"], "edit": "edit" in allowed, "description": first["description"]}
    return older_inbox_shows(value)


def older_inbox_shows(value: Any) -> dict[str, Any] | None:
    request, config = value.get("action_request"), value.get("config")
    if not isinstance(request, Mapping) or "action" not in request or not isinstance(config, Mapping):
        return None
    return {"action": request["action"], "edit": config["allow_edit"], "description": value["description"]}


def agent_inbox_sends(kind: str, args: Any) -> dict[str, Any]:
    """Agent Inbox answers the newer form with its own words: accept and response have other names, args stay args."""
    return {"decisions": [{"type": {"accept": "approve", "response": "reject"}.get(kind, kind), "args": args}]}


@pytest.fixture
def agent(agent: Any) -> Any:
    agent.guard = {"identifier": "rep-42", "approve": "all"}
    return agent


async def ask(agent: Any, *calls: Any) -> Any:
    (interrupt,) = (await agent.calls(*calls).say())["__interrupt__"]
    return interrupt


@pytest.mark.parametrize("status", ["ACTIVE", "REVOKED"])
@pytest.mark.parametrize("count", [1, 2])
async def test_every_interface_shows_the_question(agent: Any, status: str, count: int) -> None:
    agent.connect.statuses["rep-42"] = status
    interrupt = await ask(agent, *[UPDATE] * count)
    assert agent_chat_ui_shows(interrupt)
    shown, older = agent_inbox_shows(interrupt.value), older_inbox_shows(interrupt.value)
    assert shown is not None
    assert older is not None
    assert older["edit"] is (count == 1 and status == "ACTIVE")
    assert older["description"] == shown["description"]


async def test_where_one_answer_decides_all_its_text_tells_of_all(agent: Any) -> None:
    interrupt = await ask(agent, UPDATE, ("salesforce_account_create", {"Name": "Globex"}))
    shown = agent_inbox_shows(interrupt.value)
    assert shown is not None
    assert "decides all 2 requests" in shown["description"]
    assert "`Energy` → `Retail`" in shown["description"]
    assert "Create `Account` `Globex`" in shown["description"]
    assert "Globex" not in (await ask_alone(agent))["description"]


async def ask_alone(agent: Any) -> Any:
    agent.thread, agent.script = "alone", []
    return (await ask(agent, UPDATE)).value["action_requests"][0]


async def test_agent_chat_ui_offers_each_request_its_own_buttons(agent: Any) -> None:
    agent.connect.statuses["rep-42"] = "REVOKED"
    value = (await ask(agent, UPDATE, UPDATE)).value
    assert agent_chat_ui_offers(value, 0) == ["approve", "reject"]
    assert agent_chat_ui_offers(value, 1) == agent_chat_ui_offers(value, 2) == ["approve", "edit", "reject"]


EDITED = {"account_id": ID, "Industry": "Banking"}


@pytest.mark.parametrize(
    ("answer", "industry"),
    [
        # agent-chat-ui
        ({"decisions": [{"type": "approve"}]}, "Retail"),
        ({"decisions": [{"type": "reject", "message": "Not now."}]}, None),
        ({"decisions": [{"type": "edit", "edited_action": {"name": UPDATE[0], "args": EDITED}}]}, "Banking"),
        # Agent Inbox, newer form
        (agent_inbox_sends("accept", {"action": UPDATE[0], "args": UPDATE[1]}), "Retail"),
        (agent_inbox_sends("response", "Not now."), None),
        (agent_inbox_sends("ignore", None), None),
        (agent_inbox_sends("edit", {"action": UPDATE[0], "args": EDITED}), "Banking"),
        # Agent Inbox, older form
        ([{"type": "accept", "args": None}], "Retail"),
        ([{"type": "response", "args": "Not now."}], None),
        ([{"type": "ignore", "args": None}], None),
        ([{"type": "edit", "args": {"action": UPDATE[0], "args": EDITED}}], "Banking"),
        # by hand
        ("approve", "Retail"),
        ("yes", "Retail"),
        (True, "Retail"),
        ({"type": "approve"}, "Retail"),
        ("decline", None),
        (False, None),
        ({"action": "reject"}, None),
    ],
)
async def test_every_interfaces_answer_does_what_its_button_says(agent: Any, answer: Any, industry: str | None) -> None:
    await ask(agent, UPDATE)
    result = await agent.answer(answer)
    assert "__interrupt__" not in result
    written = [body["Industry"] for _, _, body in agent.connect.written]
    assert written == ([industry] if industry else [])


async def test_agent_chat_uis_fields_come_back_as_text_and_fit(agent: Any) -> None:
    await ask(
        agent, ("salesforce_sobject_update", {"sobject_type": "Case", "record_id": ID, "fields": {"Priority": 1}})
    )
    typed = {"sobject_type": "Case", "record_id": ID, "fields": '{"Priority": "High"}'}
    edit = {"type": "edit", "edited_action": {"name": "salesforce_sobject_update", "args": typed}}
    await agent.answer({"decisions": [edit]})
    assert agent.connect.written == [("rep-42", "PATCH", {"Priority": "High"})]


@pytest.mark.parametrize(
    ("answer", "writes"), [([{"type": "accept", "args": None}], 2), (agent_inbox_sends("response", "No."), 0)]
)
async def test_an_interface_that_shows_one_request_decides_all(agent: Any, answer: Any, writes: int) -> None:
    await ask(agent, UPDATE, UPDATE)
    assert "__interrupt__" not in await agent.answer(answer)
    assert len(agent.connect.written) == writes
