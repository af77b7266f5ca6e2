"""Whether a record that Salesforce shows can be what was sent. Pure.

Salesforce trims text, writes e-mail addresses in lower case, rounds numbers and tells times in its own way. Everything
else counts as another value: to take a stranger's record for ours is worse than not to know our own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

_DIGITS = 2  # of an amount; what is sent with more may be shown rounded
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_ID = re.compile(r"[A-Za-z0-9]{15}")
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def comparable(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The fields whose values will show again; those of a record that was referred to by an external id as a path."""
    fields: dict[str, Any] = {}
    for name, value in sent.items():
        if isinstance(value, Mapping):
            fields |= {f"{name}.{inner}": each for inner, each in comparable(value).items()}
        elif not isinstance(value, list):
            fields[name] = value
    return fields


def alike(sent: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether every field that was sent has the value it would have."""
    shown = _flat(row)
    return all(_same(value, shown.get(name.casefold())) for name, value in sent.items())


def may_be(sent: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """As `alike`, for a record of which only some fields are seen: whether none of those speaks against it."""
    shown = _flat(row)
    return all(name.casefold() not in shown or _same(value, shown[name.casefold()]) for name, value in sent.items())


def _flat(row: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in row.items():
        path = f"{before}{name.casefold()}"
        fields |= _flat(value, f"{path}.") if isinstance(value, Mapping) else {path: value}
    return fields


def _same(sent: Any, shown: Any) -> bool:
    if sent is None or shown is None:
        return _plain(sent) == _plain(shown) == ""
    if isinstance(sent, bool) or isinstance(shown, bool):
        return _plain(sent).lower() == _plain(shown).lower()
    if isinstance(shown, int | float):
        return _rounds_to(_number(sent), _number(shown))
    return _same_text(_plain(sent), _plain(shown))


def _number(value: Any) -> Decimal | None:
    try:
        number = Decimal(_plain(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _rounds_to(sent: Decimal | None, shown: Decimal | None) -> bool:
    if sent is None or shown is None:
        return False
    digits = max(_DIGITS, -int(shown.as_tuple().exponent))
    try:
        return sent == shown or sent.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) == shown
    except InvalidOperation:  # more digits than a number in Salesforce has
        return False


def _same_text(sent: str, shown: str) -> bool:
    if sent == shown or (_EMAIL.fullmatch(sent) and sent.lower() == shown.lower()):
        return True
    one, other = _moment(sent), _moment(shown)
    if one is not None and other is not None:
        return abs(one - other) < timedelta(seconds=1)  # fractions may be cut off
    return _ID.fullmatch(sent) is not None and shown == sent + _checksum(sent)


def _plain(value: Any) -> str:
    text = "" if value is None else str(value)
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _checksum(record_id: str) -> str:
    """The three characters that follow an id of 15 where Salesforce shows it."""
    groups = (record_id[start : start + 5] for start in (0, 5, 10))
    return "".join(_ALPHABET[sum(1 << place for place, char in enumerate(group) if char.isupper())] for group in groups)
