"""What a search's WITH clauses ask for; knows no object and no SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from langchain_sfconnect.localorg import ids
from langchain_sfconnect.localorg.soql import tree
from langchain_sfconnect.localorg.soql.position import Complaints
from langchain_sfconnect.localorg.sosl import refusals

DEFAULT_SNIPPET = 300
_SNIPPETS = range(50, 1001)


@dataclass(frozen=True, slots=True)
class Settings:
    """What comes with the found records, and which products are among them.

    Attributes:
        labels: The labels of the returned fields come along.
        snippet: How long a text around the found words comes along; None for none.
        highlight: The found words come marked.
        pricebook: The price book whose products are found; None for all products.
    """

    labels: bool = False
    snippet: int | None = None
    highlight: bool = False
    pricebook: str | None = None


def read_settings(clauses: tuple[tree.SearchSetting, ...], complain: Complaints) -> Settings:
    """Return what WITH clauses ask for.

    Raises:
        OrgError: MALFORMED_SEARCH: a clause comes twice, has a value that it does not take, or needs a feature that
            the org does not have: divisions, data categories or networks.
    """
    settings, seen = Settings(), set[str]()
    for clause in clauses:
        if clause.name in seen:
            raise complain.at(clause.at, refusals.malformed, refusals.repeated_setting(clause.name))
        if clause.name not in _READERS:
            raise complain.at(clause.at, refusals.malformed, refusals.feature_off(clause.name))
        changed = _READERS[clause.name](settings, clause.value)
        if changed is None:
            raise complain.at(clause.at, refusals.malformed, refusals.bad_setting(clause.name, clause.value))
        settings = changed
        seen.add(clause.name)
    return settings


def _metadata(settings: Settings, value: str | None) -> Settings | None:
    return replace(settings, labels=True) if (value or "").upper() == "LABELS" else None


def _snippet(settings: Settings, value: str | None) -> Settings | None:
    """A length outside the bounds counts as none given."""
    length = int(value) if value is not None and value.isdecimal() else 0
    return replace(settings, snippet=length if length in _SNIPPETS else DEFAULT_SNIPPET)


def _highlight(settings: Settings, value: str | None) -> Settings | None:
    return replace(settings, highlight=True) if value is None else None


def _spell_correction(settings: Settings, value: str | None) -> Settings | None:
    """Spelling is never corrected, so both values are kept to."""
    return settings if (value or "").lower() in ("true", "false") else None


def _pricebook(settings: Settings, value: str | None) -> Settings | None:
    record_id = ids.normalize(value or "")
    return replace(settings, pricebook=record_id) if record_id is not None else None


_READERS: Mapping[str, Callable[[Settings, str | None], Settings | None]] = {
    "metadata": _metadata, "snippet": _snippet, "highlight": _highlight, "spell_correction": _spell_correction,
    "pricebookid": _pricebook,
}  # fmt: skip
