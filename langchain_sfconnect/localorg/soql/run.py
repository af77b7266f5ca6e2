"""Runs resolved queries: one statement per page, one more per subquery; knows no query text and no DML."""

from __future__ import annotations

import json
import re
import sqlite3
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.database import Database
from langchain_sfconnect.localorg.soql.compile import Compiler
from langchain_sfconnect.localorg.soql.compile_expressions import Expressions
from langchain_sfconnect.localorg.soql.cursors import Cursor, Cursors
from langchain_sfconnect.localorg.soql.dates import Now
from langchain_sfconnect.localorg.soql.exprs import Column
from langchain_sfconnect.localorg.soql.families import Families
from langchain_sfconnect.localorg.soql.plan import Plan
from langchain_sfconnect.localorg.soql.results import Record, Records, Row
from langchain_sfconnect.localorg.sqltext import Sql

MAX_BATCH = 2000
LONG_TEXT_BATCH = 200
_LONG_TEXT = 255
_TOO_MUCH = re.compile(r"too (?:many|large|big|complex)|at most|overflow", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the org for one user."""

    database: Database
    cursors: Cursors
    records: Records
    user_id: str
    now: Now

    def rows(self, statement: Sql) -> list[Row]:
        """Run a statement.

        Raises:
            OrgError: QUERY_TOO_COMPLICATED: it is beyond SQLite's limits.
        """
        try:
            return list(self.database.rows(statement))
        except sqlite3.OperationalError as error:
            if _TOO_MUCH.search(str(error)):
                raise errors.query_too_complicated() from None
            raise

    def first_page(self, plan: Plan, batch_size: int) -> Record:
        """Return the answer of a query: all of it, or its first page with the way to the next.

        Raises:
            OrgError: EXCEEDED_ID_LIMIT when an aggregate has more groups than fit in one page.
        """
        if plan.kind == "count":
            return _page([], self.total(plan))
        if plan.kind == "groups":
            return self._groups(plan)
        batch_size = min(batch_size, LONG_TEXT_BATCH) if _is_heavy(plan) else batch_size
        rows = self.rows(self._compiler.rows(plan, limit=batch_size + 1))
        records = self._build(plan, rows[:batch_size], batch_size)
        if len(records) == len(rows):
            return _page(records, len(rows))
        opened = self._open(plan, self._compiler.numbers(plan), batch_size)
        return self._partial(records, opened, len(records))

    def next_page(self, locator: str) -> Record:
        """Return the page a locator names.

        Raises:
            OrgError: INVALID_QUERY_LOCATOR.
        """
        cursor_id, cursor, offset = self.cursors.find(locator, self.user_id, self.now.moment)
        wanted = cursor.rows[offset : offset + cursor.batch_size]
        rows = self.rows(self._compiler.numbered(cursor.plan, wanted))
        records = self._build(cursor.plan, rows, cursor.batch_size)
        read = rows[len(records)][-1] if len(records) < len(rows) else len(wanted)
        return self._partial(records, (cursor_id, cursor), offset + read)

    def total(self, plan: Plan) -> int:
        """Return how many rows a query's conditions and bounds leave."""
        ((total,),) = self.rows(self._compiler.count(plan))
        return int(total)

    def record(self, plan: Plan) -> Record | None:
        """Return the one record a plan finds, or None."""
        rows = self.rows(self._compiler.rows(plan, limit=1))
        return self._build(plan, rows, 1)[0] if rows else None

    def matching(self, plan: Plan, words: Sql, limit: int) -> list[Record]:
        """Return the records of a plan that `words`, a full-text statement, finds; best matches first."""
        rows = self.rows(self._compiler.matching(plan, words, limit))
        return self._build(plan, rows, len(rows))

    def plan_steps(self, plan: Plan) -> list[str]:
        """Return how SQLite would go about a query, step by step."""
        make = {"rows": self._compiler.rows, "count": self._compiler.count}.get(plan.kind, self._few_groups)
        statement = make(plan)
        return [str(row[3]) for row in self.rows(statement.wrapped("EXPLAIN QUERY PLAN ", ""))]

    @property
    def _compiler(self) -> Compiler:
        return Compiler(Expressions(self.now, self.user_id))

    def _few_groups(self, plan: Plan) -> Sql:
        return self._compiler.groups(plan, limit=MAX_BATCH)

    def _groups(self, plan: Plan) -> Record:
        rows = self.rows(self._compiler.groups(plan, limit=MAX_BATCH + 1))
        if len(rows) > MAX_BATCH:
            raise errors.too_many_groups()
        cells = plan.cells or {}
        return _page([self._local_records.groups(cells, row) for row in rows], len(rows))

    def _build(self, plan: Plan, rows: Sequence[Row], room: int) -> list[Record]:
        def keep_rest(below: Plan, numbers: Sql, offset: int) -> tuple[str, int]:
            cursor_id, cursor = self._open(below, numbers, room)
            return self.records.next_url(cursor_id, offset), len(cursor.rows)

        families = Families(self.rows, self._compiler, self._local_records, keep_rest)
        return [family.record for family in families.build(plan, rows, room)]

    @property
    def _local_records(self) -> Records:
        return replace(self.records, zone=self.now.zone)

    def _open(self, plan: Plan, numbers: Sql, batch_size: int) -> tuple[str, Cursor]:
        ((text,),) = self.rows(numbers)
        cursor = Cursor(plan, array("q", json.loads(text)), batch_size, self.user_id, self.now.moment)
        return self.cursors.open(cursor), cursor

    def _partial(self, records: list[Record], opened: tuple[str, Cursor], offset: int) -> Record:
        cursor_id, cursor = opened
        total = len(cursor.rows)
        if offset >= total:
            return _page(records, total)
        url = self.records.next_url(cursor_id, offset)
        return {"totalSize": total, "done": False, "nextRecordsUrl": url, "records": records}


def _page(records: list[Record], total: int) -> Record:
    return {"totalSize": total, "done": True, "records": records}


def _is_heavy(plan: Plan) -> bool:
    """Salesforce sends fewer rows at a time when two or more of their fields are long custom texts."""
    fields = (item.field for item in plan.columns if isinstance(item, Column))
    return sum(item.custom and item.type == "textarea" and item.length > _LONG_TEXT for item in fields) > 1
