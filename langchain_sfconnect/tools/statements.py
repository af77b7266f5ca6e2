"""What a SOQL or SOSL statement reads: its objects and field paths, found without a schema. Pure.

It errs on one side: whatever it does not understand, it refuses. It proves that a statement stays inside a policy; it
is no validator, and Salesforce has the last word on syntax.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from langchain_sfconnect.tools.relationships import child_object

Path = tuple[str, ...]
"""Relationships and, last, a field: `("Account", "Owner", "Name")`."""

_TOKEN = re.compile(
    r"""\s*(?:
        '(?:[^'\\]|\\.)*'
      | (?P<name>[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*)
      | \d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))?(?![\w.])
      | \d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])
      | (?P<sign>[(),=<>!:+-])
    )""",
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_FIND = re.compile(r"\s*FIND\s*\{(?:[^{}\\]|\\.)*\}", re.IGNORECASE | re.DOTALL)
_CLAUSES = {"USING", "WHERE", "WITH", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FOR", "UPDATE", "ALL"}
_UNFOLLOWED = {"FROM", "SELECT", "TYPEOF"}


class Unreadable(Exception):
    """What something reads cannot be told; the text says why."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a statement or request reads or writes. Object names are lower-case.

    Attributes:
        objects: Objects by name.
        unknown: Relationships that lead nobody knows where.
        paths: Field paths, each with the object it starts at; None when that is not known.
        whole: Objects of which a statement takes all fields that there are, by FIELDS().
        everything: Whether it goes over all objects.
    """

    objects: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    paths: frozenset[tuple[str | None, Path]] = frozenset()
    whole: frozenset[str | None] = frozenset()
    everything: bool = False

    def union(self, *others: Reading) -> Reading:
        every = (self, *others)
        return Reading(
            frozenset().union(*(each.objects for each in every)),
            frozenset().union(*(each.unknown for each in every)),
            frozenset().union(*(each.paths for each in every)),
            frozenset().union(*(each.whole for each in every)),
            any(each.everything for each in every),
        )


def read_soql(statement: str) -> Reading:
    """What a SOQL statement reads.

    Raises:
        Unreadable: It cannot be told.
    """
    reader = _Reader(_tokens(statement))
    reading = reader.block(str.lower)
    reader.expect("")
    return reading


def read_sosl(statement: str) -> Reading:
    """What a SOSL statement reads.

    Raises:
        Unreadable: It cannot be told.
    """
    find = _FIND.match(statement)
    if not find:
        raise Unreadable("it does not begin with FIND {…}")
    return _Reader(_tokens(statement[find.end() :])).returning()


def _tokens(statement: str) -> list[str]:
    """Names with their dots, signs, and `0` for each literal: what a literal holds must not look like a name."""
    tokens, at, end = [], 0, len(statement.rstrip())
    while at < end:
        found = _TOKEN.match(statement, at)
        if not found:
            raise Unreadable("it holds characters that have no place outside of a string")
        at = found.end()
        tokens.append(re.sub(r"\s", "", found["name"] or "") or found["sign"] or "0")
    return tokens


class _Reader:
    """Walks the tokens of one statement from left to right."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def block(self, object_of: Callable[[str], str | None]) -> Reading:
        """One SELECT, up to the bracket that closes it; `object_of` says which object its FROM names."""
        self.expect("SELECT")
        selected, children = self._scan("FROM", child_object)
        self.expect("FROM")
        source = self._name()
        aliases = {source.lower(), self._alias().lower()}
        filtered, joins = self._scan(")", str.lower)
        return self._reading(source, object_of(source), selected + filtered, aliases).union(*children, *joins)

    def returning(self) -> Reading:
        """The rest of a SOSL statement, after its search term."""
        while self._peek().upper() != "RETURNING":
            if not self._peek():
                return Reading(everything=True)
            self._at += 1
        found = Reading()
        while self._peek().upper() == "RETURNING" or self._peek() == ",":
            self._at += 1
            found = found.union(self._returned())
        if self._peek().upper() not in {"", "WITH", "LIMIT", "OFFSET", "UPDATE"}:
            raise Unreadable("what it returns cannot be followed")
        if {"RETURNING", "SNIPPET"} & {token.upper() for token in self._tokens[self._at :]}:
            raise Unreadable("it returns more than fields of the objects it names")
        return found

    def expect(self, word: str) -> None:
        """Go over a word; the empty one is the end."""
        if self._peek().upper() != word:
            raise Unreadable(f"{word or 'its end'} is missing where it should be")
        self._at += 1

    def _scan(self, end: str, object_of: Callable[[str], str | None]) -> tuple[list[Path], list[Reading]]:
        """The field paths and the queries in brackets, up to a word or sign outside of brackets."""
        paths: list[Path] = []
        inner: list[Reading] = []
        depth = 0
        while (word := self._peek()) and not (depth == 0 and word.upper() == end):
            self._at += 1
            if word == "(" and self._peek().upper() == "SELECT":
                inner.append(self.block(object_of))
                self.expect(")")
                continue
            depth += {"(": 1, ")": -1}.get(word, 0)
            if depth < 0 or word.upper() in _UNFOLLOWED:
                raise Unreadable(f"it has {word.upper()} where it cannot be followed")
            if _is_name(word):
                paths.append(tuple(word.split(".")))
        return paths, inner

    def _returned(self) -> Reading:
        source = self._name()
        if self._peek() != "(":
            return Reading(objects=frozenset({source.lower()}))
        self._at += 1
        paths, inner = self._scan(")", str.lower)
        self.expect(")")
        return self._reading(source, source.lower(), paths, {source.lower()}).union(*inner)

    def _reading(self, source: str, root: str | None, paths: list[Path], aliases: set[str]) -> Reading:
        from_root = {path[1:] if len(path) > 1 and path[0].lower() in aliases else path for path in paths}
        return Reading(
            objects=frozenset({root} if root else ()),
            unknown=frozenset(() if root else {source}),
            paths=frozenset((root, path) for path in from_root),
            whole=frozenset({root} if any(path[0].upper() == "FIELDS" for path in paths) else ()),
        )

    def _alias(self) -> str:
        self._at += self._peek().upper() == "AS"
        named = _is_name(self._peek()) and self._peek().upper() not in _CLAUSES | _UNFOLLOWED
        alias = self._name() if named else ""
        if len(alias) > 2:
            # It could be a relationship's name as well, and which of the two counts is not documented.
            raise Unreadable("its alias is longer than two letters")
        if self._peek() == ",":
            raise Unreadable("its FROM names several objects; name one, and reach the others by path")
        return alias

    def _name(self) -> str:
        name = self._peek()
        if not _is_name(name) or "." in name:
            raise Unreadable("the name of an object is missing")
        self._at += 1
        return name

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""


def _is_name(token: str) -> bool:
    return token[:1].isalpha() or token[:1] == "_"
