"""Runs searches: each object's matches, filtered and shaped as its RETURNING clause says; knows no HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from langchain_sfconnect.localorg.schema import SObject
from langchain_sfconnect.localorg.soql import tree
from langchain_sfconnect.localorg.soql.plan import Plan
from langchain_sfconnect.localorg.soql.resolve import resolve_query
from langchain_sfconnect.localorg.soql.results import Record
from langchain_sfconnect.localorg.soql.run import Reader
from langchain_sfconnect.localorg.soql.scope import Context
from langchain_sfconnect.localorg.sosl import refusals
from langchain_sfconnect.localorg.sosl.marks import Marker
from langchain_sfconnect.localorg.sosl.matching import Matcher, expansion
from langchain_sfconnect.localorg.sosl.settings import Settings, read_settings
from langchain_sfconnect.localorg.sosl.targets import MAX_ROWS, Targets
from langchain_sfconnect.localorg.sosl.terms import Term, first_unescaped, parse_term, plain_words

MAX_HIGHLIGHTED = 25
_HIGHLIGHTED = frozenset({"string", "textarea", "email"})
_NEVER_HIGHLIGHTED = frozenset({"Case", "Task", "Event"})
_SNIPPET_OF = {"Case": "Description"}


@dataclass(frozen=True, slots=True)
class Searcher:
    """Searches for one user at one moment."""

    context: Context
    reader: Reader

    def run(self, search: tree.Search) -> Record:
        """Return the answer of a search.

        Raises:
            OrgError: MALFORMED_SEARCH, INVALID_TYPE or INVALID_FIELD.
        """
        settings = read_settings(search.settings, self.context.complain)
        plans = Targets(self.context, self.reader, settings.pricebook).plans(search.targets)
        term = self._term(search)
        records = [] if term is None else self._found(plans, search, term, settings)
        answer: Record = {"searchRecords": records}
        return answer | {"metadata": _labels(plans)} if settings.labels else answer

    def _term(self, search: tree.Search) -> Term | None:
        """The parsed term; a statement must escape what a parameter need not, which carries no place."""
        wrong = first_unescaped(search.term) if search.term_at else None
        if wrong is not None:
            before = self.context.complain.statement[: search.term_at + wrong]
            line_start = before.rfind("\n") + 1
            raise refusals.unescaped(search.term[wrong], before.count("\n") + 1, len(before) - line_start)
        return parse_term(search.term)

    def _found(self, plans: Iterable[Plan], search: tree.Search, term: Term, settings: Settings) -> list[Record]:
        matcher = Matcher(self.context.schema, term, search.group, self._expand)
        marker = Marker(plain_words(term))
        left = MAX_ROWS if search.limit is None else min(search.limit, MAX_ROWS)
        records: list[Record] = []
        for plan in plans:
            found = self._matches(plan, matcher, left - len(records))
            records += self._marked(plan.root, found, marker, settings)
        return records

    def _matches(self, plan: Plan, matcher: Matcher, limit: int) -> list[Record]:
        words = matcher.statement(plan.root) if limit > 0 else None
        return [] if words is None else self.reader.matching(plan, words, limit)

    def _expand(self, sobject: SObject, glob: str) -> list[str]:
        return [row[0] for row in self.reader.rows(expansion(sobject, glob))]

    def _marked(self, sobject: SObject, found: list[Record], marker: Marker, settings: Settings) -> list[Record]:
        if settings.snippet is not None and sobject.name in _SNIPPET_OF:
            found = self._with_snippets(sobject, found, marker, settings.snippet)
        if settings.highlight and sobject.name not in _NEVER_HIGHLIGHTED:
            marked = [record | _highlights(sobject, record, marker) for record in found[:MAX_HIGHLIGHTED]]
            return [*marked, *found[MAX_HIGHLIGHTED:]]
        return found

    def _with_snippets(self, sobject: SObject, found: Sequence[Record], marker: Marker, length: int) -> list[Record]:
        ids = [record["attributes"]["url"].rpartition("/")[2] for record in found]
        texts = self._texts(sobject, ids)
        snippets = [marker.snippet(texts.get(record_id) or "", length) for record_id in ids]
        return [
            record | {"snippet.text": snippet} if snippet is not None else record
            for record, snippet in zip(found, snippets, strict=True)
        ]

    def _texts(self, sobject: SObject, ids: Sequence[str]) -> dict[str, str | None]:
        """By id, what snippets of these records are cut from."""
        name = _SNIPPET_OF[sobject.name]
        if not ids or sobject.field(name) is None:
            return {}
        select = tuple(tree.Selected(tree.Path((item,), 0)) for item in ("Id", name))
        where = tree.InValues(tree.Path(("Id",), 0), negated=False, values=tuple(tree.Text(item, 0) for item in ids))
        query = tree.Query(select, (tree.Source(tree.Path((sobject.name,), 0)),), where=where)
        page = self.reader.first_page(resolve_query(self.context, query), len(ids))
        return {row["Id"]: row[name] for row in page["records"]}


def _highlights(sobject: SObject, record: Record, marker: Marker) -> Record:
    marks: Record = {}
    for name, value in record.items():
        item = sobject.field(name)
        if item is not None and item.type in _HIGHLIGHTED and isinstance(value, str):
            marked = marker.highlight(value)
            marks |= {f"highlight.{name}": marked} if marked is not None else {}
    return dict(sorted(marks.items()))


def _labels(plans: Iterable[Plan]) -> Record:
    """The metadata block; its first key is spelled as Salesforce's documentation spells it."""
    entities = []
    for plan in plans:
        assert plan.shape is not None  # noqa: S101
        fields = [item for name in plan.shape.items if (item := plan.root.field(name)) is not None]
        labels = [{"name": item.name, "label": item.label} for item in fields]
        entities.append({"entityName": plan.root.name, "fieldMetadata": labels})
    return {"entityetadata": entities}
