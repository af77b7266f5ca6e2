"""Reads what stands between FIND's braces: words, phrases, wildcards and operators; knows no object and no SQL."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal as OneOf

from langchain_sfconnect.localorg.sosl import refusals

MAX_WITH_OPERATORS = 4000
MAX_LENGTH = 10_000
MAX_DEPTH = 50
RESERVED = "&|![]{}^~:'+-"
_TOKEN = re.compile(r'"(?P<phrase>(?:[^"\\]|\\[\s\S])*)"|(?P<paren>[()])|(?P<word>(?:\\[\s\S]|[^\s()"\\])+)|\s+|[\s\S]')
_ESCAPE = re.compile(r"\\([\s\S])")
_WILDCARD = re.compile(r"(?<!\\)(?:\\\\)*[*?]")
_UNESCAPED = re.compile(rf"\\[\s\S]|([{re.escape(RESERVED)}])")


@dataclass(frozen=True, slots=True)
class Words:
    """A word, or the words of a phrase in their order."""

    text: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """A word with wildcards: `*` for any characters and `?` for one; what was escaped in it stays escaped."""

    text: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Terms that must all be there, of which one must, or (NOT) of which the first must and the second must not."""

    operator: OneOf["AND", "OR", "NOT"]
    parts: tuple[Term, ...]


Term = Words | Pattern | Joined


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def first_unescaped(term: str) -> int | None:
    """Return where in a search term the first reserved character without a backslash is; None where all have one."""
    return next((match.start(1) for match in _UNESCAPED.finditer(term) if match[1]), None)


def parse_term(term: str) -> Term | None:
    """Return what a search term asks for, or None when it is too long to find anything.

    Raises:
        OrgError: MALFORMED_SEARCH: the term is too short, or its operators or parentheses are out of place.
    """
    if len(term) > MAX_LENGTH:
        return None
    tokens = _tokens(term)
    if len(term) > MAX_WITH_OPERATORS:
        tokens = [token for token in tokens if token.kind in ("word", "phrase")]
    _check_length(term, tokens)
    return _Parser(tokens).whole()


def plain_words(term: Term) -> Iterator[str]:
    """Yield the words and phrases that a match must or may hold; none with wildcards."""
    match term:
        case Words(text):
            yield text
        case Joined("NOT", (wanted, _)):
            yield from plain_words(wanted)
        case Joined(_, parts):
            for part in parts:
                yield from plain_words(part)


def unescape(text: str) -> str:
    """Return a text without the backslashes that protect its characters."""
    return _ESCAPE.sub(r"\1", text)


def _tokens(term: str) -> list[_Token]:
    tokens = []
    for match in _TOKEN.finditer(term):
        if match["phrase"] is not None:
            tokens.append(_Token("phrase", match["phrase"]))
        elif match["paren"]:
            tokens.append(_Token(match["paren"], match["paren"]))
        elif match["word"]:
            kind = match["word"].lower() if match["word"].lower() in ("and", "or", "not") else "word"
            tokens.append(_Token(kind, match["word"]))
    return tokens


def _check_length(term: str, tokens: Sequence[_Token]) -> None:
    words = (unescape(token.text) for token in tokens if token.kind in ("word", "phrase"))
    if sum(char.isalnum() for word in words for char in word) < 2:
        raise refusals.too_short(term.strip())


class _Parser:
    """OR binds loosest; words in a row, AND and AND NOT bind alike and are read from right to left."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self._tokens = deque(tokens)
        self._depth = 0

    def whole(self) -> Term:
        term = self._any()
        if self._tokens:
            raise refusals.unexpected(self._tokens[0].text)
        return term

    def _peek(self) -> str:
        return self._tokens[0].kind if self._tokens else ""

    def _any(self) -> Term:
        parts = [self._all()]
        while self._peek() == "or":
            self._tokens.popleft()
            parts.append(self._all())
        return _joined("OR", parts)

    def _all(self) -> Term:
        units, negations = [self._unit()], list[bool]()
        while self._peek() not in ("", "or", ")"):
            negations.append(self._operator())
            units.append(self._unit())
        if sum(negations) > MAX_DEPTH:
            raise refusals.too_deep(MAX_DEPTH)
        return _folded(units, negations)

    def _operator(self) -> bool:
        """Step over AND, NOT, both or none of them; say whether NOT was among them."""
        if self._peek() == "and":
            self._tokens.popleft()
        if self._peek() != "not":
            return False
        self._tokens.popleft()
        return True

    def _unit(self) -> Term:
        if self._peek() == "(":
            return self._parenthesized()
        if self._peek() not in ("word", "phrase"):
            raise refusals.unexpected(self._tokens[0].text if self._tokens else "<EOF>")
        token = self._tokens.popleft()
        if token.kind == "word" and _WILDCARD.search(token.text):
            return Pattern(token.text)
        return Words(unescape(token.text))

    def _parenthesized(self) -> Term:
        self._tokens.popleft()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise refusals.too_deep(MAX_DEPTH)
        inside = self._any()
        if self._peek() != ")":
            raise refusals.unclosed()
        self._tokens.popleft()
        self._depth -= 1
        return inside


def _folded(units: Sequence[Term], negations: Sequence[bool]) -> Term:
    """What AND NOT excludes is all that follows it."""
    run = deque([units[-1]])
    for unit, negated in zip(reversed(units[:-1]), reversed(negations), strict=True):
        if negated:
            run = deque([Joined("NOT", (unit, _joined("AND", run)))])
        else:
            run.appendleft(unit)
    return _joined("AND", run)


def _joined(operator: OneOf["AND", "OR"], parts: Sequence[Term] | deque[Term]) -> Term:
    return parts[0] if len(parts) == 1 else Joined(operator, tuple(parts))
