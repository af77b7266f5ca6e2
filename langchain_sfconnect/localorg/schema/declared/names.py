"""The rules of names and their key prefixes in Salesforce; knows no object."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import product

WORD = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*\Z")
USERNAME = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")
LONGEST = 40
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def is_word(text: str) -> bool:
    """Say whether a text can name something: letters, digits, single underscores, no more than Salesforce allows."""
    return WORD.match(text) is not None and len(text) <= LONGEST


def is_custom_name(text: str) -> bool:
    """Say whether a text can name a custom object or field."""
    return text.endswith("__c") and is_word(text.removesuffix("__c"))


def free_prefixes(taken: Collection[str]) -> Iterator[str]:
    """Yield the key prefixes of custom objects that nobody has: a00, a01, ..."""
    for tens, ones in product(_DIGITS, _DIGITS):
        prefix = f"a{tens}{ones}"
        if prefix not in taken:
            yield prefix
