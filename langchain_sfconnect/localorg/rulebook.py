"""Asks the conditions of validation rules, which are SOQL, about stored records; knows no rule of writing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.schema import Schema, SObject
from langchain_sfconnect.localorg.soql import tree
from langchain_sfconnect.localorg.soql.dates import Now
from langchain_sfconnect.localorg.soql.parser import parse_query
from langchain_sfconnect.localorg.soql.plan import Plan
from langchain_sfconnect.localorg.soql.position import Complaints
from langchain_sfconnect.localorg.soql.resolve import resolve_query
from langchain_sfconnect.localorg.soql.run import Reader
from langchain_sfconnect.localorg.soql.scope import Context


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The validation rules of an org, read with its whole schema: a rule sees more than the user it stops."""

    schema: Schema
    reader: Reader

    def holds(self, sobject: SObject, record_id: str, condition: str) -> bool:
        """Say whether a condition holds for the stored record of an id."""
        context = Context(self.schema, self.reader.now, self.reader.user_id, Complaints(condition))
        return self.reader.total(_plan(context, sobject, condition, record_id)) > 0


def check_conditions(schema: Schema, now: Now) -> None:
    """Read every condition once.

    Raises:
        ValueError: one is no condition over its object.
    """
    for sobject in schema:
        for rule in sobject.validation_rules:
            try:
                _plan(Context(schema, now, "", Complaints(rule.condition)), sobject, rule.condition)
            except OrgError as error:
                text = " ".join(error.message.split())
                raise ValueError(f"{sobject.name}: validation rule {rule.name!r}: {text}") from None


def _plan(context: Context, sobject: SObject, condition: str, record_id: str = "") -> Plan:
    query = _query(sobject.name, condition)
    this_one = tree.Compare(tree.Path(("Id",), 0), "=", tree.Text(record_id, 0))
    both = this_one if query.where is None else tree.AllOf((this_one, query.where))
    return resolve_query(context, replace(query, where=both))


@lru_cache(maxsize=256)
def _query(sobject: str, condition: str) -> tree.Query:
    """Return the query for the records that a condition holds for; it is the administrator's own text."""
    return parse_query(" ".join(["SELECT COUNT() FROM", sobject, "WHERE", condition]))
