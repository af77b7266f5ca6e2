"""Runs resolved queries: one statement per page, one more per subquery; knows no query text and no DML."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.database import Database
from langchain_sfconnect.localorg.soql.compile import Compiler
from langchain_sfconnect.localorg.soql.compile_expressions import Expressions
from langchain_sfconnect.localorg.soql.cursors import Cursor, Cursors
from langchain_sfconnect.localorg.soql.dates import Now
from langchain_sfconnect.localorg.soql.plan import ChildPlan, Plan
from langchain_sfconnect.localorg.soql.results import Record, Records, Row
from langchain_sfconnect.localorg.sqltext import Sql

MAX_BATCH = 2000
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
        rows = self.rows(self._compiler.rows(plan, limit=batch_size + 1))
        if len(rows) <= batch_size:
            return _page(self._build(plan, rows), len(rows))
        return self._open_cursor(plan, rows[:batch_size], batch_size)

    def next_page(self, locator: str) -> Record:
        """Return the page a locator names.

        Raises:
            OrgError: INVALID_QUERY_LOCATOR.
        """
        cursor_id, cursor, offset = self.cursors.find(locator, self.user_id, self.now.moment)
        wanted = cursor.record_ids[offset : offset + cursor.batch_size]
        rows = self.rows(self._compiler.rows_by_id(cursor.plan, wanted))
        page = _page(self._build(cursor.plan, rows), len(cursor.record_ids))
        return self._with_next(page, cursor_id, cursor, offset + cursor.batch_size)

    def total(self, plan: Plan) -> int:
        """Return how many rows a query's conditions and bounds leave."""
        ((total,),) = self.rows(self._compiler.count(plan))
        return int(total)

    def record(self, plan: Plan) -> Record | None:
        """Return the one record a plan finds, or None."""
        rows = self.rows(self._compiler.rows(plan, limit=1))
        return self._build(plan, rows)[0] if rows else None

    def matching(self, plan: Plan, words: Sql, limit: int) -> list[Record]:
        """Return the records of a plan that `words`, a full-text statement, finds; best matches first."""
        return self._build(plan, self.rows(self._compiler.matching(plan, words, limit)))

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
        return _page([self.records.groups(cells, row) for row in rows], len(rows))

    def _open_cursor(self, plan: Plan, rows: Sequence[Row], batch_size: int) -> Record:
        found = tuple(row[0] for row in self.rows(self._compiler.ids(plan)))
        cursor = Cursor(plan, found, batch_size, self.user_id, self.now.moment)
        page = _page(self._build(plan, rows), len(found))
        return self._with_next(page, self.cursors.open(cursor), cursor, batch_size)

    def _with_next(self, page: Record, cursor_id: str, cursor: Cursor, offset: int) -> Record:
        if offset >= len(cursor.record_ids):
            return page
        url = f"/services/data/v{self.records.api_version}/query/{cursor_id}-{offset}"
        return {"totalSize": page["totalSize"], "done": False, "nextRecordsUrl": url, "records": page["records"]}

    def _build(self, plan: Plan, rows: Sequence[Row]) -> list[Record]:
        assert plan.shape is not None  # noqa: S101
        children = [self._below(child, rows) for child in plan.children]
        built = (self.records.record(plan.shape, row, children) for row in rows)
        return [record for record in built if record is not None]

    def _below(self, child: ChildPlan, parents: Sequence[Row]) -> dict[str, list[Record]]:
        """Fetch the rows of a subquery for all parents at once, and sort them under their parents."""
        parent_ids = [row[child.parent_slot] for row in parents]
        rows = self.rows(self._compiler.children(child.plan, parent_ids))
        slot = len(child.plan.columns) - 1
        below: dict[str, list[Record]] = {}
        for row, record in zip(rows, self._build(child.plan, rows), strict=True):
            below.setdefault(row[slot], []).append(record)
        return below


def _page(records: list[Record], total: int) -> Record:
    return {"totalSize": total, "done": True, "records": records}
