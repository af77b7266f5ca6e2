"""Waiting for a user: it wakes for what this process does, looks for what others do, and ends in time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from langchain_sfconnect import AccountStatus, SalesforceConnect
from langchain_sfconnect.errors import AccountNotFound, AuthorizationFailed, AuthorizationTimeout, InvalidArgument

if TYPE_CHECKING:
    from langchain_sfconnect.localorg import LocalOrg

pytestmark = pytest.mark.anyio
REP = "rep-42"
LONG = timedelta(seconds=60)


class Pause:
    """A sleep that ends when the test says so, and can be waited for."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.begun = threading.Event()
        self._end: Callable[[], Any] = lambda: None

    async def __call__(self, seconds: float) -> None:
        over, loop = asyncio.Event(), asyncio.get_running_loop()
        self._end = lambda: loop.call_soon_threadsafe(over.set)
        self.asked.append(seconds)
        self.begun.set()
        await over.wait()

    def end(self) -> None:
        self.begun.clear()
        self._end()

    async def has_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, 30)


@pytest.fixture
def pause() -> Pause:
    return Pause()


@pytest.fixture(params=["sync", "async"])
def wait(request: pytest.FixtureRequest) -> Callable[..., Coroutine[Any, Any, Any]]:
    async def go(connect: SalesforceConnect, timeout: Any = LONG, identifier: str = REP) -> Any:
        if request.param == "sync":
            return await asyncio.to_thread(connect.wait_until_active, identifier, timeout)
        return await connect.await_until_active(identifier, timeout)

    return go


def listeners(connect: SalesforceConnect) -> int:
    return len(connect._accounts.vault.listeners._callbacks)


async def test_an_active_account_is_not_waited_for(
    connecting: Any, authorize: Callable[..., None], wait: Any, pause: Pause
) -> None:
    connect = connecting(sleep=pause)
    await asyncio.to_thread(authorize, connect)
    account = await wait(connect, timedelta(0))
    assert (account.identifier, account.status) == (REP, AccountStatus.ACTIVE)
    assert (pause.asked, listeners(connect)) == ([], 0)


async def test_it_wakes_at_once_when_this_process_completes_the_authorization(
    connecting: Any, authorize: Callable[..., None], wait: Any, pause: Pause
) -> None:
    connect = connecting(sleep=pause)  # looking again would take for ever
    connect.get_or_create_account(REP)
    connect.get_or_create_account("another")
    waiting = asyncio.create_task(wait(connect))
    await pause.has_begun()
    await asyncio.to_thread(authorize, connect, "another")
    assert not waiting.done()
    await asyncio.to_thread(authorize, connect)
    async with asyncio.timeout(30):
        account = await waiting
    assert account.status is AccountStatus.ACTIVE
    assert (pause.asked, listeners(connect)) == ([0.5], 0)


async def test_it_looks_every_half_second_for_what_other_processes_do(
    connecting: Any, authorize: Callable[..., None], wait: Any, pause: Pause
) -> None:
    connect, elsewhere = connecting(sleep=pause), connecting()
    connect.get_or_create_account(REP)
    waiting = asyncio.create_task(wait(connect))
    await pause.has_begun()
    pause.end()  # looks, finds nothing, and pauses again
    await pause.has_begun()
    await asyncio.to_thread(authorize, elsewhere)
    assert not waiting.done()
    pause.end()
    async with asyncio.timeout(30):
        assert (await waiting).status is AccountStatus.ACTIVE
    assert pause.asked == [0.5, 0.5]


async def test_a_change_to_another_status_does_not_end_it(
    connecting: Any, authorize: Callable[..., None], wait: Any, pause: Pause
) -> None:
    connect = connecting(sleep=pause)
    connect.get_or_create_account(REP)
    waiting = asyncio.create_task(wait(connect))
    await pause.has_begun()
    pause.begun.clear()
    await asyncio.to_thread(connect.disconnect_account, REP)
    await pause.has_begun()  # it looked, and waits again
    assert not waiting.done()
    await asyncio.to_thread(authorize, connect)
    async with asyncio.timeout(30):
        assert (await waiting).status is AccountStatus.ACTIVE


@pytest.mark.parametrize("timeout", [timedelta(milliseconds=20), timedelta(0), timedelta(seconds=-1)])
async def test_it_ends_in_time_and_says_that_nothing_was_lost(
    connecting: Any, wait: Any, pause: Pause, timeout: timedelta
) -> None:
    connect = connecting(sleep=pause)
    connect.get_or_create_account(REP)
    with pytest.raises(AuthorizationTimeout, match="PENDING_AUTH") as caught:
        await wait(connect, timeout)
    assert isinstance(caught.value, AuthorizationFailed)
    assert isinstance(caught.value, TimeoutError)
    assert "Nothing was lost" in str(caught.value)
    assert (caught.value.code, caught.value.retryable) == ("AUTHORIZATION_TIMEOUT", True)
    assert (caught.value.identifier, caught.value.status) == (REP, "PENDING_AUTH")
    assert all(0 < seconds <= 0.02 for seconds in pause.asked)  # not longer than what is left
    assert listeners(connect) == 0


async def test_the_link_that_was_shown_still_works_after_the_wait_ended(
    connect: SalesforceConnect, org: LocalOrg, wait: Any
) -> None:
    connect.get_or_create_account(REP)
    link = connect.authorization_link(REP)
    with pytest.raises(AuthorizationTimeout):
        await wait(connect, timedelta(0))
    connect.complete_authorization(org.approve(link.url), REP)
    assert (await wait(connect)).status is AccountStatus.ACTIVE


async def test_an_account_that_is_not_there_or_goes_is_not_waited_for(connecting: Any, wait: Any, pause: Pause) -> None:
    connect = connecting(sleep=pause)
    with pytest.raises(AccountNotFound):
        await wait(connect)
    connect.get_or_create_account(REP)
    waiting = asyncio.create_task(wait(connect))
    await pause.has_begun()
    await asyncio.to_thread(connect.delete_account, REP)
    pause.end()
    with pytest.raises(AccountNotFound):
        await waiting
    assert listeners(connect) == 0


async def test_a_wait_that_is_cancelled_leaves_nothing_behind(connecting: Any, pause: Pause) -> None:
    connect = connecting(sleep=pause)
    await connect.aget_or_create_account(REP)
    before = asyncio.all_tasks()
    waiting = asyncio.create_task(connect.await_until_active(REP, LONG))
    await pause.has_begun()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert listeners(connect) == 0
    assert asyncio.all_tasks() == before
    await connect.aclose()


async def test_a_sleep_that_fails_ends_the_wait(connecting: Any, wait: Any) -> None:
    async def fail(seconds: float) -> None:
        raise OSError("no timer")

    connect = connecting(sleep=fail)
    connect.get_or_create_account(REP)
    with pytest.raises(OSError, match="no timer"):
        await wait(connect)
    assert listeners(connect) == 0


@pytest.mark.parametrize("timeout", [300, 1.5, None])
async def test_a_timeout_that_is_no_timedelta_is_refused(connect: SalesforceConnect, wait: Any, timeout: Any) -> None:
    with pytest.raises(InvalidArgument, match="timedelta"):
        await wait(connect, timeout)
