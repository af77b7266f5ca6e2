"""Keys that wrap data keys: the protocol a key service implements, and the local key ring as the first that does.

Tokens are sealed with data keys (see `sealing`); a provider only ever sees 32 random bytes to wrap or unwrap, so a
cloud key service can take the ring's place without seeing a token.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import stat
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from langchain_sfconnect.errors import ConfigurationError, SealBroken

KEY_ID = 8
_NONCE = 12
_PURPOSE = b"langchain-sfconnect data key"


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key as only its provider can read it.

    Attributes:
        key_id: Which of the provider's keys wrapped it: 16 hexadecimal digits.
        wrapped: Up to 65,535 bytes.
    """

    key_id: str
    wrapped: bytes


class KeyProvider(Protocol):
    """Wraps data keys. Methods may be called from any event loop, and often for the same bytes."""

    @property
    def primary(self) -> str:
        """The id of the key that wraps now: 16 hexadecimal digits."""
        ...

    async def wrap(self, data_key: bytes) -> WrappedKey:
        """Wrap 32 bytes with the primary key."""
        ...

    async def unwrap(self, key: WrappedKey) -> bytes:
        """The bytes that were wrapped.

        Raises:
            SealBroken: The key is not known, or the bytes were changed.
        """
        ...


class KeyRing:
    """Encryption keys held by this process: the first wraps, all unwrap. Add a new key in front to rotate.

    Args:
        keys: Keys as `generate_key` prints them.

    Raises:
        ConfigurationError: There is no key, or one is not 32 bytes of base64.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._load([keys] if isinstance(keys, str) else keys)

    def _load(self, keys: Sequence[str]) -> None:
        decoded = [_decode(key, position) for position, key in enumerate(keys, start=1)]
        if not decoded:
            raise ConfigurationError("There is no encryption key.", hint=_HOW_TO_GET_ONE)
        self._ciphers = {_key_id(key): AESGCM(key) for key in decoded}
        self._primary = _key_id(decoded[0])

    @staticmethod
    def generate_key() -> str:
        """A new random key: URL-safe base64 of 32 bytes."""
        return base64.urlsafe_b64encode(os.urandom(32)).decode("ascii")

    @property
    def primary(self) -> str:
        return self._primary

    async def wrap(self, data_key: bytes) -> WrappedKey:
        key_id, nonce = self.primary, os.urandom(_NONCE)
        return WrappedKey(key_id, nonce + self._ciphers[key_id].encrypt(nonce, data_key, _PURPOSE + key_id.encode()))

    async def unwrap(self, key: WrappedKey) -> bytes:
        cipher = self._ciphers.get(key.key_id)
        if cipher is None:
            raise SealBroken("Stored tokens were sealed with a key that is not among the encryption keys.")
        try:
            return cipher.decrypt(key.wrapped[:_NONCE], key.wrapped[_NONCE:], _PURPOSE + key.key_id.encode())
        except (InvalidTag, ValueError):
            raise SealBroken("The data key of stored tokens was changed.") from None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self._ciphers)} keys)"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"A {type(self).__name__} is not pickled: it holds encryption keys.")


class KeyFile(KeyRing):
    """A key ring in a file, one key a line, that notices when the file is changed: keys are rotated without a restart.

    Args:
        path: The file; readable by its owner only.

    Raises:
        ConfigurationError: The file is missing, holds something else than keys, or others can read it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._seen = _fingerprint(path)
        super().__init__(_read(path))

    @property
    def primary(self) -> str:
        self._reread()
        return self._primary

    async def unwrap(self, key: WrappedKey) -> bytes:
        if key.key_id not in self._ciphers:
            self._reread()
        return await super().unwrap(key)

    def _reread(self) -> None:
        with self._lock:
            seen = _fingerprint(self.path)
            if seen != self._seen:
                self._load(_read(self.path))
                self._seen = seen

    def add(self, key: str) -> None:
        """Put a key in front, atomically: from now on it wraps."""
        _decode(key, 1)
        beside = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write("\n".join([key, *_read(self.path)]) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, self.path)
        self._reread()


_HOW_TO_GET_ONE = "Make one with KeyRing.generate_key() and keep it safe: without it stored tokens are lost."


def _fingerprint(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        raise ConfigurationError(f"The key file {path} is missing.", hint="Bring it back from a backup.") from None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _read(path: Path) -> list[str]:
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ConfigurationError(f"Others can read the key file {path}.", hint=f"Run: chmod 600 {path}")
    return path.read_text(encoding="ascii", errors="replace").split()


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"langchain-sfconnect key id" + key).hexdigest()[: 2 * KEY_ID]


def _decode(key: str, position: int) -> bytes:
    try:
        raw = base64.b64decode(key.strip().encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError, AttributeError):
        raw = b""
    if len(raw) != 32:
        raise ConfigurationError(f"Encryption key number {position} is not 32 bytes of base64.", hint=_HOW_TO_GET_ONE)
    return raw
