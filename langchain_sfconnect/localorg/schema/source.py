"""Where a developer's declaration of a schema comes from; knows not what one says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

SchemaSource = str | Path | Mapping[str, Any]


def origin_of(source: SchemaSource) -> str:
    """Return what a declaration is called in error messages."""
    return f"The schema {source}" if isinstance(source, str | Path) else "The schema"
