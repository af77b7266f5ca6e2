"""ThreadResumer: lets paused threads go on by themselves once their users have authorized.

It looks at the checkpoint and answers "done"; whether an account works is still the guard's to find out. It knows no
token, and nothing of a connection but whether an account is active.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import contextvars
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Protocol, TypeVar

from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphBubbleUp

from langchain_sfconnect.errors import ConfigurationError, SFConnectError
from langchain_sfconnect.guard.check import ACTIVE
from langchain_sfconnect.guard.resuming import id_of, pending_interrupts, resume_command
from langchain_sfconnect.guard.telling import OnResumed, Teller, logged
from langchain_sfconnect.guard.watchlist import Watched, Watchlist, kept, questions_of

if TYPE_CHECKING:
    from langgraph.pregel.protocol import PregelProtocol

T = TypeVar("T")
Call = Callable[..., Awaitable[Any]]


class Listenable(Protocol):
    """What tells of accounts; a SalesforceConnect."""

    def on_status_change(self, callback: Callable[[Any], Any], /) -> Callable[[], None]: ...
    def get_account(self, identifier: str, /) -> Any: ...
    def aget_account(self, identifier: str, /) -> Awaitable[Any]: ...


class ThreadResumer:
    """Resumes threads that wait for the guard's question about accounts, as soon as those are authorized.

        resumer = ThreadResumer(agent, on_resumed=push_to_the_user)
        resumer.listen(connect)  # the connect of the guard
        ...
        result = agent.invoke(question, config, context=rep)
        resumer.watch(config, rep)

    When the user comes back to the callback page and `complete_authorization` makes the account ACTIVE, the thread goes
    on. Without `listen`, call `resume(identifier)` after `complete_authorization`.

    A question is answered when every account it names was reported active since it was asked: a question about two
    accounts could be answered after the first, and the guard would only ask again, but each asking is one of its
    `max_rounds`. Questions for an approval, and other tools' interrupts, are never answered.

    Each question is answered once, however often `resume` is called and from wherever; what the user answered elsewhere
    meanwhile is seen, because the state is read again right before. LangGraph itself does not keep two runs of one
    thread apart, though, and would write twice: let a "done" button call `resume` too, give other answers only where
    `watch` says that the thread waits, and let one process resume a thread.

    The names with an `a` run the graph with its async methods, on the running event loop; the others with its sync
    methods. A run that `listen` begins is run the way the thread was watched: on a thread of its own after `watch`, on
    the event loop of the caller after `awatch`. So a graph whose checkpointer is sync only is watched with `watch`, and
    one whose checkpointer is async only with `awatch`.

    What is watched is kept in memory. After a restart, call `listen` and then `watch` for each thread again: the
    checkpoint says whether it waits, and an account that became active meanwhile is noticed. Without `listen`, call
    `resume` for such accounts.

    Args:
        graph: A compiled graph with a checkpointer.
        on_resumed: Called with a thread's config and what its run returned or raised. A plain function is called on a
            thread, an async one is awaited; what it raises is logged, and changes nothing.
        at_once: How many runs go on at once, of those begun by `listen`, and of `aresume` on one event loop.
        durability: When LangGraph writes checkpoints; with `exit`, a process that dies may have its writes repeated.

    Raises:
        ConfigurationError: The graph has no checkpointer, or `at_once` is below 1.
    """

    def __init__(
        self,
        graph: PregelProtocol[Any, Any, Any, Any],
        *,
        on_resumed: OnResumed | None = None,
        at_once: int = 8,
        durability: Literal["sync", "async", "exit"] = "sync",
    ) -> None:
        if getattr(graph, "checkpointer", ...) in (None, False):
            raise ConfigurationError(
                "A graph without a checkpointer cannot pause, so there is nothing to resume.",
                hint="Compile the graph with a checkpointer, such as SqliteSaver.",
            )
        if at_once < 1:
            raise ConfigurationError("at_once must be at least 1.")
        self._graph, self._durability, self._at_once = graph, durability, at_once
        self._teller = Teller(on_resumed)
        self._watchlist = Watchlist()
        self._connects: list[Listenable] = []
        self._pool = concurrent.futures.ThreadPoolExecutor(at_once, thread_name_prefix="sfconnect-resumer")
        self._gates: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = (
            weakref.WeakKeyDictionary()
        )
        self._underway: dict[concurrent.futures.Future[int], asyncio.AbstractEventLoop | None] = {}

    def watch(self, config: RunnableConfig, context: Any = None) -> bool:
        """Watch a thread if it waits for accounts; call it after every run, and for known threads after a restart.

        Args:
            config: The run's config. Kept of it are `thread_id`, `checkpoint_ns` and other scalars in `configurable`.
            context: The run's context; kept in memory, for the run that goes on.

        Returns:
            Whether the thread waits: a question about accounts is pending, and nobody is answering it just now. Where
            none is pending, the thread is not watched any more.

        Raises:
            InvalidArgument: The config has no `thread_id`.
        """
        return _run_here(self._watch(Watched(kept(config), context), _call))

    async def awatch(self, config: RunnableConfig, context: Any = None) -> bool:
        """Async twin of `watch`."""
        thread = Watched(kept(config), context, asyncio.get_running_loop())
        return await self._watch(thread, self._acall)

    def resume(self, identifier: str) -> int:
        """An account is active: resume the threads that waited for it alone, one after the other, and wait for them.

        Args:
            identifier: Whose account.

        Returns:
            How many runs were made. One that failed counts, was given to `on_resumed`, and holds up no other; while its
            question is pending, the thread stays watched, and calling again tries it again.
        """
        return sum(_run_here(self._follow(thread, _call)) for thread in self._watchlist.report(identifier))

    async def aresume(self, identifier: str) -> int:
        """Async twin of `resume`, at most `at_once` at a time."""
        threads = self._watchlist.report(identifier)
        return sum(await asyncio.gather(*(self._follow(thread, self._acall) for thread in threads)))

    def listen(self, connect: Listenable) -> Callable[[], None]:
        """Resume threads whenever this process makes an account of theirs active; the returned function ends it.

        The runs go on in the background: `complete_authorization` does not wait for them, `drain` does.

        Args:
            connect: The same that the guard has, a SalesforceConnect.
        """

        # Async, so that it is called where the change is made, in the order of the changes.
        async def hear(change: Any) -> None:
            if change.account.status != ACTIVE:
                self._watchlist.withdraw(change.account.identifier)
                return
            for thread in self._watchlist.report(change.account.identifier):
                self._begin(thread)

        stop = connect.on_status_change(hear)
        self._connects.append(connect)

        def end() -> None:
            stop()
            if connect in self._connects:
                self._connects.remove(connect)

        return end

    def drain(self) -> None:
        """Wait until no run begun by `listen` is under way.

        Raises:
            RuntimeError: Called on an event loop that must go on for the runs to end; await `adrain` there.
        """
        running = _running_loop()
        if running is not None and running in list(self._underway.values()):
            raise RuntimeError("drain() would wait for ever here, on the loop of the runs; await adrain().")
        while runs := list(self._underway):
            concurrent.futures.wait(runs)

    async def adrain(self) -> None:
        """Async twin of `drain`."""
        while runs := list(self._underway):
            await asyncio.gather(*map(asyncio.wrap_future, runs), return_exceptions=True)

    async def _watch(self, thread: Watched, call: Call) -> bool:
        questions = questions_of(pending_interrupts(await self._look(thread, call)))
        watched = self._watchlist.put(thread, questions)
        if watched is None:
            return False
        if await self._catch_up(watched, frozenset[str]().union(*questions.values()), call):
            self._begin(watched)
        return True

    async def _follow(self, thread: Watched, call: Call) -> int:
        """Answer what can be answered, and look again, until nothing can be; returns the number of runs."""
        if not self._watchlist.claim(thread):
            return 0
        runs, failed, held = 0, set[str](), True
        try:
            while interrupts := await self._answerable(thread, failed, call):
                runs, ids = runs + 1, set(filter(None, map(id_of, interrupts)))
                failed |= ids
                outcome = await self._run(thread, interrupts, call)
                if not isinstance(outcome, Exception):
                    failed -= ids
                await call(self._teller, "tell", thread.config, outcome)
            held = False
        finally:
            if held:  # cancelled or interrupted
                self._watchlist.release(thread, failed)
        return runs

    async def _answerable(self, thread: Watched, failed: set[str], call: Call) -> list[Any]:
        """The interrupts to answer now; where there are none, the thread is released."""
        try:
            pending = pending_interrupts(await self._look(thread, call))
            await self._catch_up(thread, self._watchlist.see(thread, questions_of(pending)), call)
        except GraphBubbleUp:
            raise
        except Exception as error:
            await call(self._teller, "tell", thread.config, logged(error))
            self._watchlist.release(thread, failed)
            return []
        ids = self._watchlist.take(thread, failed)
        return [each for each in pending if id_of(each) in ids]

    async def _look(self, thread: Watched, call: Call) -> Any:
        return await call(self._graph, "get_state", thread.config, subgraphs=True)

    async def _run(self, thread: Watched, interrupts: list[Any], call: Call) -> Any:
        """What the run returned or raised."""
        options: dict[str, Any] = {"durability": self._durability}
        if thread.context is not None:
            options["context"] = thread.context
        try:
            return await call(self._graph, "invoke", resume_command(interrupts, "done"), thread.config, **options)
        except GraphBubbleUp:
            raise
        except Exception as error:
            return logged(error)

    async def _catch_up(self, thread: Watched, identifiers: frozenset[str], call: Call) -> bool:
        """Note accounts that became active while nobody heard it; returns whether the thread can go on."""
        connects = list(self._connects)
        active = [name for name in sorted(identifiers) if await _is_active(connects, name, call)]
        return self._watchlist.note(thread, active)

    def _begin(self, thread: Watched) -> None:
        """Let a thread go on in the background."""
        if thread.loop is None:
            self._remember(self._pool.submit(lambda: _run_here(self._follow(thread, _call))), None)
            return
        following = self._follow(thread, self._acall)
        try:
            # In a context of its own: the run is no part of whatever made the account active.
            run = contextvars.Context().run(asyncio.run_coroutine_threadsafe, following, thread.loop)
        except RuntimeError:
            following.close()
            error = ConfigurationError(
                "The event loop on which the thread was watched is closed.", hint="Watch it again on the present one."
            )
            self._pool.submit(self._teller.tell, thread.config, logged(error))
        else:
            self._remember(run, thread.loop)

    def _remember(self, run: concurrent.futures.Future[int], loop: asyncio.AbstractEventLoop | None) -> None:
        self._underway[run] = loop
        run.add_done_callback(lambda done: self._underway.pop(done, None))

    async def _acall(self, target: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        gate = self._gate() if name == "invoke" else contextlib.nullcontext()
        async with gate:
            return await getattr(target, f"a{name}")(*args, **kwargs)

    def _gate(self) -> asyncio.Semaphore:
        return self._gates.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(self._at_once))

    def __repr__(self) -> str:
        return f"ThreadResumer(watched={len(self._watchlist)})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "A ThreadResumer holds a live graph and contexts and cannot be pickled; make a new one instead."
        )


async def _call(target: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    return getattr(target, name)(*args, **kwargs)


def _run_here(core: Coroutine[Any, Any, T]) -> T:
    """Run an async function that calls sync names only, and so never waits, right here."""
    try:
        core.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    raise RuntimeError("A sync call waited for an event loop.")


async def _is_active(connects: list[Listenable], identifier: str, call: Call) -> bool:
    for connect in connects:
        with contextlib.suppress(SFConnectError):
            if (await call(connect, "get_account", identifier)).status == ACTIVE:
                return True
    return False


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
