"""Reads a declaration from YAML or a mapping and refuses one of the wrong shape; knows no object and no field."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from langchain_sfconnect.localorg.schema.declared import refusals
from langchain_sfconnect.localorg.schema.declared.refusals import SchemaError
from langchain_sfconnect.localorg.schema.declared.shapes import SchemaShape, field_types
from langchain_sfconnect.localorg.schema.source import SchemaSource, origin_of

_TAGGED = frozenset(field_types())
_SAID = {
    "missing": refusals.MISSING, "string_type": refusals.NO_TEXT, "union_tag_not_found": "the type is missing; add it",
    "model_type": "this must be a mapping", "model_attributes_type": "this must be a mapping",
    "dict_type": "this must be a mapping", "list_type": "this must be a list",
}  # fmt: skip


def read(source: SchemaSource) -> SchemaShape:
    """Return a declaration that has the right shape.

    Raises:
        SchemaError: it is no YAML, or a key is unknown, missing or has a value of the wrong type.
    """
    origin = origin_of(source)
    given = _from_file(source, origin) if isinstance(source, str | Path) else source
    if given is not None and not isinstance(given, Mapping):
        raise SchemaError(origin, [refusals.NO_MAPPING])
    try:
        return SchemaShape.model_validate(dict(given or {}))
    except ValidationError as error:
        raise SchemaError(origin, [_problem(item) for item in error.errors()]) from None


def _from_file(path: str | Path, origin: str) -> Any:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SchemaError(origin, [f"{refusals.NO_FILE} ({error})"]) from None
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SchemaError(origin, [f"{refusals.NO_YAML}: {error}"]) from None


class _Loader(yaml.SafeLoader):
    """YAML's own loader keeps the last of two equal keys without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"{key.value!r}: {refusals.TWICE}", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _problem(item: Any) -> str:
    place, kind = _place(item["loc"]), item["type"]
    if kind == "union_tag_invalid":
        return f"{place}.type: {refusals.unknown_word(item['ctx']['tag'], field_types(), 'type of field')}"
    said = _SAID.get(kind, str(item["msg"]))
    return f"{place}: {said[:1].lower()}{said[1:]}" if place else said


def _place(loc: tuple[str | int, ...]) -> str:
    """Write a place as people read it, without the words that only tell the kinds of fields apart."""
    shown = [part for number, part in enumerate(loc) if not _is_tag(loc, number) and part != "[key]"]
    return ".".join(f"[{part}]" if isinstance(part, int) else part for part in shown).replace(".[", "[")


def _is_tag(loc: tuple[str | int, ...], number: int) -> bool:
    if loc[number] not in _TAGGED or loc[0] != "objects":
        return False
    return (number == 4 and loc[2] == "fields") or (number == 3 and loc[2] == "name")
