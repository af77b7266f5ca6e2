"""Whatever is sent to REST gets an answer in Salesforce's shape: no traceback, no 500, no dropped connection."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from verdict import Trial
from wanton import Maker

from langchain_sfconnect.localorg import LocalOrg


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    with LocalOrg() as org, Trial.of(org) as trial:
        yield trial


@pytest.fixture(scope="module")
def maker(trial: Trial) -> Maker:
    return trial.maker()


@settings(max_examples=150, deadline=None)
@given(chance=st.randoms(use_true_random=False))
def test_any_request_is_answered_in_salesforces_shape(trial: Trial, maker: Maker, chance: Random) -> None:
    trial.judge(maker.make(chance))


def test_the_same_seed_asks_the_same_and_reaches_successes_and_refusals(trial: Trial, maker: Maker) -> None:
    first, second = (maker.make(Random(7)) for _ in range(2))
    assert first == second
    chance = Random(1)
    for _ in range(400):
        trial.judge(maker.make(chance))
    codes = {outcome.split()[0] for outcome in trial.outcomes}
    assert {"200", "400", "401", "404", "405", "410", "414", "415", "431"} <= codes
