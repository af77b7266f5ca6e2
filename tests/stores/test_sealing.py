"""What is sealed opens with the right key in the right place, and nowhere else."""

from __future__ import annotations

import asyncio
import os
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_sfconnect.errors import ConfigurationError, SealBroken
from langchain_sfconnect.stores import KeyRing, sealing
from langchain_sfconnect.stores.keys import KeyFile, WrappedKey
from langchain_sfconnect.stores.sealing import Sealer, key_id_of

KEY, OTHER = KeyRing.generate_key(), KeyRing.generate_key()


def seal(keys: list[str], plaintext: bytes, place: str = "a") -> bytes:
    return asyncio.run(Sealer(KeyRing(keys)).seal(plaintext, place=place))


def opened(keys: list[str], sealed: bytes, place: str = "a") -> bytes:
    return asyncio.run(Sealer(KeyRing(keys)).open(sealed, place=place))


@given(plaintext=st.binary(max_size=500), place=st.text(max_size=50))
def test_what_is_sealed_opens_as_it_was(plaintext: bytes, place: str) -> None:
    assert opened([KEY], seal([KEY], plaintext, place), place) == plaintext


@given(plaintext=st.binary(min_size=8, max_size=100))
def test_a_sealed_blob_does_not_hold_the_plaintext_and_no_two_are_alike(plaintext: bytes) -> None:
    async def twice() -> list[bytes]:
        sealer = Sealer(KeyRing([KEY]))
        return [await sealer.seal(plaintext, place="a") for _ in range(2)]

    first, second = asyncio.run(twice())
    assert plaintext not in first
    assert first != second


def test_a_blob_changed_in_any_bit_or_cut_at_any_byte_does_not_open() -> None:
    sealed = seal([KEY], b"a token")

    async def try_all() -> list[bytes]:
        sealer = Sealer(KeyRing([KEY]))
        assert await sealer.open(sealed, place="a") == b"a token"
        changed = [
            sealed[:at] + bytes([sealed[at] ^ (1 << bit)]) + sealed[at + 1 :]
            for at in range(len(sealed))
            for bit in range(8)
        ]
        cut = [sealed[:at] for at in range(len(sealed))] + [sealed + b"x"]
        opened = []
        for blob in (*changed, *cut):
            try:
                opened.append(await sealer.open(blob, place="a"))
            except SealBroken:
                continue
        return opened

    assert asyncio.run(try_all()) == []


@given(sealed=st.binary(max_size=100))
def test_what_was_never_sealed_is_refused_and_not_read_as_plain_text(sealed: bytes) -> None:
    for blob in (sealed, b"sfc1" + sealed, b"sfc2" + sealed):
        with pytest.raises(SealBroken):
            opened([KEY], blob)


@given(place=st.text(max_size=20), other=st.text(max_size=20))
def test_a_blob_moved_to_another_place_does_not_open(place: str, other: str) -> None:
    sealed = seal([KEY], b"token", place)
    if place != other:
        with pytest.raises(SealBroken, match="moved"):
            opened([KEY], sealed, other)


def test_keys_rotate_the_first_seals_and_all_open() -> None:
    old = seal([KEY], b"token")
    assert opened([OTHER, KEY], old) == b"token"
    ring = Sealer(KeyRing([OTHER, KEY]))
    assert not ring.is_current(old)
    assert ring.is_current(seal([OTHER, KEY], b"token"))
    with pytest.raises(SealBroken, match="key that is not among"):
        opened([OTHER], old)


def test_a_data_key_serves_for_a_while_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "SEALS_PER_KEY", 3)
    asked: list[bytes] = []

    class Counting(KeyRing):
        async def wrap(self, data_key: bytes) -> WrappedKey:
            asked.append(data_key)
            return await super().wrap(data_key)

    async def seal_seven() -> None:
        sealer = Sealer(Counting([KEY]))
        for _ in range(7):
            assert await sealer.open(await sealer.seal(b"token", place="a"), place="a") == b"token"

    asyncio.run(seal_seven())
    assert len(asked) == len(set(asked)) == 3


@pytest.mark.parametrize("keys", [[], [""], ["short"], ["é" * 44], [KEY, "x"], ["A" * 43]])
def test_a_key_that_is_no_key_is_refused_without_being_shown(keys: list[str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        KeyRing(keys)
    assert KEY not in str(caught.value)


def test_a_key_ring_and_a_sealer_show_and_pickle_no_key() -> None:
    for holder in (KeyRing([KEY]), Sealer(KeyRing([KEY]))):
        assert KEY not in repr(holder)
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(holder)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "accounts.keys"
    path.touch(mode=0o600)
    path.write_text(KEY + "\n")
    return path


def test_a_key_added_to_a_file_seals_at_once_also_for_those_who_had_read_the_file(key_file: Path) -> None:
    async def rotate() -> None:
        here, there = Sealer(KeyFile(key_file)), KeyFile(key_file)
        old = await here.seal(b"token", place="a")
        there.add(OTHER)
        new = await here.seal(b"token", place="a")
        assert key_id_of(new) == KeyRing([OTHER]).primary != key_id_of(old)
        assert await here.open(old, place="a") == await here.open(new, place="a") == b"token"

    asyncio.run(rotate())
    assert key_file.read_text().split() == [OTHER, KEY]
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in key_file.parent.iterdir()] == ["accounts.keys"]


def test_a_blob_of_a_key_this_process_has_not_read_yet_opens(key_file: Path) -> None:
    async def read_later() -> None:
        reader = Sealer(KeyFile(key_file))
        KeyFile(key_file).add(OTHER)
        assert await reader.open(await Sealer(KeyRing([OTHER])).seal(b"token", place="a"), place="a") == b"token"

    asyncio.run(read_later())


def test_a_key_file_that_others_can_read_or_that_is_gone_is_refused(key_file: Path) -> None:
    keys = KeyFile(key_file)
    os.chmod(key_file, 0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        KeyFile(key_file)
    key_file.unlink()
    with pytest.raises(ConfigurationError, match="missing"):
        _ = keys.primary
