"""Authenticated encryption of what must not be read in a store.

A sealed blob is `marker | key id | length | wrapped data key | nonce | AES-256-GCM ciphertext`. Everything before the
nonce, and the place where the blob belongs, is authenticated with it, so a blob moved to another account, or put back
after a newer one, does not open. What does not begin with the marker is refused, never taken for plain text.
"""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from langchain_sfconnect.errors import SealBroken
from langchain_sfconnect.stores.keys import KEY_ID, KeyProvider, WrappedKey

_MARKER = b"sfc2"
_LENGTH = 2
_NONCE = 12
_KEY_AT, _LENGTH_AT, _WRAPPED_AT = len(_MARKER), len(_MARKER) + KEY_ID, len(_MARKER) + KEY_ID + _LENGTH

# A data key serves many seals, so that a key service is asked now and then and not at every refresh.
SEALS_PER_KEY = 10_000
KEY_SECONDS = 3600.0
OPENED_KEPT = 1_000


@dataclass(slots=True)
class _DataKey:
    """A data key in use: how it is written, and what encrypts with it."""

    key: WrappedKey
    cipher: AESGCM
    made_at: float
    seals: int = 0

    @property
    def head(self) -> bytes:
        return _MARKER + bytes.fromhex(self.key.key_id) + len(self.key.wrapped).to_bytes(_LENGTH) + self.key.wrapped

    def serves(self, primary: str) -> bool:
        """Whether it may go on: not too long, not too often, and not beyond its provider's primary key."""
        fresh = time.monotonic() - self.made_at < KEY_SECONDS and self.seals < SEALS_PER_KEY
        return fresh and self.key.key_id == primary


class Sealer:
    """Seals and opens with data keys that a provider wraps.

    Args:
        keys: The provider.
    """

    def __init__(self, keys: KeyProvider) -> None:
        self.keys = keys
        self._sealing: _DataKey | None = None
        self._opened: OrderedDict[WrappedKey, AESGCM] = OrderedDict()

    async def seal(self, plaintext: bytes, *, place: str) -> bytes:
        """Encrypt for one place only."""
        data_key = await self._data_key()
        data_key.seals += 1
        nonce = os.urandom(_NONCE)
        return data_key.head + nonce + data_key.cipher.encrypt(nonce, plaintext, data_key.head + place.encode())

    async def open(self, sealed: bytes, *, place: str) -> bytes:
        """Decrypt what was sealed for this place.

        Raises:
            SealBroken: The marker is missing, no key fits, or the blob was changed, moved or is an old one.
        """
        key, nonce_at = _read_head(sealed)
        cipher = await self._cipher(key)
        nonce, text_at = sealed[nonce_at : nonce_at + _NONCE], nonce_at + _NONCE
        try:
            return cipher.decrypt(nonce, sealed[text_at:], sealed[:nonce_at] + place.encode())
        except (InvalidTag, ValueError):
            raise SealBroken(
                "Stored tokens were changed, moved from another account, or put back after newer ones.",
                hint="Restore the row from a backup, or let the user authorize again after delete_account(identifier).",
            ) from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether a blob was sealed with the key that seals now."""
        return key_id_of(sealed) == self.keys.primary

    async def _data_key(self) -> _DataKey:
        present = self._sealing
        if present is not None and present.serves(self.keys.primary):
            return present
        plain = AESGCM.generate_key(256)
        self._sealing = made = _DataKey(await self.keys.wrap(plain), AESGCM(plain), time.monotonic())
        return made

    async def _cipher(self, key: WrappedKey) -> AESGCM:
        cipher = self._opened.get(key)
        if cipher is None:
            cipher = AESGCM(await self.keys.unwrap(key))
            self._opened[key] = cipher
            if len(self._opened) > OPENED_KEPT:
                self._opened.popitem(last=False)
        return cipher

    def __repr__(self) -> str:
        return f"Sealer({self.keys!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A Sealer is not pickled: it holds encryption keys.")


def key_id_of(sealed: bytes) -> str:
    """Which key a blob says it was sealed with, as hexadecimal digits; whether it says the truth only opening tells."""
    return sealed[_KEY_AT:_LENGTH_AT].hex()


def _read_head(sealed: bytes) -> tuple[WrappedKey, int]:
    nonce_at = _WRAPPED_AT + int.from_bytes(sealed[_LENGTH_AT:_WRAPPED_AT])
    if not sealed.startswith(_MARKER) or len(sealed) < nonce_at + _NONCE:
        raise SealBroken("Stored tokens are not sealed the way this version of the package seals them.")
    return WrappedKey(key_id_of(sealed), sealed[_WRAPPED_AT:nonce_at]), nonce_at
