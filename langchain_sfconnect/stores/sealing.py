"""Authenticated encryption of what must not be read in a store. The only user of `cryptography`.

A sealed blob is `marker | key id | nonce | AES-256-GCM ciphertext`. Marker, key id and the place where the blob belongs
are authenticated with it, so a blob moved to another account does not open. What does not begin with the marker is
refused, never taken for plain text.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence
from typing import NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from langchain_sfconnect.errors import ConfigurationError, SealBroken

_MARKER = b"sfc1"
_KEY_ID = 8
_NONCE = 12


class KeyRing:
    """Encryption keys: the first seals, all open. Add a new key in front to rotate.

    Args:
        keys: Keys as `generate_key` prints them.

    Raises:
        ConfigurationError: There is no key, or one is not 32 bytes of base64.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if isinstance(keys, str):
            keys = [keys]
        decoded = [_decode(key, position) for position, key in enumerate(keys, start=1)]
        if not decoded:
            raise ConfigurationError("There is no encryption key.", hint=_HOW_TO_GET_ONE)
        self._ciphers = {_key_id(key): AESGCM(key) for key in decoded}
        self._primary = _key_id(decoded[0])

    @staticmethod
    def generate_key() -> str:
        """A new random key: URL-safe base64 of 32 bytes."""
        return base64.urlsafe_b64encode(os.urandom(32)).decode("ascii")

    def seal(self, plaintext: bytes, *, place: str) -> bytes:
        """Encrypt with the first key, for one place only."""
        head = _MARKER + self._primary
        nonce = os.urandom(_NONCE)
        return head + nonce + self._ciphers[self._primary].encrypt(nonce, plaintext, head + place.encode())

    def open(self, sealed: bytes, *, place: str) -> bytes:
        """Decrypt what was sealed for this place.

        Raises:
            SealBroken: The marker is missing, no key fits, or the blob was changed or moved.
        """
        key_at, nonce_at, text_at = len(_MARKER), len(_MARKER) + _KEY_ID, len(_MARKER) + _KEY_ID + _NONCE
        if not sealed.startswith(_MARKER) or len(sealed) < text_at:
            raise SealBroken("Stored tokens are not sealed the way this package seals them.")
        cipher = self._ciphers.get(sealed[key_at:nonce_at])
        if cipher is None:
            raise SealBroken("Stored tokens were sealed with a key that is not among the encryption keys.")
        try:
            return cipher.decrypt(sealed[nonce_at:text_at], sealed[text_at:], sealed[:nonce_at] + place.encode())
        except InvalidTag:
            raise SealBroken(
                "Stored tokens were changed, or moved from another account.",
                hint="Restore the row from a backup, or let the user authorize again after delete_account(identifier).",
            ) from None

    @property
    def primary(self) -> str:
        """The id of the key that seals, as `key_id_of` tells it."""
        return self._primary.hex()

    def is_current(self, sealed: bytes) -> bool:
        """Whether a blob was sealed with the first key."""
        return sealed[len(_MARKER) : len(_MARKER) + _KEY_ID] == self._primary

    def __repr__(self) -> str:
        return f"KeyRing({len(self._ciphers)} keys)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A KeyRing is not pickled: it holds encryption keys.")


_HOW_TO_GET_ONE = "Make one with KeyRing.generate_key() and keep it safe: without it stored tokens are lost."


def key_id_of(sealed: bytes) -> str:
    """Which key a blob says it was sealed with, as hexadecimal digits; whether it says the truth only opening tells."""
    return sealed[len(_MARKER) : len(_MARKER) + _KEY_ID].hex()


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"langchain-sfconnect key id" + key).digest()[:_KEY_ID]


def _decode(key: str, position: int) -> bytes:
    try:
        raw = base64.b64decode(key.strip().encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError, AttributeError):
        raw = b""
    if len(raw) != 32:
        raise ConfigurationError(f"Encryption key number {position} is not 32 bytes of base64.", hint=_HOW_TO_GET_ONE)
    return raw
