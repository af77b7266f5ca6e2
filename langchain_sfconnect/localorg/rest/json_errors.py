"""What is wrong with a text that is not JSON, said as Salesforce's own parser says it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

_WHERE = re.compile(r"(?P<what>.*) at line (?P<line>\d+) column (?P<column>\d+)", re.DOTALL)
_LITERAL = "expected a valid value (number, String, array, object, 'true', 'false' or 'null')"
_UNEXPECTED: tuple[tuple[str, str], ...] = (
    ("expected `:`", "was expecting a colon to separate field name and value"),
    ("expected `,` or `}`", "was expecting comma to separate OBJECT entries"),
    ("expected `,` or `]`", "was expecting comma to separate ARRAY entries"),
    ("key must be a string", "was expecting double-quote to start field name"),
    ("trailing comma", "was expecting double-quote to start field name or a value"),
    ("trailing characters", "was expecting the end of the body"),
    ("expected value", _LITERAL),
    ("invalid number", "was expecting a digit (0-9)"),
)
_ENDED: tuple[tuple[str, str], ...] = (
    ("an object", "expected close marker for OBJECT"),
    ("a list", "expected close marker for ARRAY"),
    ("a string", "was expecting closing quote for a string value"),
    ("a value", "expected a value"),
)


def described(complaint: str, text: str) -> str:
    """Salesforce's words for a parser's complaint.

    Args:
        complaint: What the JSON parser said, such as `expected value at line 1 column 2`.
        text: What it was reading.
    """
    found = _WHERE.fullmatch(complaint)
    if found is None:
        return complaint
    line, column = _place(text, int(found["line"]), int(found["column"]))
    return f"{_what(found['what'], _character(text, line, column))} at [line:{line}, column:{column}]"


def _what(complaint: str, character: str) -> str:
    if complaint.startswith("EOF"):
        return _first(_ENDED, complaint, lambda hint: f"Unexpected end-of-input: {hint}", "Unexpected end-of-input")
    if "ident" in complaint:
        return f"Unrecognized token '{character}': was expecting ('true', 'false' or 'null')"
    if "control character" in complaint:
        code = f"code {ord(character)}" if character else "code 0"
        return f"Illegal unquoted character ((CTRL-CHAR, {code})): has to be escaped using backslash"
    if "escape" in complaint:
        return f"Unrecognized character escape {_named(character)}"
    return _first(_UNEXPECTED, complaint, lambda hint: f"Unexpected character ({_named(character)}): {hint}", complaint)


def _first(table: tuple[tuple[str, str], ...], complaint: str, say: Callable[[str], str], otherwise: str) -> str:
    return next((say(hint) for sign, hint in table if sign in complaint), otherwise)


def _place(text: str, line: int, column: int) -> tuple[int, int]:
    """A line break belongs to the line it ends, where the parser counts it as the next one's start."""
    return (line - 1, len(text.split("\n")[line - 2]) + 1) if column == 0 and line > 1 else (line, column)


def _character(text: str, line: int, column: int) -> str:
    lines = text.split("\n")
    return f"{lines[line - 1]}\n"[column - 1 : column] if line <= len(lines) else ""


def _named(character: str) -> str:
    return f"'{character}' (code {ord(character)})" if character else "CTRL-CHAR, code 0"
