"""Storms in small: a crowd on one dead session, and kills, resets and clock jumps over many accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storm import Storm, one_dead_session, orders_for

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_sfconnect.localorg import LocalOrg


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
