"""Waits for a user to authorize: hears what this process does, and looks for what others do. Sends nothing."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from langchain_sfconnect.accounts.account import ConnectedAccount
from langchain_sfconnect.accounts.history import StatusChange
from langchain_sfconnect.accounts.service import Accounts
from langchain_sfconnect.accounts.status import AccountStatus
from langchain_sfconnect.errors import AuthorizationTimeout, InvalidArgument

LOOK_EVERY = 0.5


@dataclass(frozen=True, slots=True)
class Waiting:
    """Waits for accounts of one connection.

    Args:
        accounts: The accounts.
        sleep: Awaited between two looks into the store.
    """

    accounts: Accounts
    sleep: Callable[[float], Awaitable[None]]

    async def until_active(self, identifier: str, timeout: timedelta) -> ConnectedAccount:
        """The account once it is ACTIVE.

        Raises:
            AccountNotFound: There is none.
            AuthorizationTimeout: It is not ACTIVE in time.
        """
        if not isinstance(timeout, timedelta):
            raise InvalidArgument("The timeout is a timedelta, such as timedelta(minutes=5).", fields=["timeout"])
        # Not the injected clock: that one may stand still, and may be put back.
        deadline = time.monotonic() + timeout.total_seconds()
        with self._heard(identifier) as changed:
            while True:
                account = await self.accounts.get(identifier)
                if account.status is AccountStatus.ACTIVE:
                    return account
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AuthorizationTimeout(identifier, account.status, timeout.total_seconds())
                await _first_of(changed.wait(), self._pause(min(LOOK_EVERY, left)), seconds=left)
                changed.clear()

    async def _pause(self, seconds: float) -> None:
        await self.sleep(seconds)

    @contextlib.contextmanager
    def _heard(self, identifier: str) -> Iterator[asyncio.Event]:
        """Set whenever this process changes the account's status, on whichever loop it does so."""
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        async def note(change: StatusChange) -> None:
            if change.account.identifier == identifier:
                with contextlib.suppress(RuntimeError):  # the waiter's loop has closed meanwhile
                    loop.call_soon_threadsafe(changed.set)

        stop = self.accounts.vault.listeners.add(note)
        try:
            yield changed
        finally:
            stop()


async def _first_of(*waits: Coroutine[Any, Any, object], seconds: float) -> None:
    """Return when one of them ends, or after so many seconds; the others are cancelled, also if this is."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()  # a sleep that fails must not become a busy loop
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
