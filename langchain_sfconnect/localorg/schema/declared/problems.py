"""Collects what is wrong with a declaration, each thing with its place; knows no check."""

from __future__ import annotations

from collections.abc import Collection, Iterable


class Problems:
    """A list of sentences, and the place in the file that is being looked at."""

    def __init__(self, found: list[str] | None = None, place: str = "") -> None:
        self.found: list[str] = [] if found is None else found
        self._place = place

    def at(self, *parts: str | int) -> Problems:
        """Return the same list, looking at a place below."""
        place = self._place
        for part in parts:
            place += f"[{part}]" if isinstance(part, int) else f".{part}" if place else part
        return Problems(self.found, place)

    def add(self, said: str) -> None:
        """Note that something is wrong here."""
        self.found.append(f"{self._place}: {said}")

    def unless(self, good: object, said: str) -> None:
        """Note that something is wrong here unless it is good."""
        if not good:
            self.add(said)

    def taken(self, name: str, names: Collection[str], said: str) -> None:
        """Note it when a name is among others, in whichever case."""
        self.unless(name.lower() not in {other.lower() for other in names}, said)

    def twice(self, names: Iterable[str], said: str) -> None:
        """Note it when a name comes back, in whichever case."""
        seen: set[str] = set()
        for name in names:
            if name.lower() in seen:
                self.add(f"{name!r}: {said}")
            seen.add(name.lower())
