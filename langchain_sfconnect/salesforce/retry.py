"""When a request may be sent again, and how long to wait. The only user of tenacity; sends nothing itself.

A write is repeated only when it surely did not happen, or when repeating it changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from langchain_sfconnect.connection import Operation, Result
from langchain_sfconnect.errors import SFConnectError

if TYPE_CHECKING:
    import tenacity


class AttemptFailed(Exception):
    """One try of an operation failed.

    Attributes:
        error: What to raise if this was the last try.
        happened: Whether the operation may have been carried out.
        retry_after: Seconds the server asked to wait.
    """

    def __init__(self, error: SFConnectError, *, happened: bool, retry_after: float | None = None) -> None:
        self.error, self.happened, self.retry_after = error, happened, retry_after
        super().__init__(type(error).__name__)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long.

    Attributes:
        attempts: Tries in all.
        total_seconds: No new try begins after this long; a longer Retry-After is not waited for either.
        sleep: Awaited between tries; tests give their own.
    """

    attempts: int = 4
    total_seconds: float = 30.0
    sleep: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep, repr=False)

    async def run(self, attempt: Callable[[], Awaitable[Result]], operation: Operation) -> Result:
        """Try until there is a result, or no further try is right.

        Raises:
            SFConnectError: The last try's error.
        """
        try:
            return await attempt()
        except AttemptFailed as failed:
            if not self._may_repeat(failed, operation):
                raise failed.error from None
            first = failed
        try:
            return await self._schedule(operation)(_resumed(first, attempt))
        except AttemptFailed as failed:
            raise failed.error from None

    def _schedule(self, operation: Operation) -> tenacity.AsyncRetrying:
        import tenacity  # here, because most processes never need a second try

        jitter = tenacity.wait_random_exponential(multiplier=0.2, max=8)

        def wait(state: tenacity.RetryCallState) -> float:
            failed = state.outcome.exception() if state.outcome else None
            asked = failed.retry_after if isinstance(failed, AttemptFailed) else None
            return asked if asked is not None else jitter(state)

        return tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(lambda failed: self._may_repeat(failed, operation)),
            stop=tenacity.stop_after_attempt(self.attempts) | tenacity.stop_after_delay(self.total_seconds),
            wait=wait,
            sleep=self.sleep,
            reraise=True,
        )

    def _may_repeat(self, failed: BaseException, operation: Operation) -> bool:
        if not isinstance(failed, AttemptFailed) or (failed.retry_after or 0) > self.total_seconds:
            return False
        return not failed.happened or operation.kind == "read" or operation.idempotent


def _resumed(first: AttemptFailed, attempt: Callable[[], Awaitable[Result]]) -> Callable[[], Awaitable[Result]]:
    """An attempt whose first try has been made already: the schedule costs nothing while all goes well."""
    made = iter([first])

    async def next_try() -> Result:
        for failed in made:
            raise failed
        return await attempt()

    return next_try
