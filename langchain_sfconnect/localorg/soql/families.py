"""Builds the records of a page with the rows of their subqueries below them; knows no query text and no SQL text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from langchain_sfconnect.localorg.soql.compile import Compiler
from langchain_sfconnect.localorg.soql.plan import ChildPlan, Plan
from langchain_sfconnect.localorg.soql.results import Record, Records, Row
from langchain_sfconnect.localorg.sqltext import Sql

Fetch = Callable[[Sql], list[Row]]
KeepRest = Callable[[Plan, Sql, int], tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Family:
    """A record with everything below it, and how many rows that is, itself included."""

    record: Record
    size: int


@dataclass(frozen=True, slots=True)
class Brood:
    """The families of one subquery below each parent, as far as they were built, and how many rows each parent has."""

    plan: Plan
    built: dict[str, list[Family]]
    found: dict[str, int]

    def size(self, parent_id: str) -> int | None:
        """Return how many rows a parent has below it here; None where that is more than was built."""
        families = self.built.get(parent_id, [])
        return sum(item.size for item in families) if len(families) == self.found.get(parent_id, 0) else None


@dataclass(frozen=True, slots=True)
class Families:
    """Builds families, no more rows than fit a page: rows of subqueries count like any other.

    A family that does not fit waits for the next page; only one that is larger than a page is cut, and what is left
    of its subqueries is read by cursors of their own.

    Args:
        fetch: Runs a statement.
        compiler: Writes the statements.
        records: Shapes the records.
        keep_rest: Opens a cursor over the rows that a statement numbers; returns the URL of those from an offset on,
            and how many rows there are.
    """

    fetch: Fetch
    compiler: Compiler
    records: Records
    keep_rest: KeepRest

    def build(self, plan: Plan, rows: Sequence[Row], room: int) -> list[Family]:
        """Return the families of the first rows, as many as fit, but one at least if there is a row."""
        broods = [self._brood(child, rows, room) for child in plan.children]
        built: list[Family] = []
        for row in rows:
            family = self._whole(plan, row, broods)
            if family is None or family.size > room:
                break
            built.append(family)
            room -= family.size
        if not built and rows:
            built.append(self._cut(plan, rows[0], broods, room))
        return built

    def _brood(self, child: ChildPlan, parents: Sequence[Row], room: int) -> Brood:
        """Fetch the rows of a subquery for all parents at once, and sort them under their parents."""
        parent_ids = [row[child.parent_slot] for row in parents]
        rows = self.fetch(self.compiler.children(child.plan, parent_ids, limit=room + 1))
        slot = len(child.plan.columns) - 1
        found: dict[str, int] = {}
        for row in rows:
            found[row[slot]] = found.get(row[slot], 0) + 1
        if len(rows) > room:
            found[rows[-1][slot]] += 1
        built: dict[str, list[Family]] = {}
        for row, family in zip(rows, self.build(child.plan, rows, room), strict=False):
            built.setdefault(row[slot], []).append(family)
        return Brood(child.plan, built, found)

    def _whole(self, plan: Plan, row: Row, broods: Sequence[Brood]) -> Family | None:
        record_id = self._id(plan, row)
        sizes = [brood.size(record_id) for brood in broods]
        known = [size for size in sizes if size is not None]
        if len(known) < len(sizes):
            return None
        blocks = [_block([item.record for item in brood.built.get(record_id, [])]) for brood in broods]
        return Family(self._record(plan, row, blocks), 1 + sum(known))

    def _cut(self, plan: Plan, row: Row, broods: Sequence[Brood], room: int) -> Family:
        """A family too large for a page: each subquery shows what fits, one row at least."""
        record_id, left = self._id(plan, row), room - 1
        blocks: list[Record | None] = []
        for brood in broods:
            shown = _fitting(brood.built.get(record_id, []), left)
            left -= sum(item.size for item in shown)
            blocks.append(self._partial(brood, record_id, shown))
        return Family(self._record(plan, row, blocks), max(room, 1))

    def _partial(self, brood: Brood, parent_id: str, shown: Sequence[Family]) -> Record | None:
        records = [item.record for item in shown]
        if len(shown) == brood.found.get(parent_id, 0):
            return _block(records)
        url, total = self.keep_rest(brood.plan, self.compiler.child_numbers(brood.plan, parent_id), len(shown))
        return {"totalSize": total, "done": False, "nextRecordsUrl": url, "records": records}

    def _id(self, plan: Plan, row: Row) -> str:
        assert plan.shape is not None  # noqa: S101
        return str(row[plan.shape.id_slot])

    def _record(self, plan: Plan, row: Row, blocks: Sequence[Record | None]) -> Record:
        assert plan.shape is not None  # noqa: S101
        record = self.records.record(plan.shape, row, blocks)
        assert record is not None, "a queried row has an id"  # noqa: S101
        return record


def _fitting(families: Sequence[Family], room: int) -> list[Family]:
    shown: list[Family] = []
    for family in families:
        if shown and family.size > room:
            break
        shown.append(family)
        room -= family.size
    return shown


def _block(records: list[Record]) -> Record | None:
    return {"totalSize": len(records), "done": True, "records": records} if records else None
