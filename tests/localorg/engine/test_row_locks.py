"""A row that somebody else holds cannot be written, and everything else can."""

from __future__ import annotations

import pytest

DEAL = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-11-30"}


@pytest.fixture
def account(rep):
    return rep.create("Account", {"Name": "Acme"})


def test_a_held_row_cannot_be_changed_or_deleted_until_it_is_released(engine, rep, account, refusal):
    engine.lock_row(account[:15])

    error = refusal(rep.update, "Account", account, {"Name": "x"})

    text = f"unable to obtain exclusive access to this record or 1 records: {account}"
    assert error == {"status": 400, "errorCode": "UNABLE_TO_LOCK_ROW", "message": text, "fields": []}
    assert refusal(rep.delete, "Account", account)["errorCode"] == "UNABLE_TO_LOCK_ROW"
    assert rep.retrieve("Account", account, ["Name"])["Name"] == "Acme"
    engine.unlock_row(account)
    rep.update("Account", account, {"Name": "x"})


def test_a_record_that_goes_with_a_held_one_cannot_be_made(engine, rep, account, refusal):
    engine.lock_row(account)
    assert refusal(rep.create, "Opportunity", DEAL | {"AccountId": account})["errorCode"] == "UNABLE_TO_LOCK_ROW"
    rep.create("Opportunity", DEAL)
    assert rep.query("SELECT COUNT() FROM Opportunity")["totalSize"] == 1


def test_a_held_child_keeps_its_parent_from_deletion(engine, rep, account, refusal):
    deal = rep.create("Opportunity", DEAL | {"AccountId": account})
    engine.lock_row(deal)
    assert refusal(rep.delete, "Account", account)["errorCode"] == "UNABLE_TO_LOCK_ROW"
    assert rep.retrieve("Account", account, ["Id"])["Id"] == account
    rep.update("Account", account, {"Name": "x"})


def test_a_held_row_stays_in_the_recycle_bin(engine, rep, account, refusal):
    rep.delete("Account", account)
    engine.lock_row(account)
    assert refusal(rep.undelete, account)["errorCode"] == "UNABLE_TO_LOCK_ROW"
    engine.unlock_row(account)
    rep.undelete(account)


def test_holds_nest_and_only_ids_can_be_held(engine, rep, account, refusal):
    engine.lock_row(account)
    engine.lock_row(account)
    engine.unlock_row(account)
    assert refusal(rep.update, "Account", account, {"Name": "x"})["errorCode"] == "UNABLE_TO_LOCK_ROW"
    engine.unlock_row(account)
    engine.unlock_row(account)
    rep.update("Account", account, {"Name": "x"})
    with pytest.raises(ValueError, match="not a record id"):
        engine.lock_row("Acme")
