"""Runs searches: each object's matches, filtered and shaped as its RETURNING clause says; knows no HTTP."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_sfconnect.localorg import errors, sqltext
from langchain_sfconnect.localorg.schema import SObject
from langchain_sfconnect.localorg.soql import tree
from langchain_sfconnect.localorg.soql.conditions import Conditions
from langchain_sfconnect.localorg.soql.plan import Plan
from langchain_sfconnect.localorg.soql.resolve import resolve_query, row_order
from langchain_sfconnect.localorg.soql.results import Record
from langchain_sfconnect.localorg.soql.run import Reader
from langchain_sfconnect.localorg.soql.scope import Context, Scope
from langchain_sfconnect.localorg.soql.selection import RowSelection
from langchain_sfconnect.localorg.sosl.terms import match_expression
from langchain_sfconnect.localorg.sqltext import Sql
from langchain_sfconnect.localorg.tables import full_text_table, vocabulary_table

MAX_ROWS = 2000
MAX_PER_OBJECT = 250
MAX_EXPANSIONS = 200
_GROUPS = {"ALL": "", "NAME": "{name} : ", "EMAIL": "{email} : ", "PHONE": "{phone} : ",
           "SIDEBAR": "{name email phone} : "}  # fmt: skip


class Searcher:
    """Searches for one user at one moment."""

    def __init__(self, context: Context, reader: Reader) -> None:
        self._context = context
        self._reader = reader

    def run(self, search: tree.Search) -> Record:
        """Return the answer of a search.

        Raises:
            OrgError: MALFORMED_SEARCH, INVALID_TYPE or INVALID_FIELD.
        """
        targets = search.targets or self._everything()
        self._refuse_repeats(targets)
        plans = [self._plan(target, len(targets)) for target in targets]
        left = MAX_ROWS if search.limit is None else min(search.limit, MAX_ROWS)
        records: list[Record] = []
        for plan in plans:
            records += self._matches(plan, search, left - len(records))
        return {"searchRecords": records}

    def _everything(self) -> tuple[tree.SearchTarget, ...]:
        return tuple(tree.SearchTarget(item.name, 0) for item in self._context.schema if item.searchable)

    def _refuse_repeats(self, targets: Sequence[tree.SearchTarget]) -> None:
        seen: set[str] = set()
        for target in targets:
            if target.name.lower() in seen:
                text = f"duplicate sobject in RETURNING: {target.name}"
                raise self._context.complain.at(target.at, errors.malformed_search, text)
            seen.add(target.name.lower())

    def _plan(self, target: tree.SearchTarget, count: int) -> Plan:
        sobject = self._sobject(target)
        if target.offset and (count > 1 or target.offset > MAX_ROWS):
            raise errors.offset_too_large()
        scope = Scope(self._context, sobject)
        selection = RowSelection(scope)
        for field in target.fields or (tree.Path(("Id",), target.at),):
            selection.add(tree.Selected(field), limit=MAX_FIELDS)
        where = None
        if target.where is not None:
            where = Conditions(scope, lambda query: resolve_query(self._context, query)).resolve(target.where)
        order = tuple(row_order(scope, item) for item in target.order)
        return Plan(
            sobject, "rows", selection.columns.all(), scope.links, shape=selection.shape, where=where, order=order,
            limit=_limit(target, count), offset=target.offset or 0,
        )  # fmt: skip

    def _sobject(self, target: tree.SearchTarget) -> SObject:
        sobject = self._context.schema.find(target.name)
        if sobject is None:
            text = errors.unsupported_sobject(target.name)
            raise self._context.complain.at(target.at, errors.invalid_query_type, text)
        if not sobject.searchable:
            text = f"entity type {sobject.name} does not support search"
            raise self._context.complain.at(target.at, errors.invalid_query_type, text)
        return sobject

    def _matches(self, plan: Plan, search: tree.Search, limit: int) -> list[Record]:
        expression = match_expression(search.term, lambda pattern: self._expand(plan.root, pattern))
        if expression is None or limit <= 0:
            return []
        table = sqltext.name(full_text_table(plan.root))
        words = Sql("SELECT rowid AS word_row, rank AS word_rank FROM") + table + Sql("WHERE") + table
        words += Sql("MATCH ?", (f"{_GROUPS[search.group]}({expression})",))
        return self._reader.matching(plan, words, limit)

    def _expand(self, sobject: SObject, pattern: str) -> list[str]:
        glob = pattern.replace("[", "[[]")
        words = Sql("SELECT term FROM") + sqltext.name(vocabulary_table(sobject))
        words += Sql("WHERE term GLOB ? LIMIT ?", (glob, MAX_EXPANSIONS))
        return [row[0] for row in self._reader.rows(words)]


MAX_FIELDS = 200


def _limit(target: tree.SearchTarget, count: int) -> int:
    """One object that is filtered or ordered may answer more than one that is not."""
    selective = count == 1 and (target.where is not None or target.order)
    most = MAX_ROWS if selective else min(MAX_PER_OBJECT, MAX_ROWS // count)
    return most if target.limit is None else min(target.limit, MAX_ROWS)
