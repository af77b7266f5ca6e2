"""Which rows somebody else holds right now, so that writing them must fail; knows no storage."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable

from langchain_sfconnect.localorg import ids
from langchain_sfconnect.localorg.records import refusals


class RowLocks:
    """Rows held as if by another transaction that never ends. Safe to share between threads; holds nest."""

    def __init__(self) -> None:
        self._held: Counter[str] = Counter()
        self._guard = threading.Lock()

    def hold(self, record_id: str) -> None:
        """Hold a row until it is released as often.

        Raises:
            ValueError: this is no record id.
        """
        with self._guard:
            self._held[_known(record_id)] += 1

    def release(self, record_id: str) -> None:
        """Undo one hold; releasing what nobody holds does nothing.

        Raises:
            ValueError: this is no record id.
        """
        wanted = _known(record_id)
        with self._guard:
            self._held[wanted] -= 1
            if self._held[wanted] <= 0:
                del self._held[wanted]

    def clear(self) -> None:
        """Release everything."""
        with self._guard:
            self._held.clear()

    def check(self, record_ids: Iterable[str]) -> None:
        """Refuse a write that needs any of these rows.

        Raises:
            OrgError: UNABLE_TO_LOCK_ROW, naming the first that is held.
        """
        with self._guard:
            held = next((record_id for record_id in record_ids if record_id in self._held), None)
        if held is not None:
            raise refusals.row_locked(held)


def _known(record_id: str) -> str:
    wanted = ids.normalize(record_id)
    if wanted is None:
        raise ValueError(f"not a record id: {record_id!r}")
    return wanted
