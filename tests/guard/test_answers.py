"""What an answer means, in every dialect of human-in-the-loop interfaces."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_sfconnect.guard.answers import Decision, carries_secret, decide

REFUSALS = ["decline", "reject", "ignore", "deny", "no", "cancel", " Decline. ", "REJECTED"]
WORDS = st.sampled_from([*REFUSALS, "approve", "accept", "done", "edit", "response", "authorised", ""])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["decisions", "type"]), inner),
    max_leaves=10,
)


def understand(answer: Any) -> str:
    """What an answer says where only accounts were asked."""
    return "decline" if decide(answer, 0, reauthorize=True) == "decline" else "recheck"


def kinds(answer: Any, writes: int, *, reauthorize: bool = False) -> Any:
    """What an answer decides about each write."""
    decided = decide(answer, writes, reauthorize=reauthorize)
    return decided if decided == "decline" else [decision.kind for decision in decided]


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


CONSENTS = ["approve", "approved", "accept", "yes", "true", " Approve. "]
EDIT = {"name": "salesforce_account_create", "args": {"Name": "A"}}


@pytest.mark.parametrize("word", CONSENTS)
def test_a_word_of_consent_approves_in_every_dialect(word: str) -> None:
    for answer in (word, [word], [{"type": word, "args": None}], {"decisions": [{"type": word}]}, {"decision": word}):
        assert kinds(answer, 1) == ["approve"]
    assert kinds(word, 3) == kinds(True, 3) == kinds({"decisions": [{"type": word}]}, 3) == ["approve"] * 3


@pytest.mark.parametrize(
    "answer",
    [
        "done",
        "ok",
        "authorised",
        "approve it",
        "",
        None,
        0,
        1,
        {},
        [],
        [None],
        {"decisions": None},
        {"type": ["approve"]},
        {"approved": True},
        {"decisions": [{"type": "done"}]},
        {"decisions": [{"message": "approve"}]},
        "ACTIVE",
    ],
)
def test_whatever_is_no_plain_consent_approves_nothing(answer: Any) -> None:
    assert kinds(answer, 2) == ["unclear", "unclear"]
    assert kinds(answer, 1) == ["unclear"]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_bare_refusal_declines_everything(refusal: str) -> None:
    assert kinds(refusal, 2) == kinds(False, 2) == "decline"


def test_decisions_go_by_position() -> None:
    given = [{"type": "approve"}, {"type": "reject", "message": " not\nnow "}, {"type": "edit", "edited_action": EDIT}]
    assert decide({"decisions": given}, 3, reauthorize=False) == [
        Decision("approve"),
        Decision("reject", "not now"),
        Decision("edit", name=EDIT["name"], args=EDIT["args"]),
    ]


@pytest.mark.parametrize(
    "edit",
    [
        {"type": "edit", "edited_action": EDIT},
        {"type": "edit", "args": {"action": EDIT["name"], "args": EDIT["args"]}},
    ],
)
def test_an_edit_is_read_in_both_dialects(edit: Any) -> None:
    for answer in ({"decisions": [edit]}, [edit], edit):
        assert decide(answer, 1, reauthorize=False) == [Decision("edit", name=EDIT["name"], args=EDIT["args"])]


@pytest.mark.parametrize(
    "edit",
    [
        None,
        {},
        {"name": "x"},
        {"args": {}},
        {"name": 1, "args": {}},
        {"name": "x", "args": "y"},
        "x",
        ["x"],
        {"name": "salesforce_account_create", "args": {"Name": "5Aep861abcdefghijklmnop"}},
    ],
)
def test_an_edit_that_is_no_call_or_carries_a_token_is_not_taken(edit: Any) -> None:
    (decision,) = decide({"decisions": [{"type": "edit", "edited_action": edit}]}, 1, reauthorize=False)
    assert (decision.kind, "was not taken" in decision.message) == ("unclear", True)
    assert "5Aep" not in decision.message


@pytest.mark.parametrize("words", [{"type": "respond", "message": "yes"}, {"type": "response", "args": "yes"}])
def test_words_instead_of_a_decision_reject_the_write_with_these_words(words: Any) -> None:
    assert decide([words], 1, reauthorize=False) == [Decision("reject", "yes")]


def test_a_long_reason_is_cut_and_one_with_a_token_is_dropped() -> None:
    (long,) = decide([{"type": "reject", "message": "x" * 5000}], 1, reauthorize=False)
    (leaky,) = decide([{"type": "reject", "message": "use 5Aep861abcdefghijklmnop"}], 1, reauthorize=False)
    assert (len(long.message), leaky.message) == (501, "")


def test_one_decision_applies_to_all_but_an_edit_to_none() -> None:
    assert kinds({"decisions": [{"type": "reject"}]}, 3) == ["reject"] * 3
    assert kinds({"decisions": [{"type": "edit", "edited_action": EDIT}]}, 2) == ["unclear"] * 2


def test_a_wrong_number_of_decisions_approves_nothing_and_a_refusal_among_them_declines_everything() -> None:
    approve, reject = {"type": "approve"}, {"type": "reject"}
    assert kinds({"decisions": [approve] * 2}, 3) == ["unclear"] * 3
    assert kinds({"decisions": [approve] * 4}, 3) == ["unclear"] * 3
    assert kinds({"decisions": [approve, reject]}, 3) == "decline"


def test_the_first_decision_is_about_the_accounts_where_these_were_asked_too() -> None:
    approve, reject = {"type": "approve"}, {"type": "reject"}
    assert kinds({"decisions": [approve, reject, approve]}, 2, reauthorize=True) == ["reject", "approve"]
    assert kinds({"decisions": [reject, approve, approve]}, 2, reauthorize=True) == "decline"
    assert kinds({"decisions": [reject]}, 2, reauthorize=True) == "decline"
    assert kinds({"decisions": [approve]}, 2, reauthorize=True) == ["approve", "approve"]
    assert kinds({"decisions": [{"type": "respond", "message": "later"}]}, 1, reauthorize=True) == ["reject"]


@given(JSON, st.integers(0, 3), st.booleans())
def test_any_json_is_one_decision_for_each_write_or_declines(answer: Any, writes: int, reauthorize: bool) -> None:
    decided = decide(answer, writes, reauthorize=reauthorize)
    assert decided == "decline" or len(decided) == writes
