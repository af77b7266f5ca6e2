"""What a benchmark reports: figures, some of them held to a bound, and the table they are shown in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number.

    Attributes:
        name: What was measured.
        value: The number.
        unit: Of the number: `µs`, `x`, `KB`.
        at_most: The greatest value that is good enough; None where there is no such bound.
        at_least: The least value that is good enough.
    """

    name: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def holds(self) -> bool | None:
        """Whether the bounds are kept; None where there are none."""
        if self.at_most is None and self.at_least is None:
            return None
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    @property
    def bound(self) -> str:
        if self.at_most is not None and self.at_most == self.at_least:
            return f"= {_number(self.at_most)}"
        limits = (("≤", self.at_most), ("≥", self.at_least))
        return " ".join(f"{sign} {_number(limit)}" for sign, limit in limits if limit is not None)


def table(title: str, figures: Iterable[Figure]) -> Table:
    """The figures of one benchmark, one to a line."""
    shown = Table(title=title, title_justify="left")
    shown.add_column("figure", min_width=55)
    shown.add_column("value", justify="right", min_width=7)
    shown.add_column("", min_width=7)
    shown.add_column("bound", justify="right", min_width=6)
    shown.add_column("", min_width=6)
    for figure in figures:
        shown.add_row(figure.name, _number(figure.value), figure.unit, figure.bound, _verdict(figure.holds))
    return shown


def console() -> Console:
    """Wide enough for the tables, also where the output is a file."""
    here = Console(highlight=False)
    return here if here.is_terminal and here.width >= 100 else Console(width=100, highlight=False)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 100 else f"{value:,.2f}"


def _verdict(holds: bool | None) -> str:
    if holds is None:
        return ""
    return "[green]holds[/]" if holds else "[bold red]MISSED[/]"
