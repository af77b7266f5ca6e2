"""Record ids: forms, checksum and minting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_sfconnect.localorg import ids

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
id15s = st.text(BASE62, min_size=15, max_size=15)


@pytest.mark.parametrize(("id15", "suffix"), [("001M000001FgVKl", "IAN"), ("0037e00001WZ30q", "AAD")])
def test_the_checksum_is_salesforces(id15, suffix):
    assert ids.checksum(id15) == suffix
    assert ids.normalize(id15) == id15 + suffix


@given(id15s)
def test_both_forms_are_the_same_id(id15):
    id18 = ids.normalize(id15)
    assert id18 is not None
    assert len(id18) == 18
    assert ids.normalize(id18) == id18
    assert ids.short(id18) == id15


@given(id15s)
def test_an_id_in_the_wrong_case_is_repaired_from_its_checksum(id15):
    id18 = id15 + ids.checksum(id15)
    assert ids.normalize(id18.upper()) == ids.normalize(id18.lower()) == id18


@given(st.text(max_size=20))
def test_what_is_no_id_is_told_from_what_is(text):
    result = ids.normalize(text)
    assert result is None or (len(text) in (15, 18) and len(result) == 18)


@given(id15s, st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", min_size=3, max_size=3))
def test_a_wrong_checksum_is_refused_or_repairs_to_an_id_that_has_it(id15, suffix):
    result = ids.normalize(id15 + suffix)
    assert result is None or (result[15:] == suffix and result.lower() == (id15 + suffix).lower())


def test_minted_ids_ascend_and_differ():
    minter = ids.IdMinter()
    minted = [minter.mint("001") for _ in range(5000)]
    assert minted == sorted(set(minted))
    assert all(ids.normalize(item) == item for item in minted)


def test_minting_goes_on_after_ids_that_are_in_use():
    first, second = ids.IdMinter(), ids.IdMinter()
    last = [first.mint("001") for _ in range(100)][-1]
    second.resume_after(last)
    assert second.mint("001") == first.mint("001")
