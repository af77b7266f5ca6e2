"""The place of a picklist value among its choices, as SQL; indexes and queries must say it in the same words."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_sfconnect.localorg import sqltext
from langchain_sfconnect.localorg.sqltext import Sql


def rank(subject: Sql, choices: Sequence[str]) -> Sql:
    """Return what picklist values sort by: their defined order, then unlisted ones, no value being null.

    The choices are literals, not parameters, so that SQLite sees when an index holds just this.
    """
    whens = [Sql("WHEN") + sqltext.literal(choice) + Sql(f"THEN {place}") for place, choice in enumerate(choices)]
    unlisted = Sql("ELSE CASE WHEN") + subject + Sql(f"IS NOT NULL THEN {len(choices)} END END")
    return Sql("CASE") + subject + sqltext.joined(" ", whens) + unlisted
