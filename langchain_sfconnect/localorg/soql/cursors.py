"""Open query results that are read page by page; knows no SQL and no wire shape."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.ids import IdMinter
from langchain_sfconnect.localorg.soql.plan import Plan

KEY_PREFIX = "01g"
MAX_OPEN = 100
MAX_ROWS = 5_000_000
LIFETIME = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The rows a query found, by their numbers and in order, and how to read them. Only its own user may."""

    plan: Plan
    rows: array[int]
    batch_size: int
    user_id: str
    opened: datetime


class Cursors:
    """The open cursors of an org; the oldest is dropped when there are too many."""

    def __init__(self, minter: IdMinter) -> None:
        self._minter = minter
        self._open: OrderedDict[str, Cursor] = OrderedDict()

    def open(self, cursor: Cursor) -> str:
        """Keep a cursor and return its id."""
        cursor_id = self._minter.mint(KEY_PREFIX)
        self._open[cursor_id] = cursor
        while len(self._open) > 1 and self._too_many():
            self._open.popitem(last=False)
        return cursor_id

    def find(self, locator: str, user_id: str, now: datetime) -> tuple[str, Cursor, int]:
        """Return the id, the cursor and the offset that a locator such as `01g…-2000` names.

        Raises:
            OrgError: INVALID_QUERY_LOCATOR: unknown, too old, someone else's, or past the end.
        """
        cursor_id, _, offset = locator.partition("-")
        cursor = self._open.get(cursor_id)
        whole = offset.isascii() and offset.isdigit() and len(offset) < 10
        if cursor is None or not whole or cursor.user_id != user_id or now - cursor.opened > LIFETIME:
            raise errors.invalid_query_locator()
        if int(offset) >= len(cursor.rows):
            raise errors.invalid_query_locator()
        return cursor_id, cursor, int(offset)

    def _too_many(self) -> bool:
        return len(self._open) > MAX_OPEN or sum(len(cursor.rows) for cursor in self._open.values()) > MAX_ROWS
