"""All data access as one user, each method one thing Salesforce's REST resources do; knows nothing of HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from langchain_sfconnect.localorg import errors, ids, sqltext
from langchain_sfconnect.localorg.database import Transaction
from langchain_sfconnect.localorg.encoding import encodable
from langchain_sfconnect.localorg.recent import Recent
from langchain_sfconnect.localorg.records.change import Writing
from langchain_sfconnect.localorg.records.incoming import matches
from langchain_sfconnect.localorg.records.writer import Writer
from langchain_sfconnect.localorg.schema import SObject
from langchain_sfconnect.localorg.schema.describe import describe, describe_global, describe_summary
from langchain_sfconnect.localorg.soql import tree
from langchain_sfconnect.localorg.soql.dates import Now
from langchain_sfconnect.localorg.soql.explain import explain_plan
from langchain_sfconnect.localorg.soql.parser import parse_query, parse_search
from langchain_sfconnect.localorg.soql.plan import Plan
from langchain_sfconnect.localorg.soql.position import Complaints
from langchain_sfconnect.localorg.soql.resolve import resolve_query
from langchain_sfconnect.localorg.soql.results import Records
from langchain_sfconnect.localorg.soql.run import MAX_BATCH, Reader
from langchain_sfconnect.localorg.soql.scope import Context
from langchain_sfconnect.localorg.sosl.parameters import read_parameters
from langchain_sfconnect.localorg.sosl.search import Searcher
from langchain_sfconnect.localorg.sqltext import Sql
from langchain_sfconnect.localorg.zones import zone

if TYPE_CHECKING:
    from langchain_sfconnect.localorg.engine import Engine

Record = dict[str, Any]


class Session:
    """The org as one user sees and changes it. Every method raises OrgError for what Salesforce would refuse."""

    def __init__(self, engine: Engine, user: Mapping[str, Any], api_version: str) -> None:
        self._engine = engine
        self._user_id: str = user["Id"]
        self._zone = zone(user["TimeZoneSidKey"])
        self._records = Records(api_version)
        self._api_version = api_version

    # --- records ------------------------------------------------------------------------------------------------------

    def create(self, sobject: str, fields: Mapping[str, Any]) -> str:
        """Create a record and return its 18 character id."""
        target = self._sobject(sobject)
        with self._engine.database.lock:
            record_id = self._writer().create(target, fields)
            self._recent().note(target, record_id)
        return record_id

    def retrieve(self, sobject: str, record_id: str, fields: Sequence[str] | None = None) -> Record:
        """Return a record with the named fields, or all of them, as Salesforce's JSON."""
        target = self._sobject(sobject)
        wanted = ids.normalize(record_id)
        if wanted is None:
            raise errors.unknown_external_field(record_id)
        if ids.prefix(wanted) != target.prefix:
            raise errors.not_found()
        with self._engine.database.lock:
            record = self._reader().record(self._record_plan(target, wanted, fields))
            if record is None:
                self._writer().live(target, wanted)
                raise errors.not_found()
            self._recent().note(target, wanted)
        return record

    def update(self, sobject: str, record_id: str, fields: Mapping[str, Any]) -> None:
        """Change the given fields of a record; null clears, an absent field is left alone."""
        target = self._sobject(sobject)
        with self._engine.database.lock:
            self._writer().update(target, record_id, fields)

    def delete(self, sobject: str, record_id: str) -> None:
        """Move a record and what belongs to it to the recycle bin."""
        target = self._sobject(sobject)
        with self._engine.database.lock:
            self._writer().delete(target, record_id)

    def upsert(self, sobject: str, external_field: str, value: str, fields: Mapping[str, Any]) -> tuple[str, bool]:
        """Update the record that a field identifies, or create it; return its id and whether it was created."""
        target = self._sobject(sobject)
        with self._engine.database.lock:
            found = self._one_match(target, external_field, value)
            key = target.field(external_field)
            if key is not None and key.type == "id":
                return self._upsert_by_id(target, value, fields)
            if any(name.lower() == external_field.lower() for name in fields):
                raise errors.external_id_in_body(external_field)
            if found is not None:
                self.update(sobject, found, fields)
                return found, False
            return self.create(sobject, {**fields, external_field: value}), True

    def retrieve_by(self, sobject: str, external_field: str, value: str, fields: Sequence[str] | None = None) -> Record:
        """Return the record that a field identifies."""
        target = self._sobject(sobject)
        with self._engine.database.lock:
            found = self._one_match(target, external_field, value)
            if found is None:
                raise errors.not_found()
            return self.retrieve(sobject, found, fields)

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Keep everything done in the block, or nothing after an exception or `rollback()`. Nests."""
        return self._engine.database.transaction()

    # --- queries and searches -----------------------------------------------------------------------------------------

    def query(self, soql: str, *, include_deleted: bool = False, batch_size: int = MAX_BATCH) -> Record:
        """Return the first page of a query's answer."""
        with self._engine.database.lock:
            plan = self._plan(soql, include_deleted=include_deleted)
            return self._reader().first_page(plan, max(1, min(batch_size, MAX_BATCH)))

    def query_more(self, locator: str) -> Record:
        """Return a further page; `locator` is the last part of `nextRecordsUrl`."""
        with self._engine.database.lock:
            return self._reader().next_page(locator)

    def explain(self, soql: str) -> Record:
        """Return how a query would be run."""
        with self._engine.database.lock:
            plan = self._plan(soql, include_deleted=False)
            return {"plans": [explain_plan(self._reader(), plan)], "sourceQuery": soql}

    def search(self, sosl: str) -> Record:
        """Return the answer of a SOSL statement."""
        text = encodable(sosl)
        with self._engine.database.lock:
            return self._searcher(text).run(parse_search(text))

    def parameterized_search(self, request: Mapping[str, Any]) -> Record:
        """Return the answer of a search described by a request body."""
        with self._engine.database.lock:
            search = read_parameters(request)
            return self._searcher(search.term).run(search)

    # --- metadata -----------------------------------------------------------------------------------------------------

    def describe_global(self) -> Record:
        """Return what all objects are and allow."""
        return describe_global(self._engine.schema, self._api_version)

    def describe(self, sobject: str) -> Record:
        """Return what one object is, with its fields and relationships."""
        return describe(self._sobject(sobject), self._api_version)

    def basic_info(self, sobject: str) -> Record:
        """Return what one object is and the records of it that the user last looked at."""
        target = self._sobject(sobject)
        with self._engine.database.lock:
            recent = self._recent().items(target, self._records)
        return {"objectDescribe": describe_summary(target, self._api_version), "recentItems": recent}

    def record_counts(self, sobjects: Sequence[str] | None) -> Record:
        """Return how many records objects have; unknown names are left out."""
        schema = self._engine.schema
        wanted = list(schema) if sobjects is None else [item for name in sobjects if (item := schema.find(name))]
        with self._engine.database.lock:
            return {"sObjects": [{"count": self._count(item), "name": item.name} for item in wanted]}

    # --- the parts they are made of -----------------------------------------------------------------------------------

    def _sobject(self, name: str) -> SObject:
        sobject = self._engine.schema.find(name)
        if sobject is None:
            raise errors.not_found()
        return sobject

    def _now(self) -> Now:
        return Now(self._engine.clock.now(), self._zone, self._engine.calendar)

    def _writer(self) -> Writer:
        engine, now = self._engine, self._engine.clock.now()
        return Writer(
            Writing(engine.database, engine.schema, engine.minter, engine.calendar, self._user_id, now, self._zone)
        )

    def _reader(self) -> Reader:
        engine = self._engine
        return Reader(engine.database, engine.cursors, self._records, self._user_id, self._now())

    def _recent(self) -> Recent:
        return Recent(self._engine.database, self._user_id, self._engine.clock.now())

    def _context(self, text: str, *, include_deleted: bool = False) -> Context:
        return Context(self._engine.schema, self._now(), self._user_id, Complaints(text), include_deleted)

    def _plan(self, soql: str, *, include_deleted: bool) -> Plan:
        text = encodable(soql)
        return resolve_query(self._context(text, include_deleted=include_deleted), parse_query(text))

    def _searcher(self, text: str) -> Searcher:
        return Searcher(self._context(text), self._reader())

    def _record_plan(self, sobject: SObject, record_id: str, fields: Sequence[str] | None) -> Plan:
        names = [item.name for item in sobject.fields] if fields is None else _with_id(sobject, fields)
        select = tuple(tree.Selected(tree.Path((name,), 0)) for name in names)
        where = tree.Compare(tree.Path(("Id",), 0), "=", tree.Text(record_id, 0))
        source = tree.Source(tree.Path((sobject.name,), 0))
        return resolve_query(self._context(""), tree.Query(select, (source,), where=where))

    def _one_match(self, sobject: SObject, external_field: str, value: str) -> str | None:
        found = matches(self._writer().writing, sobject, external_field, value)
        if len(found) > 1:
            base = f"/services/data/v{self._api_version}/sobjects/{sobject.name}"
            raise errors.MultipleMatches([f"{base}/{record_id}" for record_id in found])
        return found[0] if found else None

    def _upsert_by_id(self, sobject: SObject, value: str, fields: Mapping[str, Any]) -> tuple[str, bool]:
        self._writer().update(sobject, value, fields)
        return str(ids.normalize(value)), False

    def _count(self, sobject: SObject) -> int:
        live = Sql('WHERE "IsDeleted" = 0') if sobject.has_recycle_bin else Sql("")
        row = self._engine.database.row(Sql("SELECT count(*) FROM") + sqltext.name(sobject.name) + live)
        return int(row[0]) if row else 0


def _with_id(sobject: SObject, fields: Sequence[str]) -> list[str]:
    """Check the field names of a retrieve: unknown ones are named as for a write, and Id always comes along."""
    names: list[str] = []
    for name in fields:
        item = sobject.field(name.strip())
        if item is None:
            raise errors.no_such_column(name, sobject.name)
        if item.name not in names:
            names.append(item.name)
    return names if "Id" in names else [*names, "Id"]
