"""What an answer means, in every dialect of human-in-the-loop interfaces."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_sfconnect.guard.answers import carries_secret, understand

REFUSALS = ["decline", "reject", "ignore", "deny", "no", "cancel", " Decline. ", "REJECTED"]
WORDS = st.sampled_from([*REFUSALS, "approve", "accept", "done", "edit", "response", "authorised", ""])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["decisions", "type"]), inner),
    max_leaves=10,
)


@pytest.mark.parametrize(
    "answer",
    [
        False,
        "decline",
        {"decisions": [{"type": "reject", "message": "not now"}]},
        {"decisions": [{"type": "approve"}, {"type": "reject"}]},
        {"decisions": [{"type": "respond", "message": "Decline."}]},
        [{"type": "ignore", "args": None}],
        [{"type": "response", "args": "no"}],
        {"type": "reject"},
        {"action": "decline"},
        {"decision": "decline"},
        {"decision": False},
        ["decline"],
    ],
)
def test_a_refusal_is_understood_in_every_dialect(answer: Any) -> None:
    assert understand(answer) == "decline"


@pytest.mark.parametrize(
    "answer",
    [
        True,
        "done",
        {"decisions": [{"type": "approve"}]},
        {"decisions": [{"type": "edit", "edited_action": {"name": "x", "args": {"decision": "decline"}}}]},
        {"decisions": [{"type": "respond", "message": "I did not decline, I allowed it"}]},
        [{"type": "accept", "args": None}],
        {"type": "approve", "message": "no"},
        "ACTIVE",
        "authorised",
        {"authorised": True, "status": "ACTIVE"},
        {},
        [],
        None,
        0,
        "",
        {"decisions": None},
        {"type": ["reject"]},
    ],
)
def test_everything_else_means_looking_again(answer: Any) -> None:
    assert understand(answer) == "recheck"


@given(JSON)
def test_any_json_is_understood_as_one_of_two_things(answer: Any) -> None:
    assert understand(answer) in ("recheck", "decline")
    assert carries_secret(answer) in (True, False)


@given(WORDS)
def test_all_dialects_of_a_word_mean_the_same(word: str) -> None:
    dialects: list[Any] = [{"decisions": [{"type": word}]}, [{"type": word}], [word], {"type": word}, {"action": word}]
    assert {understand(dialect) for dialect in dialects} == {understand(word)}


@given(st.lists(WORDS), st.sampled_from(REFUSALS), st.data())
def test_one_refusal_among_several_decisions_is_enough(words: list[str], refusal: str, data: st.DataObject) -> None:
    words.insert(data.draw(st.integers(0, len(words))), refusal)
    assert understand({"decisions": [{"type": word} for word in words]}) == "decline"


@pytest.mark.parametrize(
    "answer",
    [
        "https://app.example/callback?code=abc&state=s",
        "http://localhost/cb#access_token=abc",
        "00D5e000001AbCd!AQ0AQabcdefghijkl",
        "5Aep861abcdefghijklmnop",
        "aPrxabcdefghijklmnop",
        "eyJhbGciOiJI.eyJzdWIiOiIx.c2ln",
        {"code": "x", "state": "y"},
        {"decisions": [{"type": "respond", "message": "it says ?code=abc"}]},
        [{"type": "edit", "args": {"args": {"refresh_token": "x"}}}],
    ],
)
def test_codes_tokens_and_callback_urls_are_noticed(answer: Any) -> None:
    assert carries_secret(answer)
    assert understand(answer) == "recheck"


@pytest.mark.parametrize("answer", ["done", True, {"decisions": [{"type": "approve"}]}, "the code is fine", None])
def test_ordinary_answers_are_not_taken_for_secrets(answer: Any) -> None:
    assert not carries_secret(answer)


def test_a_deeply_nested_answer_is_understood() -> None:
    answer: Any = "x"
    for _ in range(100_000):
        answer = [answer]
    assert not carries_secret(answer)
    assert understand(answer) == "recheck"
