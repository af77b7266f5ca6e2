"""A write whose answer is not known is looked up, adopted, completed or sent again, or told with what to check."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from langchain_sfconnect._portal import run
from langchain_sfconnect.accounts.sightings import QUIET
from langchain_sfconnect.connection import Operation
from langchain_sfconnect.errors import SalesforceAPIError, WriteOutcomeUnknown
from langchain_sfconnect.localorg import LocalOrg
from langchain_sfconnect.localorg.faults import Answer, Reset, Truncate

REP = "rep-42"
SCHEMA = {
    "objects": {
        "Account": {"fields": {"Ext__c": {"type": "text", "length": 40, "external_id": True, "unique": True}}},
    }
}
LOST: dict[str, Any] = {
    "reset": Reset(after="handled"),
    "cut short": Truncate(keep=5),
    "gateway page": Answer(504, after="handled"),
    "no body": Answer(200, "", "application/json", after="handled"),
    "another body": Answer(200, '{"ok": true}', "application/json", after="handled"),
    "login page": Answer(200, after="handled"),
}


@pytest.fixture
def org() -> Any:
    with LocalOrg(schema=SCHEMA) as org:
        yield org


def lose(desk: Any, action: Any = LOST["reset"], method: str = "POST", path: str = "/sobjects/*", **plan: Any) -> Any:
    return desk.org.faults.add(action, method=method, path=path, **plan)


def unknown(desk: Any, worker: Any, operation: Operation, key: str = "k") -> WriteOutcomeUnknown:
    with pytest.raises(WriteOutcomeUnknown) as caught:
        desk.send(worker, operation, key)
    return caught.value


def check_hint(desk: Any, error: WriteOutcomeUnknown, expected: list[str]) -> None:
    """What the error says to look at is a query that runs and shows these records."""
    soql = re.search(r"SELECT .+?Z", error.hint)
    assert soql, error.hint
    result = desk.worker().request("GET", "/query", identifier=REP, params={"q": soql[0]})
    assert sorted(row["Id"] for row in result["records"]) == sorted(expected)


# --- creates whose answer was lost ------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", LOST.values(), ids=LOST)
def test_a_create_that_was_handled_is_found_and_adopted(desk: Any, action: Any) -> None:
    lose(desk, action)
    outcome = desk.send(desk.worker(), desk.create(Phone="1", NumberOfEmployees=7))
    assert desk.records() == [outcome.data["id"]]
    assert outcome.status == 201
    assert desk.send(desk.worker(), desk.create(Phone="1", NumberOfEmployees=7)).data == outcome.data
    assert (len(desk.sent()), desk.slept) == (1, [])


def test_a_create_in_any_store_is_found_and_adopted(any_desk: Any) -> None:
    lose(any_desk)
    outcome = any_desk.send(any_desk.worker(), any_desk.create())
    assert any_desk.records() == [outcome.data["id"]]


@pytest.mark.parametrize("sobject", ["account", "ACCOUNT"])
def test_an_object_named_in_other_case_is_found_too(desk: Any, sobject: str) -> None:
    lose(desk)
    outcome = desk.send(desk.worker(), desk.create(sobject=sobject))
    assert desk.records() == [outcome.data["id"]]


def test_a_create_that_names_a_parent_by_external_id_is_told_from_one_of_another_parent(desk: Any) -> None:
    worker = desk.worker()
    for ext in ("A", "B"):
        body = {"Name": ext, "Ext__c": ext}
        worker.request("POST", "/sobjects/Account", identifier=REP, json=body)

    def child(ext: str) -> Operation:
        body = {"LastName": "Ito", "Account": {"Ext__c": ext}}
        return Operation("POST", "/sobjects/Contact", kind="write", idempotent=False, json=body)

    with desk.dying("recorded"):
        desk.send(worker, child("A"))
    worker.request("POST", "/sobjects/Contact", identifier=REP, json=child("B").json)
    unknown(desk, desk.worker(), child("A"))
    desk.pass_time(hours=1)
    lose(desk)
    outcome = desk.send(desk.worker(), child("A"), "other")
    (found,) = desk.org.query(f"SELECT Account.Name FROM Contact WHERE Id = '{outcome.data['id']}'")
    assert found["Account"]["Name"] == "A"


def test_a_create_that_did_not_arrive_is_sent_again_after_its_request_must_be_over_and_not_before(desk: Any) -> None:
    lose(desk, Reset())
    sent_at: list[float] = []

    async def watch(seconds: float) -> None:
        await desk.sleep(seconds)
        sent_at.append(len(desk.sent()))

    outcome = desk.send(desk.worker(sleep=watch), desk.create())
    assert desk.records() == [outcome.data["id"]]
    assert set(sent_at) == {1}, "it was sent again while it might still have been under way"
    assert sum(desk.slept) >= QUIET.total_seconds()
    assert len(desk.sent()) == 2


@pytest.mark.parametrize("late", [20.0, 100.0])
def test_a_create_that_is_committed_late_is_still_found(desk: Any, late: float) -> None:
    lose(desk, Reset())
    engine_user = desk.worker()

    async def commit_late(seconds: float) -> None:
        before = sum(desk.slept)
        await desk.sleep(seconds)
        if before < late <= sum(desk.slept):  # the first request is carried out after all
            body = desk.create().json
            await engine_user.arequest("POST", "/sobjects/Account", identifier=REP, json=body)

    outcome = desk.send(desk.worker(sleep=commit_late), desk.create())
    assert desk.records() == [outcome.data["id"]]


def test_of_two_that_match_none_is_taken(desk: Any) -> None:
    worker = desk.worker()
    with desk.dying("recorded"):
        desk.send(worker, desk.create())
    for _ in range(2):
        worker.request("POST", "/sobjects/Account", identifier=REP, json=desk.create().json)
    error = unknown(desk, desk.worker(), desk.create())
    check_hint(desk, error, desk.records())
    assert len(desk.records()) == 2


@pytest.mark.parametrize("difference", [{"Name": "Acne"}, {"Phone": "2"}, {"Phone": None}, {"NumberOfEmployees": 8}])
def test_a_record_with_another_value_is_not_taken_and_shown(desk: Any, difference: dict[str, Any]) -> None:
    operation, worker = desk.create(Phone="1", NumberOfEmployees=7), desk.worker()
    with desk.dying("recorded"):
        desk.send(worker, operation)
    worker.request("POST", "/sobjects/Account", identifier=REP, json={**operation.json, **difference})
    error = unknown(desk, desk.worker(), operation)
    check_hint(desk, error, desk.records(difference.get("Name", "Acme")))
    assert len(desk.sent("POST")) == 1
    assert sum(desk.slept) < 70, "it waited for what could not come"
    desk.pass_time(seconds=QUIET.total_seconds())
    unknown(desk, desk.worker(), operation)
    assert len(desk.sent("POST")) == 1


@pytest.mark.parametrize("sobject", ["Lead", "Case", "lead"])
def test_what_may_be_out_of_sight_is_never_sent_again(desk: Any, sobject: str) -> None:
    lose(desk, Reset())
    operation = desk.create(sobject="Lead" if sobject == "lead" else sobject)
    operation = Operation("POST", f"/sobjects/{sobject}", kind="write", idempotent=False, json=operation.json)
    for _ in range(2):
        check_hint(desk, unknown(desk, desk.worker(), operation), [])
        desk.pass_time(seconds=QUIET.total_seconds())
    assert len(desk.sent()) == 1
    lose(desk)
    assert desk.send(desk.worker(), desk.create("Seen", "Case" if sobject == "Case" else "Lead"), "seen").data["id"]


def test_what_is_given_to_another_owner_may_be_out_of_sight_too(desk: Any) -> None:
    lose(desk, Reset())
    unknown(desk, desk.worker(), desk.create(OwnerId=desk.org.users[2]["Id"]))
    assert len(desk.sent()) == 1


def test_a_record_that_was_made_and_deleted_is_still_the_outcome(desk: Any) -> None:
    worker = desk.worker()
    with desk.dying("answered"):
        desk.send(worker, desk.create())
    (record_id,) = desk.records()
    worker.request("DELETE", f"/sobjects/Account/{record_id}", identifier=REP)
    assert desk.send(desk.worker(), desk.create()).data["id"] == record_id
    assert desk.records() == []
    assert len(desk.sent("POST")) == 1


def test_records_too_many_to_see_them_all_decide_nothing(desk: Any) -> None:
    worker = desk.worker()
    with desk.dying("answered"):
        desk.send(worker, desk.create())
    fillers = [{"attributes": {"type": "Account"}, "Name": f"n{n}"} for n in range(199)]
    body = {"allOrNone": True, "records": fillers}
    worker.request("POST", "/composite/sobjects", identifier=REP, json=body)
    worker.request("POST", "/sobjects/Account", identifier=REP, json=desk.create().json)
    unknown(desk, desk.worker(), desk.create())  # the second that matches is beyond the last that a look shows


@pytest.mark.parametrize("name", ["Name FROM Account--", "Name, (SELECT Id FROM Contacts)", "Näme", ""])
def test_a_field_that_is_no_api_name_reaches_no_query(desk: Any, name: str) -> None:
    lose(desk, Reset())
    unknown(desk, desk.worker(), Operation("POST", "/sobjects/Account", kind="write", idempotent=False, json={name: 1}))
    assert desk.org.requests.matching("*/queryAll") == []


def test_an_account_that_is_revoked_while_its_create_is_in_doubt_says_what_to_check(desk: Any, authorize: Any) -> None:
    with desk.dying("answered"):
        desk.send(desk.worker(), desk.create())
    desk.org.revoke()
    error = unknown(desk, desk.worker(), desk.create())
    authorize(desk.worker())
    check_hint(desk, error, desk.records())
    assert desk.send(desk.worker(), desk.create()).data["id"] == desk.records()[0]
    assert len(desk.sent("POST")) == 1


def test_an_account_that_another_user_took_over_does_not_send_the_first_ones_create(desk: Any, authorize: Any) -> None:
    with desk.dying("answered"):
        desk.send(desk.worker(), desk.create())
    worker = desk.worker(allow_identity_change=True)
    authorize(worker, REP, desk.org.users[2]["Username"])
    desk.pass_time(seconds=QUIET.total_seconds())
    unknown(desk, worker, desk.create())
    assert len(desk.records()) == 1


def test_an_outage_during_the_look_is_waited_out(desk: Any) -> None:
    lose(desk)
    lose(desk, Answer(503), "GET", "*openid-configuration", times=2)
    lose(desk, Answer(503), "GET", "/queryAll", times=4)
    outcome = desk.send(desk.worker(), desk.create())
    assert desk.records() == [outcome.data["id"]]


def test_a_create_forgotten_with_its_account_while_it_was_in_doubt_is_not_sent_again(desk: Any, authorize: Any) -> None:
    lose(desk, Reset())

    async def forget(seconds: float) -> None:
        if not desk.slept:
            await desk.worker()._store.delete("salesforce", REP)
        await desk.sleep(seconds)

    unknown(desk, desk.worker(sleep=forget), desk.create())
    assert len(desk.sent()) == 1


# --- what a dead worker left ------------------------------------------------------------------------------------------


def existing(desk: Any) -> str:
    record_id: str = desk.worker().request("POST", "/sobjects/Account", identifier=REP, json={"Name": "Old"})["id"]
    desk.org.requests.clear()
    return record_id


@pytest.mark.parametrize("step", ["recorded", "answered", "finished"])
def test_a_create_that_a_dead_worker_left_is_carried_out_once(any_desk: Any, step: str) -> None:
    with any_desk.dying(step):
        any_desk.send(any_desk.worker(), any_desk.create())
    outcome = any_desk.send(any_desk.worker(), any_desk.create())
    assert any_desk.records() == [outcome.data["id"]]
    assert len(any_desk.sent()) == 1
    assert (sum(any_desk.slept) >= QUIET.total_seconds()) == (step == "recorded")


@pytest.mark.parametrize("step", ["recorded", "answered", "finished"])
@pytest.mark.parametrize("kind", ["update", "delete", "upsert"])
def test_a_change_that_a_dead_worker_left_is_completed(desk: Any, step: str, kind: str) -> None:
    record_id = existing(desk)
    operation = {
        "update": Operation("PATCH", f"/sobjects/Account/{record_id}", kind="write", json={"Name": "New"}),
        "delete": Operation("DELETE", f"/sobjects/Account/{record_id}", kind="write"),
        "upsert": Operation("PATCH", "/sobjects/Account/Ext__c/E-1", kind="write", json={"Name": "New"}),
    }[kind]
    with desk.dying(step):
        desk.send(desk.worker(), operation)
    outcome = desk.send(desk.worker(), operation)
    assert outcome.status in (200, 201, 204)
    assert len(desk.records("New")) == (kind != "delete")
    assert desk.records("Old") == ([record_id] if kind == "upsert" else [])
    assert len(desk.sent()) == {"recorded": 1, "answered": 2, "finished": 1}[step]
    assert desk.send(desk.worker(), operation).data == outcome.data
    assert [write.done for write in desk.noted()] == [True]


def test_a_change_under_way_elsewhere_is_waited_for(desk: Any) -> None:
    operation = Operation("PATCH", f"/sobjects/Account/{existing(desk)}", kind="write", json={"Name": "New"})
    with desk.dying("recorded"):
        desk.send(desk.worker(), operation)
    (record,) = desk.noted()

    async def owner_ends(seconds: float) -> None:
        await desk.worker()._store.drop_write(record)

    desk.send(desk.worker(sleep=owner_ends), operation)
    assert len(desk.sent()) == 1


@pytest.mark.parametrize("step", ["recorded", "answered"])
def test_a_composite_that_a_dead_worker_left_is_told_and_never_sent_again(desk: Any, step: str) -> None:
    inner = {
        "method": "POST",
        "url": "/services/data/v66.0/sobjects/Account",
        "referenceId": "a",
        "body": {"Name": "C"},
    }
    operation = Operation("POST", "/composite", kind="write", idempotent=False, json={"compositeRequest": [inner]})
    with desk.dying(step):
        desk.send(desk.worker(), operation)
    desk.pass_time(hours=1)
    assert "query" in unknown(desk, desk.worker(), operation).hint
    assert len(desk.sent()) == (step == "answered")


def test_a_change_left_in_doubt_and_then_refused_stays_in_doubt(desk: Any, authorize: Any) -> None:
    operation = Operation("PATCH", f"/sobjects/Account/{existing(desk)}", kind="write", json={"Name": "New"})
    with desk.dying("answered"):
        desk.send(desk.worker(), operation)
    desk.org.revoke()
    error = unknown(desk, desk.worker(), operation)
    assert "REVOKED" in error.message
    authorize(desk.worker())
    desk.send(desk.worker(), operation)
    assert [write.done for write in desk.noted()] == [True]


def test_a_change_whose_answer_was_lost_and_whose_session_then_ended_is_not_called_unwritten(desk: Any) -> None:
    operation = Operation("PATCH", f"/sobjects/Account/{existing(desk)}", kind="write", json={"Name": "New"})
    lose(desk, method="PATCH")

    async def revoked(seconds: float) -> None:
        desk.org.revoke()

    error = unknown(desk, desk.worker(sleep=revoked), operation)
    assert "Sent again, it was refused" in error.message
    assert len(desk.records("New")) == 1
    assert [write.done for write in desk.noted()] == [False]


def test_a_delete_of_what_is_not_there_is_an_error_and_forgotten(desk: Any) -> None:
    record_id = existing(desk)
    operation = Operation("DELETE", f"/sobjects/Account/{record_id}", kind="write")
    desk.worker().request("DELETE", f"/sobjects/Account/{record_id}", identifier=REP)
    with pytest.raises(SalesforceAPIError, match="deleted"):
        desk.send(desk.worker(), operation)
    assert desk.noted() == []


# --- clocks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [-5, -1, 1, 5])
@pytest.mark.parametrize("arrived", [False, True])
def test_a_clock_of_ours_that_is_wrong_changes_nothing(desk: Any, hours: int, arrived: bool) -> None:
    wrong = desk.worker(clock=lambda: desk.org.clock.now() + timedelta(hours=hours))
    wrong.request("GET", "/limits", identifier=REP)
    lose(desk, LOST["reset"] if arrived else Reset())
    outcome = desk.send(wrong, desk.create())
    assert desk.records() == [outcome.data["id"]]
    assert (sum(desk.slept) >= QUIET.total_seconds()) == (not arrived)


@pytest.mark.parametrize("hours", [-5, -1, 1, 5])
@pytest.mark.parametrize("step", ["recorded", "answered"])
def test_the_clocks_of_two_workers_may_differ(desk: Any, hours: int, step: str) -> None:
    first = desk.worker(clock=lambda: desk.org.clock.now() + timedelta(hours=hours))
    first.request("GET", "/limits", identifier=REP)
    with desk.dying(step):
        desk.send(first, desk.create())
    before = len(desk.sent())
    outcome = desk.send(desk.worker(), desk.create())
    assert desk.records() == [outcome.data["id"]]
    assert (sum(desk.slept) >= QUIET.total_seconds()) == (step == "recorded")
    assert len(desk.sent()) == 1 + (step == "recorded") * before


def test_a_worker_that_knows_no_time_of_salesforces_and_has_a_wrong_clock_decides_nothing(desk: Any) -> None:
    with desk.dying("recorded"):
        desk.send(desk.worker(), desk.create())
    wrong = desk.worker(clock=lambda: desk.org.clock.now() + timedelta(hours=5))
    unknown(desk, wrong, desk.create())
    assert desk.sent() == []


# --- twins ------------------------------------------------------------------------------------------------------------


async def both(desk: Any, workers: list[Any], operations: list[Operation]) -> list[Any]:
    sends = [
        worker.as_connection().send(operation, identifier=REP, write_key=f"twin-{number}")
        for number, (worker, operation) in enumerate(zip(workers, operations, strict=True))
    ]
    outcomes = await asyncio.gather(*sends, return_exceptions=True)
    for worker in set(workers):
        await worker.aclose()
    return outcomes


@pytest.mark.anyio
@pytest.mark.parametrize("connections", [1, 2])
@pytest.mark.parametrize("lost", [["handled", "handled"], ["handled", "before"], ["before", "before"]])
async def test_two_equal_creates_at_once_never_become_one_record(desk: Any, connections: int, lost: list[str]) -> None:
    workers = [desk.worker() for _ in range(connections)]
    for after in lost:
        lose(desk, Reset(after=after))
    outcomes = await both(desk, [workers[0], workers[-1]], [desk.create(), desk.create()])
    found = [outcome.data["id"] for outcome in outcomes if not isinstance(outcome, BaseException)]
    assert len(set(found)) == len(found)
    assert set(found) <= set(desk.records())
    assert all(isinstance(outcome, WriteOutcomeUnknown) for outcome in outcomes if isinstance(outcome, BaseException))
    assert len(desk.records()) <= 2


@pytest.mark.anyio
async def test_creates_at_once_that_differ_are_each_found(desk: Any) -> None:
    worker = desk.worker()
    lose(desk, times=4)
    operations = [desk.create(Phone=str(number)) for number in range(4)]
    outcomes = await both(desk, [worker] * 4, operations)
    phones = {row["Id"]: row["Phone"] for row in desk.org.query("SELECT Id, Phone FROM Account WHERE Name = 'Acme'")}
    assert [phones[outcome.data["id"]] for outcome in outcomes] == ["0", "1", "2", "3"]


def test_the_record_of_a_create_with_more_fields_is_not_taken_while_that_is_open(desk: Any) -> None:
    with desk.dying("answered"):
        desk.send(desk.worker(), desk.create("Wide", Phone="1"), "wide")
    lose(desk, Reset())
    unknown(desk, desk.worker(), desk.create("Wide"), "narrow")
    assert [write.done for write in desk.noted()] == [False, False]


def finished_before(desk: Any) -> list[Callable[[], Any]]:
    worker = desk.worker()
    inner = {
        "method": "POST",
        "url": "/services/data/v66.0/sobjects/Account",
        "referenceId": "a",
        "body": {"Name": "Acme"},
    }
    composite = Operation("POST", "/composite", kind="write", idempotent=False, json={"compositeRequest": [inner]})
    upsert = Operation("PATCH", "/sobjects/Account/Ext__c/E-1", kind="write", json={"Name": "Acme"})
    return [lambda o=o: desk.send(worker, o, "other") for o in (desk.create(), composite, upsert)]


@pytest.mark.parametrize("kind", [0, 1, 2], ids=["create", "composite", "upsert"])
@pytest.mark.parametrize("arrived", [False, True])
def test_a_record_of_another_noted_write_is_never_adopted(desk: Any, kind: int, arrived: bool) -> None:
    finished_before(desk)[kind]()
    (others,) = desk.records()
    lose(desk, LOST["reset"] if arrived else Reset())
    outcome = desk.send(desk.worker(), desk.create())
    assert outcome.data["id"] != others
    assert sorted(desk.records()) == sorted([others, outcome.data["id"]])


def test_a_record_of_the_same_user_under_another_identifier_is_never_adopted(desk: Any, authorize: Any) -> None:
    worker = desk.worker()
    authorize(worker, "rep-42-at-night")
    with desk.dying("recorded"):
        desk.send(worker, desk.create())
    others = desk.send(worker, desk.create(), "other", "rep-42-at-night").data["id"]
    outcome = desk.send(desk.worker(), desk.create())
    assert outcome.data["id"] != others
    assert sorted(desk.records()) == sorted([others, outcome.data["id"]])


def test_a_record_of_a_write_that_began_long_before_but_was_slow_is_never_adopted(desk: Any) -> None:
    worker = desk.worker()
    with desk.dying("recorded"):
        desk.send(worker, desk.create(), "slow")
    desk.pass_time(seconds=110)
    with desk.dying("recorded"):
        desk.send(worker, desk.create(), "quick")
    worker.request("POST", "/sobjects/Account", identifier=REP, json=desk.create().json)  # the slow one's, at last
    unknown(desk, desk.worker(), desk.create(), "quick")
    store = desk.worker()._store
    assert not run(store.find_write, "salesforce", "quick").done
