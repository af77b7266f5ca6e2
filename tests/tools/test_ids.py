from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from langchain_sfconnect.tools.ids import AccountId, OpportunityId, RecordId, checksum, normalized

BASE62 = string.ascii_letters + string.digits
fifteen = st.text(BASE62, min_size=15, max_size=15)


@pytest.mark.parametrize(
    ("first_fifteen", "suffix"),
    [("001M000001FgVKl", "IAN"), ("0037e00001WZ30q", "AAD"), ("000000000000000", "AAA")],
)
def test_the_checksum_is_that_of_recorded_ids(first_fifteen: str, suffix: str) -> None:
    assert checksum(first_fifteen) == suffix


@given(fifteen)
def test_both_forms_of_an_id_become_the_same(first_fifteen: str) -> None:
    long = normalized(first_fifteen)
    assert long.startswith(first_fifteen)
    assert normalized(long) == long


@given(fifteen, st.integers(0, 14))
def test_a_changed_capital_is_noticed(first_fifteen: str, place: int) -> None:
    long = normalized(first_fifteen)
    changed = long[:place] + long[place].swapcase() + long[place + 1 :]
    if changed != long:
        with pytest.raises(ValueError, match="checksum"):
            normalized(changed)


@given(st.text())
def test_nothing_but_letters_and_digits_gets_through(text: str) -> None:
    try:
        accepted = normalized(text)
    except ValueError:
        return
    assert len(accepted) == 18
    assert set(accepted) <= set(BASE62)


def test_an_id_of_another_object_is_refused_with_the_way_out() -> None:
    complaint = r"is the id of a Contact, not of a Account.*begins with 001.*Contact records"
    with pytest.raises(ValidationError, match=complaint):
        TypeAdapter(AccountId).validate_python("0037e00001WZ30qAAD")


def test_an_id_of_an_unknown_object_is_refused() -> None:
    with pytest.raises(ValidationError, match="is not the id of a Opportunity: such ids begin with 006"):
        TypeAdapter(OpportunityId).validate_python(normalized("a0X000000000001"))


def test_a_long_non_id_is_not_repeated_in_the_message() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(RecordId).validate_python("x" * 10_000)
    assert "xxxx" not in caught.value.errors()[0]["msg"]
