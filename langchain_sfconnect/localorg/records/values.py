"""Turns a value from a request into the value a field stores, or refuses it; knows no object and no storage."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from langchain_sfconnect.localorg import ids
from langchain_sfconnect.localorg.encoding import encodable
from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.moments import parse_day, parse_moment, stamp
from langchain_sfconnect.localorg.records import refusals
from langchain_sfconnect.localorg.schema import Field
from langchain_sfconnect.localorg.schema.model import FieldType

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z0-9-]{2,}\Z")
_TIME = re.compile(r"(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,9}))?)?Z?\Z", re.ASCII)
_Reader = Callable[[Field, Any, Mapping[str, Any]], Any]
_MAX_BITS = 1024
_MAX_INT = 2**31 - 1
_BOOLEANS = {"true": 1, "false": 0}
_SPOKEN: dict[FieldType, str] = {
    "currency": "double", "percent": "double", "multipicklist": "string", "base64": "base64Binary",
}  # fmt: skip


def store(field: Field, given: Any, body: Mapping[str, Any]) -> Any:
    """Return what `field` stores for `given`; None for null and for blank text.

    Args:
        field: A field that may be written.
        given: Its value as JSON brought it.
        body: All given fields, to tell where in the request a bad value stands.

    Raises:
        OrgError: the value cannot become one of the field's type, or is out of its bounds.
    """
    if isinstance(given, (Mapping, list, tuple)):
        raise _cannot_deserialize(field, given, body)
    if given is None or (isinstance(given, str) and not given.strip()):
        return _store_nothing(field)
    if not is_writable_out(given):
        raise refusals.number_out_of_range(field.label, "Infinity", field.name)
    reader: _Reader = _READERS.get(field.type, _text)
    return reader(field, given, body)


def is_writable_out(given: Any) -> bool:
    """Say whether a value is a scalar, and no whole number of absurd length."""
    return isinstance(given, (str, float)) or (isinstance(given, int) and given.bit_length() <= _MAX_BITS)


def _store_nothing(field: Field) -> Any:
    if field.type == "boolean":
        raise refusals.value_not_of_type(field.label, "null", field.name)
    return None


def _text(field: Field, given: Any, _body: Mapping[str, Any]) -> str:
    text = plain_text(given)
    if field.type == "email" and not _EMAIL.match(text):
        raise refusals.invalid_email(field.label, text, field.name)
    if field.picklist is not None and field.picklist.restricted and text not in field.picklist.values:
        raise refusals.bad_picklist_value(field.label, text, field.name)
    return _fitting(field, text)


def _fitting(field: Field, text: str) -> str:
    if len(text) > field.length:
        raise refusals.string_too_long(field.label, text, field.length, field.name)
    return text


def _choices(field: Field, given: Any, _body: Mapping[str, Any]) -> str | None:
    """Read `a;b`: the defined values in their defined order, then what else may be stored."""
    chosen = list(dict.fromkeys(part.strip() for part in plain_text(given).split(";") if part.strip()))
    defined = field.picklist.values if field.picklist else ()
    others = [item for item in chosen if item not in defined]
    if others and field.picklist is not None and field.picklist.restricted:
        raise refusals.bad_picklist_value(field.label, others[0], field.name)
    return _fitting(field, ";".join([*(item for item in defined if item in chosen), *others])) or None


def _base64(field: Field, given: Any, body: Mapping[str, Any]) -> str:
    text = plain_text(given)
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _cannot_deserialize(field, given, body) from None
    return text


def plain_text(given: Any) -> str:
    """Return a scalar as text that can be stored."""
    if isinstance(given, bool):
        return "true" if given else "false"
    return encodable(str(given).strip())


def _reference(field: Field, given: Any, _body: Mapping[str, Any]) -> str:
    record_id = ids.normalize(given)
    if record_id is None:
        raise refusals.malformed_id(field.label, given, field.name)
    return record_id


def _boolean(field: Field, given: Any, body: Mapping[str, Any]) -> int:
    if isinstance(given, bool):
        return int(given)
    if isinstance(given, str) and given.strip().lower() in _BOOLEANS:
        return _BOOLEANS[given.strip().lower()]
    raise _cannot_deserialize(field, given, body)


def _whole(field: Field, given: Any, body: Mapping[str, Any]) -> int:
    number = _decimal(field, given, body)
    if number != number.to_integral_value():
        raise _cannot_deserialize(field, given, body)
    if _digits(number) > field.precision or abs(number) > _MAX_INT:
        raise refusals.number_out_of_range(field.label, given, field.name)
    return int(number)


def _double(field: Field, given: Any, body: Mapping[str, Any]) -> float:
    number = _decimal(field, given, body)
    if _digits(number) > field.precision - field.scale or abs(number) > _farthest(field):
        raise refusals.number_out_of_range(field.label, given, field.name)
    return float(number.quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP))


def _farthest(field: Field) -> float:
    """Return how far from zero a number may be, for what that depends on more than its digits."""
    if field.part_of is None:
        return math.inf
    name = field.name.removesuffix("__s")
    return 90 if name.endswith("Latitude") else 180 if name.endswith("Longitude") else math.inf


def _decimal(field: Field, given: Any, body: Mapping[str, Any]) -> Decimal:
    bad = isinstance(given, bool) or (isinstance(given, float) and not math.isfinite(given))
    try:
        number = None if bad else Decimal(str(given).strip())
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise _cannot_deserialize(field, given, body)
    return number


def _digits(number: Decimal) -> int:
    """Return how many digits stand before the point."""
    return max(number.adjusted() + 1, 0) if number else 0


def _day(field: Field, given: Any, body: Mapping[str, Any]) -> str:
    try:
        return parse_day(given).isoformat()
    except (ValueError, AttributeError):
        raise _cannot_deserialize(field, given, body) from None


def _moment(field: Field, given: Any, body: Mapping[str, Any]) -> str:
    try:
        return stamp(parse_moment(given))
    except (ValueError, AttributeError, OverflowError):
        raise _cannot_deserialize(field, given, body) from None


def _time(field: Field, given: Any, body: Mapping[str, Any]) -> str:
    match = _TIME.match(given.strip()) if isinstance(given, str) else None
    try:
        if match is None:
            raise ValueError
        fraction = (match["fraction"] or "").ljust(6, "0")[:6]
        read = time(int(match["hour"]), int(match["minute"]), int(match["second"] or 0), int(fraction))
    except ValueError:
        raise _cannot_deserialize(field, given, body) from None
    return read.isoformat(timespec="milliseconds") + "Z"


_READERS: dict[FieldType, _Reader] = {
    "id": _reference, "reference": _reference, "boolean": _boolean, "int": _whole, "double": _double,
    "currency": _double, "percent": _double, "date": _day, "datetime": _moment,
    "time": _time, "multipicklist": _choices, "base64": _base64,
}  # fmt: skip


def _cannot_deserialize(field: Field, given: Any, body: Mapping[str, Any]) -> OrgError:
    wanted = _SPOKEN.get(field.type, field.type if field.type in _READERS else "string")
    return refusals.cannot_deserialize(wanted, _spoken_value(given), _column(given, body))


def _spoken_value(given: Any) -> str:
    if isinstance(given, Mapping):
        return "START_OBJECT value {"
    if isinstance(given, list | tuple):
        return "START_ARRAY value ["
    if isinstance(given, bool):
        return f"VALUE_{str(given).upper()} value {str(given).lower()}"
    kind = {int: "VALUE_NUMBER_INT", float: "VALUE_NUMBER_FLOAT"}.get(type(given), "VALUE_STRING")
    return f"{kind} value {given}"


def _column(given: Any, body: Mapping[str, Any]) -> int:
    """Return the column of the value if the request was written without spaces, as programs write it."""
    before: dict[str, Any] = {}
    for name, value in body.items():
        if value is given:
            return _length({**before, name: 0}) - 1
        before[name] = value
    return 1


def _length(body: Mapping[str, Any]) -> int:
    try:
        return len(json.dumps(body, separators=(",", ":"), default=str))
    except (ValueError, RecursionError):
        return 2
