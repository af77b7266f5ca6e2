"""Checks the declarations of fields one by one; knows nothing of rules, profiles and users."""

from __future__ import annotations

import re
from collections.abc import Collection

from langchain_sfconnect.localorg.schema.declared import names, refusals, shapes
from langchain_sfconnect.localorg.schema.declared.problems import Problems

_FORMAT = re.compile(r"[^{}]*\{0{1,10}\}[^{}]*\Z")
_LENGTHS = {"email": 80, "phone": 40, "url": 255, "textarea": 255}


def check_name(name: str, standard: Collection[str], problems: Problems) -> None:
    """Check what a custom field is called; `standard` are the names that its object has anyway."""
    problems.unless(names.is_custom_name(name), refusals.BAD_FIELD_NAME)
    problems.taken(name, standard, refusals.ONE_NAME_TWO_CASES)


def check_field(shape: shapes.AnyField, objects: Collection[str], problems: Problems) -> None:
    """Check one declaration; `objects` are the names of all objects of the org."""
    match shape:
        case shapes.TextShape() | shapes.EmailShape():
            problems.unless(shape.unique or not shape.case_sensitive, refusals.CASE_NEEDS_UNIQUE)
            longest = shape.length if isinstance(shape, shapes.TextShape) else _LENGTHS["email"]
            problems.unless(len(shape.default or "") <= longest, refusals.DEFAULT_TOO_LONG)
        case shapes.PlainShape():
            problems.unless(len(shape.default or "") <= _LENGTHS[shape.type], refusals.DEFAULT_TOO_LONG)
        case shapes.NumberShape() | shapes.MoneyShape():
            problems.unless(shape.scale <= shape.precision, refusals.SCALE_TOO_LARGE)
            _check_size(shape.default, shape.precision - shape.scale, problems)
        case shapes.IntShape():
            _check_size(shape.default, shape.precision, problems)
        case shapes.CheckboxShape():
            problems.unless(not shape.required, refusals.REQUIRED_DEFAULT)
        case shapes.PicklistShape():
            _check_picklist(shape, problems)
        case shapes.LookupShape() | shapes.MasterShape():
            problems.at("to").unless(shape.to in objects, f"{shape.to!r}: {refusals.NO_TARGET}")
            stem = (shape.children or "Children").removesuffix("__r")
            kept = isinstance(shape, shapes.MasterShape) or not shape.required or shape.on_delete != "clear"
            problems.at("on_delete").unless(kept, refusals.REQUIRED_CLEAR)
            problems.at("children").unless(names.is_word(stem), refusals.BAD_WORD)
        case shapes.AutoNumberShape():
            check_format(shape.format, problems)
        case _:
            pass


def check_format(text: str, problems: Problems) -> None:
    """Check how records are numbered."""
    problems.at("format").unless(_FORMAT.match(text) and len(text) <= 30, refusals.BAD_FORMAT)


def _check_size(default: float | None, digits: int, problems: Problems) -> None:
    problems.at("default").unless(default is None or abs(default) < 10**digits, refusals.DEFAULT_TOO_LONG)


def _check_picklist(shape: shapes.PicklistShape, problems: Problems) -> None:
    problems.at("values").twice(shape.values, refusals.VALUE_TWICE)
    problems.at("labels").unless(set(shape.labels) <= set(shape.values), refusals.NO_LABELLED_VALUE)
    many = shape.type == "multipicklist"
    problems.at("values").unless(not many or not any(";" in value for value in shape.values), refusals.SEMICOLON)
    chosen = [] if shape.default is None else shape.default.split(";") if many else [shape.default]
    problems.at("default").unless(set(chosen) <= set(shape.values), refusals.NO_DEFAULT_VALUE)
