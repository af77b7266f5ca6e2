"""What a caller may ask for beside the fields of a write; knows no header and no rule."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How a write is meant.

    Attributes:
        allow_duplicates: Save although a duplicate rule warns; a rule that blocks still blocks.
    """

    allow_duplicates: bool = False
