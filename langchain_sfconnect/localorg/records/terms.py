"""On what terms a user writes: what they may see, what they asked for, what stands in the way; knows no storage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from langchain_sfconnect.localorg.records.locks import RowLocks
from langchain_sfconnect.localorg.records.options import WriteOptions
from langchain_sfconnect.localorg.schema import Schema, SObject

# Says whether a condition in SOQL holds for the stored record of an id.
Holds = Callable[[SObject, str, str], bool]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a write is measured by, beside the record itself.

    Attributes:
        seen: The schema as the user sees it.
        locks: The rows that somebody else holds.
        holds: How to ask a validation rule.
        api_version: What the URLs in refusals say.
        options: What the caller asked for.
    """

    seen: Schema
    locks: RowLocks
    holds: Holds
    api_version: str
    options: WriteOptions = WriteOptions()  # noqa: RUF009 - it is frozen

    def of_the_org(self, schema: Schema) -> Terms:
        """Return the terms on which the org itself writes what follows from the user's write."""
        return replace(self, seen=schema)
