"""Writes resolved expressions as SQL over joined tables; knows no names as people type them."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from langchain_sfconnect.localorg import sqltext
from langchain_sfconnect.localorg.ranking import rank
from langchain_sfconnect.localorg.schema.model import Computed as HowComputed
from langchain_sfconnect.localorg.schema.model import FieldType
from langchain_sfconnect.localorg.soql.dates import Now
from langchain_sfconnect.localorg.soql.exprs import (
    Aggregate,
    Column,
    Computed,
    DatePart,
    Distance,
    Expr,
    Grouping,
    Labelled,
    ObjectType,
    Spot,
    Value,
)
from langchain_sfconnect.localorg.sqltext import Sql

_TEXT: frozenset[FieldType] = frozenset(
    {"string", "textarea", "picklist", "multipicklist", "combobox", "phone", "email", "url"}
)
# Columns of these types compare by CASELESS as they are; the others by NOCASE, which is faster but knows ASCII only.
_CASELESS: frozenset[FieldType] = frozenset({"string", "textarea", "combobox"})
_KM_PER_MILE = 1.609344
_PARTS: dict[str, str] = {
    "CALENDAR_MONTH": "CAST(strftime('%m', {}) AS INTEGER)",
    "CALENDAR_QUARTER": "((CAST(strftime('%m', {}) AS INTEGER) + 2) / 3)",
    "CALENDAR_YEAR": "CAST(strftime('%Y', {}) AS INTEGER)",
    "DAY_IN_MONTH": "CAST(strftime('%d', {}) AS INTEGER)",
    "DAY_IN_WEEK": "(CAST(strftime('%w', {}) AS INTEGER) + 1)",
    "DAY_IN_YEAR": "CAST(strftime('%j', {}) AS INTEGER)",
    "DAY_ONLY": "date({})",
    "HOUR_IN_DAY": "CAST(strftime('%H', {}) AS INTEGER)",
    "WEEK_IN_MONTH": "((CAST(strftime('%d', {}) AS INTEGER) + 6) / 7)",
    "WEEK_IN_YEAR": "((CAST(strftime('%j', {}) AS INTEGER) + 6) / 7)",
}


class Expressions:
    """Writes expressions for one user at one moment.

    Args:
        now: The present.
        user_id: The user.
        kept: What a grouping groups by; other groups are null and its GROUPING is 1. None where nothing is totalled.
    """

    def __init__(self, now: Now, user_id: str, kept: tuple[Value, ...] | None = None) -> None:
        self._now = now
        self._user_id = user_id
        self._kept = kept
        self._computed: dict[HowComputed, Callable[[str], Sql]] = {
            "open_activity": self._open_activity,
            "overdue_task": self._overdue_task,
            "last_viewed": self._last_viewed,
        }

    def totalling(self, kept: tuple[Value, ...]) -> Expressions:
        """Return the writer for the rows of one grouping among several."""
        return Expressions(self._now, self._user_id, kept)

    def write(self, expr: Expr) -> Sql:
        """Return the SQL of an expression's value."""
        match expr:
            case Aggregate():
                return self._aggregate(expr)
            case Grouping(inner):
                return Sql("0" if self._kept is None or inner in self._kept else "1")
            case Labelled(column, labels):
                whens = [Sql("WHEN ? THEN ?", pair) for pair in labels]
                value = self.write(column)
                return Sql("CASE") + value + sqltext.joined(" ", whens) + Sql("ELSE") + value + Sql("END")
            case _ if self._kept is not None and expr not in self._kept:
                return Sql("NULL")
            case _:
                return self._value(expr)

    def compared(self, expr: Expr, *values: object) -> Sql:
        """Return an expression ready to compare with values: text without case, a missing boolean as false.

        A plain column is left bare, for the sake of its index. The plus keeps SQLite from making one IN of several
        comparisons that ignore case in different ways.
        """
        written = self.write(expr)
        if expr.type == "boolean":
            return written.wrapped("coalesce(", ", 0)")
        if expr.type not in _TEXT or _is_case_sensitive(expr):
            return written
        if not isinstance(expr, Column) or len(expr.places) != 1:
            return written.wrapped("", " COLLATE CASELESS")
        ascii_only = all(not isinstance(value, str) or value.isascii() for value in values)
        return written if ascii_only or expr.type in _CASELESS else written.wrapped("+", " COLLATE CASELESS")

    def ranked(self, expr: Expr) -> Sql:
        """Return what an expression sorts by: picklists go by their defined order, then unlisted values."""
        choices = expr.field.picklist if isinstance(expr, Column) and expr.type == "picklist" else None
        if choices is None or not choices.values:
            return self.compared(expr)
        return rank(self.compared(expr), choices.values)

    def _value(self, expr: Column | Computed | ObjectType | DatePart | Distance) -> Sql:
        match expr:
            case Column():
                return _column(expr)
            case Computed(field, alias):
                assert field.computed is not None  # noqa: S101
                return self._computed[field.computed](alias)
            case ObjectType(_, link):
                whens = [Sql("WHEN ? THEN ?", (join.sobject.prefix, join.sobject.name)) for join in link.joins]
                fk = sqltext.column(link.alias, link.lookup.name).wrapped("substr(", ", 1, 3)")
                return (Sql("CASE") + fk + sqltext.joined(" ", whens) + Sql("END")).wrapped("(", ")")
            case DatePart():
                return self._date_part(expr)
            case Distance():
                between = (_spot(expr.start) + Sql(",") + _spot(expr.end)).wrapped("distance_km(", ")")
                return between if expr.unit == "km" else between.wrapped("(", f" / {_KM_PER_MILE})")
            case _:
                assert_never(expr)

    def _date_part(self, expr: DatePart) -> Sql:
        moment = _column(expr.column)
        if expr.local:
            moment = (moment + Sql(", ?", (self._now.zone_name,))).wrapped("local_time(", ")")
        elif expr.column.type == "datetime":
            moment = moment.wrapped("substr(", ", 1, 19)")
        if expr.function.startswith("FISCAL"):
            return self._fiscal(expr.function, moment)
        before, after = _PARTS[expr.function].split("{}")
        return moment.wrapped(before, after)

    def _fiscal(self, function: str, moment: Sql) -> Sql:
        """Shift the month so that the fiscal year becomes a calendar year, then read that."""
        calendar = self._now.calendar
        back = 1 - calendar.start_month
        if function == "FISCAL_YEAR" and back and not calendar.named_by_start:
            back += 12
        shifted = moment + Sql(", 'start of month', ?", (f"{back:+d} months",))
        before, after = _PARTS["CALENDAR" + function.removeprefix("FISCAL")].split("{}")
        return shifted.wrapped(before, after)

    def _aggregate(self, expr: Aggregate) -> Sql:
        """What is aggregated is never one of the groups that a total leaves out, so it is written plainly."""
        if self._kept is not None:
            return Expressions(self._now, self._user_id).write(expr)
        if expr.argument is None or (_is_own_id(expr.argument) and expr.name.startswith("COUNT")):
            return Sql("count(*)")
        argument = self.compared(expr.argument)
        if expr.name == "COUNT_DISTINCT":
            return argument.wrapped("count(DISTINCT ", ")")
        if expr.name in ("MIN", "MAX") and expr.argument.type == "picklist":
            return self._extreme_choice(expr, argument)
        return argument.wrapped(f"{expr.name.lower()}(", ")")

    def _extreme_choice(self, expr: Aggregate, argument: Sql) -> Sql:
        """The first or last choice: rank and value are compared as one text, and the rank cut off again."""
        assert expr.argument is not None  # noqa: S101
        ranked = self.ranked(expr.argument).wrapped("printf('%05d', ", ")")
        chosen = argument.wrapped("CASE WHEN ", " IS NOT NULL THEN") + ranked + Sql("||") + argument + Sql("END")
        return chosen.wrapped(f"substr({expr.name.lower()}(", "), 6)")

    def _open_activity(self, alias: str) -> Sql:
        today = self._now.today.isoformat()
        task = Sql('EXISTS (SELECT 1 FROM "Task" a WHERE a."WhatId" =') + sqltext.column(alias, "Id")
        event = Sql('EXISTS (SELECT 1 FROM "Event" a WHERE a."WhatId" =') + sqltext.column(alias, "Id")
        task += Sql('AND a."IsClosed" = 0 AND a."IsDeleted" = 0)')
        event += Sql('AND a."ActivityDate" >= ? AND a."IsDeleted" = 0)', (today,))
        return (task + Sql("OR") + event).wrapped("(", ")")

    def _overdue_task(self, alias: str) -> Sql:
        task = Sql('EXISTS (SELECT 1 FROM "Task" a WHERE a."WhatId" =') + sqltext.column(alias, "Id")
        rest = Sql(
            'AND a."IsClosed" = 0 AND a."IsDeleted" = 0 AND a."ActivityDate" < ?)', (self._now.today.isoformat(),)
        )
        return task + rest

    def _last_viewed(self, alias: str) -> Sql:
        start = Sql('(SELECT v.viewed_at FROM "_viewed" v WHERE v.user_id = ? AND v.record_id =', (self._user_id,))
        return start + sqltext.column(alias, "Id") + Sql(")")


def _column(expr: Column) -> Sql:
    """A field that none of the objects has, which a polymorphic lookup may lead to, is null."""
    if not expr.places:
        return Sql("NULL")
    places = [sqltext.column(alias, identifier) for alias, identifier in expr.places]
    return places[0] if len(places) == 1 else sqltext.joined(", ", places).wrapped("coalesce(", ")")


def _spot(spot: Spot) -> Sql:
    sides = (spot.latitude, spot.longitude)
    written = (_column(side) if isinstance(side, Column) else sqltext.value(side) for side in sides)
    return sqltext.joined(", ", written)


def _is_own_id(value: Value) -> bool:
    """The id of the queried row is never null and never twice, so counting it is counting rows, by any index."""
    return isinstance(value, Column) and value.type == "id" and not value.outer


def _is_case_sensitive(expr: Expr) -> bool:
    return isinstance(expr, Column) and "case_sensitive" in expr.field.roles
