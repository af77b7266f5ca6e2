"""Turns the literals of a condition into what columns hold, by the type of the field; knows no SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from langchain_sfconnect.localorg import errors, ids
from langchain_sfconnect.localorg.moments import stamp
from langchain_sfconnect.localorg.schema.model import COMPOUND, NUMERIC, FieldType
from langchain_sfconnect.localorg.soql import refusals, tree
from langchain_sfconnect.localorg.soql.dates import DateRange, UnknownDateName, date_range
from langchain_sfconnect.localorg.soql.exprs import Aggregate, DatePart, Expr, Grouping, name_of
from langchain_sfconnect.localorg.soql.literals import BadEscape, decode, like_pattern
from langchain_sfconnect.localorg.soql.scope import Context

MAX_TEXT = 4000
CURRENCY = "USD"
_PLAIN: frozenset[FieldType] = NUMERIC | COMPOUND | {"boolean", "date", "datetime", "time", "id", "reference"}
_SPOKEN: dict[str, str] = {
    "datetime": "dateTime",
    "currency": "double",
    "percent": "double",
    "reference": "ID",
    "id": "ID",
}


class StoredValues:
    """Reads literals for the fields they are compared with. Every method raises OrgError pointing at the literal."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def value(self, left: Expr, literal: tree.Literal) -> Any:
        """Return a literal as the column holds it; None for null and for the empty string."""
        match literal:
            case tree.Null():
                return None
            case tree.Boolean(value) if left.type == "boolean":
                return int(value)
            case tree.Number(value) if left.type in NUMERIC:
                return value
            case tree.Money() if left.type == "currency" and not isinstance(left, Aggregate):
                return self._amount(literal)
            case tree.Day(value) if left.type == "date":
                return value.isoformat()
            case tree.Moment(value) if left.type == "datetime":
                return stamp(value)
            case tree.Clock(value) if left.type == "time":
                return value
            case tree.Text() if left.type in ("id", "reference"):
                return self._id(literal)
            case tree.Text() if is_text(left.type):
                return self._unquoted(literal, decode) or None
            case _:
                self.refuse(left, literal)

    def pattern(self, left: Expr, literal: tree.Literal) -> str:
        """Return a literal as a LIKE pattern."""
        if not isinstance(literal, tree.Text):
            self.refuse(left, literal)
        return self._unquoted(literal, like_pattern)

    def days(self, left: Expr, name: tree.DateName) -> DateRange:
        """Return the days that a date literal stands for."""
        days = self._range(name)
        if left.type not in ("date", "datetime"):
            self.refuse(left, name)
        return days

    def refuse(self, left: Expr, literal: tree.Literal) -> NoReturn:
        """Say that a literal cannot be what a field holds."""
        if isinstance(literal, tree.DateName):
            self._range(literal)
        text = refusals.wrong_literal(_field_name(left), spoken(left.type), quoted=is_text(left.type))
        raise self._context.invalid_field(literal.at, text)

    def _range(self, name: tree.DateName) -> DateRange:
        now = self._context.now
        try:
            days = date_range(name.name, name.count, now)
            now.instants(days)
        except UnknownDateName:
            raise self._context.malformed(name.at, refusals.unexpected_token(name.name)) from None
        except (OverflowError, ValueError):
            raise self._context.malformed(name.at, refusals.date_out_of_range(name.name, name.count)) from None
        return days

    def _amount(self, literal: tree.Money) -> float:
        """The org has one currency, so an amount in it is its number."""
        if literal.currency != CURRENCY:
            raise self._context.malformed(literal.at, refusals.foreign_currency(literal.currency, CURRENCY))
        return literal.value

    def _id(self, literal: tree.Text) -> str | None:
        text = self._unquoted(literal, decode)
        record_id = ids.normalize(text)
        if text and record_id is None:
            place = self._context.complain
            raise place.at(literal.at, errors.invalid_filter_operator, refusals.invalid_id(text))
        return record_id

    def _unquoted(self, literal: tree.Text, read: Callable[[str], str]) -> str:
        try:
            text = read(literal.raw)
        except BadEscape as error:
            raise self._context.malformed(literal.at, refusals.bad_escape(literal.raw, error)) from None
        if len(text) > MAX_TEXT:
            raise self._context.malformed(literal.at, refusals.text_too_long(MAX_TEXT))
        return text


def is_text(kind: FieldType) -> bool:
    """Say whether values of a type are written in quotes and compared as text."""
    return kind not in _PLAIN


def spoken(kind: FieldType) -> str:
    """Return what people are told a field holds."""
    return _SPOKEN.get(kind, "string" if is_text(kind) else kind)


def _field_name(left: Expr) -> str:
    match left:
        case DatePart(function):
            return function
        case Grouping():
            return "GROUPING"
        case _:
            return name_of(left)
