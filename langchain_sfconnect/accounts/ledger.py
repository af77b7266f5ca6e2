"""Sends each write of an agent once, whatever happens to the process, to the answer, or to the graph that asks for it.

A write is noted before it is sent, under a key that is the same when a graph executes the call again. What is done
returns its first outcome; what may be done and can be repeated harmlessly is completed; a create of which no answer
came is looked up in the org. Knows no tools and no graph.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from langchain_sfconnect.accounts.flights import Flights
from langchain_sfconnect.accounts.likeness import comparable
from langchain_sfconnect.accounts.outcome import RESERVED, Asked, Outcome, made_by
from langchain_sfconnect.accounts.sightings import BEGIN_WITHIN, Sighting, Sightings, what_to_check
from langchain_sfconnect.accounts.vault import Vault
from langchain_sfconnect.connection import Operation, Result
from langchain_sfconnect.errors import (
    AccountNotResolved,
    InvalidArgument,
    SalesforceAPIError,
    SFConnectError,
    StoreError,
    WriteOutcomeUnknown,
)
from langchain_sfconnect.salesforce.client import SalesforceClient
from langchain_sfconnect.salesforce.hearing import TheirClock
from langchain_sfconnect.stores.base import WriteRecord

log = logging.getLogger(__name__)

# Pauses between looks, together longer than `sightings.QUIET`: a create of which nothing is to be seen is sent again
# only once its request must be over. Where that cannot be the end of it, looking ends sooner.
LOOKS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0, 30.0, 40.0, 40.0)
PATIENCE = 60.0
# A change that can be repeated harmlessly is left to whoever is making it for so long, then completed.
SETTLE = timedelta(seconds=5)
SETTLE_PAUSES = (0.05, 0.2, 0.5, 1.0, 1.5, 2.0)
TRIES = 3
SETTLE_SECONDS = 40.0
PRUNE_EVERY = timedelta(hours=1)

_CREATE = re.compile(r"/sobjects/(\w+)/?")


@dataclass(frozen=True)
class _Errand:
    """One write that somebody asks for.

    Attributes:
        operation: What to send.
        identifier: As whom.
        key: What tells it from all others.
        tries_left: How often it may be begun anew.
    """

    operation: Operation
    identifier: str
    key: str
    tries_left: int = TRIES

    @cached_property
    def request(self) -> str:
        """What is asked, as a digest: equal requests are equal."""
        it = self.operation
        asked = [it.method, it.path, dict(it.params), it.json, dict(it.headers)]
        return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()

    @property
    def creates(self) -> bool:
        """Whether it makes one record, which can be looked up."""
        it = self.operation
        return it.method == "POST" and _CREATE.fullmatch(it.path) is not None and isinstance(it.json, Mapping)

    def asked(self) -> Asked:
        """What is noted of it as long as its outcome is not known."""
        fields = comparable(self.operation.json) if self.creates else {}
        return Asked(self.request, made_by(self.operation), fields)

    def again(self) -> _Errand:
        """The same, with one try less.

        Raises:
            WriteOutcomeUnknown: It was tried often enough.
        """
        if self.tries_left <= 1:
            raise WriteOutcomeUnknown("The write was begun several times, and each time no answer came.")
        return replace(self, tries_left=self.tries_left - 1)


class Ledger:
    """The writes of one vault's accounts.

    Args:
        vault: The accounts.
        salesforce: Sends.
        sightings: Looks creates up.
        their_clock: What time Salesforce has.
        retention: How long it is remembered what became of a write.
        sleep: Awaited between looks.
    """

    def __init__(
        self,
        vault: Vault,
        salesforce: SalesforceClient,
        sightings: Sightings,
        their_clock: TheirClock,
        *,
        retention: timedelta,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._vault, self._salesforce, self._sightings = vault, salesforce, sightings
        self._their_clock, self._retention, self._sleep = their_clock, retention, sleep
        self._flights: Flights[Result] = Flights()
        self._pruned_at: datetime | None = None

    async def send(self, operation: Operation, *, identifier: str, key: str) -> Result:
        """Carry out a write, unless it was carried out before; a caller who is cancelled does not cut it off.

        Raises:
            AccountNotResolved: It was begun as another account.
            InvalidArgument: Another write has this key.
            WriteOutcomeUnknown: It was sent, and it cannot be told whether it happened.
            SealBroken: What became of it cannot be opened.
            SFConnectError: As SalesforceClient.send; then it has not happened, and may be asked for again.
        """
        errand = _Errand(operation, identifier, key)
        return await self._flights.join(json.dumps([identifier, key, errand.request]), lambda: self._run(errand))

    async def reserve(self, keys: Sequence[str], *, identifier: str) -> None:
        """Note whose writes these will be, before anybody sends them.

        Raises:
            AccountNotResolved: One of them is another account's already.
        """
        for key in keys:
            bare = WriteRecord(self._vault.connection, key, identifier, uuid.uuid4().hex, self._now())
            mine = await Outcome(Asked(RESERVED)).sealed_into(bare, self._vault.sealer)
            _require_same_account(await self._vault.store.begin_write(mine), identifier)

    async def settle(self) -> None:
        """Let writes under way on this event loop end."""
        await self._flights.land_all(within=SETTLE_SECONDS)

    async def prune(self) -> None:
        """Forget what is older than is remembered; at most now and then."""
        now = self._now()
        if self._pruned_at is None or abs(now - self._pruned_at) >= PRUNE_EVERY:
            self._pruned_at = now
            await self._vault.store.prune_writes(self._vault.connection, before=now - self._retention)

    def _now(self) -> datetime:
        """Salesforce's time where it is known, which is the same for all workers; else our own."""
        return self._their_clock.now() or self._vault.clock()

    async def _run(self, errand: _Errand) -> Result:
        await self.prune()
        begun = self._vault.clock()
        mine = await self._record(errand)
        try:
            standing = await self._vault.store.begin_write(mine)
        except StoreError:
            await self._forget(mine)  # it may have been written all the same
            raise
        if standing.owner == mine.owner:
            _step(errand, "recorded")
            return await self._make(errand, mine, begun)
        return await self._resume(errand, standing)

    async def _record(self, errand: _Errand) -> WriteRecord:
        user_id = (await self._vault.recall(errand.identifier)).record.user_id
        asked = replace(errand.asked(), user_id=user_id, sure=self._their_clock.now() is not None)
        connection, owner = self._vault.connection, uuid.uuid4().hex
        bare = WriteRecord(connection, errand.key, errand.identifier, owner, self._now())
        return await Outcome(asked).sealed_into(bare, self._vault.sealer)

    async def _make(self, errand: _Errand, record: WriteRecord, begun: datetime, *, in_doubt: bool = False) -> Result:
        """Send it, as its owner since then; in doubt whether it was carried out before."""
        try:
            result = await self._salesforce.send(
                errand.operation,
                identifier=errand.identifier,
                may_begin=lambda: abs(self._vault.clock() - begun) < BEGIN_WITHIN,
            )
            if errand.creates and not _names_a_record(result):
                raise WriteOutcomeUnknown("Salesforce's answer does not name the record.", status=result.status)
        except WriteOutcomeUnknown as doubt:
            return await self._find_out(errand, record, doubt, sent=True)
        except SFConnectError as error:
            if not in_doubt:
                await self._forget(record)
                raise
            if not _was_deleted(errand.operation, error):
                raise WriteOutcomeUnknown(
                    f"It was sent before, and no answer is known. Sent again, it was refused: {error.message}"
                ) from None
            result = Result(204)
        _step(errand, "answered")
        await self._finish(errand, record, result)
        return result

    async def _forget(self, record: WriteRecord) -> None:
        """It did not happen: whoever asks again may send it."""
        try:
            await self._vault.store.drop_write(record)
        except Exception as error:
            log.error("a write that did not happen may stay noted as begun: %s", type(error).__name__)

    async def _finish(self, errand: _Errand, record: WriteRecord, result: Result) -> None:
        done, outcome = replace(record, done=True), Outcome(Asked(errand.request), result.status, result.data)
        try:
            done = await outcome.sealed_into(done, self._vault.sealer)
            await self._vault.store.put_write(done, expected_owner=record.owner)
        except Exception as error:
            # It happened, and the caller is told so. Should the call be executed again, it is looked up.
            log.error("what became of a write could not be noted: %s", type(error).__name__)
        _step(errand, "finished")

    async def _resume(self, errand: _Errand, record: WriteRecord) -> Result:
        """Go on with what somebody else has begun, or an earlier execution of the same call."""
        _require_same_account(record, errand.identifier)
        noted = await Outcome.of(record, self._vault.sealer)
        if noted.asked.request == RESERVED:
            return await self._own(errand, errand, record, "recorded", in_doubt=False)
        if noted.asked.request != errand.request:
            raise InvalidArgument("Another write was sent with this key; nothing was written.")
        if record.done:
            return noted.result
        _step(errand, "found unfinished")
        if errand.operation.idempotent:
            return await self._complete(errand, record)
        doubt = WriteOutcomeUnknown("It was sent before, and no answer is known.")
        return await self._find_out(errand, record, doubt, sent=False)

    async def _complete(self, errand: _Errand, record: WriteRecord) -> Result:
        """Repeat a change that it is harmless to repeat, unless its owner ends it first."""
        for pause in SETTLE_PAUSES:
            if self._now() - record.started_at >= SETTLE:
                break
            await self._sleep(pause)
            standing = await self._vault.store.find_write(record.connection, record.key)
            if standing is None or standing.done or standing.owner != record.owner:
                return await self._afresh(errand, standing)
        return await self._take_over(errand, record, in_doubt=True)

    async def _find_out(
        self, errand: _Errand, record: WriteRecord, doubt: WriteOutcomeUnknown, *, sent: bool
    ) -> Result:
        """Look in the org whether a create has happened that we or another has sent; if surely not, send it."""
        if not errand.creates:
            raise doubt
        try:
            return await self._search(errand, record, doubt, sent=sent)
        except StoreError:
            raise doubt from None

    async def _search(self, errand: _Errand, record: WriteRecord, doubt: WriteOutcomeUnknown, *, sent: bool) -> Result:
        waited = 0.0
        for pause in (*LOOKS, None):
            standing = await self._vault.store.find_write(record.connection, record.key)
            if standing is None and sent:
                raise doubt  # forgotten together with its account
            if standing is None or standing.done or standing.owner != record.owner:
                return await self._afresh(errand, standing)
            sight = await self._look(errand, record)
            if sight.match is not None:
                return await self._adopt(errand, record, sight.match)
            if sight.nothing and sight.over:
                return await self._take_over(errand, record, in_doubt=False)
            if pause is None or sight.over or (waited >= PATIENCE and not sight.nothing):
                break
            waited += pause
            await self._sleep(pause)
        raise WriteOutcomeUnknown(doubt.message, status=doubt.status, hint=await self._what_to_check(errand, record))

    async def _what_to_check(self, errand: _Errand, record: WriteRecord) -> str:
        try:
            window = await self._sightings.window(record)
        except SFConnectError:
            window = None
        return what_to_check(errand.operation, window)

    async def _look(self, errand: _Errand, record: WriteRecord) -> Sighting:
        try:
            return await self._sightings.look(record, errand.operation)
        except SFConnectError as error:  # also an outage: then the next look may show more
            log.warning("write %s: it cannot be looked up: %s", errand.key, type(error).__name__)
            return Sighting()

    async def _adopt(self, errand: _Errand, record: WriteRecord, record_id: str) -> Result:
        log.info("write %s: no answer came, and the record %s was found", errand.key, record_id)
        result = Result(201, {"id": record_id, "success": True, "errors": []})
        await self._finish(errand, record, result)
        return result

    async def _take_over(self, errand: _Errand, record: WriteRecord, *, in_doubt: bool) -> Result:
        return await self._own(errand, errand.again(), record, "taken over", in_doubt=in_doubt)

    async def _own(
        self, errand: _Errand, following: _Errand, record: WriteRecord, step: str, *, in_doubt: bool
    ) -> Result:
        """Become the owner and send it, as `following`; if somebody else was quicker, see what became of it."""
        begun = self._vault.clock()
        mine = await self._record(errand)
        if await self._vault.store.put_write(mine, expected_owner=record.owner):
            _step(errand, step)
            return await self._make(following, mine, begun, in_doubt=in_doubt)
        return await self._afresh(errand, await self._vault.store.find_write(record.connection, record.key))

    async def _afresh(self, errand: _Errand, standing: WriteRecord | None) -> Result:
        if standing is None:
            return await self._run(errand.again())
        return await self._resume(errand, standing)  # what others do is no try of ours


def _require_same_account(record: WriteRecord, identifier: str) -> None:
    if record.identifier != identifier:
        raise AccountNotResolved(
            "This write belongs to another Salesforce account; nothing was written as this one.",
            hint="Resume the run with the context or config it was started with.",
        )


def _names_a_record(result: Result) -> bool:
    return isinstance(result.data, Mapping) and isinstance(result.data.get("id"), str)


def _was_deleted(operation: Operation, error: SFConnectError) -> bool:
    """Whether a repeated delete finds that the delete before it had been carried out."""
    return operation.method == "DELETE" and isinstance(error, SalesforceAPIError) and error.code == "ENTITY_IS_DELETED"


def _step(errand: _Errand, step: str) -> None:
    """Say where a write is. The tests kill processes at each of these steps."""
    log.debug("write %s: %s", errand.key, step)
