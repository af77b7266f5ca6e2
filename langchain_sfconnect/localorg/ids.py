"""Record ids: the 15 and 18 character forms, their checksum and their minting; knows no object and no storage."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from hashlib import sha256

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?\Z")
_POD = "gL00"
_COUNTER_WIDTH = 8


def checksum(id15: str) -> str:
    """Return the three characters that make a 15 character id safe to compare without case."""
    groups = (id15[start : start + 5] for start in (0, 5, 10))
    return "".join(_SUFFIX[sum(1 << k for k, char in enumerate(group) if char.isupper())] for group in groups)


def normalize(text: object) -> str | None:
    """Return the 18 character form of a 15 or 18 character id, or None when `text` is no id.

    An 18 character id in the wrong case is repaired from its last three characters, as Salesforce does.
    """
    if not isinstance(text, str) or not _SHAPE.match(text):
        return None
    if len(text) == 15:
        return text + checksum(text)
    return _repair(text[:15], text[15:].upper())


def _repair(id15: str, suffix: str) -> str | None:
    if any(char not in _SUFFIX for char in suffix):
        return None
    bits = [_SUFFIX.index(suffix[k // 5]) >> (k % 5) & 1 for k in range(15)]
    repaired = "".join(char.upper() if bit else char.lower() for char, bit in zip(id15, bits, strict=True))
    return repaired + suffix if checksum(repaired) == suffix else None


def short(id18: str) -> str:
    """Return the 15 character form."""
    return id18[:15]


def prefix(record_id: str) -> str:
    """Return the three characters that tell the object."""
    return record_id[:3]


def derived(key_prefix: str, text: str) -> str:
    """Return the 18 character id that stands for a text: the same id for the same text, always."""
    number = int.from_bytes(sha256(text.encode()).digest()) % len(_ALPHABET) ** _COUNTER_WIDTH
    return _complete(key_prefix, number)


class IdMinter:
    """Hands out ids in ascending order, per key prefix; a rolled back transaction never frees one."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._lock = threading.Lock()

    def mint(self, key_prefix: str) -> str:
        """Return the next 18 character id of an object."""
        with self._lock:
            number = self._last.get(key_prefix, 0) + 1
            self._last[key_prefix] = number
        return _complete(key_prefix, number)

    def taken(self) -> dict[str, int]:
        """Return how many ids each key prefix has given away, for `rewind`."""
        with self._lock:
            return dict(self._last)

    def rewind(self, taken: Mapping[str, int]) -> None:
        """Go on as if only these had been given away."""
        with self._lock:
            self._last = dict(taken)

    def resume_after(self, record_id: str) -> None:
        """Start above an id that is already in use."""
        self._last[prefix(record_id)] = _decode(record_id[7:15])


def _complete(key_prefix: str, number: int) -> str:
    id15 = key_prefix + _POD + _encode(number)
    return id15 + checksum(id15)


def _encode(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _ALPHABET[rest] + digits
    return digits.rjust(_COUNTER_WIDTH, "0")


def _decode(digits: str) -> int:
    number = 0
    for digit in digits:
        number = number * 62 + _ALPHABET.index(digit)
    return number
