"""A report's summaries: one GROUP BY for each level of its groupings, and the tree of groups; renders nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from langchain_sfconnect.localorg.engine import Session
from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.rest import refusals
from langchain_sfconnect.localorg.rest.analytics import periods
from langchain_sfconnect.localorg.rest.analytics.columns import Aggregate, Group, Report

MOST_GROUPS = 2_000
_FUNCTIONS = {"s": "SUM", "a": "AVG", "m": "MIN", "x": "MAX", "u": "COUNT_DISTINCT"}
Key = tuple[Any, ...]
Row = Mapping[str, Any]
Values = list[Any]


@dataclass(frozen=True, slots=True)
class Branch:
    """A group: the key of the fact map it has, such as `0_2`, its value, and the groups within it."""

    key: str
    value: Any
    branches: list[Branch] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Summaries:
    """The values of every aggregate, by the groups down and across; `()` stands for all rows."""

    values: Mapping[tuple[Key, Key], Values]
    complete: bool

    def branches(
        self, groups: Sequence[Group], aggregates: Sequence[Aggregate], *, across: bool = False
    ) -> list[Branch]:
        """The tree of groups on one side, each level in the order its grouping asks for."""
        side = 1 if across else 0
        keys = {pair[side] for pair in self.values if not pair[1 - side]}

        def grown(above: Key, prefix: str) -> list[Branch]:
            found = [key for key in keys if len(key) == len(above) + 1 and key[:-1] == above]
            if not found:
                return []
            order = groups[len(above)].given
            names = [aggregate.name for aggregate in aggregates]
            at = names.index(order.by) if order.by in names else None

            def rank(key: Key) -> tuple[bool, Any]:
                value = key[-1] if at is None else self.values[((), key) if across else (key, ())][at]
                return value is not None, value

            found.sort(key=rank, reverse=order.order == "Desc")
            return [
                Branch(f"{prefix}{place}", key[-1], grown(key, f"{prefix}{place}_")) for place, key in enumerate(found)
            ]

        return grown((), "")


def summarise(report: Report, session: Session, where: str) -> Summaries:
    """Ask for every level: none grouped, the first grouping, the first two, …, down and across.

    Raises:
        OrgError: A column cannot be grouped or summarised like that.
    """
    values: dict[tuple[Key, Key], Values] = {}
    complete = True
    for down, across in product(range(len(report.down) + 1), range(len(report.across) + 1)):
        groups = [*report.down[:down], *report.across[:across]]
        rows = ask(session, _soql(report, groups, where))
        complete &= len(rows) < MOST_GROUPS
        for row in rows:
            key = _key(groups, row)
            values[key[:down], key[down:]] = [row[f"a{place}"] for place in range(len(report.aggregates))]
    values.setdefault(((), ()), [0] * len(report.aggregates))
    return Summaries(values, complete)


def ask(session: Session, soql: str) -> list[Row]:
    """The rows of a query made from a report.

    Raises:
        OrgError: BAD_REQUEST: the report asks for what cannot be asked.
    """
    try:
        rows: list[Row] = session.query(soql)["records"]
        return rows
    except OrgError as refusal:
        raise refusals.bad_report(refusal.message.rpartition("\n")[2]) from None


def key_of(groups: Sequence[Group], value: Callable[[str], Any]) -> Key:
    """The groups that a detail row belongs to; `value` finds a path's value in it."""
    return tuple(
        periods.first_day_of(group.granularity, value(group.column.path))
        if group.granularity != "None"
        else value(group.column.path)
        for group in groups
    )


def _soql(report: Report, groups: Sequence[Group], where: str) -> str:
    parts = [part for group in groups for part in _expressions(group)]
    shown = [f"{part} g{place}" for place, part in enumerate(parts)]
    shown += [f"{_function(aggregate)} a{place}" for place, aggregate in enumerate(report.aggregates)]
    grouped = ["GROUP BY", ", ".join(dict.fromkeys(parts)), "LIMIT", str(MOST_GROUPS)] if parts else []
    return " ".join(["SELECT", ", ".join(shown), "FROM", report.definition.sobject, where, *grouped])


def _expressions(group: Group) -> list[str]:
    if group.granularity == "None":
        return [group.column.path]
    return periods.expressions(group.column.path, group.granularity, group.column.data_type)


def _function(aggregate: Aggregate) -> str:
    if aggregate.column is None or aggregate.kind is None:
        return "COUNT(Id)"
    return f"{_FUNCTIONS[aggregate.kind]}({aggregate.column.path})"


def _key(groups: Sequence[Group], row: Row) -> Key:
    """The values of the groups from the columns `g0`, `g1`, … of a row: a period takes up to two of them."""
    key: list[Any] = []
    place = 0
    for group in groups:
        width = len(_expressions(group))
        values = [row[f"g{place + offset}"] for offset in range(width)]
        key.append(values[0] if group.granularity == "None" else periods.first_day(group.granularity, values))
        place += width
    return tuple(key)
