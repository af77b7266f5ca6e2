"""The layouts that follow from an object's describe when nobody has made others: pages, compact, search. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

Described = Mapping[str, Any]
_SHOWN_IN_SEARCH = 5


def layout(described: Described) -> dict[str, Any]:
    """One page layout: every field in two columns, for reading and for editing."""
    fields = [field for field in described["fields"] if field["compoundFieldName"] in (None, field["name"])]
    writable = [field for field in fields if field["createable"] or field["updateable"]]
    return {
        "buttonLayoutSection": None,
        "detailLayoutSections": [_section("Information", fields)],
        "editLayoutSections": [_section("Information", writable)],
        "feedView": None,
        "highlightsPanelLayoutSection": None,
        "id": None,
        "multirowEditLayoutSections": [],
        "offlineLinks": [],
        "quickActionList": {"quickActionListItems": []},
        "relatedContent": None,
        "relatedLists": [],
        "saveOptions": [],
    }


def compact_layout(described: Described) -> dict[str, Any]:
    """The system's compact layout: the record's name."""
    shown = [field for field in described["fields"] if field["nameField"]]
    return {
        "actions": [],
        "fieldItems": [_item(field) for field in shown],
        "id": None,
        "imageItems": [],
        "label": "System Default",
        "name": "SYSTEM",
        "objectType": described["name"],
    }


def search_layout(described: Described) -> dict[str, Any]:
    """What a search shows of an object: its name, and the first fields people look for."""
    named = [field for field in described["fields"] if field["nameField"]]
    others = [field for field in described["fields"] if field["type"] in ("phone", "email", "picklist")]
    return {
        "errorMsg": None,
        "label": "Search Results",
        "limitRows": 25,
        "objectType": described["name"],
        "searchColumns": [_column(described, field) for field in [*named, *others][:_SHOWN_IN_SEARCH]],
    }


def _section(heading: str, fields: Sequence[Described]) -> dict[str, Any]:
    pairs = list(zip_longest(*[iter(fields)] * 2))
    rows = [{"layoutItems": [_item(field) for field in pair], "numItems": 2} for pair in pairs]
    return {
        "columns": 2,
        "heading": heading,
        "layoutRows": rows,
        "parentLayoutId": None,
        "rows": len(rows),
        "tabOrder": "LeftToRight",
        "useCollapsibleSection": False,
        "useHeading": True,
    }


def _item(field: Described | None) -> dict[str, Any]:
    """A place on a layout: a field, or nothing."""
    if field is None:
        return {
            "editableForNew": False, "editableForUpdate": False, "label": "", "layoutComponents": [],
            "placeholder": True, "required": False,
        }  # fmt: skip
    component = {"details": dict(field), "displayLines": 1, "tabOrder": 1, "type": "Field", "value": field["name"]}
    return {
        "editableForNew": field["createable"],
        "editableForUpdate": field["updateable"],
        "label": field["label"],
        "layoutComponents": [component],
        "placeholder": False,
        "required": field["createable"] and not field["nillable"] and not field["defaultedOnCreate"],
    }


def _column(described: Described, field: Described) -> dict[str, Any]:
    name = field["name"]
    return {"field": f"{described['name']}.{name}", "format": None, "label": field["label"], "name": name}
