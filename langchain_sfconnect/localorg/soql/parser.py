"""Turns the text of a statement into its tree, or into Salesforce's words for what is wrong; knows no schema."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any, cast

from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.soql import refusals, tree
from langchain_sfconnect.localorg.soql.literal_reader import Unexpected
from langchain_sfconnect.localorg.soql.position import point_at
from langchain_sfconnect.localorg.soql.reader import Reader

MAX_LENGTH = 100_000
MAX_DEPTH = 25
_FIND = re.compile(r"\s*find\b\s*(?P<term>\{(?:[^}\\]|\\[\s\S])*\})?", re.IGNORECASE)


@cache
def _grammar() -> Lark:
    return Lark.open(
        "grammar.lark", rel_to=__file__, parser="lalr", start=["soql", "sosl", "filter"], maybe_placeholders=True,
        transformer=Reader(),
    )  # fmt: skip


@lru_cache(maxsize=256)
def parse_query(text: str) -> tree.Query:
    """Parse a SOQL statement.

    Raises:
        OrgError: MALFORMED_QUERY with the place and the token, or QUERY_TOO_COMPLICATED.
    """
    if not text.strip():
        raise errors.malformed_query(refusals.EMPTY)
    if len(text) > MAX_LENGTH:
        raise errors.malformed_query(refusals.too_long("SOQL", MAX_LENGTH))
    try:
        query = cast(tree.Query, _parse(text, "soql"))
    except Unexpected as unexpected:
        raise errors.malformed_query(_complaint(text, unexpected)) from None
    _refuse_deep_conditions(query)
    return query


@lru_cache(maxsize=256)
def parse_search(text: str) -> tree.Search:
    """Parse a SOSL statement.

    Raises:
        OrgError: MALFORMED_SEARCH with the place and the token, or QUERY_TOO_COMPLICATED.
    """
    if not _has_search_term(text):
        raise errors.malformed_search(refusals.NO_SEARCH_TERM)
    if len(text) > MAX_LENGTH:
        raise errors.malformed_search(refusals.too_long("SOSL", MAX_LENGTH))
    try:
        search = cast(tree.Search, _parse(text, "sosl"))
    except Unexpected as unexpected:
        raise errors.malformed_search(_complaint(text, unexpected)) from None
    for target in search.targets:
        _refuse_deep(target.where)
    return search


def parse_condition(text: str) -> tree.Condition:
    """Parse what may follow WHERE.

    Raises:
        OrgError: MALFORMED_QUERY with the place and the token, or QUERY_TOO_COMPLICATED.
    """
    try:
        condition = cast(tree.Condition, _parse(text[:MAX_LENGTH], "filter"))
    except Unexpected as unexpected:
        raise errors.malformed_query(_complaint(text, unexpected)) from None
    _refuse_deep(condition)
    return condition


def _has_search_term(text: str) -> bool:
    """A statement that is no search at all is left to the grammar."""
    found = _FIND.match(text)
    return "{" in text if found is None else bool(found["term"])


def _parse(text: str, start: str) -> Any:
    try:
        return _grammar().parse(text, start=start)
    except UnexpectedCharacters as error:
        raise _unexpected_character(text, error.pos_in_stream or 0) from None
    except UnexpectedToken as error:
        token = cast(Token, error.token)
        if token.type == "$END":
            raise _unexpected_end(text) from None
        raise Unexpected(token.start_pos or 0, refusals.unexpected_token(token)) from None
    except (UnexpectedEOF, UnexpectedInput):
        raise _unexpected_end(text) from None


def _unexpected_character(text: str, offset: int) -> Unexpected:
    if text[offset] == "'":
        row = text.count("\n", 0, offset) + 1
        column = offset - text.rfind("\n", 0, offset) - 1
        return Unexpected(0, refusals.unterminated(row, column))
    return Unexpected(offset, refusals.unexpected_token(text[offset]))


def _unexpected_end(text: str) -> Unexpected:
    return Unexpected(len(text.rstrip()), refusals.unexpected_token("<EOF>"))


def _complaint(text: str, unexpected: Unexpected) -> str:
    """Nothing is drawn where nothing was understood."""
    return point_at(text, unexpected.at, unexpected.text) if unexpected.at else unexpected.text


def _refuse_deep_conditions(query: tree.Query) -> None:
    _refuse_deep(query.where)
    _refuse_deep(query.having)
    for inner in (*query.below, *tree.inner_queries(query.where)):
        _refuse_deep_conditions(inner)


def _refuse_deep(condition: tree.Condition | None) -> None:
    if condition is not None and tree.depth(condition) > MAX_DEPTH:
        raise errors.query_too_complicated()
