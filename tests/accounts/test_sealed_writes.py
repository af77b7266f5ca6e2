"""What is noted of a write is sealed: nothing of it is in the file in clear, and what was changed is not believed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from langchain_sfconnect.connection import Operation
from langchain_sfconnect.errors import SealBroken, WriteOutcomeUnknown
from langchain_sfconnect.localorg.faults import Reset
from langchain_sfconnect.stores import KeyRing

NAME, PHONE = "Planted Holdings", "+49-PLANTED"


def rows(tmp_path: Path) -> dict[str, dict[str, Any]]:
    with closing(sqlite3.connect(tmp_path / "accounts.sqlite")) as db:
        db.row_factory = sqlite3.Row
        return {row["key"]: dict(row) for row in db.execute("SELECT * FROM writes")}


def change(tmp_path: Path, which: str, /, **columns: Any) -> None:
    pairs = ", ".join(f"{name} = ?" for name in columns)
    with closing(sqlite3.connect(tmp_path / "accounts.sqlite", isolation_level=None)) as db:
        db.execute(f"UPDATE writes SET {pairs} WHERE key = ?", (*columns.values(), which))


def update(desk: Any) -> Operation:
    (record_id,) = desk.records(NAME)
    return Operation("PATCH", f"/sobjects/Account/{record_id}", kind="write", json={"Phone": PHONE})


def check_refused(desk: Any, operation: Operation, key: str) -> None:
    before = len(desk.sent())
    with pytest.raises(SealBroken):
        desk.send(desk.worker(), operation, key)
    assert len(desk.sent()) == before


@pytest.mark.parametrize("step", ["recorded", "answered", None])
def test_no_value_and_no_id_is_in_the_file_in_clear(desk: Any, tmp_path: Path, step: str | None) -> None:
    operation = desk.create(NAME, Phone=PHONE)
    if step is None:
        desk.send(desk.worker(), operation)
    else:
        with desk.dying(step):
            desk.send(desk.worker(), operation)
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("accounts.sqlite*"))
    assert b"writes" in raw
    for planted in (NAME, PHONE, "Phone", "/sobjects", *desk.records(NAME)):
        assert planted.encode() not in raw


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("kind", ["create", "update"])
def test_a_note_that_was_changed_in_any_way_is_refused_and_nothing_is_sent(
    desk: Any, tmp_path: Path, kind: str, done: bool
) -> None:
    desk.send(desk.worker(), desk.create(NAME), "first")
    operation = desk.create(NAME, Phone=PHONE) if kind == "create" else update(desk)
    if done:
        desk.send(desk.worker(), operation)
    else:
        with desk.dying("answered"):
            desk.send(desk.worker(), operation)
    row, other = rows(tmp_path)["k"], rows(tmp_path)["first"]
    sealed = row["sealed"]
    later = row["started_at"].replace(row["started_at"][:4], "2099")
    lies: list[dict[str, Any]] = [
        {"sealed": sealed[:-1] + bytes([sealed[-1] ^ 1])},
        {"sealed": sealed[:-1]},
        {"sealed": b""},
        {"sealed": other["sealed"]},
        {"done": int(not done)},
        {"owner": "somebody"},
        {"started_at": later},
    ]
    for lie in lies:
        change(tmp_path, "k", **lie)
        check_refused(desk, operation, "k")
        change(tmp_path, "k", **row)
    assert desk.send(desk.worker(), operation).status in (201, 204)


def test_a_note_of_another_account_is_refused(desk: Any, tmp_path: Path, authorize: Any) -> None:
    authorize(desk.worker(), "rep-43", desk.org.users[2]["Username"])
    desk.send(desk.worker(), desk.create(NAME))
    change(tmp_path, "k", identifier="rep-43")
    before = len(desk.sent())
    with pytest.raises(SealBroken):
        desk.send(desk.worker(), desk.create(NAME), identifier="rep-43")
    assert len(desk.sent()) == before


def test_a_note_of_another_write_that_is_broken_makes_nothing_sure(desk: Any, tmp_path: Path) -> None:
    desk.send(desk.worker(), desk.create(NAME), "first")
    change(tmp_path, "first", sealed=b"broken")
    desk.org.faults.add(Reset(after="handled"), method="POST", path="/sobjects/*")
    with pytest.raises(WriteOutcomeUnknown):
        desk.send(desk.worker(), desk.create(NAME))


@pytest.mark.parametrize("done", [False, True])
def test_notes_are_sealed_anew_and_the_old_key_can_go(desk: Any, key: str, done: bool) -> None:
    new, operation = KeyRing.generate_key(), desk.create(NAME)
    if done:
        desk.send(desk.worker(), operation)
    else:
        with desk.dying("answered"):
            desk.send(desk.worker(), operation)
    report = desk.worker(encryption_keys=[new, key]).rotate_keys()
    assert (report.resealed, report.left, report.unreadable) == (2, 0, 0)
    outcome = desk.send(desk.worker(encryption_keys=[new]), operation)
    assert desk.records(NAME) == [outcome.data["id"]]
    assert len(desk.sent()) == 1
    desk.org.clock.advance(timedelta(seconds=2))
    check = desk.worker(encryption_keys=[key])
    with pytest.raises(SealBroken):
        desk.send(check, operation)
