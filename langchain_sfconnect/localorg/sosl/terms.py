"""Turns what stands between FIND's braces into a full-text match expression; knows no object and no schema."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from langchain_sfconnect.localorg import errors

MAX_WITH_OPERATORS = 4000
MAX_LENGTH = 10_000
MAX_DEPTH = 20
_TOKEN = re.compile(r'"(?P<phrase>(?:[^"\\]|\\[\s\S])*)"|(?P<paren>[()])|(?P<word>(?:\\[\s\S]|[^\s()"\\])+)|\s+|[\s\S]')
_ESCAPE = re.compile(r"\\([\s\S])")
_NOTHING = '""'

Expand = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def match_expression(term: str, expand: Expand) -> str | None:
    """Return a match expression for a search term, or None when it can find nothing.

    Args:
        term: The words, phrases, operators and parentheses of the search.
        expand: Returns the indexed words that fit a pattern with `*` and `?`.

    Raises:
        OrgError: MALFORMED_SEARCH: the term is too short, or its parentheses do not match.
    """
    if len(term) > MAX_LENGTH:
        return None
    tokens = _tokens(term)
    if len(term) > MAX_WITH_OPERATORS:
        tokens = [token for token in tokens if token.kind in ("word", "phrase")]
    _check_length(tokens)
    return _Builder(tokens, expand).whole()


def _tokens(term: str) -> list[_Token]:
    tokens = []
    for match in _TOKEN.finditer(term):
        if match["phrase"] is not None:
            tokens.append(_Token("phrase", _ESCAPE.sub(r"\1", match["phrase"])))
        elif match["paren"]:
            tokens.append(_Token(match["paren"], match["paren"]))
        elif match["word"]:
            kind = match["word"].lower() if match["word"].lower() in ("and", "or", "not") else "word"
            tokens.append(_Token(kind, match["word"]))
    return tokens


def _check_length(tokens: list[_Token]) -> None:
    words = [token.text for token in tokens if token.kind in ("word", "phrase")]
    letters = "".join(char for word in words for char in word if char.isalnum())
    if len(letters) < 2:
        text = " ".join(words)
        raise errors.malformed_search(f"search term must be longer than one character: {text}")


class _Builder:
    """Reads tokens left to right: OR binds loosest, words in a row belong together."""

    def __init__(self, tokens: list[_Token], expand: Expand) -> None:
        self._tokens = tokens
        self._expand = expand
        self._at = 0
        self._depth = 0

    def whole(self) -> str | None:
        expression = self._any()
        if self._at < len(self._tokens):
            raise errors.malformed_search(f"unexpected token: '{self._tokens[self._at].text}'")
        return expression

    def _peek(self) -> str:
        return self._tokens[self._at].kind if self._at < len(self._tokens) else ""

    def _any(self) -> str | None:
        parts = [self._all()]
        while self._peek() == "or":
            self._at += 1
            parts.append(self._all())
        return _join(" OR ", parts)

    def _all(self) -> str | None:
        wanted: list[str | None] = []
        unwanted: list[str | None] = []
        while self._peek() not in ("", "or", ")"):
            negated = False
            while self._peek() in ("and", "not"):
                negated = negated or self._peek() == "not"
                self._at += 1
            (unwanted if negated else wanted).append(self._unit())
        kept, dropped = _join(" AND ", wanted), _join(" OR ", unwanted)
        if kept is None and dropped is not None:
            raise errors.malformed_search("unexpected token: 'NOT'")
        return kept if dropped is None else f"({kept} NOT {dropped})"

    def _unit(self) -> str | None:
        if self._peek() == "(":
            return self._parenthesized()
        if self._peek() not in ("word", "phrase"):
            raise errors.malformed_search("unexpected end of the search term")
        token = self._tokens[self._at]
        self._at += 1
        return _quoted(token.text) if token.kind == "phrase" else self._word(token.text)

    def _parenthesized(self) -> str | None:
        self._at += 1
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise errors.malformed_search(f"parentheses can be nested {MAX_DEPTH} levels deep at most")
        inside = self._any()
        if self._peek() != ")":
            raise errors.malformed_search("unexpected end of the search term: a parenthesis is not closed")
        self._at += 1
        self._depth -= 1
        return inside

    def _word(self, raw: str) -> str | None:
        """A star at the end is a prefix search; other wildcards are looked up among the indexed words."""
        plain = re.sub(r"(?<!\\)[*?]", "", raw)
        if plain == raw:
            return _quoted(_ESCAPE.sub(r"\1", raw))
        pattern = _fold(_ESCAPE.sub(r"\1", raw.lstrip("*?")))
        stem = pattern.rstrip("*")
        if "*" not in stem and "?" not in stem:
            return f"{_quoted(stem)} *" if _quoted(stem) else None
        return _join(" OR ", [_quoted(word) for word in self._expand(pattern)]) or _NOTHING


def _join(operator: str, parts: list[str | None]) -> str | None:
    known = [part for part in parts if part is not None]
    if len(known) < 2:
        return next(iter(known), None)
    return f"({operator.join(known)})"


def _quoted(text: str) -> str | None:
    """Quoting leaves no character a meaning of its own; text without a letter or digit finds nothing."""
    clean = text.replace("\0", " ")
    return '"' + clean.replace('"', '""') + '"' if any(char.isalnum() for char in clean) else None


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
