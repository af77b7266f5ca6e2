"""What happened to accounts: entries for the audit trail, and the callbacks that hear of status changes.

Knows no store and no token.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import anyio.to_thread

from langchain_sfconnect.accounts.account import ConnectedAccount, status_of
from langchain_sfconnect.accounts.status import AccountStatus
from langchain_sfconnect.stores.base import AccountRecord, AuditEntry

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StatusChange:
    """An account went from one status to another.

    Attributes:
        account: The account as it stands now.
        before: The status until then.
        event: What happened, as in the audit trail.
        at: Aware UTC time.
    """

    account: ConnectedAccount
    before: AccountStatus
    event: str
    at: datetime


StatusCallback = Callable[[StatusChange], Awaitable[None] | None]


class StatusListeners:
    """Callbacks for status changes made by this process, in the order they were added."""

    def __init__(self) -> None:
        self._callbacks: list[StatusCallback] = []

    def add(self, callback: StatusCallback) -> Callable[[], None]:
        """Call back from now on; the returned function ends it."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback) if callback in self._callbacks else None

    async def tell(self, change: StatusChange) -> None:
        """Tell all. One that fails is logged, and neither the others nor the account suffer."""
        for callback in tuple(self._callbacks):
            try:
                await _call(callback, change)
            except Exception as error:
                # The message is the callback's own and may show anything.
                log.error("a status callback failed with %s", type(error).__name__)


async def _call(callback: StatusCallback, change: StatusChange) -> None:
    if inspect.iscoroutinefunction(callback):
        await callback(change)
        return
    # On a thread of its own a plain function may use the sync names, and block.
    awaited = await anyio.to_thread.run_sync(callback, change)
    if awaited is not None:
        await awaited


def entry_of(before: AccountRecord, after: AccountRecord, event: str) -> AuditEntry:
    """The audit entry of a change."""
    return AuditEntry(
        connection=after.connection,
        identifier=after.identifier,
        account_id=after.id,
        at=after.updated_at,
        event=event,
        status_before=str(before.status),
        status_after=str(after.status),
        reason=after.status_reason,
    )


def change_of(before: AccountRecord, after: AccountRecord, event: str) -> StatusChange:
    """The status change of two records of one account."""
    return StatusChange(ConnectedAccount.of(after), status_of(before), event, after.updated_at)
