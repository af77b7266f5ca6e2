"""Writes a search term as a full-text match, and as the statement that finds an object's rows with it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import assert_never

from langchain_sfconnect.localorg import sqltext
from langchain_sfconnect.localorg.schema import Field, Schema, SObject
from langchain_sfconnect.localorg.sosl.terms import Joined, Pattern, Term, Words
from langchain_sfconnect.localorg.sqltext import Sql
from langchain_sfconnect.localorg.tables import full_text_table, searched_fields, vocabulary_table

MAX_EXPANSIONS = 200
_GROUPS: Mapping[str, frozenset[str]] = {
    "ALL": frozenset({"name", "email", "phone", "other"}),
    "NAME": frozenset({"name"}),
    "EMAIL": frozenset({"email"}),
    "PHONE": frozenset({"phone"}),
    "SIDEBAR": frozenset({"name", "email", "phone"}),
}
_ESCAPED = re.compile(r"\\([\s\S])")
_WILDCARDS = frozenset("*?")
_NOTHING = '""'

Expand = Callable[[SObject, str], list[str]]


class Matcher:
    """Finds rows of objects by one search term, in the fields of one search group.

    Args:
        schema: What the user may see; nothing else is searched.
        term: What is looked for.
        group: ALL, NAME, EMAIL, PHONE or SIDEBAR.
        expand: Returns the indexed words of an object that fit a GLOB pattern.
    """

    def __init__(self, schema: Schema, term: Term, group: str, expand: Expand) -> None:
        self._schema = schema
        self._term = term
        self._group = group
        self._expand = expand

    def statement(self, sobject: SObject) -> Sql | None:
        """Return the statement for the `word_row` and `word_rank` of an object's matches; None if there are none."""
        names = [name for name, group in searched_fields(sobject).items() if group in _GROUPS[self._group]]
        found = [self._own(sobject, names), *self._by_parents(sobject)]
        pieces = [piece for piece in found if piece is not None]
        if len(pieces) < 2:
            return next(iter(pieces), None)
        union = sqltext.joined(" UNION ALL ", pieces).wrapped("(", ")")
        return Sql("SELECT word_row, min(word_rank) AS word_rank FROM") + union + Sql("GROUP BY word_row")

    def _own(self, sobject: SObject, names: Iterable[str]) -> Sql | None:
        match = self._match(sobject, names)
        if match is None:
            return None
        table = sqltext.name(full_text_table(sobject))
        return Sql("SELECT rowid AS word_row, rank AS word_rank FROM") + table + Sql("WHERE") + table + match

    def _by_parents(self, sobject: SObject) -> Iterator[Sql]:
        """A contact is found by the name of its account, too: such names are dotted in the schema."""
        dotted = [path.split(".") for path in sobject.search_names if "." in path and "name" in _GROUPS[self._group]]
        for relationship, name in dotted:
            lookup = sobject.parent(relationship)
            for parent in self._schema.targets(lookup) if lookup is not None else ():
                found = self._own(parent, [name] if parent.field(name) is not None else [])
                if found is not None and lookup is not None:
                    yield _below(found, parent, sobject, lookup)

    def _match(self, sobject: SObject, names: Iterable[str]) -> Sql | None:
        columns = " ".join(f'"{name}"' for name in names)
        expression = self._expression(sobject, self._term)
        if not columns or expression is None:
            return None
        return Sql("MATCH ?", (f"{{{columns}}} : ({expression})",))

    def _expression(self, sobject: SObject, term: Term) -> str | None:
        """A term as FTS5 writes it; None for one without any letter or digit, which excludes and finds nothing."""
        match term:
            case Words(text):
                return _quoted(text)
            case Pattern(text):
                return self._pattern(sobject, text)
            case Joined("NOT", (wanted, unwanted)):
                first, second = self._expression(sobject, wanted), self._expression(sobject, unwanted)
                return first if first is None or second is None else f"({first} NOT {second})"
            case Joined(operator, parts):
                return _join(operator, (self._expression(sobject, part) for part in parts))
            case _:
                assert_never(term)

    def _pattern(self, sobject: SObject, raw: str) -> str | None:
        """A star at the end is a prefix search; other wildcards are looked up among the indexed words."""
        pieces = _pieces(raw)
        stem = " ".join(pieces).rstrip("*")
        if not _WILDCARDS.intersection(stem):
            return f'"{stem}" *' if stem else None
        return _join("AND", (self._piece(sobject, piece) for piece in pieces))

    def _piece(self, sobject: SObject, piece: str) -> str:
        if not _WILDCARDS.intersection(piece):
            return f'"{piece}"'
        return _join("OR", (_quoted(word) for word in self._expand(sobject, piece))) or _NOTHING


def _below(found: Sql, parent: SObject, sobject: SObject, lookup: Field) -> Sql:
    """The statement for the rows of an object whose parents another statement finds."""
    parents = sqltext.name(parent.name) + Sql("p ON p.rowid = w.word_row JOIN")
    children = sqltext.name(sobject.name) + Sql("below ON") + sqltext.column("below", lookup.name) + Sql('= p."Id"')
    return Sql("SELECT below.rowid AS word_row, w.word_rank") + found.wrapped("FROM (", ") w JOIN") + parents + children


def expansion(sobject: SObject, glob: str) -> Sql:
    """Return the statement for the words of an object's index that fit a pattern."""
    words = Sql("SELECT term FROM") + sqltext.name(vocabulary_table(sobject))
    return words + Sql("WHERE term GLOB ? LIMIT ?", (glob, MAX_EXPANSIONS))


def _pieces(raw: str) -> list[str]:
    """Cut a word with wildcards where the index cuts words: at every character that is no letter and no digit."""
    kept = _ESCAPED.sub(lambda match: match[1] if match[1].isalnum() else " ", _fold(raw))
    words = "".join(char if char.isalnum() or char in _WILDCARDS else " " for char in kept).split()
    return [word for word in (word.lstrip("*?") for word in words) if word]


def _fold(text: str) -> str:
    """As the index folds case and accents."""
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _quoted(text: str) -> str | None:
    """Quoting leaves no character a meaning of its own."""
    clean = text.replace("\0", " ").replace('"', '""')
    return f'"{clean}"' if any(char.isalnum() for char in clean) else None


def _join(operator: str, parts: Iterable[str | None]) -> str | None:
    known = [part for part in parts if part is not None]
    return f"({f' {operator} '.join(known)})" if len(known) > 1 else next(iter(known), None)
