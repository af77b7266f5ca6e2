"""Faults that strike by chance: alike for the same seed, whatever else is planned; and what else a plan can say."""

from __future__ import annotations

import pytest

from langchain_sfconnect.localorg.faults import READY, Answer, Faults, Latency, Reset, Truncate


def struck(faults: Faults, number: int = 1000) -> list[bool]:
    return [bool(faults.take("GET", "/services/data/v66.0/limits", "production")) for _ in range(number)]


def planned(*, probability: float = 0.3, seed: int = 7) -> Faults:
    faults = Faults()
    faults.add("unavailable", times=None, probability=probability, seed=seed)
    return faults


def test_the_same_seed_strikes_the_same_requests_and_another_others():
    assert struck(planned()) == struck(planned())
    assert struck(planned()) != struck(planned(seed=8))


def test_it_strikes_about_as_often_as_it_says():
    assert 250 < sum(struck(planned())) < 350


def test_other_faults_and_other_requests_do_not_disturb_the_dice():
    alone, crowded = planned(), Faults()
    crowded.add(Latency(0, upto=1), times=None, probability=0.5, seed=1)
    crowded.add("unavailable", times=None, probability=0.3, seed=7, path="/limits")
    outcomes = []
    for _ in range(200):
        crowded.take("POST", "/services/oauth2/token", "production")
        actions = crowded.take("GET", "/services/data/v66.0/limits", "production")
        outcomes.append(any(isinstance(action, Answer) for action in actions))
    assert outcomes == struck(alone, 200)


def test_a_number_of_times_counts_strikes_not_chances():
    faults = Faults()
    faults.add("unavailable", times=5, probability=0.1)
    assert sum(struck(faults)) == 5


def test_a_range_of_latencies_is_drawn_from_and_repeats_with_its_seed():
    def drawn(seed: int) -> list[float]:
        faults = Faults()
        faults.add(Latency(0.1, upto=0.5), times=None, seed=seed)
        actions = [faults.take("GET", "/", "production")[0] for _ in range(50)]
        return [action.seconds for action in actions if isinstance(action, Latency)]

    assert all(0.1 <= seconds <= 0.5 for seconds in drawn(1))
    assert len(set(drawn(1))) == 50
    assert drawn(1) == drawn(1) != drawn(2)


def test_a_fault_can_be_meant_for_one_realm_and_a_method_in_any_case():
    faults = Faults()
    faults.add("reset", realm="sandbox", method="post")
    assert faults.take("POST", "/", "production") == []
    assert faults.take("GET", "/", "sandbox") == []
    assert faults.take("POST", "/", "sandbox") == [Reset()]


def test_one_fault_can_be_taken_back():
    faults = Faults()
    first, second = faults.add("reset"), faults.add("slow")
    assert faults.remove(first.number)
    assert not faults.remove(first.number)
    assert list(faults) == [second]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda faults: faults.add("earthquake"),
        lambda faults: faults.add("reset", times=0),
        lambda faults: faults.add("reset", probability=1.5),
        lambda faults: faults.add("reset", probability=float("nan")),
        lambda _: Latency(-1),
        lambda _: Latency(float("nan")),
        lambda _: Latency(2, upto=1),
        lambda _: Latency(float("inf")),
        lambda _: Answer(42),
        lambda _: Answer(503, headers={"Retry-After": "1\r\nSet-Cookie: x"}),
        lambda _: Truncate(keep=-1),
    ],
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"\w"):
        wrong(Faults())


def test_the_ready_faults_are_what_their_names_say():
    statuses = {name: action.status for name, action in READY.items() if isinstance(action, Answer)}
    assert statuses["maintenance"] == statuses["unavailable"] == 503
    assert (statuses["rate_limit"], statuses["daily_limit"], statuses["session_expired"]) == (429, 403, 401)
    assert {action.content_type.split(";")[0] for action in READY.values() if isinstance(action, Answer)} == {
        "text/html",
        "application/json",
    }
