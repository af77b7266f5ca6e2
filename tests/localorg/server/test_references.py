"""References of composite, as laws."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_sfconnect.localorg.rest.references import InvalidReference, References, is_reference_id

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=10)
plain = st.text(max_size=10).filter(lambda text: "@{" not in text)
bodies = st.recursive(
    st.none() | st.booleans() | st.integers() | plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(plain, inner, max_size=3),
)


def known(*, nulls: bool = True, **bodies) -> References:
    references = References(nulls=nulls)
    for reference_id, body in bodies.items():
        references.learn(reference_id, body)
    return references


@given(bodies)
def test_a_body_without_references_is_left_as_it_is(body):
    assert References().fill_body(body) == body


@given(scalars, st.integers(0, 3))
def test_a_lone_reference_becomes_the_very_value(value, index):
    earlier = known(q={"records": [{"Field": None}] * index + [{"Field": value}]})
    assert earlier.fill_body({"x": [f"@{{q.records[{index}].Field}}"]}) == {"x": [value]}


@given(st.text(max_size=20))
def test_a_value_in_a_url_is_encoded_so_that_it_cannot_leave_its_place(value):
    url = known(a={"id": value}).fill_url("/services/data/v66.0/sobjects/Account/@{a.id}?fields=Id")
    path = url.removeprefix("/services/data/v66.0/sobjects/Account/").removesuffix("?fields=Id")
    assert not set(path) & set("/?#&")
    assert unquote(path) == value


@given(st.text(st.characters(blacklist_characters="{}"), max_size=15))
def test_whatever_stands_between_the_braces_is_filled_or_refused(inside):
    with pytest.raises(InvalidReference):
        known(a={"id": {"nested": 1}}).fill_body(f"@{{{inside}}}")


def test_null_is_a_value_only_where_it_may_be_one():
    assert known(a={"Id": None}).fill_body("@{a.Id}") is None
    with pytest.raises(InvalidReference, match=r"No value for a\.Id found in a\."):
        known(a={"Id": None}, nulls=False).fill_body("@{a.Id}")


@pytest.mark.parametrize(
    ("text", "good"), [("refA_1", True), ("1st", True), ("_a", False), ("a-b", False), ("", False)]
)
def test_reference_ids(text, good):
    assert is_reference_id(text) is good
