"""Whether a record that Salesforce shows can be what was sent. Pure.

Salesforce trims text, writes e-mail addresses in lower case, rounds numbers and tells times in its own way.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

_NEAR = 0.005  # amounts are kept with two digits


def comparable(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The fields whose values will show again: not those cleared, and not references by an external id."""
    return {name: value for name, value in sent.items() if value is not None and not isinstance(value, Mapping | list)}


def alike(sent: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether every field that was sent has the value it would have."""
    shown = {name.casefold(): value for name, value in row.items()}
    return all(_same(value, shown.get(name.casefold())) for name, value in sent.items())


def _same(sent: Any, shown: Any) -> bool:
    if isinstance(sent, bool) or isinstance(shown, bool):
        return sent is shown or str(sent).casefold() == str(shown).casefold()
    if isinstance(shown, int | float):
        return _near(sent, shown)
    if isinstance(sent, str):
        return _same_text(_plain(sent), _plain(shown or ""))
    return bool(sent == shown)


def _near(sent: Any, shown: float) -> bool:
    try:
        return abs(float(sent) - shown) <= _NEAR
    except (TypeError, ValueError):
        return False


def _same_text(sent: str, shown: str) -> bool:
    if sent == shown or ("@" in sent and sent.casefold() == shown.casefold()):
        return True
    moments = _moment(sent), _moment(shown)
    if None not in moments:
        return moments[0] == moments[1]
    # An id of 15 characters is shown with its checksum.
    return len(sent) == 15 and len(shown) == 18 and sent.isalnum() and shown.startswith(sent)


def _plain(text: Any) -> str:
    return str(text).replace("\r\n", "\n").strip()


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
