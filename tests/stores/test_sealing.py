"""What is sealed opens with the right key in the right place, and nowhere else."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_sfconnect.errors import ConfigurationError, SealBroken
from langchain_sfconnect.stores import KeyRing

KEY, OTHER = KeyRing.generate_key(), KeyRing.generate_key()


@given(plaintext=st.binary(max_size=500), place=st.text(max_size=50))
def test_what_is_sealed_opens_as_it_was(plaintext: bytes, place: str) -> None:
    keys = KeyRing([KEY])
    assert keys.open(keys.seal(plaintext, place=place), place=place) == plaintext


@given(plaintext=st.binary(min_size=8, max_size=100))
def test_a_sealed_blob_does_not_hold_the_plaintext_and_no_two_are_alike(plaintext: bytes) -> None:
    keys = KeyRing([KEY])
    first, second = keys.seal(plaintext, place="a"), keys.seal(plaintext, place="a")
    assert plaintext not in first
    assert first != second


@given(data=st.data(), plaintext=st.binary(max_size=50))
def test_a_blob_changed_in_any_bit_does_not_open(data: st.DataObject, plaintext: bytes) -> None:
    keys = KeyRing([KEY])
    sealed = bytearray(keys.seal(plaintext, place="a"))
    position = data.draw(st.integers(0, len(sealed) - 1))
    sealed[position] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealBroken):
        keys.open(bytes(sealed), place="a")


@given(sealed=st.binary(max_size=100))
def test_what_was_never_sealed_is_refused_and_not_read_as_plain_text(sealed: bytes) -> None:
    with pytest.raises(SealBroken):
        KeyRing([KEY]).open(sealed, place="a")


@given(place=st.text(max_size=20), other=st.text(max_size=20))
def test_a_blob_moved_to_another_place_does_not_open(place: str, other: str) -> None:
    keys = KeyRing([KEY])
    sealed = keys.seal(b"token", place=place)
    if place != other:
        with pytest.raises(SealBroken, match="moved"):
            keys.open(sealed, place=other)


def test_keys_rotate_the_first_seals_and_all_open() -> None:
    old = KeyRing([KEY]).seal(b"token", place="a")
    ring = KeyRing([OTHER, KEY])
    assert ring.open(old, place="a") == b"token"
    assert not ring.is_current(old)
    assert ring.is_current(ring.seal(b"token", place="a"))
    with pytest.raises(SealBroken, match="key that is not among"):
        KeyRing([OTHER]).open(old, place="a")


@pytest.mark.parametrize("keys", [[], [""], ["short"], ["é" * 44], [KEY, "x"], ["A" * 43]])
def test_a_key_that_is_no_key_is_refused_without_being_shown(keys: list[str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        KeyRing(keys)
    assert KEY not in str(caught.value)


def test_a_key_ring_shows_and_pickles_no_key() -> None:
    keys = KeyRing([KEY])
    assert KEY not in repr(keys)
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(keys)
