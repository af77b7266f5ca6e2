"""A report's run: its summaries and rows in Salesforce's fact map. Rendering, and the query of the detail rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import product
from typing import Any

from langchain_sfconnect.localorg.engine import Session
from langchain_sfconnect.localorg.rest.analytics import periods
from langchain_sfconnect.localorg.rest.analytics.columns import Column, Group, Report
from langchain_sfconnect.localorg.rest.analytics.filters import condition
from langchain_sfconnect.localorg.rest.analytics.metadata import attributes, extended, metadata
from langchain_sfconnect.localorg.rest.analytics.summaries import (
    Branch,
    Key,
    Row,
    Summaries,
    Values,
    ask,
    key_of,
    summarise,
)

MOST_ROWS = 2_000
MOST_FACTS = 10_000
"""Up to here every crossing of a matrix is answered; beyond, only those with rows."""


def run(report: Report, session: Session, *, base: str, user_id: str, details: bool) -> dict[str, Any]:
    """The body of a report's run.

    Args:
        report: The report.
        session: Whose eyes see the rows.
        base: The path this API version begins with.
        user_id: Who "my records" are.
        details: Whether the rows themselves are answered, or only the summaries.

    Raises:
        OrgError: The report makes no sense.
    """
    where = condition(report, user_id)
    summaries = summarise(report, session, where)
    down = summaries.branches(report.down, report.aggregates)
    across = summaries.branches(report.across, report.aggregates, across=True)
    keys = (dict(_keys(down)), dict(_keys(across)))
    facts = _facts(report, summaries, *keys)
    count = summaries.values[(), ()][report.count_at]
    if details:
        _add_rows(report, ask(session, _rows_query(report, where)), facts, keys)
    return {
        "allData": summaries.complete and (not details or count <= MOST_ROWS),
        "attributes": attributes(report, base),
        "factMap": facts,
        "groupingsAcross": {"groupings": [_grouping(branch, report.across) for branch in across]},
        "groupingsDown": {"groupings": [_grouping(branch, report.down) for branch in down]},
        "hasDetailRows": details,
        "reportExtendedMetadata": extended(report),
        "reportMetadata": metadata(report),
    }


def _facts(report: Report, summaries: Summaries, down: Mapping[Key, str], across: Mapping[Key, str]) -> dict[str, Any]:
    """The fact map without rows: each group down crossed with each across."""
    empty = [0 if aggregate.kind in (None, "s", "u") else None for aggregate in report.aggregates]
    if len(down) * len(across) <= MOST_FACTS:
        crossings = [(above, left) for above in down for left in across]
    else:
        crossings = [(above, left) for above, left in summaries.values if above in down and left in across]
    return {
        f"{down[above]}!{across[left]}": {"aggregates": _aggregates(report, summaries.values.get((above, left), empty))}
        for above, left in crossings
    }


def _aggregates(report: Report, values: Values) -> list[dict[str, Any]]:
    """The values of a fact; a sum of nothing is zero."""
    shown = [
        0 if value is None and aggregate.kind == "s" else value
        for aggregate, value in zip(report.aggregates, values, strict=True)
    ]
    return [
        {"label": _label(value, aggregate.data_type), "value": value}
        for aggregate, value in zip(report.aggregates, shown, strict=True)
    ]


def _add_rows(report: Report, rows: Sequence[Row], facts: dict[str, Any], keys: Sequence[Mapping[Key, str]]) -> None:
    """Put each row where its groups cross; every innermost crossing has a list of rows, if an empty one."""
    sides = (report.down, report.across)
    innermost = [
        [key for value, key in side.items() if len(value) == len(groups)]
        for side, groups in zip(keys, sides, strict=True)
    ]
    for crossing in product(*innermost):
        if "!".join(crossing) in facts:
            facts["!".join(crossing)]["rows"] = []
    for row in rows:
        own = [side.get(key_of(groups, partial(_value, row)), "") for side, groups in zip(keys, sides, strict=True)]
        if "!".join(own) in facts:
            facts["!".join(own)]["rows"].append({"dataCells": [_cell(column, row) for column in report.columns]})


def _keys(branches: Iterable[Branch], above: Key = ()) -> Iterable[tuple[Key, str]]:
    """Every group with its key in the fact map; all rows are `T`."""
    if not above:
        yield (), "T"
    for branch in branches:
        value = (*above, branch.value)
        yield value, branch.key
        yield from _keys(branch.branches, value)


def _rows_query(report: Report, where: str) -> str:
    groups = [*report.down, *report.across]
    shown = dict.fromkeys(["Id", *(c.path for c in report.columns), *(g.column.path for g in groups)])
    order = [f"{group.column.path} {group.given.order}" for group in groups]
    order += [f"{report.column(item.column).path} {item.order}" for item in report.definition.sort]
    ordered = ["ORDER BY", ", ".join(order)] if order else []
    clauses = ["SELECT", ", ".join(shown), "FROM", report.definition.sobject, where, *ordered, "LIMIT", str(MOST_ROWS)]
    return " ".join(clauses)


def _grouping(branch: Branch, groups: Sequence[Group]) -> dict[str, Any]:
    inner = [_grouping(child, groups[1:]) for child in branch.branches]
    period = groups[0].granularity
    if branch.value is None:
        label = "-"
    else:
        label = (
            _label(branch.value, groups[0].column.data_type)
            if period == "None"
            else periods.label(period, branch.value)
        )
    return {"groupings": inner, "key": branch.key, "label": label, "value": branch.value}


def _cell(column: Column, row: Row) -> dict[str, Any]:
    value = _value(row, column.path)
    label = _label(value, column.data_type)
    if column.data_type == "currency" and value is not None:
        return {"label": label, "value": {"amount": value, "currency": None}}
    return {"label": label, "value": value}


def _label(value: Any, data_type: str) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    if data_type == "currency" and isinstance(value, int | float):
        return f"${value:,.2f}"
    return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _value(row: Row, path: str) -> Any:
    value: Any = row
    for step in path.split("."):
        value = value[step] if isinstance(value, Mapping) else None
    return value
