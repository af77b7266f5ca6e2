"""Text that can be stored and sent; knows nothing of what it says."""

from __future__ import annotations


def encodable(text: str) -> str:
    """Return `text` fit for UTF-8: half a surrogate pair, which JSON can smuggle in, becomes a question mark."""
    return text.encode("utf-8", "replace").decode()
