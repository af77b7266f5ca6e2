"""Listing an object's records, newest first, page by page. The cursor is a place in the order, so it never expires.

Shared by the list tools; knows no object of its own.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from langchain_sfconnect.connection import Operation, Result
from langchain_sfconnect.tools.arguments import ToolArgs
from langchain_sfconnect.tools.compact import compact_records
from langchain_sfconnect.tools.ids import normalized
from langchain_sfconnect.tools.spec import CallContext, Shaped

DEFAULT_LIMIT, MAX_LIMIT = 20, 200

_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,80}")
_PLACE = re.compile(r"([A-Za-z0-9]{18}) (\d{1,15})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Place = tuple[datetime, str]
"""A record's CreatedDate and Id."""


def encode_place(created: str, record_id: str) -> str:
    """The cursor that continues after a record, given its CreatedDate as Salesforce writes it."""
    milliseconds = (datetime.fromisoformat(created) - _EPOCH) // timedelta(milliseconds=1)
    return base64.urlsafe_b64encode(f"{normalized(record_id)} {milliseconds}".encode()).decode().rstrip("=")


def decode_place(cursor: str) -> Place:
    """The place a cursor stands for.

    Raises:
        ValueError: It is not one of ours.
    """
    try:
        if _TOKEN.fullmatch(cursor):
            plain = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
            if place := _PLACE.fullmatch(plain):
                return _EPOCH + timedelta(milliseconds=int(place[2])), normalized(place[1])
    except (ValueError, OverflowError):
        pass
    raise ValueError(
        "is not a cursor: give the one from the previous page unchanged, or leave it out for the first page"
    )


def _checked(cursor: str) -> str:
    decode_place(cursor)
    return cursor


def or_default(value: Any) -> Any:
    """A limit of null is no limit given."""
    return DEFAULT_LIMIT if value is None else value


class ListArgs(ToolArgs):
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT), BeforeValidator(or_default)] = DEFAULT_LIMIT
    cursor: Annotated[
        Annotated[str, AfterValidator(_checked)] | None,
        WithJsonSchema({"type": "string", "description": "From the previous page"}),
    ] = None


def list_operation(sobject: str, columns: Sequence[str], args: ListArgs, context: CallContext) -> Operation:
    """The query for one page, with one row more than asked for, which tells whether there is another page."""
    fields = ", ".join(("Id", *context.policy.readable(sobject, columns), "CreatedDate"))
    clauses = [f"SELECT {fields}", f"FROM {sobject}", "ORDER BY CreatedDate DESC, Id DESC"]
    if args.cursor:
        clauses.insert(2, f"WHERE {_after(*decode_place(args.cursor))}")
    clauses.append(f"LIMIT {context.policy.clamp(args.limit) + 1}")
    return Operation("GET", "/query", params={"q": " ".join(clauses)})


def _after(moment: datetime, record_id: str) -> str:
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
    return f"CreatedDate < {stamp} OR (CreatedDate = {stamp} AND Id < '{record_id}')"


def shape_list(result: Result, args: ListArgs, context: CallContext) -> Shaped:
    """One page: `records`, and `cursor` if there are more."""
    answer: Mapping[str, Any] = result.data or {}
    limit = context.policy.clamp(args.limit)
    records = list(answer.get("records", ()))[:limit]
    more = answer.get("truncated") or len(answer.get("records", ())) > limit
    cursor = encode_place(records[-1]["CreatedDate"], records[-1]["Id"]) if more and records else None
    content = {"records": compact_records(records, keep_nulls=False)}
    return Shaped(content | ({"cursor": cursor} if cursor else {}), {"records": records, "cursor": cursor})
