"""The storms in full, for `make soak`: too long for every day, so the name keeps them out of the test suite."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from storm import Storm, one_dead_session, orders_for, timed_refreshes
from write_judge import watch_replays
from write_storm import WriteStorm, checkpoints_of

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_sfconnect.localorg import LocalOrg

pytestmark = pytest.mark.timeout(600)

SEED = int(os.environ.get("SOAK_SEED", "1"))


def told(title: str, store: str, figures: dict[str, Any]) -> None:
    print(f"\n{title}, {store.partition(':')[0]}: {json.dumps(figures, indent=1)}")


def test_32_processes_of_8_tasks_on_one_dead_session(org: LocalOrg, store: str, tmp_path: Path, key: str) -> None:
    orders = orders_for(org, store, tmp_path, key, accounts=1, tasks=8, lease=60)
    told("32 processes x 8 tasks, one account", store, one_dead_session(org, orders, processes=32))


def test_200_accounts_and_16_processes_for_a_minute_of_kills_resets_and_clock_jumps(
    org: LocalOrg, store: str, tmp_path: Path, key: str
) -> None:
    orders = orders_for(org, store, tmp_path, key, accounts=200, tasks=4, lease=10)
    storm = Storm(org, orders, seed=SEED, workers=16, seconds=60, kill_every=0.5, jump_every=6)
    told(f"200 accounts x 16 processes, seed {SEED}", store, storm.run())


def test_the_window_in_which_a_crash_costs_an_authorization(
    org: LocalOrg, store: str, tmp_path: Path, key: str
) -> None:
    orders = orders_for(org, store, tmp_path, key, accounts=1, tasks=1, lease=60)
    told("undisturbed refreshes", store, timed_refreshes(org, orders, 300))


@pytest.mark.timeout(3600)
def test_2000_turns_of_agents_through_kills_faults_and_revocations(
    org: LocalOrg, store: str, tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = orders_for(org, store, tmp_path, key, accounts=40, tasks=4, lease=4)
    checkpoints = checkpoints_of(store, tmp_path)
    replays = watch_replays(monkeypatch)
    storm = WriteStorm(
        org, orders, checkpoints, seed=SEED, workers=4, conversations=5, turns=10, quiet=6, kill_every=1, deadline=3500
    )
    figures = storm.run()
    told(f"2000 turns of 200 conversations of 40 users, seed {SEED}", store, figures)
    assert replays == []
