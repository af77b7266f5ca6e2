"""Storms in small: a crowd on one dead session, and kills, resets and clock jumps over many accounts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from storm import Storm, one_dead_session, orders_for
from write_judge import watch_replays
from write_storm import WriteStorm, checkpoints_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from langchain_sfconnect.localorg import LocalOrg

SEED = int(os.environ.get("SOAK_SEED", "1"))


def test_a_crowd_of_processes_on_one_dead_session_costs_one_refresh(
    org: LocalOrg, store: str, tmp_path: Path, key: str
) -> None:
    orders = orders_for(org, store, tmp_path, key, accounts=1, tasks=4, lease=60)
    one_dead_session(org, orders, processes=8)


def test_no_kill_reset_or_clock_jump_replays_a_refresh_token(
    org: LocalOrg, store: str, tmp_path: Path, key: str
) -> None:
    orders = orders_for(org, store, tmp_path, key, accounts=20, tasks=4, lease=3)
    figures = Storm(org, orders, seed=1, workers=4, seconds=4, kill_every=0.25, jump_every=0.6).run()
    assert figures["kills"] > 5
    assert figures["refresh requests"]["200"] > 20


def test_no_kill_fault_or_revocation_writes_twice_or_unasked(
    org: LocalOrg, store: str, tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = orders_for(org, store, tmp_path, key, accounts=6, tasks=3, lease=3)
    checkpoints = checkpoints_of(store, tmp_path)
    replays = watch_replays(monkeypatch)
    storm = WriteStorm(org, orders, checkpoints, seed=SEED, workers=3, conversations=2, turns=5, quiet=3, kill_every=1)
    figures = storm.run()
    assert replays == []
    assert figures["turns"] == 60
    assert figures["kills"] > 1
    assert figures["told"]["success"] > 30
