"""The text inside quotes: its escapes, and its reading as a LIKE pattern; knows no schema and no SQL."""

from __future__ import annotations

import re

_PIECE = re.compile(r"\\u([0-9a-fA-F]{4})|\\([\s\S])|([^\\]+)|(\\)")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_WILDCARDS = {"_": "\\_", "%": "\\%"}


class BadEscape(ValueError):
    """A backslash before something that cannot be escaped; the argument is the sequence."""


def decode(raw: str) -> str:
    """Return the text a quoted string stands for.

    Raises:
        BadEscape: an unknown escape sequence.
    """
    return "".join(_text(match) for match in _PIECE.finditer(raw))


def like_pattern(raw: str) -> str:
    r"""Return a quoted string as a pattern in which `\` escapes `%`, `_` and itself.

    Raises:
        BadEscape: an unknown escape sequence.
    """
    return "".join(_pattern(match) for match in _PIECE.finditer(raw))


def _text(match: re.Match[str]) -> str:
    code, escaped, plain, _ = match.groups()
    if plain is not None:
        return str(plain)
    if code is not None:
        char = chr(int(code, 16))
        return "�" if "\ud800" <= char <= "\udfff" else char
    if escaped is None or escaped.lower() not in _ESCAPES:
        raise BadEscape(match.group())
    return _ESCAPES[escaped.lower()]


def _pattern(match: re.Match[str]) -> str:
    if match.group(2) in _WILDCARDS:
        return _WILDCARDS[match.group(2)]
    text = _text(match)
    if match.group(3) is not None:
        return text
    return "\\" + text if text in "%_\\" else text
