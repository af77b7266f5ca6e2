"""Duplicate rules: finds the records that a new one repeats, and reports them in the recorded shape."""

from __future__ import annotations

from typing import Any

from langchain_sfconnect.localorg import sqltext
from langchain_sfconnect.localorg.records import refusals
from langchain_sfconnect.localorg.records.change import Change
from langchain_sfconnect.localorg.records.terms import Terms
from langchain_sfconnect.localorg.schema import Field, SObject
from langchain_sfconnect.localorg.schema.rules import DuplicateRule
from langchain_sfconnect.localorg.sqltext import Sql

MOST_MATCHES = 100


def check_duplicates(change: Change, terms: Terms) -> None:
    """Keep a record from repeating others, unless its rule only warns and the caller knows.

    Raises:
        OrgError: DUPLICATES_DETECTED, naming the records it repeats.
    """
    for rule in sorted(change.sobject.duplicate_rules, key=lambda rule: rule.allow_save):
        if rule.allow_save and terms.options.allow_duplicates:
            continue
        found = _matches(change, rule)
        if found:
            report = _report(change.sobject, rule, found, terms.api_version)
            raise refusals.duplicates_detected(rule.message, report)


def _matches(change: Change, rule: DuplicateRule) -> list[str]:
    fields = [item for item in map(change.sobject.field, rule.match) if item is not None]
    if not change.changed(*(item.name for item in fields)):
        return []
    if not fields or any(change.row[item.name] is None for item in fields):
        return []
    others = [*(_same(item, change.row[item.name]) for item in fields), Sql('"Id" <> ?', (change.row["Id"],))]
    if change.sobject.has_recycle_bin:
        others.append(Sql('"IsDeleted" = 0'))
    query = Sql('SELECT "Id" FROM') + sqltext.name(change.sobject.name)
    query += Sql("WHERE") + sqltext.joined(" AND ", others) + Sql('ORDER BY "Id" LIMIT ?', (MOST_MATCHES,))
    return [row[0] for row in change.writing.database.rows(query)]


def _same(item: Field, value: Any) -> Sql:
    """Compare as the column does, which indexes help with, unless the column minds the case."""
    regardless = Sql("COLLATE NOCASE") if "case_sensitive" in item.roles else Sql("")
    return sqltext.name(item.name) + Sql("= ?", (value,)) + regardless


def _report(sobject: SObject, rule: DuplicateRule, found: list[str], api_version: str) -> dict[str, Any]:
    result = {
        "entityType": sobject.name,
        "errors": [],
        "matchEngine": "ExactMatchEngine",
        "matchRecords": [_match(sobject, record_id, api_version) for record_id in found],
        "rule": f"{rule.name}_Match",
        "size": len(found),
        "success": True,
    }
    return {
        "allowSave": rule.allow_save,
        "duplicateRule": rule.name,
        "duplicateRuleEntityType": sobject.name,
        "errorMessage": rule.message,
        "matchResults": [result],
    }


def _match(sobject: SObject, record_id: str, api_version: str) -> dict[str, Any]:
    url = f"/services/data/v{api_version}/sobjects/{sobject.name}/{record_id}"
    record = {"attributes": {"type": sobject.name, "url": url}, "Id": record_id}
    return {"additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100.0, "record": record}
