"""The storms in full, for `make soak`: too long for every day, so the name keeps them out of the test suite."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from storm import Storm, one_dead_session, orders_for, timed_refreshes

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
