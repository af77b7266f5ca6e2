"""A write with a key is sent once: executed again, asked for by a crowd, cancelled, refused, its store broken."""

from __future__ import annotations

import asyncio
import os
import stat
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from langchain_sfconnect.connection import Operation
from langchain_sfconnect.errors import (
    AccessRestricted,
    AccountNotFound,
    AccountNotResolved,
    InvalidArgument,
    ReauthorizationRequired,
    SalesforceAPIError,
    SalesforceUnavailable,
    StoreError,
    WriteOutcomeUnknown,
)
from langchain_sfconnect.localorg.faults import READY, Answer, Latency, Reset
from langchain_sfconnect.stores import SQLiteTokenStore

REP = "rep-42"
REFUSED = Operation("POST", "/sobjects/Account", kind="write", idempotent=False, json={"Industry": "Energy"})
RESTRICTED = '[{"message": "This session is not valid for use with the REST API", "errorCode": "INVALID_SESSION_ID"}]'


# --- executed again ---------------------------------------------------------------------------------------------------


def test_the_same_key_sends_one_request_and_has_one_outcome(any_desk: Any) -> None:
    first = any_desk.send(any_desk.worker(), any_desk.create())
    worker = any_desk.worker()
    assert any_desk.send(worker, any_desk.create()) == any_desk.send(worker, any_desk.create())
    assert any_desk.send(worker, any_desk.create()).data == first.data
    assert any_desk.sent() == [{"Name": "Acme"}]
    assert any_desk.records() == [first.data["id"]]


def test_another_key_is_another_write(desk: Any) -> None:
    worker = desk.worker()
    outcomes = {desk.send(worker, desk.create(), key).data["id"] for key in ("a", "b", "a")}
    assert outcomes == set(desk.records())
    assert len(outcomes) == 2


def test_changes_and_composites_have_one_outcome_too(desk: Any) -> None:
    worker = desk.worker()
    record_id = desk.send(worker, desk.create(), "create").data["id"]
    inner = {
        "method": "POST",
        "url": "/services/data/v66.0/sobjects/Account",
        "referenceId": "a",
        "body": {"Name": "C"},
    }
    operations = [
        Operation("POST", "/composite", kind="write", idempotent=False, json={"compositeRequest": [inner]}),
        Operation("PATCH", f"/sobjects/Account/{record_id}", kind="write", json={"Phone": "1"}),
        Operation("DELETE", f"/sobjects/Account/{record_id}", kind="write"),
    ]
    for number, operation in enumerate(operations):
        first, again = (desk.send(desk.worker(), operation, f"k{number}") for _ in range(2))
        assert first.data == again.data
        assert first.status == again.status
    assert len(desk.sent()) == 4
    assert len(desk.records("C")) == 1


def test_without_a_key_every_write_is_sent(desk: Any) -> None:
    worker = desk.worker()
    for _ in range(2):
        worker.request("POST", "/sobjects/Account", identifier=REP, json={"Name": "Acme"})
    assert len(desk.records()) == 2
    assert desk.noted() == []


def test_a_read_with_a_key_is_a_read(desk: Any) -> None:
    worker = desk.worker()
    for _ in range(2):
        desk.send(worker, Operation("GET", "/limits"))
    assert len(desk.org.requests.matching("*/limits")) == 2
    assert desk.noted() == []


def test_another_account_under_the_same_key_is_refused_and_nothing_sent(desk: Any, authorize: Any) -> None:
    worker = desk.worker()
    authorize(worker, "rep-43", desk.org.users[2]["Username"])
    desk.send(worker, desk.create())
    for each in (worker, desk.worker()):
        with pytest.raises(AccountNotResolved, match="nothing was written"):
            desk.send(each, desk.create(), identifier="rep-43")
    assert len(desk.sent()) == 1


def test_another_request_under_the_same_key_is_refused_and_nothing_sent(desk: Any) -> None:
    worker = desk.worker()
    desk.send(worker, desk.create())
    with pytest.raises(InvalidArgument, match="nothing was written"):
        desk.send(worker, desk.create("Other"))
    assert len(desk.sent()) == 1


# --- a write that did not happen --------------------------------------------------------------------------------------


def test_a_refused_write_is_forgotten_and_sent_again_when_asked_again(any_desk: Any) -> None:
    worker = any_desk.worker()
    for _ in range(2):
        with pytest.raises(SalesforceAPIError) as caught:
            any_desk.send(worker, REFUSED)
        assert caught.value.code == "REQUIRED_FIELD_MISSING"
        assert any_desk.noted() == []
    assert len(any_desk.sent()) == 2


def test_a_write_for_a_revoked_account_is_sent_once_it_is_authorized_again(desk: Any, authorize: Any) -> None:
    worker = desk.worker()
    desk.org.revoke()
    with pytest.raises(ReauthorizationRequired):
        desk.send(worker, desk.create())
    assert desk.noted() == []
    authorize(worker)
    assert desk.send(worker, desk.create()).data["id"] == desk.records()[0]


@pytest.mark.parametrize(
    ("action", "error"),
    [(Answer(401, RESTRICTED, "application/json"), AccessRestricted), (READY["daily_limit"], SalesforceAPIError)],
)
def test_a_write_that_the_org_does_not_let_in_is_forgotten(desk: Any, action: Any, error: Any) -> None:
    worker = desk.worker()
    desk.org.faults.add(action, method="POST", path="/sobjects/*")
    with pytest.raises(error):
        desk.send(worker, desk.create())
    assert desk.noted() == []
    desk.send(worker, desk.create())
    assert len(desk.records()) == 1


def test_a_write_for_nobody_is_not_noted(desk: Any) -> None:
    with pytest.raises(AccountNotFound):
        desk.send(desk.worker(), desk.create(), identifier="nobody")
    assert desk.noted() == []


def test_a_request_that_would_begin_too_late_is_not_sent_and_forgotten(desk: Any) -> None:
    async def slow(seconds: float) -> None:
        desk.pass_time(minutes=2)

    worker = desk.worker(sleep=slow)
    desk.org.faults.add("unavailable", method="POST", path="/sobjects/*")
    with pytest.raises(SalesforceUnavailable, match="in time"):
        desk.send(worker, desk.create())
    assert len(desk.sent()) == 1
    assert desk.noted() == []
    desk.send(desk.worker(), desk.create())
    assert len(desk.records()) == 1


# --- a broken store ---------------------------------------------------------------------------------------------------


def test_nothing_is_sent_where_it_cannot_be_noted_first(desk: Any, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write a file that is read-only")
    worker = desk.worker()
    worker.get_account(REP)
    path = tmp_path / "accounts.sqlite"
    path.chmod(stat.S_IRUSR)
    with pytest.raises(StoreError):
        desk.send(desk.worker(), desk.create())
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert desk.sent() == []
    desk.send(desk.worker(), desk.create())
    assert len(desk.records()) == 1


class Failing(SQLiteTokenStore):
    """A store that fails at one step of a write, before or after it is carried out."""

    fails = ""
    after = False

    async def _at(self, step: str, work: Any) -> Any:
        if self.fails == step and not self.after:
            raise StoreError("The disk is full.")
        done = await work()
        if self.fails == step:
            raise StoreError("The connection broke.")
        return done

    async def begin_write(self, record: Any) -> Any:
        begin = super().begin_write
        return await self._at("begin", lambda: begin(record))

    async def put_write(self, record: Any, **expected: Any) -> Any:
        put = super().put_write
        return await self._at("put", lambda: put(record, **expected))

    async def drop_write(self, record: Any) -> Any:
        drop = super().drop_write
        return await self._at("drop", lambda: drop(record))

    async def find_write(self, *names: Any) -> Any:
        find = super().find_write
        return await self._at("find", lambda: find(*names))


@pytest.fixture
def failing(tmp_path: Path) -> Failing:
    return Failing(tmp_path / "failing.sqlite")


@pytest.mark.parametrize("after", [False, True])
def test_a_store_that_fails_at_the_beginning_leaves_nothing_begun(
    desk_over: Any, failing: Failing, after: bool
) -> None:
    desk = desk_over(failing)
    failing.fails, failing.after = "begin", after
    with pytest.raises(StoreError):
        desk.send(desk.worker(), desk.create())
    failing.fails = ""
    assert desk.sent() == []
    assert desk.noted() == []
    desk.send(desk.worker(), desk.create())
    assert (len(desk.records()), desk.slept) == (1, [])


@pytest.mark.parametrize("after", [False, True])
def test_a_store_that_fails_at_the_end_takes_nobodys_result_away(desk_over: Any, failing: Failing, after: bool) -> None:
    desk = desk_over(failing)
    failing.fails, failing.after = "put", after
    first = desk.send(desk.worker(), desk.create())
    failing.fails = ""
    assert desk.send(desk.worker(), desk.create()).data == first.data
    assert desk.records() == [first.data["id"]]
    assert len(desk.sent("POST")) == 1


def test_a_store_that_cannot_forget_does_not_hide_why_the_write_was_refused(desk_over: Any, failing: Failing) -> None:
    desk = desk_over(failing)
    failing.fails = "drop"
    with pytest.raises(SalesforceAPIError, match="Required fields"):
        desk.send(desk.worker(), REFUSED)


def test_a_store_that_fails_while_a_write_is_in_doubt_leaves_it_in_doubt(desk_over: Any, failing: Failing) -> None:
    desk = desk_over(failing)
    failing.fails = "find"
    desk.org.faults.add(Reset(after="handled"), method="POST", path="/sobjects/*")
    with pytest.raises(WriteOutcomeUnknown):
        desk.send(desk.worker(), desk.create())
    failing.fails = ""
    assert desk.send(desk.worker(), desk.create()).data["id"] == desk.records()[0]
    assert len(desk.records()) == 1


# --- a crowd ----------------------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_a_crowd_over_two_connections_sends_one_request_and_gets_one_outcome(any_desk: Any) -> None:
    async def pause(seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.2))  # real time: another is sending

    workers = [any_desk.worker(sleep=pause) for _ in range(2)]
    any_desk.org.faults.add(Latency(0.2), method="POST", path="/sobjects/*")
    sends = [workers[n % 2].as_connection().send(any_desk.create(), identifier=REP, write_key="k") for n in range(16)]
    results = await asyncio.gather(*sends)
    assert len({result.data["id"] for result in results}) == 1
    assert len(any_desk.sent("POST")) == 1
    assert len(any_desk.records()) == 1
    for worker in workers:
        await worker.aclose()


@pytest.mark.anyio
async def test_each_of_a_crowd_gets_an_error_of_its_own(desk: Any) -> None:
    worker = desk.worker()
    sends = [worker.as_connection().send(REFUSED, identifier=REP, write_key="k") for _ in range(5)]
    errors = await asyncio.gather(*sends, return_exceptions=True)
    assert {type(error) for error in errors} == {SalesforceAPIError}
    assert len({id(error) for error in errors}) == 5
    assert len({str(error) for error in errors}) == 1
    assert len(desk.sent()) == 1
    await worker.aclose()


@pytest.mark.anyio
async def test_a_caller_who_is_cancelled_does_not_cut_the_write_off(desk: Any) -> None:
    worker = desk.worker()
    slow = desk.org.faults.add(Latency(0.2), method="POST", path="/sobjects/*")
    task = asyncio.create_task(worker.as_connection().send(desk.create(), identifier=REP, write_key="k"))
    while slow.hits == 0:
        await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await worker.aclose()  # waits for what is under way
    assert [write.done for write in await worker._store.list_writes("salesforce")] == [True]
    (record_id,) = desk.records()
    again = await worker.as_connection().send(desk.create(), identifier=REP, write_key="k")
    assert again.data["id"] == record_id
    assert len(desk.sent("POST")) == 1
    await worker.aclose()


def test_an_event_loop_that_ends_under_a_write_leaves_it_to_the_next(desk: Any) -> None:
    slow = desk.org.faults.add(Latency(0.3), method="POST", path="/sobjects/*")

    async def begin() -> None:
        worker = desk.worker()
        asyncio.create_task(worker.as_connection().send(desk.create(), identifier=REP, write_key="k"))  # noqa: RUF006
        while slow.hits == 0:
            await asyncio.sleep(0.005)

    asyncio.run(begin())
    assert [write.done for write in desk.noted()] == [False]

    async def pause(seconds: float) -> None:
        desk.pass_time(seconds=seconds)
        await asyncio.sleep(0.05)

    outcome = desk.send(desk.worker(sleep=pause), desk.create())
    assert desk.records() == [outcome.data["id"]]
    assert len(desk.sent("POST")) == 1


# --- how long it is remembered ----------------------------------------------------------------------------------------


def test_outcomes_are_forgotten_after_a_while(any_desk: Any) -> None:
    worker = any_desk.worker(write_retention=timedelta(days=2))
    any_desk.send(worker, any_desk.create(), "old")
    any_desk.pass_time(days=1)
    any_desk.send(worker, any_desk.create(), "young")
    any_desk.pass_time(days=1, hours=1)
    any_desk.send(worker, any_desk.create(), "new")
    assert sorted(write.key for write in any_desk.noted()) == ["new", "young"]


def test_a_worker_whose_clock_is_ahead_makes_nobody_forget(desk: Any) -> None:
    first = desk.send(desk.worker(), desk.create())
    ahead = desk.worker(clock=lambda: desk.org.clock.now() + timedelta(days=40))
    ahead.request("GET", "/limits", identifier=REP)
    desk.send(ahead, desk.create("Other"), "other")
    assert desk.send(desk.worker(), desk.create()).data == first.data


def test_a_deleted_account_takes_its_writes_along(any_desk: Any) -> None:
    worker = any_desk.worker()
    any_desk.send(worker, any_desk.create())
    worker.delete_account(REP)
    assert any_desk.noted() == []


def test_a_clock_in_another_zone_prunes_and_finds_alike(desk: Any) -> None:
    zone = timezone(timedelta(hours=-9))
    abroad = desk.worker(clock=lambda: desk.org.clock.now().astimezone(zone), write_retention=timedelta(hours=3))
    desk.send(abroad, desk.create(), "a")
    desk.pass_time(hours=2)
    desk.send(desk.worker(write_retention=timedelta(hours=3)), desk.create(), "b")
    assert sorted(write.key for write in desk.noted()) == ["a", "b"]
