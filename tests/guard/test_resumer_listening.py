"""ThreadResumer listening to a real connection: users authorize at the local org, and their threads go on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from langchain_sfconnect import AccountStatus, SalesforceConnect
from langchain_sfconnect.errors import ConfigurationError
from langchain_sfconnect.guard import ReauthorizationRequest, ThreadResumer

if TYPE_CHECKING:
    from langchain_sfconnect.localorg import LocalOrg

pytestmark = pytest.mark.anyio


class Linked:
    """What the harness takes for a connection, with a real one behind it."""

    def __init__(self, connect: SalesforceConnect) -> None:
        self._connection = connect.as_connection()

    def as_connection(self) -> Any:
        return self._connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


@dataclass(frozen=True)
class Rep:
    salesforce_identifier: str


@dataclass
class Product:
    """An agent over an open saver, and the product around it."""

    agent: Any
    connect: SalesforceConnect
    org: LocalOrg
    graph: Any
    resumer: ThreadResumer = field(init=False)
    told: list[tuple[str, Any]] = field(default_factory=list)
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    go_on: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.resumer = ThreadResumer(self.graph, on_resumed=self.note)

    def note(self, config: Any, outcome: Any) -> None:
        self.told.append((config["configurable"]["thread_id"], outcome))

    async def do(self, target: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        if self.agent.mode == "sync":
            return await asyncio.to_thread(getattr(target, name), *args, **kwargs)
        return await getattr(target, f"a{name}")(*args, **kwargs)

    async def pause(self, thread: str = "t", identifier: str = "rep-42", *, watch: bool = True) -> None:
        config: Any = {"configurable": {"thread_id": thread}}
        given = {"messages": [HumanMessage("Go.")]}
        result = await self.do(self.graph, "invoke", given, config, context=Rep(identifier))
        assert ReauthorizationRequest.find(result) is not None
        if watch:
            assert await self.watch(thread, identifier)

    async def watch(self, thread: str = "t", identifier: str = "rep-42") -> bool:
        config = {"configurable": {"thread_id": thread}}
        return bool(await self.do(self.resumer, "watch", config, Rep(identifier)))

    async def authorize(self, identifier: str = "rep-42", connect: SalesforceConnect | None = None) -> Any:
        """The user goes the whole way, and the callback page completes it."""
        connect = connect or self.connect
        link = await self.do(connect, "authorization_link", identifier)
        callback_url = await asyncio.to_thread(self.org.approve, link.url)
        return await self.do(connect, "complete_authorization", callback_url, identifier)

    async def has_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.acquire, timeout=30)

    async def drain(self) -> None:
        async with asyncio.timeout(30):
            await self.do(self.resumer, "drain")

    @property
    def created(self) -> int:
        return len(self.org.query("SELECT Id FROM Account WHERE Name = 'Acme'"))


@pytest.fixture
async def product(
    mode: str, agent_of: Any, connect: SalesforceConnect, org: LocalOrg, tmp_path: Path
) -> AsyncIterator[Product]:
    """Conversations that create one account in the org and then wait for the test; `rep-42` and `rep-7` are known."""

    @tool
    def wait_for_the_test() -> str:
        """Wait."""
        made.begun.release()
        return str(made.go_on.wait(30))

    for identifier in ("rep-42", "rep-7"):
        connect.get_or_create_account(identifier)
    agent = agent_of("create_agent", mode)
    agent.connect, agent.guard, agent.more_tools = Linked(connect), {}, [wait_for_the_test]
    agent.creates("Acme").calls(("wait_for_the_test", {}))
    path = str(tmp_path / "checkpoints.db")
    if mode == "sync":
        with SqliteSaver.from_conn_string(path) as saver:
            made = Product(agent, connect, org, agent.build(saver))
            yield made
            made.resumer.drain()
    else:
        async with AsyncSqliteSaver.from_conn_string(path) as asaver:
            made = Product(agent, connect, org, agent.build(asaver))
            yield made
            await made.resumer.adrain()


@pytest.fixture
def listening(product: Product) -> Iterator[Callable[[], None]]:
    stop = product.resumer.listen(product.connect)
    yield stop
    product.go_on.set()
    stop()


async def test_a_thread_goes_on_by_itself_and_holds_nobody_up(product: Product, listening: Any) -> None:
    await product.pause()
    assert product.created == 0
    account = await product.authorize()  # returns, though the run waits
    assert account.status is AccountStatus.ACTIVE
    await product.has_begun()
    assert (product.created, product.told) == (1, [])
    product.go_on.set()
    await product.drain()
    ((thread, result),) = product.told
    assert (thread, result["messages"][-1].content) == ("t", "Done.")
    assert product.created == 1


@pytest.mark.parametrize("mode", ["async"], indirect=True)
async def test_an_async_graph_goes_on_on_its_own_loop_after_a_sync_callback_page(
    product: Product, listening: Any
) -> None:
    await product.pause()
    product.go_on.set()

    def callback_page() -> None:
        link = product.connect.authorization_link("rep-42")
        product.connect.complete_authorization(product.org.approve(link.url), "rep-42")

    await asyncio.to_thread(callback_page)  # its status change is told on the background loop
    await product.drain()
    assert [type(outcome) for _, outcome in product.told] == [dict]
    assert product.created == 1


@pytest.mark.parametrize("mode", ["async"], indirect=True)
async def test_draining_on_the_loop_of_the_runs_is_an_error_and_no_deadlock(product: Product, listening: Any) -> None:
    await product.pause()
    await product.authorize()
    with pytest.raises(RuntimeError, match="adrain"):
        product.resumer.drain()
    product.go_on.set()
    await product.drain()


async def test_only_threads_of_that_account_go_on_each_once(product: Product, listening: Any) -> None:
    await product.pause("a", "rep-42")
    await product.pause("b", "rep-7")
    await product.pause("c", "rep-42")
    product.go_on.set()
    await product.authorize("rep-42")
    await product.drain()
    assert sorted(thread for thread, _ in product.told) == ["a", "c"]
    assert product.created == 2
    await product.authorize("rep-42")  # ACTIVE stays ACTIVE
    await product.do(product.resumer, "resume", "rep-42")
    await product.drain()
    assert product.created == 2
    await product.authorize("rep-7")
    await product.drain()
    assert product.created == 3


async def test_who_stops_listening_hears_nothing(product: Product, listening: Callable[[], None]) -> None:
    await product.pause()
    listening()
    listening()
    await product.authorize()
    await product.drain()
    assert (product.told, product.created) == ([], 0)


async def test_an_account_that_was_lost_again_does_not_count(product: Product, listening: Any) -> None:
    product.agent.guard = {"account_for": lambda call, config, runtime: call["args"].get("Site", "rep-42")}
    product.agent.script.clear()
    product.agent.calls(*(("salesforce_account_create", {"Name": "Acme", "Site": s}) for s in ("rep-42", "rep-7")))
    product.graph = product.agent.build(product.graph.checkpointer)
    product.resumer = ThreadResumer(product.graph, on_resumed=product.note)
    product.resumer.listen(product.connect)
    await product.pause()
    await product.authorize("rep-42")
    await product.do(product.connect, "disconnect_account", "rep-42")
    await product.authorize("rep-7")
    await product.drain()
    assert product.told == []
    await product.authorize("rep-42")
    await product.drain()
    assert len(product.told) == 1
    assert product.created == 2


async def test_an_account_that_became_active_before_anybody_watched_is_noticed(
    product: Product, listening: Any, connecting: Any
) -> None:
    """Another process completed the authorization, or this one did before it was started anew."""
    await product.pause(watch=False)
    await product.authorize(connect=connecting())
    product.go_on.set()
    assert await product.watch()
    await product.drain()
    assert product.created == 1
    assert [type(outcome) for _, outcome in product.told] == [dict]


async def test_a_thread_whose_account_is_lost_while_it_runs_asks_again_and_goes_on_again(
    product: Product, listening: Any
) -> None:
    product.agent.creates("Acme")
    product.graph = product.agent.build(product.graph.checkpointer)
    product.resumer = ThreadResumer(product.graph, on_resumed=product.note)
    product.resumer.listen(product.connect)
    await product.pause()
    await product.authorize()
    await product.has_begun()
    await asyncio.to_thread(product.org.revoke)
    product.go_on.set()
    await product.drain()
    ((_, result),) = product.told
    assert ReauthorizationRequest.find(result) is not None
    assert product.created == 1
    await product.authorize()
    await product.drain()
    assert product.created == 2
    assert product.told[1][1]["messages"][-1].content == "Done."


@pytest.mark.parametrize("mode", ["sync"], indirect=True)
async def test_so_many_runs_as_allowed_go_on_at_once_in_the_background(product: Product) -> None:
    product.resumer = ThreadResumer(product.graph, on_resumed=product.note, at_once=2)
    product.resumer.listen(product.connect)
    for number in range(4):
        await product.pause(f"t{number}")
    await product.authorize()
    await product.has_begun()
    await product.has_begun()
    assert not await asyncio.to_thread(product.begun.acquire, timeout=0.5)
    product.go_on.set()
    await product.drain()
    assert len(product.told) == product.created == 4


def test_a_thread_whose_event_loop_is_gone_is_told_and_can_be_watched_again(
    agent_of: Any, connect: SalesforceConnect, org: LocalOrg, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[Any] = []
    known = threading.Event()
    agent = agent_of("create_agent", "async").creates("Acme")
    agent.connect, agent.guard = Linked(connect), {"identifier": "rep-42"}
    graph = agent.build(InMemorySaver())

    def note(config: Any, outcome: Any) -> None:
        told.append(outcome)
        known.set()

    resumer = ThreadResumer(graph, on_resumed=note)
    resumer.listen(connect)
    connect.get_or_create_account("rep-42")
    config: Any = {"configurable": {"thread_id": "t"}}

    async def earlier() -> None:
        await graph.ainvoke({"messages": [HumanMessage("Go.")]}, config)
        assert await resumer.awatch(config)

    asyncio.run(earlier())
    connect.complete_authorization(org.approve(connect.authorization_link("rep-42").url), "rep-42")
    assert known.wait(30)
    assert isinstance(told[0], ConfigurationError)
    assert "ConfigurationError" in caplog.text

    async def later() -> None:
        assert await resumer.awatch(config)
        await resumer.adrain()

    asyncio.run(later())
    assert len(org.query("SELECT Id FROM Account WHERE Name = 'Acme'")) == 1
