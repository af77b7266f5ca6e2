"""All data access as one user, each method one thing Salesforce's REST resources do; knows nothing of HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from copy import copy
from datetime import datetime
from typing import Any

from langchain_sfconnect.localorg import errors, ids, sqltext
from langchain_sfconnect.localorg.database import Transaction
from langchain_sfconnect.localorg.encoding import encodable
from langchain_sfconnect.localorg.recent import Recent
from langchain_sfconnect.localorg.records.change import Writing
from langchain_sfconnect.localorg.records.editor import Editor
from langchain_sfconnect.localorg.records.incoming import matches
from langchain_sfconnect.localorg.records.options import WriteOptions
from langchain_sfconnect.localorg.records.recycle_bin import RecycleBin
from langchain_sfconnect.localorg.records.replication import deleted_between, updated_between
from langchain_sfconnect.localorg.records.terms import Terms
from langchain_sfconnect.localorg.rulebook import Rulebook
from langchain_sfconnect.localorg.schema import SObject
from langchain_sfconnect.localorg.schema.describe import describe, describe_global, describe_summary
from langchain_sfconnect.localorg.soql import tree
from langchain_sfconnect.localorg.soql.columns import column_metadata
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
from langchain_sfconnect.localorg.world import World
from langchain_sfconnect.localorg.zones import zone

Record = dict[str, Any]
_NOTHING_SPECIAL = WriteOptions()


class Session:
    """The org as one user sees and changes it. Every method raises OrgError for what Salesforce would refuse.

    What the user's profile may not see is not there; what it may not do is refused.

    Raises:
        OrgError: API_CURRENTLY_DISABLED: the profile may not use the API.
    """

    def __init__(self, world: World, user: Mapping[str, Any], api_version: str, *, strict_soql: bool = False) -> None:
        permissions = world.schema.permissions_of(_profile_name(world, user))
        if not permissions.api_enabled:
            raise errors.api_disabled()
        self._world = world
        self._schema = world.schema.seen_by(permissions)
        self._user_id: str = user["Id"]
        self._zone = zone(user["TimeZoneSidKey"])
        self._records = Records(api_version)
        self._api_version = api_version
        self._strict_soql = strict_soql

    def speaking(self, api_version: str) -> Session:
        """Return the same access in another version."""
        other = copy(self)
        other._records, other._api_version = Records(api_version), api_version
        return other

    # --- records ------------------------------------------------------------------------------------------------------

    def create(self, sobject: str, fields: Mapping[str, Any], *, options: WriteOptions = _NOTHING_SPECIAL) -> str:
        """Create a record and return its 18 character id."""
        target = self._sobject(sobject)
        with self._world.database.lock:
            record_id = self._editor(options).create(target, fields)
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
        with self._world.database.lock:
            record = self._reader().record(self._record_plan(target, wanted, fields))
            if record is None:
                self._editor().live(target, wanted)
                raise errors.not_found()
            self._recent().note(target, wanted)
        return record

    def update(
        self, sobject: str, record_id: str, fields: Mapping[str, Any], *, options: WriteOptions = _NOTHING_SPECIAL
    ) -> None:
        """Change the given fields of a record; null clears, an absent field is left alone."""
        target = self._sobject(sobject)
        with self._world.database.lock:
            self._editor(options).update(target, record_id, fields)

    def delete(self, sobject: str, record_id: str) -> None:
        """Move a record and what belongs to it to the recycle bin."""
        target = self._sobject(sobject)
        with self._world.database.lock:
            self._editor().delete(target, record_id)

    def upsert(
        self,
        sobject: str,
        external_field: str,
        value: str,
        fields: Mapping[str, Any],
        *,
        options: WriteOptions = _NOTHING_SPECIAL,
    ) -> tuple[str, bool]:
        """Update the record that a field identifies, or create it; return its id and whether it was created."""
        target = self._sobject(sobject)
        with self._world.database.lock:
            found = self._one_match(target, external_field, value)
            key = target.field(external_field)
            if key is not None and key.type == "id":
                return self._upsert_by_id(target, value, fields, options)
            if any(name.lower() == external_field.lower() for name in fields):
                raise errors.external_id_in_body(external_field)
            if found is not None:
                self.update(sobject, found, fields, options=options)
                return found, False
            return self.create(sobject, {**fields, external_field: value}, options=options), True

    def retrieve_by(self, sobject: str, external_field: str, value: str, fields: Sequence[str] | None = None) -> Record:
        """Return the record that a field identifies."""
        target = self._sobject(sobject)
        with self._world.database.lock:
            found = self._one_match(target, external_field, value)
            if found is None:
                raise errors.not_found()
            return self.retrieve(sobject, found, fields)

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Keep everything done in the block, or nothing after an exception or `rollback()`. Nests."""
        return self._world.database.transaction()

    # --- the recycle bin and what changed -----------------------------------------------------------------------------

    def undelete(self, record_id: str) -> None:
        """Bring a record back from the recycle bin, with what was deleted along with it."""
        wanted = ids.normalize(record_id)
        if wanted is None:
            raise errors.unknown_external_field(record_id)
        if self._schema.of_id(wanted) is None:
            raise errors.not_found()
        with self._world.database.lock:
            self._recycle_bin().undelete(wanted)

    def purge(self) -> int:
        """Empty the org's recycle bin and return how many records are gone for good."""
        with self._world.database.lock:
            return self._recycle_bin().purge()

    def deleted(self, sobject: str, start: datetime, end: datetime) -> Record:
        """Return which records were deleted from `start` up to `end`; both are aware."""
        target, world = self._sobject(sobject), self._world
        return deleted_between(world.database, target, start, end, now=world.clock.now())

    def updated(self, sobject: str, start: datetime, end: datetime) -> Record:
        """Return which records were created or changed from `start` up to `end`; both are aware."""
        target, world = self._sobject(sobject), self._world
        return updated_between(world.database, target, start, end, now=world.clock.now())

    # --- queries and searches -----------------------------------------------------------------------------------------

    def query(self, soql: str, *, include_deleted: bool = False, batch_size: int = MAX_BATCH) -> Record:
        """Return the first page of a query's answer."""
        with self._world.database.lock:
            plan = self._plan(soql, include_deleted=include_deleted)
            if plan.include_deleted:
                self._recycle_bin().purge_expired()
            page = self._reader().first_page(plan, max(1, min(batch_size, MAX_BATCH)))
            if plan.marks_viewed:
                self._mark_viewed(plan, page)
            return page

    def query_more(self, locator: str) -> Record:
        """Return a further page; `locator` is the last part of `nextRecordsUrl`."""
        with self._world.database.lock:
            return self._reader().next_page(locator)

    def columns(self, soql: str) -> Record:
        """Return what the columns of a query's answer are, without running it."""
        with self._world.database.lock:
            return column_metadata(self._plan(soql, include_deleted=False))

    def explain(self, soql: str) -> Record:
        """Return how a query would be run."""
        with self._world.database.lock:
            plan = self._plan(soql, include_deleted=False)
            return {"plans": [explain_plan(self._reader(), plan)], "sourceQuery": soql}

    def search(self, sosl: str) -> Record:
        """Return the answer of a SOSL statement."""
        text = encodable(sosl)
        with self._world.database.lock:
            return self._searcher(text).run(parse_search(text))

    def parameterized_search(self, request: Mapping[str, Any]) -> Record:
        """Return the answer of a search described by a request body."""
        with self._world.database.lock:
            search = read_parameters(request)
            return self._searcher(search.term).run(search)

    # --- metadata -----------------------------------------------------------------------------------------------------

    def describe_global(self) -> Record:
        """Return what all objects are and allow."""
        return describe_global(self._schema, self._api_version)

    def describe(self, sobject: str) -> Record:
        """Return what one object is, with its fields and relationships."""
        return describe(self._sobject(sobject), self._api_version)

    def basic_info(self, sobject: str) -> Record:
        """Return what one object is and the records of it that the user last looked at."""
        target = self._sobject(sobject)
        with self._world.database.lock:
            recent = self._recent().items(target, self._records)
        return {"objectDescribe": describe_summary(target, self._api_version), "recentItems": recent}

    def described_at(self) -> datetime:
        """Return when what `describe` tells was last changed, to the second, as HTTP dates are."""
        return self._world.described_at.replace(microsecond=0)

    def recently_viewed(self, limit: int) -> list[Record]:
        """Return the records that the user last looked at, newest first."""
        with self._world.database.lock:
            return self._recent().overall(self._schema, self._records, limit)

    def record_counts(self, sobjects: Sequence[str] | None) -> Record:
        """Return how many records objects have; unknown names are left out."""
        schema = self._schema
        wanted = list(schema) if sobjects is None else [item for name in sobjects if (item := schema.find(name))]
        with self._world.database.lock:
            return {"sObjects": [{"count": self._count(item), "name": item.name} for item in wanted]}

    # --- the parts they are made of -----------------------------------------------------------------------------------

    def _sobject(self, name: str) -> SObject:
        sobject = self._schema.find(name)
        if sobject is None:
            raise errors.not_found()
        return sobject

    def _now(self) -> Now:
        return Now(self._world.clock.now(), self._zone, self._world.calendar)

    def _writing(self) -> Writing:
        world, now = self._world, self._world.clock.now()
        return Writing(world.database, world.schema, world.minter, world.calendar, self._user_id, now, self._zone)

    def _editor(self, options: WriteOptions = _NOTHING_SPECIAL) -> Editor:
        terms = Terms(self._schema, self._world.locks, self._rulebook().holds, self._api_version, options)
        return Editor(self._writing(), terms)

    def _recycle_bin(self) -> RecycleBin:
        return RecycleBin(self._writing(), self._world.locks)

    def _reader(self) -> Reader:
        world = self._world
        return Reader(world.database, world.cursors, self._records, self._user_id, self._now())

    def _rulebook(self) -> Rulebook:
        return Rulebook(self._world.schema, self._reader())

    def _recent(self) -> Recent:
        return Recent(self._world.database, self._user_id, self._world.clock.now())

    def _context(self, text: str, *, include_deleted: bool = False) -> Context:
        complaints = Complaints(text)
        return Context(
            self._schema, self._now(), self._user_id, complaints, include_deleted, self._api_version, self._strict_soql
        )

    def _plan(self, soql: str, *, include_deleted: bool) -> Plan:
        text = encodable(soql)
        return resolve_query(self._context(text, include_deleted=include_deleted), parse_query(text))

    def _mark_viewed(self, plan: Plan, page: Record) -> None:
        """Remember the records of a page as looked at; FOR VIEW asks for that."""
        recent = self._recent()
        for record in page["records"]:
            recent.note(plan.root, record["attributes"]["url"].rpartition("/")[2])

    def _searcher(self, text: str) -> Searcher:
        return Searcher(self._context(text), self._reader())

    def _record_plan(self, sobject: SObject, record_id: str, fields: Sequence[str] | None) -> Plan:
        names = [item.name for item in sobject.fields] if fields is None else _with_id(sobject, fields)
        select = tuple(tree.Selected(tree.Path((name,), 0)) for name in names)
        where = tree.Compare(tree.Path(("Id",), 0), "=", tree.Text(record_id, 0))
        source = tree.Source(tree.Path((sobject.name,), 0))
        return resolve_query(self._context(""), tree.Query(select, (source,), where=where))

    def _one_match(self, sobject: SObject, external_field: str, value: str) -> str | None:
        found = matches(self._writing(), sobject, external_field, value)
        if len(found) > 1:
            base = f"/services/data/v{self._api_version}/sobjects/{sobject.name}"
            raise errors.MultipleMatches([f"{base}/{record_id}" for record_id in found])
        return found[0] if found else None

    def _upsert_by_id(
        self, sobject: SObject, value: str, fields: Mapping[str, Any], options: WriteOptions
    ) -> tuple[str, bool]:
        self._editor(options).update(sobject, value, fields)
        return str(ids.normalize(value)), False

    def _count(self, sobject: SObject) -> int:
        live = Sql('WHERE "IsDeleted" = 0') if sobject.has_recycle_bin else Sql("")
        row = self._world.database.row(Sql("SELECT count(*) FROM") + sqltext.name(sobject.name) + live)
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


def _profile_name(world: World, user: Mapping[str, Any]) -> str:
    row = world.database.row(Sql('SELECT "Name" FROM "Profile" WHERE "Id" = ?', (user["ProfileId"],)))
    return str(row[0]) if row else ""
