"""How values that come from data are shown to a person, so that none can pass for more than a value. Pure text."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from html import escape
from typing import Any

LONGEST = 500

Mark = Callable[[str], str]
"""Sets a value apart from the text around it, in one of the formats."""

# They join letters and symbols, and change nobody's order.
_JOINERS = "\u200c\u200d"
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def cut(value: Any) -> Any:
    """The value; a long text, or a long list or object as a text, is cut and says so."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST else f"{value[:LONGEST]}… (cut: {len(value):,} characters in all)"
    if value is None or isinstance(value, bool | int | float):
        return value
    text = json.dumps(value, ensure_ascii=False, default=str)
    return value if len(text) <= LONGEST else cut(text)


def one_line(value: Any) -> str:
    """The value as one line in which every character shows: line ends, controls and marks that reorder text too."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = re.sub(r"\r\n|[\n\r]", " ⏎ ", str(cut(text)))
    return "".join(_visible(char) for char in text).strip()


def in_markdown(value: str) -> str:
    """The value as a code span: inside one there are no links, no markup and no HTML, and no address links itself."""
    longest = max((len(run) for run in re.findall(r"`+", value)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if not value or value[0] == "`" or value[-1] == "`" else ""
    return f"{fence}{pad}{value}{pad}{fence}"


def in_html(value: str) -> str:
    """The value in HTML."""
    return f"<code>{escape(value)}</code>"


def in_text(value: str) -> str:
    """The value in a terminal."""
    return f"“{value}”"


def _visible(char: str) -> str:
    if unicodedata.category(char) not in _UNSEEN or char in _JOINERS:
        return char
    return f"\\u{ord(char):04x}"
