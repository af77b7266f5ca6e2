"""Tells how a query would be run, in the shape of Salesforce's query plans; knows no query text."""

from __future__ import annotations

import re
from typing import Any

from langchain_sfconnect.localorg import sqltext
from langchain_sfconnect.localorg.soql.plan import Plan
from langchain_sfconnect.localorg.soql.run import Reader
from langchain_sfconnect.localorg.sqltext import Sql

_STEP = re.compile(r"SEARCH t0 USING (?:COVERING )?INDEX (?P<index>\S+) |SEARCH t0 USING INTEGER PRIMARY KEY")
_AUTOMATIC = "sqlite_autoindex_"


def explain_plan(reader: Reader, plan: Plan) -> dict[str, Any]:
    """Return the leading operation of a query, its fields and its cost relative to reading the whole object."""
    total = _total(reader, plan)
    fields = [field for step in reader.plan_steps(plan) if (field := _indexed_field(step))]
    found = reader.total(plan)
    return {
        "cardinality": found,
        "fields": fields,
        "leadingOperationType": "Index" if fields else "TableScan",
        "notes": [_recycle_bin_note(plan)] if plan.root.has_recycle_bin else [],
        "relativeCost": round(found / total, 4) if fields and total else 1.0,
        "sobjectCardinality": total,
        "sobjectType": plan.root.name,
    }


def _total(reader: Reader, plan: Plan) -> int:
    ((total,),) = reader.rows(Sql("SELECT count(*) FROM") + sqltext.name(plan.root.name))
    return int(total)


def _indexed_field(step: str) -> str | None:
    match = _STEP.match(step)
    if match is None:
        return None
    index = match["index"] or _AUTOMATIC
    return "Id" if index.startswith(_AUTOMATIC) else index.partition(".")[2]


def _recycle_bin_note(plan: Plan) -> dict[str, Any]:
    """Every query leaves deleted rows out, and no index helps with that."""
    return {
        "description": "Not considering filter for optimization because unindexed",
        "fields": ["IsDeleted"],
        "tableEnumOrId": plan.root.name,
    }
